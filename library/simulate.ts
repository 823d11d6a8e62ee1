import type { Outcome } from "../runner/run/outcome.ts";
import type { Scenario } from "../runner/scenario/scenario.ts";
import { simulate as simulateScenario, type SimulateOptions } from "../runner/simulate.ts";
import type { Trace } from "../sim/trace/trace.ts";
import type { History } from "../sim/workload/history.ts";
import { caseInput, type Case } from "./case.ts";
import { scenario } from "./scenario.ts";

/** How a run went: what `zootrope run --json` prints, and what it was made from. */
export type Result = Outcome & {
  /** What the clients did. */
  readonly history: History;
  /** When it was asked for. */
  readonly trace: Trace | null;
  /** What ran; its `text` is a scenario file. */
  readonly source: Scenario;
  readonly defects: readonly string[];
};

/**
 * Runs a case or a scenario, from its beginning to its end. The same input gives the same result, everywhere.
 *
 * @throws InputProblem when the case is none
 */
export function simulate(what: Case | Scenario, options: SimulateOptions = {}): Result {
  const source = isScenario(what) ? what : scenario(caseInput(what));
  const { outcome, history, trace } = simulateScenario(source, options);
  return { ...outcome, history, trace, source, defects: options.defects ?? [] };
}

export function isScenario(what: Case | Scenario): what is Scenario {
  return "text" in what;
}
