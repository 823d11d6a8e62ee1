import { parseCondition, type Condition } from "./condition.ts";
import { DURATION_HELP, parseDurationUs } from "./duration.ts";
import { InputProblem } from "./input-problem.ts";
import { placeOf, placeOfKey, type KeyPath, type Source } from "./locate.ts";

/** What the readers of a scenario's parts share: where they are, and who takes part. */
export type Reader = {
  readonly source: Source;
  readonly sids: readonly number[];
  readonly clientNames: readonly string[];
};

/** @throws InputProblem, always, at the value of `path` */
export function fail(source: Source, path: KeyPath, what: string): never {
  throw new InputProblem(placeOf(source, path), what);
}

/** @throws InputProblem, always, at the key of `path` */
export function failAtKey(source: Source, path: KeyPath, what: string): never {
  throw new InputProblem(placeOfKey(source, path), what);
}

/** The duration at `path`, whose form the schema has checked, or `otherwise` where there is none. */
export function durationUs(
  source: Source,
  path: KeyPath,
  text: string | undefined,
  otherwise: number,
): number {
  if (text === undefined) return otherwise;
  return parseDurationUs(text) ?? fail(source, path, `expected ${DURATION_HELP}, found "${text}"`);
}

export function checkSid(reader: Reader, path: KeyPath, sid: number): number {
  if (reader.sids.includes(sid)) return sid;
  return fail(
    reader.source,
    path,
    `there is no server ${sid}; expected one of: ${reader.sids.join(", ")}`,
  );
}

export function checkClient(reader: Reader, path: KeyPath, name: string): string {
  if (reader.clientNames.includes(name)) return name;
  const known = reader.clientNames.join(", ");
  const expected = known === "" ? "the scenario has none" : `expected one of: ${known}`;
  return fail(reader.source, path, `there is no client "${name}"; ${expected}`);
}

/** Reads a condition, and sees to it that whom it names takes part. */
export function readCondition(reader: Reader, path: KeyPath, text: string): Condition {
  const condition = parseCondition(text);
  if (typeof condition === "string") return fail(reader.source, path, condition);
  if ("sid" in condition) checkSid(reader, path, condition.sid);
  if ("client" in condition) checkClient(reader, path, condition.client);
  return condition;
}
