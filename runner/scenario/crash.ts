import type { StepInput } from "./input.ts";
import type { KeyPath } from "./locate.ts";
import { durationUs, failAtKey, type Reader } from "./reader.ts";
import type { Command, CrashPlan } from "./scenario.ts";

export const CRASH_KEYS: readonly string[] = [
  "power",
  "leaves",
  "upon",
  "nth",
  "within",
  "back",
  "times",
];

/** What a step says of a crash besides whose it is. */
export function readCrash(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
): Omit<Extract<Command, { kind: "crash" }>, "kind" | "targets"> {
  const power = input.power ?? false;
  needs(reader, path, input, "leaves", power, "power: true");
  needs(reader, path, input, "times", input.back !== undefined, '"back"');
  return { power, leaves: input.leaves ?? "drawn", upon: readPlan(reader, path, input) };
}

function readPlan(reader: Reader, path: KeyPath, input: StepInput): CrashPlan | null {
  const { upon, nth, within, back, times } = input;
  for (const key of ["nth", "within", "back", "times"] as const) {
    needs(reader, path, input, key, upon !== undefined, '"upon"');
  }
  if (upon === undefined) return null;
  return {
    point: upon,
    nth: nth ?? 1,
    withinUs: durationUs(reader.source, [...path, "within"], within, Infinity),
    backUs: back === undefined ? null : durationUs(reader.source, [...path, "back"], back, 0),
    times: times ?? 1,
  };
}

function needs(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
  key: "leaves" | "nth" | "within" | "back" | "times",
  isMet: boolean,
  other: string,
): void {
  if (input[key] === undefined || isMet) return;
  failAtKey(reader.source, [...path, key], `"${key}" needs ${other} beside it`);
}
