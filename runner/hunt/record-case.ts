import type { Trace } from "../../sim/trace/trace.ts";
import type { ScenarioInput } from "../scenario/input.ts";
import { parseScenario } from "../scenario/parse.ts";
import { scenarioYaml } from "../scenario/write.ts";
import { advanceRun, beginRun, endRun } from "../simulate.ts";

/** A finding as others take it: a scenario to read and change, and the trace of its run. */
export type Counterexample = { readonly yaml: string; readonly trace: Trace };

/** ms that a trace goes on behind the violation, to show what became of it. */
const AFTERMATH_MS = 200;

/** Runs a case again and records it, up to a little after its violation at `failedAtMs`. */
export function recordCase(
  input: ScenarioInput,
  defects: readonly string[],
  failedAtMs: number,
): Counterexample {
  const yaml = scenarioYaml(input);
  const scenario = parseScenario(yaml, input.name, () => null);
  const untilUs = Math.min(scenario.untilUs, Math.ceil(failedAtMs + AFTERMATH_MS) * 1000);
  const run = beginRun(scenario, { defects, untilUs, trace: true });
  advanceRun(run, untilUs);
  const { trace } = endRun(run);
  if (trace === null) throw new Error("a recorded run has a trace");
  return { yaml, trace };
}
