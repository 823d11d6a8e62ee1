import type { ConfigNote } from "./config-problem.ts";
import type { Property } from "./properties.ts";

/** The system properties of one server, under their whole names, and what was noticed while they were read. */
export type SystemProperties = {
  readonly all: ReadonlyMap<string, Property>;
  readonly notes: ConfigNote[];
};

const PREFIX = "zookeeper.";

/** What a zoo.cfg sets goes before what the command line set. */
export function systemProperties(
  fromFile: ReadonlyMap<string, Property>,
  fromCommandLine: ReadonlyMap<string, Property>,
): SystemProperties {
  const all = new Map(fromCommandLine);
  for (const [key, property] of fromFile) all.set(PREFIX + key, property);
  return { all, notes: [] };
}

export function textOf({ all }: SystemProperties, name: string): string | null {
  return all.get(name)?.value ?? null;
}

/** True when set to `true`, in whatever case; anything else is false. */
export function isTrue(properties: SystemProperties, name: string, unset = false): boolean {
  const text = textOf(properties, name);
  return text === null ? unset : text.toLowerCase() === "true";
}

/** True when set to exactly `yes`. */
export function isYes(properties: SystemProperties, name: string, unset: boolean): boolean {
  const text = textOf(properties, name);
  return text === null ? unset : text === "yes";
}

/** A number that cannot be read leaves the default standing, with a note, as in the real server. */
export function numberOf(
  properties: SystemProperties,
  name: string,
  unset: number,
  form: "whole" | "fraction" = "whole",
): number {
  const property = properties.all.get(name);
  if (property === undefined) return unset;
  const pattern = form === "whole" ? /^[+-]?\d{1,15}$/ : /^[+-]?\d*\.?\d+$/;
  if (pattern.test(property.value)) return Number(property.value);
  const { file, line, key, value } = property;
  const expected = form === "whole" ? "a whole number" : "a number";
  const what = `${key}: expected ${expected}, found "${value}"; going on with ${unset}`;
  properties.notes.push({ file, line, what });
  return unset;
}
