import type { ExpectationInput } from "./input.ts";
import type { KeyPath } from "./locate.ts";
import { durationUs, fail, failAtKey, readCondition, type Reader } from "./reader.ts";
import type { Expectation } from "./scenario.ts";

export function readExpectations(
  reader: Reader,
  inputs: readonly ExpectationInput[],
  untilUs: number,
): Expectation[] {
  return inputs.map((input, index) => readExpectation(reader, ["expect", index], input, untilUs));
}

function readExpectation(
  reader: Reader,
  path: KeyPath,
  input: ExpectationInput,
  endUs: number,
): Expectation {
  const { source } = reader;
  const given = (["that", "always", "never"] as const).filter((key) => input[key] !== undefined);
  const [key, second] = given;
  if (key === undefined) return fail(source, path, 'expected "that", "always" or "never"');
  if (second !== undefined) {
    failAtKey(source, [...path, second], `"${second}" cannot stand beside "${key}"`);
  }
  const words = input[key] ?? "";
  for (const limit of ["by", "at", "until"] as const) {
    if (durationUs(source, [...path, limit], input[limit], 0) > endUs) {
      fail(source, [...path, limit], "this is after the end of the run, so it is never judged");
    }
  }
  const condition = readCondition(reader, [...path, key], words);
  if (key === "that") {
    forbid(reader, path, input, ["until"], "goes with always and never");
    if (input.from !== undefined && input.by === undefined) {
      failAtKey(source, [...path, "from"], '"from" goes with by, always and never');
    }
    if (input.by !== undefined && input.at !== undefined) {
      failAtKey(source, [...path, "at"], '"at" cannot stand beside "by"');
    }
    if (input.by !== undefined) {
      const untilUs = durationUs(source, [...path, "by"], input.by, endUs);
      const fromUs = durationUs(source, [...path, "from"], input.from, 0);
      if (fromUs > untilUs) fail(source, [...path, "by"], '"by" is before "from"');
      const since = input.from === undefined ? "" : `from ${input.from} `;
      return {
        condition,
        holds: "once",
        fromUs,
        untilUs,
        text: `${since}by ${input.by}: ${words}`,
      };
    }
    const untilUs = durationUs(source, [...path, "at"], input.at, endUs);
    const when = input.at === undefined ? "at the end" : `at ${input.at}`;
    return { condition, holds: "at", fromUs: untilUs, untilUs, text: `${when}: ${words}` };
  }
  forbid(reader, path, input, ["by", "at"], "goes with that");
  const fromUs = durationUs(source, [...path, "from"], input.from, 0);
  const untilUs = durationUs(source, [...path, "until"], input.until, endUs);
  if (fromUs > untilUs) fail(source, [...path, "until"], '"until" is before "from"');
  const holds = key === "always" ? "throughout" : "never";
  const since = input.from === undefined ? "" : ` from ${input.from}`;
  const until = input.until === undefined ? "" : ` until ${input.until}`;
  return { condition, holds, fromUs, untilUs, text: `${key}${since}${until}: ${words}` };
}

function forbid(
  reader: Reader,
  path: KeyPath,
  input: ExpectationInput,
  keys: readonly ("by" | "at" | "from" | "until")[],
  reason: string,
): void {
  for (const key of keys) {
    if (input[key] !== undefined) failAtKey(reader.source, [...path, key], `"${key}" ${reason}`);
  }
}
