/** Runs in the browser: what the same code comes to in another engine. */
import { SHIPPED_NAMES, shippedScenario } from "../../../runner/shipped.ts";
import { simulate } from "../../../runner/simulate.ts";

/** The names of all shipped scenarios. */
export const names: readonly string[] = SHIPPED_NAMES;

/** The hash of a scenario with a seed; its own when that is empty. */
export function hashOf(name: string, seed: string): string {
  const scenario = shippedScenario(name);
  if (scenario === null) throw new Error(`no scenario ${name}`);
  return simulate(scenario, { seed: seed === "" ? scenario.seed : seed }).outcome.traceHash;
}
