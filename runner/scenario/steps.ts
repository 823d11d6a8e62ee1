import { CLIENT_ACTIONS, type ClientAction, type StepInput, type TargetInput } from "./input.ts";
import { readAction } from "./clients.ts";
import type { KeyPath } from "./locate.ts";
import { unknownWord } from "./nearest.ts";
import {
  checkClient,
  checkSid,
  durationUs,
  fail,
  failAtKey,
  readCondition,
  type Reader,
} from "./reader.ts";
import { CRASH_KEYS, readCrash } from "./crash.ts";
import { readServerFault, SERVER_FAULT_KEYS } from "./server-faults.ts";
import { ROLES, type Command, type Step, type Target, type Trigger } from "./scenario.ts";

export function readSteps(reader: Reader, inputs: readonly StepInput[]): Step[] {
  return inputs.map((input, index) => {
    const path = ["steps", index];
    if (input.do === undefined && input.say === undefined) {
      fail(reader.source, path, 'expected "do" (an action) or "say" (a caption)');
    }
    const command = input.do === undefined ? null : readCommand(reader, path, input.do, input);
    if (command === null) checkKeys(reader, path, "say", [], input);
    return {
      index,
      trigger: readTrigger(reader, path, input),
      command,
      caption: input.say ?? null,
      text: command === null ? "say" : describe(input),
    };
  });
}

/** The servers that a step starts, and that therefore do not run from the beginning. */
export function startedLater(steps: readonly Step[]): Set<number> {
  const sids = new Set<number>();
  for (const { command } of steps) {
    if (command?.kind !== "start") continue;
    for (const target of command.targets) if (target.kind === "sid") sids.add(target.sid);
  }
  return sids;
}

function readTrigger(reader: Reader, path: KeyPath, input: StepInput): Trigger {
  const { source } = reader;
  const afterUs = durationUs(source, [...path, "after"], input.after, 0);
  if (input.at === undefined) {
    if (input.when === undefined && input.after === undefined) {
      fail(source, path, 'expected "at" (an instant), "when" (a condition) or "after" (a pause)');
    }
    const condition =
      input.when === undefined ? null : readCondition(reader, [...path, "when"], input.when);
    return { kind: "when", condition, afterUs };
  }
  for (const key of ["when", "after"] as const) {
    if (input[key] !== undefined) {
      failAtKey(source, [...path, key], `"${key}" cannot stand beside "at"`);
    }
  }
  return { kind: "at", atUs: durationUs(source, [...path, "at"], input.at, 0) };
}

/** The keys that every step may have. */
const COMMON_KEYS: readonly string[] = ["at", "when", "after", "do", "say"];
const OPERATION_KEYS: readonly string[] = [
  "client",
  "path",
  "data",
  "version",
  "ephemeral",
  "sequential",
  "watch",
  "retries",
];

function readCommand(
  reader: Reader,
  path: KeyPath,
  action: NonNullable<StepInput["do"]>,
  input: StepInput,
): Command {
  const check = (...keys: string[]): void => checkKeys(reader, path, action, keys, input);
  switch (action) {
    case "start":
    case "stop":
    case "restart":
    case "pause":
    case "resume":
      check("server", "servers");
      return { kind: action, targets: readTargets(reader, path, input) };
    case "crash":
      check("server", "servers", ...CRASH_KEYS);
      return {
        kind: "crash",
        targets: readTargets(reader, path, input),
        ...readCrash(reader, path, input),
      };
    case "partition":
      return readPartition(reader, path, input, check);
    case "isolate":
      check("server", "servers", "client");
      return { kind: "isolate", targets: readTargetsOrClient(reader, path, input) };
    case "heal":
      check();
      return { kind: "heal" };
    case "slow":
      check("from", "to", "by");
      if (input.by === undefined) fail(reader.source, path, '"slow" needs "by", such as by: 50ms');
      return {
        kind: "slow",
        from: need(reader, path, input, "from"),
        to: optional(reader, path, input, "to"),
        addedMs: Math.ceil(durationUs(reader.source, [...path, "by"], input.by, 0) / 1000),
      };
    case "reset":
      check("from", "to", "client");
      return {
        kind: "reset",
        from: clientTarget(reader, path, input) ?? need(reader, path, input, "from"),
        to: optional(reader, path, input, "to"),
      };
    case "disk":
    case "wipe":
    case "backup":
    case "rollback":
    case "corrupt":
      check("server", "servers", ...SERVER_FAULT_KEYS[action]);
      return {
        kind: "server fault",
        targets: readTargets(reader, path, input),
        fault: readServerFault(reader, path, action, input),
      };
    default:
      return readClientCommand(reader, path, action, input);
  }
}

function readClientCommand(
  reader: Reader,
  path: KeyPath,
  action: ClientAction,
  input: StepInput,
): Command {
  checkKeys(reader, path, action, OPERATION_KEYS, input);
  if (input.client === undefined) {
    return fail(reader.source, path, `"${action}" needs a client to do it`);
  }
  const client = checkClient(reader, [...path, "client"], input.client);
  return { kind: "client", client, action: readAction(reader.source, path, action, input) };
}

function readPartition(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
  check: (...keys: string[]) => void,
): Command {
  if (input.groups === undefined) {
    check("from", "to");
    if (input.from === undefined && input.to === undefined) {
      fail(reader.source, path, '"partition" needs groups, or from and to for one way only');
    }
    const from = need(reader, path, input, "from");
    return { kind: "wall", from, to: need(reader, path, input, "to") };
  }
  check("groups");
  const groups = input.groups.map((group, index) =>
    group.map((target, place) => readTarget(reader, [...path, "groups", index, place], target)),
  );
  return { kind: "partition", groups };
}

function checkKeys(
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

function readTargets(reader: Reader, path: KeyPath, input: StepInput): Target[] {
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

function readTargetsOrClient(reader: Reader, path: KeyPath, input: StepInput): Target[] {
  const client = clientTarget(reader, path, input);
  return client === null ? readTargets(reader, path, input) : [client];
}

function clientTarget(reader: Reader, path: KeyPath, input: StepInput): Target | null {
  if (input.client === undefined) return null;
  return { kind: "client", client: checkClient(reader, [...path, "client"], input.client) };
}

function need(reader: Reader, path: KeyPath, input: StepInput, key: "from" | "to"): Target {
  const target = optional(reader, path, input, key);
  return target ?? fail(reader.source, path, `"${input.do ?? ""}" needs "${key}"`);
}

function optional(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
  key: "from" | "to",
): Target | null {
  const target = input[key];
  return target === undefined ? null : readTarget(reader, [...path, key], target);
}

function readTarget(reader: Reader, path: KeyPath, target: TargetInput): Target {
  if (typeof target === "number") return { kind: "sid", sid: checkSid(reader, path, target) };
  const role = ROLES.find((known) => known === target);
  if (role !== undefined) return { kind: "role", role };
  return fail(reader.source, path, `${unknownWord("server", target, ROLES)}, or a server's number`);
}

/** `crash leader`, `create /x by alice`. */
function describe(input: StepInput): string {
  const action = input.do ?? "";
  if ((CLIENT_ACTIONS as readonly string[]).includes(action)) {
    const path = input.path === undefined ? "" : ` ${input.path}`;
    return `${action}${path} by ${input.client ?? ""}`;
  }
  const words = [action];
  if (input.server !== undefined) words.push(name(input.server));
  if (input.client !== undefined) words.push(input.client);
  if (input.servers !== undefined) words.push(input.servers.map(name).join(", "));
  if (input.groups !== undefined) {
    words.push(input.groups.map((group) => group.map(name).join(", ")).join(" | "));
  }
  if (input.from !== undefined) words.push(name(input.from));
  if (input.from !== undefined && action !== "reset") words.push("→");
  if (input.from !== undefined && action === "reset" && input.to !== undefined) words.push("and");
  if (input.to !== undefined) words.push(name(input.to));
  else if (action === "slow") words.push("all");
  if (input.by !== undefined) words.push(`by ${input.by}`);
  if (input.is !== undefined) words.push(input.is);
  if (input.what !== undefined) words.push(`(${input.what})`);
  if (input.upon !== undefined) words.push(`upon ${input.upon} ${input.nth ?? 1}`);
  if (input.power === true) words.push("with its power");
  return words.join(" ");
}

function name(target: TargetInput): string {
  return typeof target === "number" ? `server ${target}` : target;
}
