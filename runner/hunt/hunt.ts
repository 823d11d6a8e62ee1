import { addCells, type Coverage } from "./coverage.ts";
import { runHuntSeed, type HuntFinding, type HuntJob, type HuntResult } from "./hunt-seed.ts";

/** What is searched, and how far. */
export type HuntPlan = Omit<HuntJob, "seed"> & {
  /** Seeds are decimal numbers, from `first` to `last`; Infinity goes on until somebody stops it. */
  readonly first: number;
  readonly last: number;
  /** One finding of each kind, instead of the first one. */
  readonly keepGoing: boolean;
};

/** A few seeds in a row, for one worker at a time. Plain data. */
export type HuntBatch = Omit<HuntJob, "seed"> & {
  readonly first: number;
  readonly last: number;
  /** The first finding ends the batch. */
  readonly stopsAtFinding: boolean;
};

/** A kind of failure, with the least seed that shows it. */
export type Found = HuntFinding & {
  readonly seed: string;
  /** Runs that failed in this way. */
  runs: number;
};

/**
 * A hunt under way. Results may come in any order and are counted in the order of their seeds, so that what is found,
 * and after how many runs, does not depend on who ran what.
 */
export type Hunt = {
  readonly plan: HuntPlan;
  /** The next seed to be handed out. */
  next: number;
  /** The next seed to be counted. */
  due: number;
  /** Results that came before those of lower seeds. */
  readonly early: Map<number, HuntResult>;
  isOver: boolean;
  runs: number;
  events: number;
  /** By kind, as a run's report names them. */
  readonly faults: Map<string, number>;
  readonly coverage: Coverage;
  /** By signature. */
  readonly found: Map<string, Found>;
};

export function createHunt(plan: HuntPlan): Hunt {
  return {
    plan,
    next: plan.first,
    due: plan.first,
    early: new Map(),
    isOver: plan.first > plan.last,
    runs: 0,
    events: 0,
    faults: new Map(),
    coverage: new Map(),
    found: new Map(),
  };
}

/** The next `count` seeds at most; null when there is nothing left to hand out. */
export function takeBatch(hunt: Hunt, count: number): HuntBatch | null {
  const { plan, next } = hunt;
  if (hunt.isOver || next > plan.last || hasEarlyFinding(hunt)) return null;
  const last = Math.min(plan.last, next + count - 1);
  hunt.next = last + 1;
  const { scenario, defects, keepGoing } = plan;
  return { scenario, defects, first: next, last, stopsAtFinding: !keepGoing };
}

/** Runs a batch. This is what each thread of a pool is asked to do, so that this file is an entry of the build. */
export function runBatch({ first, last, stopsAtFinding, ...job }: HuntBatch): HuntResult[] {
  const results: HuntResult[] = [];
  for (let seed = first; seed <= last; seed++) {
    const result = runHuntSeed({ ...job, seed: String(seed) });
    results.push(result);
    if (stopsAtFinding && result.finding !== null) break;
  }
  return results;
}

export function addResults(hunt: Hunt, results: readonly HuntResult[]): void {
  for (const result of results) hunt.early.set(Number(result.seed), result);
  for (let result = hunt.early.get(hunt.due); result !== undefined && !hunt.isOver;) {
    hunt.early.delete(hunt.due++);
    count(hunt, result);
    result = hunt.early.get(hunt.due);
  }
}

function count(hunt: Hunt, { seed, events, faults, coverage, finding }: HuntResult): void {
  hunt.runs++;
  hunt.events += events;
  for (const [kind, times] of Object.entries(faults)) {
    hunt.faults.set(kind, (hunt.faults.get(kind) ?? 0) + times);
  }
  addCells(hunt.coverage, coverage, seed);
  if (finding !== null) addFinding(hunt, finding, seed);
  if (hunt.due > hunt.plan.last) hunt.isOver = true;
}

function addFinding(hunt: Hunt, finding: HuntFinding, seed: string): void {
  const known = hunt.found.get(finding.signature);
  if (known === undefined) hunt.found.set(finding.signature, { ...finding, seed, runs: 1 });
  else known.runs++;
  if (!hunt.plan.keepGoing) hunt.isOver = true;
}

/** Where the first finding ends the hunt, seeds above one that has it need not be run. */
function hasEarlyFinding({ plan, early }: Hunt): boolean {
  if (plan.keepGoing) return false;
  for (const { finding } of early.values()) if (finding !== null) return true;
  return false;
}
