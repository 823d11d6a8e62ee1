import type { ServerProcess } from "../../sim/cluster/state.ts";
import type { Violation } from "../run/outcome.ts";
import type { ScenarioInput } from "../scenario/input.ts";
import { readScenarioInput, scenarioOf } from "../scenario/parse.ts";
import { parseDurationUs } from "../scenario/duration.ts";
import { advanceRun, beginRun, endRun, type Run } from "../simulate.ts";
import { reachedCells, watchCoverage } from "./coverage.ts";
import { drawCase, drawFaultsFor, type HuntCase } from "./draw-case.ts";
import { signatureOf } from "./signature.ts";

/** One seed of a hunt. Plain data: it travels to workers, and over a queue. */
export type HuntJob = {
  readonly seed: string;
  /** Ids of the historic bugs that the run has. */
  readonly defects: readonly string[];
  /** YAML of the scenario whose ensemble and clients get the faults; null for the general swarm. */
  readonly scenario: string | null;
};

export type HuntResult = {
  readonly seed: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: Readonly<Record<string, number>>;
  /** The cells reached, ascending; see coverage.ts. */
  readonly coverage: readonly number[];
  readonly finding: HuntFinding | null;
};

export type HuntFinding = {
  /** The first violation of the run. */
  readonly violation: Violation;
  /** The same for all violations that are the same failure. */
  readonly signature: string;
  readonly case: ScenarioInput;
};

/** µs between two looks at a run: has something been violated, is everything settled. */
const SLICE_US = 250_000;
/** µs that a settled ensemble is watched on. */
const SETTLED_US = 2_000_000;

/** The run that a job stands for, and nothing else: the same job gives the same case everywhere. */
export function caseOf({ seed, scenario }: HuntJob): HuntCase {
  if (scenario === null) return drawCase(seed);
  const input = readScenarioInput(scenario, "scenario");
  return drawFaultsFor(input, seed, Math.floor((parseDurationUs(input.until) ?? 0) / 1000));
}

/** Runs one seed. */
export function runHuntSeed(job: HuntJob): HuntResult {
  const { input, quietMs } = caseOf(job);
  const { run, violation } = runCase(input, job.defects, quietMs);
  return { seed: job.seed, ...run, finding: findingOf(violation, input) };
}

/** What became of a case that a corpus, or anybody else, has kept. */
export function judgeCase(input: ScenarioInput, defects: readonly string[]): HuntFinding | null {
  return findingOf(runCase(input, defects, Infinity).violation, input);
}

/**
 * Runs a case up to the first violation. One that has recovered from its faults, and stays so for a while, is not
 * followed to the end of what liveness allows: nobody could be late any more.
 */
function runCase(
  input: ScenarioInput,
  defects: readonly string[],
  quietMs: number,
): {
  readonly run: Omit<HuntResult, "seed" | "finding">;
  readonly violation: Violation | undefined;
} {
  const run = beginRun(scenarioOf(input), { defects });
  const cells = watchCoverage(run.cluster);
  runToVerdict(run, quietMs * 1000);
  const { outcome } = endRun(run, true);
  const { events, simulatedMs, faults } = outcome;
  return {
    run: { events, simulatedMs, faults, coverage: reachedCells(cells) },
    violation: outcome.violations[0],
  };
}

function findingOf(violation: Violation | undefined, input: ScenarioInput): HuntFinding | null {
  if (violation === undefined) return null;
  return { violation, signature: signatureOf(violation), case: input };
}

/** Runs until something is violated, all is settled, or time is up. */
function runToVerdict(run: Run, quietUs: number): void {
  const { kernel, checks } = run.cluster;
  let settledUs = 0;
  while (advanceRun(run, kernel.nowUs + SLICE_US)) {
    if (checks !== null && checks.violations.length > 0) return;
    settledUs = kernel.nowUs > quietUs && isSettled(run) ? settledUs + SLICE_US : 0;
    if (settledUs >= SETTLED_US) return;
  }
}

/** Whoever runs serves, one of them as the leader, and every write that is tried again has been answered. */
function isSettled({ cluster }: Run): boolean {
  return (
    cluster.servers.every((process) => process.life === "down" || isServing(process)) &&
    cluster.servers.some(({ server }) => server?.state === "LEADING") &&
    cluster.history.entries.every(({ outcome, retries }) => outcome !== "pending" || retries === 0)
  );
}

function isServing({ life, server }: ServerProcess): boolean {
  return life === "running" && server?.serving === true;
}
