import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InputProblem } from "../runner/scenario/input-problem.ts";
import { nearest } from "../runner/scenario/nearest.ts";
import { parseScenario } from "../runner/scenario/parse.ts";
import type { Scenario } from "../runner/scenario/scenario.ts";
import { BUG_NAMES, SHIPPED_NAMES, shippedScenario } from "../runner/shipped.ts";
import { reasonOf } from "../runner/trace-store.ts";
import { UsageError } from "./exit.ts";

/** Does this look like a path, and not like the name of a shipped scenario? */
export function isPath(argument: string): boolean {
  return /[/\\]/.test(argument) || /\.(ya?ml|zt)$/.test(argument);
}

/**
 * The scenario that an argument names: a shipped one, or a file.
 *
 * @throws UsageError when there is no such scenario; InputProblem when it is none
 */
export function findScenario(argument: string): Scenario {
  if (isPath(argument)) return readScenario(argument);
  const shipped = shippedScenario(argument);
  if (shipped !== null) return shipped;
  const near = nearest(argument, [...SHIPPED_NAMES, ...BUG_NAMES]);
  const meant = near === null ? "" : `, did you mean "${near}"?`;
  throw new UsageError(
    `there is no scenario "${argument}"${meant}${near === null ? ";" : ""} zootrope scenarios lists them, and a file ends in .yaml`,
  );
}

function readScenario(path: string): Scenario {
  const folder = dirname(resolve(path));
  return parseScenario(readText(path), path, (beside) => {
    const file = resolve(folder, beside);
    try {
      return readFileSync(file, "utf8");
    } catch {
      return null;
    }
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputProblem(
      { file: path, line: 0, column: 0 },
      `cannot be read: ${reasonOf(error)}`,
    );
  }
}
