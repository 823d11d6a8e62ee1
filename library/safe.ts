import { formatInstant } from "../runner/scenario/duration.ts";
import { readScenarioInput } from "../runner/scenario/parse.ts";
import { scenarioYaml } from "../runner/scenario/write.ts";
import type { Result } from "./simulate.ts";

/** Where a case is kept so that the command can run it. */
const CASE_FILE = "case.scenario.yaml";

/**
 * Throws unless the run went well: no check was violated and everything expected came true. The message says what was
 * violated, and ends in the scenario and the command that show it again.
 */
export function assertSafe(result: Result): void {
  if (result.violations.length > 0) throw new Error(violationReport(result));
}

/** What was violated, one line each, and how to see it again. */
export function violationReport(result: Result): string {
  const lines = result.violations.map(
    ({ check, server, event, atMs, message }) =>
      `${check}: ${message}\n  ${server === 0 ? "" : `server ${server}, `}event ${event}, ${formatInstant(Math.round(atMs * 1000))}`,
  );
  return [...lines, "", replayText(result)].join("\n");
}

/** The scenario to keep in a file, and the command that runs it. */
export function replayText({ source, seed, defects }: Result): string {
  const flags = defects.map((id) => ` --defect ${id}`).join("");
  return [
    `npx zootrope run ${CASE_FILE} --seed ${seed}${flags} --trace case.zt`,
    `with this as ${CASE_FILE}:`,
    "",
    scenarioYaml(readScenarioInput(source.text, source.file)).trimEnd(),
  ].join("\n");
}
