import type { ClientAction, StepInput } from "./input.ts";
import { readAction } from "./clients.ts";
import { describeStep } from "./describe-step.ts";
import type { KeyPath } from "./locate.ts";
import { CRASH_KEYS, readCrash } from "./crash.ts";
import { readNetworkCommand } from "./network-steps.ts";
import { checkClient, durationUs, fail, failAtKey, readCondition, type Reader } from "./reader.ts";
import { readServerFault, SERVER_FAULT_KEYS } from "./server-faults.ts";
import type { Command, Step, Trigger } from "./scenario.ts";
import { checkKeys, readTargets } from "./step-targets.ts";

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
      text: command === null ? "say" : describeStep(input),
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
    case "pause":
    case "resume":
      check("server", "servers");
      return { kind: action, targets: readTargets(reader, path, input) };
    case "restart":
      check("server", "servers", "apart");
      return {
        kind: "restart",
        targets: readTargets(reader, path, input),
        apartUs: durationUs(reader.source, [...path, "apart"], input.apart, 0),
      };
    case "crash":
      check("server", "servers", ...CRASH_KEYS);
      return {
        kind: "crash",
        targets: readTargets(reader, path, input),
        ...readCrash(reader, path, input),
      };
    case "partition":
    case "isolate":
    case "heal":
    case "slow":
    case "hold":
    case "release":
    case "clog":
    case "swizzle":
    case "throttle":
    case "lose":
    case "refuse":
    case "reset":
    case "halfOpen":
      return readNetworkCommand(reader, path, action, input);
    case "disk":
    case "wipe":
    case "backup":
    case "rollback":
    case "corrupt":
    case "clock":
    case "late":
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
