import type { StepInput, TargetInput } from "./input.ts";
import type { KeyPath } from "./locate.ts";
import { unknownWord } from "./nearest.ts";
import { checkClient, checkSid, fail, failAtKey, type Reader } from "./reader.ts";
import { ROLES, type Target } from "./scenario.ts";

/* What the readers of single steps share: which keys a step may have, and whom it is for. */

/** The keys that every step may have. */
const COMMON_KEYS: readonly string[] = ["at", "when", "after", "do", "say"];

export function checkKeys(
  reader: Reader,
  path: KeyPath,
  action: string,
  keys: readonly string[],
  input: StepInput,
): void {
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined || COMMON_KEYS.includes(key) || keys.includes(key)) continue;
    const takes = keys.length === 0 ? "nothing more" : keys.join(", ");
    failAtKey(reader.source, [...path, key], `"${action}" takes no "${key}"; it takes ${takes}`);
  }
}

export function readTargets(reader: Reader, path: KeyPath, input: StepInput): Target[] {
  if (input.server !== undefined) {
    return [readTarget(reader, [...path, "server"], input.server)];
  }
  if (input.servers === undefined) {
    return fail(reader.source, path, `"${input.do ?? ""}" needs a server`);
  }
  return input.servers.map((target, index) =>
    readTarget(reader, [...path, "servers", index], target),
  );
}

export function readTargetsOrClient(reader: Reader, path: KeyPath, input: StepInput): Target[] {
  const client = clientTarget(reader, path, input);
  return client === null ? readTargets(reader, path, input) : [client];
}

export function clientTarget(reader: Reader, path: KeyPath, input: StepInput): Target | null {
  if (input.client === undefined) return null;
  return { kind: "client", client: checkClient(reader, [...path, "client"], input.client) };
}

export function need(reader: Reader, path: KeyPath, input: StepInput, key: "from" | "to"): Target {
  const target = optional(reader, path, input, key);
  return target ?? fail(reader.source, path, `"${input.do ?? ""}" needs "${key}"`);
}

export function optional(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
  key: "from" | "to",
): Target | null {
  const target = input[key];
  return target === undefined ? null : readTarget(reader, [...path, key], target);
}

export function readTarget(reader: Reader, path: KeyPath, target: TargetInput): Target {
  if (typeof target === "number") return { kind: "sid", sid: checkSid(reader, path, target) };
  const role = ROLES.find((known) => known === target);
  if (role !== undefined) return { kind: "role", role };
  return fail(reader.source, path, `${unknownWord("server", target, ROLES)}, or a server's number`);
}
