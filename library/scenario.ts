import { InputProblem } from "../runner/scenario/input-problem.ts";
import type { ScenarioInput } from "../runner/scenario/input.ts";
import { madeSource, placeOf } from "../runner/scenario/locate.ts";
import { parseScenario, scenarioOf } from "../runner/scenario/parse.ts";
import type { Scenario } from "../runner/scenario/scenario.ts";
import { checkForm } from "../runner/scenario/schema.ts";
import { shippedScenario } from "../runner/shipped.ts";

/**
 * A scenario, read and checked.
 *
 * @param source the text of a scenario file, or what such a file holds as a plain object
 * @param file as it shall appear in messages about a text
 * @throws InputProblem for the first thing that is wrong: where, what was found, what was expected
 */
export function scenario(source: string | ScenarioInput, file: string = "scenario"): Scenario {
  if (typeof source === "string") return parseScenario(source, file, () => null);
  const input = checkForm(source);
  if (!Array.isArray(input)) return scenarioOf(input);
  const first = input[0];
  throw new InputProblem(placeOf(madeSource(source.name), first?.path ?? []), first?.what ?? "");
}

/**
 * One of the scenarios that come with the package, such as `leader-crash`.
 *
 * @throws RangeError when none has that name
 */
export function shipped(name: string): Scenario {
  const found = shippedScenario(name);
  if (found === null) throw new RangeError(`no scenario named "${name}" is shipped`);
  return found;
}
