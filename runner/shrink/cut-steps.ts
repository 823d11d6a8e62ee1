import type { ScenarioInput, StepInput } from "../scenario/input.ts";
import { ddmin } from "./ddmin.ts";
import { tryCase, type Search } from "./search.ts";

/** What ends what: the two go together, as a server that crashed and does not come back is another story. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  crash: ["start"],
  stop: ["start"],
  pause: ["resume"],
  partition: ["heal"],
  isolate: ["heal"],
  slow: ["heal"],
};

/** Steps: many at once, then a fault with its end, then single ones. */
export function cutSteps(search: Search): void {
  const from = search.best;
  const indexed = (from.steps ?? []).map((step, index) => ({ step, index }));
  if (indexed.length === 0) return;
  ddmin(unitsOf(indexed.map(({ step }) => step)), (units) => {
    const kept = new Set(units.flat());
    return tryCase(search, withSteps(from, indexed, kept), 2);
  });
  const single = search.best;
  const rest = (single.steps ?? []).map((step, index) => ({ step, index }));
  ddmin(rest, (kept) =>
    tryCase(search, withSteps(single, rest, new Set(kept.map(({ index }) => index))), 1),
  );
  for (const [index, step] of (search.best.steps ?? []).entries()) simplify(search, index, step);
}

function withSteps(
  input: ScenarioInput,
  all: readonly { readonly step: StepInput; readonly index: number }[],
  kept: ReadonlySet<number>,
): ScenarioInput {
  const { steps: _, ...rest } = input;
  const steps = all.filter(({ index }) => kept.has(index)).map(({ step }) => step);
  return steps.length === 0 ? rest : { ...rest, steps };
}

/** Indexes of steps that belong together; each step is in one unit. */
function unitsOf(steps: readonly StepInput[]): number[][] {
  const taken = new Set<number>();
  const units: number[][] = [];
  for (const [index, step] of steps.entries()) {
    if (taken.has(index)) continue;
    taken.add(index);
    const end = endOf(steps, index, step, taken);
    if (end === null) units.push([index]);
    else {
      taken.add(end);
      units.push([index, end]);
    }
  }
  return units;
}

function endOf(
  steps: readonly StepInput[],
  begin: number,
  step: StepInput,
  taken: ReadonlySet<number>,
): number | null {
  const endings = ENDINGS[step.do ?? ""] ?? [];
  for (let index = begin + 1; index < steps.length; index++) {
    const other = steps[index];
    if (other === undefined || taken.has(index) || !endings.includes(other.do ?? "")) continue;
    if (other.do === "heal" || isSameServer(step, other)) return index;
  }
  return null;
}

function isSameServer(one: StepInput, other: StepInput): boolean {
  return (
    one.server === other.server && JSON.stringify(one.servers) === JSON.stringify(other.servers)
  );
}

/** A step without its extras: captions, the power that goes with a crash, one of several servers. */
function simplify(search: Search, index: number, step: StepInput): void {
  for (const key of ["say", "power"] as const) {
    const current = search.best.steps?.[index] ?? step;
    if (current[key] === undefined) continue;
    const { [key]: _, ...rest } = current;
    tryCase(search, withStep(search.best, index, rest));
  }
  const { servers } = search.best.steps?.[index] ?? step;
  if (servers === undefined || servers.length < 2) return;
  ddmin(servers, (kept) => {
    const current = search.best.steps?.[index] ?? step;
    return (
      kept.length > 0 &&
      tryCase(search, withStep(search.best, index, { ...current, servers: [...kept] }))
    );
  });
}

function withStep(input: ScenarioInput, index: number, step: StepInput): ScenarioInput {
  return { ...input, steps: (input.steps ?? []).with(index, step) };
}
