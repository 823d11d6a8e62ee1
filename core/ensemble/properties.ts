import { ConfigProblem } from "./config-problem.ts";

/** One setting, and where it was read. */
export type Property = {
  readonly key: string;
  readonly value: string;
  readonly file: string;
  /** Of its first line, counted from 1; 0 for what was not read from a file. */
  readonly line: number;
};

/** What no character of a key may be, unless a backslash is before it. */
const KEY_ENDS = " \t\f=:";

/**
 * Reads the syntax of java.util.Properties: comments begin with `#` or `!`, a backslash at a line's end continues it,
 * `=`, `:` or a blank ends a key. Values lose the blanks around them, as everywhere in a zoo.cfg.
 * Repeated keys are all there, in order: the last one counts.
 *
 * @throws ConfigProblem at a `\u` without four hexadecimal digits
 * @see java.util.Properties (load)
 */
export function readProperties(text: string, file: string): Property[] {
  const properties: Property[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let logical = trimStart(lines[index] ?? "");
    if (logical === "" || logical.startsWith("#") || logical.startsWith("!")) continue;
    while (isContinued(logical) && index + 1 < lines.length) {
      logical = logical.slice(0, -1) + trimStart(lines[++index] ?? "");
    }
    const [key, value] = splitAtKey(logical);
    properties.push({
      key: unescape(key, file, line),
      value: unescape(value, file, line).trim(),
      file,
      line,
    });
  }
  return properties;
}

/** The last property of each key. */
export function lastOfEach(properties: readonly Property[]): Map<string, Property> {
  return new Map(properties.map((property) => [property.key, property]));
}

export function refuse(property: Property, expected: string): never {
  const { file, line, key, value } = property;
  throw new ConfigProblem(file, line, `${key}: expected ${expected}, found "${value}"`);
}

/** `^[+-]?\d+$` within a Java int; anything else is refused. */
export function wholeNumber(property: Property, unit: string): number {
  const number = Number(property.value);
  const fits = /^[+-]?\d+$/.test(property.value) && number >= -INT_LIMIT && number < INT_LIMIT;
  return fits
    ? number
    : refuse(property, unit === "" ? "a whole number" : `a whole number ${unit}`);
}

const INT_LIMIT = 2_147_483_648;

export function trueOrFalse(property: Property): boolean {
  const value = property.value.toLowerCase();
  return value === "true" || value === "false"
    ? value === "true"
    : refuse(property, "true or false");
}

function trimStart(text: string): string {
  return text.replace(/^[ \t\f]+/, "");
}

/** An odd number of backslashes at the end: the last one speaks of the line break. */
function isContinued(logical: string): boolean {
  const slashes = /\\+$/.exec(logical);
  return slashes !== null && slashes[0].length % 2 === 1;
}

function splitAtKey(logical: string): [key: string, value: string] {
  let end = 0;
  while (end < logical.length && !KEY_ENDS.includes(logical.charAt(end))) {
    end += logical.charAt(end) === "\\" ? 2 : 1;
  }
  const rest = logical.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "");
  return [logical.slice(0, end), rest];
}

const CONTROL: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescape(text: string, file: string, line: number): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.)|$)/gs, (_, hex?: string, plain?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (plain === "u") {
      throw new ConfigProblem(file, line, "expected four hexadecimal digits after \\u");
    }
    return CONTROL[plain ?? ""] ?? plain ?? "";
  });
}
