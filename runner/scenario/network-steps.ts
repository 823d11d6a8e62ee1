import type { StepInput } from "./input.ts";
import type { KeyPath } from "./locate.ts";
import { durationUs, fail, failAtKey, type Reader } from "./reader.ts";
import type { LinkFaultKind, Links, NetworkCommand } from "./scenario.ts";
import {
  checkKeys,
  clientTarget,
  need,
  optional,
  readTarget,
  readTargets,
  readTargetsOrClient,
} from "./step-targets.ts";

export type NetworkAction =
  | "partition"
  | "isolate"
  | "heal"
  | "slow"
  | "hold"
  | "release"
  | "clog"
  | "swizzle"
  | "throttle"
  | "lose"
  | "refuse"
  | "reset"
  | "halfOpen";

const LINK_KEYS = ["from", "to", "server", "servers", "client"] as const;

/** The keys of each action. Which of them may stand together is looked at where they are read. */
const KEYS: Readonly<Record<NetworkAction, readonly string[]>> = {
  partition: ["groups", "shape", "servers", "from", "to", "for"],
  isolate: ["server", "servers", "client", "for"],
  heal: [],
  slow: [...LINK_KEYS, "by", "tail", "for"],
  hold: [...LINK_KEYS, "for"],
  release: LINK_KEYS,
  clog: [...LINK_KEYS, "for"],
  swizzle: ["servers", "over"],
  throttle: [...LINK_KEYS, "bytesPerSecond", "for"],
  lose: [...LINK_KEYS, "oneIn", "for"],
  refuse: ["from", "to", "server", "servers", "silently", "for"],
  reset: ["from", "to", "client", "keeps"],
  halfOpen: ["from", "to", "client", "late"],
};

/** @throws InputProblem for a key that is missing, or that the action does not take */
export function readNetworkCommand(
  reader: Reader,
  path: KeyPath,
  action: NetworkAction,
  input: StepInput,
): NetworkCommand {
  checkKeys(reader, path, action, KEYS[action], input);
  switch (action) {
    case "partition":
      return readPartition(reader, path, input);
    case "isolate":
      return {
        kind: "isolate",
        targets: readTargetsOrClient(reader, path, input),
        forUs: optionalUs(reader, path, input, "for"),
      };
    case "heal":
      return { kind: "heal" };
    case "release":
      return { kind: "release", links: readLinks(reader, path, input) };
    case "swizzle":
      return {
        kind: "swizzle",
        targets: input.servers === undefined ? [] : readTargets(reader, path, input),
        overUs: neededUs(reader, path, input, "over", "over: 2s"),
      };
    case "reset":
    case "halfOpen":
      return readBreakage(reader, path, action, input);
    default:
      return {
        kind: "link fault",
        ...readLinkFault(reader, path, action, input),
        links: readLinks(reader, path, input),
        forUs: optionalUs(reader, path, input, "for"),
      };
  }
}

function readPartition(reader: Reader, path: KeyPath, input: StepInput): NetworkCommand {
  const { source } = reader;
  const forUs = optionalUs(reader, path, input, "for");
  if (input.groups !== undefined) {
    refuseBeside(reader, path, input, "groups", ["shape", "servers", "from", "to"]);
    const groups = input.groups.map((group, index) =>
      group.map((target, place) => readTarget(reader, [...path, "groups", index, place], target)),
    );
    return { kind: "partition", groups, forUs };
  }
  if (input.shape !== undefined) {
    refuseBeside(reader, path, input, "shape", ["from", "to"]);
    const targets = input.servers === undefined ? [] : readTargets(reader, path, input);
    return { kind: "shape", shape: input.shape, targets, forUs };
  }
  if (input.servers !== undefined) {
    failAtKey(source, [...path, "servers"], '"servers" goes with a shape');
  }
  if (input.from === undefined && input.to === undefined) {
    fail(source, path, '"partition" needs groups, a shape, or from and to for one way only');
  }
  const from = need(reader, path, input, "from");
  return { kind: "wall", from, to: need(reader, path, input, "to"), forUs };
}

type LinkFaultFields = {
  readonly fault: LinkFaultKind;
  readonly measure: number;
  readonly tailMs: number;
};

function readLinkFault(
  reader: Reader,
  path: KeyPath,
  action: "slow" | "hold" | "clog" | "throttle" | "lose" | "refuse",
  input: StepInput,
): LinkFaultFields {
  const { source } = reader;
  const fields = (fault: LinkFaultKind, measure: number, tailMs: number = 0): LinkFaultFields => ({
    fault,
    measure,
    tailMs,
  });
  switch (action) {
    case "slow":
      if (input.by === undefined && input.tail === undefined) {
        fail(source, path, '"slow" needs "by" or "tail", such as by: 50ms');
      }
      return fields("slow", msOf(reader, path, input, "by"), msOf(reader, path, input, "tail"));
    case "hold":
      return fields("held", 0);
    case "clog":
      neededUs(reader, path, input, "for", "for: 2s");
      return fields("held", 0);
    case "throttle":
      return fields("throttled", needed(reader, path, input, "bytesPerSecond", 20_000));
    case "lose":
      return fields("lossy", needed(reader, path, input, "oneIn", 10));
    case "refuse":
      return fields("refused", input.silently === true ? 1 : 0);
  }
}

function readLinks(reader: Reader, path: KeyPath, input: StepInput): Links {
  if (input.from !== undefined || input.to !== undefined) {
    refuseBeside(reader, path, input, "from", ["server", "servers", "client"]);
    const from = need(reader, path, input, "from");
    return { kind: "one way", from, to: optional(reader, path, input, "to") };
  }
  const targets = readTargetsOrClient(reader, path, input);
  return { kind: input.do === "refuse" ? "towards" : "around", targets };
}

function readBreakage(
  reader: Reader,
  path: KeyPath,
  action: "reset" | "halfOpen",
  input: StepInput,
): NetworkCommand {
  const from = clientTarget(reader, path, input) ?? need(reader, path, input, "from");
  const to = optional(reader, path, input, "to");
  return action === "reset"
    ? { kind: "reset", from, to, keeps: input.keeps ?? 0 }
    : { kind: "halfOpen", from, to, lateUs: optionalUs(reader, path, input, "late") };
}

function refuseBeside(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
  key: string,
  others: readonly (keyof StepInput)[],
): void {
  for (const other of others) {
    if (input[other] === undefined) continue;
    failAtKey(reader.source, [...path, other], `"${other}" cannot stand beside "${key}"`);
  }
}

function optionalUs(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
  key: "for" | "late" | "over",
): number | null {
  if (input[key] === undefined) return null;
  return durationUs(reader.source, [...path, key], input[key], 0);
}

function neededUs(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
  key: "for" | "over",
  example: string,
): number {
  const us = optionalUs(reader, path, input, key);
  return us ?? fail(reader.source, path, `"${input.do ?? ""}" needs "${key}", such as ${example}`);
}

function needed(
  reader: Reader,
  path: KeyPath,
  input: StepInput,
  key: "bytesPerSecond" | "oneIn",
  example: number,
): number {
  const what = `"${input.do ?? ""}" needs "${key}", such as ${key}: ${example}`;
  return input[key] ?? fail(reader.source, path, what);
}

function msOf(reader: Reader, path: KeyPath, input: StepInput, key: "by" | "tail"): number {
  return Math.ceil(durationUs(reader.source, [...path, key], input[key], 0) / 1000);
}
