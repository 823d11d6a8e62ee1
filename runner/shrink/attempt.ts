import type { ServerProcess } from "../../sim/cluster/state.ts";
import { signatureOf } from "../hunt/signature.ts";
import type { Violation } from "../run/outcome.ts";
import type { ScenarioInput } from "../scenario/input.ts";
import { InputProblem } from "../scenario/input-problem.ts";
import { scenarioOf } from "../scenario/parse.ts";
import { advanceRun, beginRun, endRun, type Run } from "../simulate.ts";

/** What a run of a case came to. */
export type Attempt = {
  /** Events that it took. */
  readonly events: number;
  /** The first thing that was violated. */
  readonly violation: Violation | null;
};

/** µs between two looks at a run. */
const SLICE_US = 100_000;
/** µs for which a run that has nothing left to do must stay so. */
const SETTLED_US = 2_000_000;

/** Runs a case up to its first violation. A case that cannot be read is one in which nothing fails. */
export function attempt(input: ScenarioInput, defects: readonly string[]): Attempt {
  const run = begin(input, defects);
  if (run === null) return { events: 0, violation: null };
  goOn(run);
  const { outcome } = endRun(run);
  return { events: outcome.events, violation: outcome.violations[0] ?? null };
}

/** The same check, failing in the same way. */
export function isSameFailure({ violation }: Attempt, signature: string): boolean {
  return violation !== null && signatureOf(violation) === signature;
}

function begin(input: ScenarioInput, defects: readonly string[]): Run | null {
  try {
    return beginRun(scenarioOf(input), { defects });
  } catch (error) {
    if (error instanceof InputProblem) return null;
    throw error;
  }
}

function goOn(run: Run): void {
  const { kernel, checks } = run.cluster;
  const { scenario } = run;
  const isOpenEnded = scenario.expectations.length === 0;
  const lastStepUs = Math.max(
    0,
    ...scenario.steps.map(({ trigger }) => (trigger.kind === "at" ? trigger.atUs : run.untilUs)),
  );
  let settledUs = 0;
  while (advanceRun(run, kernel.nowUs + SLICE_US)) {
    if (checks !== null && checks.violations.length > 0) return;
    if (!isOpenEnded || scenario.faults !== null || kernel.nowUs < lastStepUs) continue;
    settledUs = isSettled(run) ? settledUs + SLICE_US : 0;
    if (settledUs >= SETTLED_US && isIdle(run)) return;
  }
}

/** Everybody serves, and every write that is tried again has been answered: nobody can be late any more. */
function isSettled({ cluster }: Run): boolean {
  return (
    cluster.servers.every(isServing) &&
    cluster.history.entries.every(({ outcome, retries }) => outcome !== "pending" || retries === 0)
  );
}

function isServing({ life, server }: ServerProcess): boolean {
  return life === "running" && server?.serving === true;
}

/** No client will call anything any more. */
function isIdle({ cluster, scenario }: Run): boolean {
  const { nowUs } = cluster.kernel;
  return scenario.clients.every(({ behaviour }) => {
    switch (behaviour.kind) {
      case "script":
        return behaviour.items.every(({ atUs }) => atUs <= nowUs);
      case "mix":
      case "lock":
        return behaviour.untilUs <= nowUs;
      case "watch":
        return true;
    }
  });
}
