import * as fc from "fast-check";
import type { Case } from "../case.ts";
import { assertSafe, replayText } from "../safe.ts";
import { simulate, type Result } from "../simulate.ts";

export type AlwaysOptions = fc.Parameters<[Case]> & {
  /** Historic bugs that the servers shall have. */
  readonly defects?: readonly string[];
};

/**
 * Simulates drawn cases and throws when a statement about one of the runs does not hold. The message ends in what to paste
 * back: fast-check's seed and path, the smallest case as a test, and as a scenario with the command that runs it.
 *
 * @param holds throws or returns false where it does not hold; unless given, it is that no check is violated
 */
export function assertAlways(
  cases: fc.Arbitrary<Case>,
  holds: (result: Result) => boolean | void = assertSafe,
  options: AlwaysOptions = {},
): void {
  const { defects = [], ...parameters } = options;
  const details = fc.check(
    fc.property(cases, (drawn) => {
      if (holds(simulate(drawn, { defects })) === false) throw new Error("it is false");
    }),
    parameters,
  );
  if (!details.failed) return;
  throw new Error(alwaysReport(details, defects), { cause: details.errorInstance });
}

function alwaysReport(details: fc.RunDetails<[Case]>, defects: readonly string[]): string {
  const found = details.counterexample?.[0];
  if (found === undefined)
    return fc.defaultReportMessage(details) ?? "the property was not decided";
  const { seed, counterexamplePath: path, numRuns, numShrinks } = details;
  const result = simulate(found, { defects });
  const what = result.violations.map(({ check, message }) => `${check}: ${message}`);
  return [
    ...(what.length > 0 ? what : [`the statement does not hold: ${reason(details.errorInstance)}`]),
    `  case ${numRuns} of seed ${seed}, shrunk ${numShrinks} times to ${sizeOf(found)}`,
    "",
    "again from here:",
    `  ${JSON.stringify({ seed, path, endOnFailure: true })}`,
    "",
    "the smallest case as a test:",
    `  ${caseText(found, defects)}`,
    "",
    "and from a terminal:",
    replayText(result),
  ].join("\n");
}

function reason(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n")[0] ?? "";
}

function sizeOf({ ensemble, workload = [], faults = [] }: Case): string {
  const operations = workload.reduce((sum, client) => sum + (client.do ?? []).length, 0);
  const counts = [
    [ensemble.servers ?? 0, "server"],
    [operations, "operation"],
    [faults.length, "step"],
  ] as const;
  return counts.map(([count, noun]) => `${count} ${noun}${count === 1 ? "" : "s"}`).join(", ");
}

/** TypeScript that runs the case again. */
function caseText(found: Case, defects: readonly string[]): string {
  const options = defects.length === 0 ? "" : `, ${JSON.stringify({ defects })}`;
  return `simulate(${JSON.stringify(found)}${options});`;
}
