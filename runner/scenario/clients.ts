import { encodeUtf8 } from "../../core/wire/utf8.ts";
import type { Operation } from "../../core/request/operation.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import {
  MIX_OPERATIONS,
  type Action,
  type Behaviour,
  type ClientPlan,
  type MixPlan,
} from "../../sim/workload/plan.ts";
import type { ClientAction, ClientInput, OperationFields } from "./input.ts";
import type { KeyPath, Source } from "./locate.ts";
import { checkSid, durationUs, fail, failAtKey, type Reader } from "./reader.ts";

const SESSION_TIMEOUT_US = 6_000_000;
const HOLD_US = 200_000;
const REST_US = 100_000;

/** The names that the clients of a scenario go by: a client with a count stands for several. */
export function clientNames(source: Source, inputs: readonly ClientInput[]): string[] {
  const names: string[] = [];
  for (const [index, input] of inputs.entries()) {
    for (const name of namesOf(input)) {
      if (names.includes(name)) {
        fail(source, ["clients", index, "name"], `there are two clients named "${name}"`);
      }
      names.push(name);
    }
  }
  return names;
}

export function readClients(
  reader: Reader,
  inputs: readonly ClientInput[],
  untilUs: number,
): ClientPlan[] {
  return inputs.flatMap((input, index) => readClient(reader, ["clients", index], input, untilUs));
}

/** What a client is told to do, from the keys of an operation. */
export function readAction(
  source: Source,
  path: KeyPath,
  action: ClientAction,
  fields: OperationFields,
): Action {
  checkFields(source, path, action, fields);
  if (action === "close" || action === "open") return { kind: action };
  if (fields.path === undefined) return fail(source, path, `"${action}" needs a path`);
  return {
    kind: "invoke",
    op: operationOf(action, fields.path, fields),
    retries: fields.retries ?? 0,
  };
}

/** The keys of an operation that each kind takes. */
const FIELDS: Readonly<Record<ClientAction, readonly (keyof OperationFields)[]>> = {
  create: ["path", "data", "ephemeral", "sequential", "retries"],
  set: ["path", "data", "version", "retries"],
  get: ["path", "watch", "retries"],
  exists: ["path", "watch", "retries"],
  children: ["path", "watch", "retries"],
  delete: ["path", "version", "retries"],
  sync: ["path", "retries"],
  close: [],
  open: [],
};
const ALL_FIELDS: readonly (keyof OperationFields)[] = [
  "path",
  "data",
  "version",
  "ephemeral",
  "sequential",
  "watch",
  "retries",
];

function checkFields(
  source: Source,
  path: KeyPath,
  action: ClientAction,
  fields: OperationFields,
): void {
  for (const field of ALL_FIELDS) {
    if (fields[field] === undefined || FIELDS[action].includes(field)) continue;
    const takes = FIELDS[action].length === 0 ? "nothing more" : FIELDS[action].join(", ");
    failAtKey(source, [...path, field], `"${action}" takes no "${field}"; it takes ${takes}`);
  }
}

function operationOf(
  action: Exclude<ClientAction, "close" | "open">,
  path: string,
  fields: OperationFields,
): Operation {
  const data = fields.data === undefined ? new Uint8Array(0) : encodeUtf8(fields.data);
  const version = fields.version ?? -1;
  const watch = fields.watch ?? false;
  switch (action) {
    case "create": {
      const flags = (fields.ephemeral === true ? 1 : 0) + (fields.sequential === true ? 2 : 0);
      return { kind: "create", type: 1, path, data, acl: OPEN_ACL, flags, ttlMs: -1 };
    }
    case "set":
      return { kind: "setData", path, data, version };
    case "get":
      return { kind: "getData", path, watch };
    case "exists":
      return { kind: "exists", path, watch };
    case "children":
      return { kind: "getChildren", type: 12, path, watch };
    case "delete":
      return { kind: "delete", path, version };
    case "sync":
      return { kind: "sync", path };
  }
}

function readClient(
  reader: Reader,
  path: KeyPath,
  input: ClientInput,
  untilUs: number,
): ClientPlan[] {
  const { source } = reader;
  const servers = (input.servers ?? []).map((sid, index) =>
    checkSid(reader, [...path, "servers", index], sid),
  );
  const timeoutUs = durationUs(
    source,
    [...path, "sessionTimeout"],
    input.sessionTimeout,
    SESSION_TIMEOUT_US,
  );
  const startUs = durationUs(source, [...path, "start"], input.start, 0);
  return namesOf(input).map((name, index) =>
    Object.freeze({
      name,
      sessionTimeoutMs: Math.floor(timeoutUs / 1000),
      servers,
      startUs,
      renews: input.renew ?? true,
      behaviour: readBehaviour(source, path, input, index === 0, untilUs),
    }),
  );
}

function namesOf(input: ClientInput): string[] {
  if (input.count === undefined) return [input.name];
  return Array.from({ length: input.count }, (_, index) => `${input.name}-${index + 1}`);
}

/** The key that decides what a client does, and the keys that go with it. */
const BEHAVIOURS = {
  mix: ["rate", "think", "inFlight", "root", "keys", "dataBytes", "from", "until", "retries"],
  lock: ["hold", "rest", "until"],
  watch: ["what"],
  do: [],
} as const;
type BehaviourKey = keyof typeof BEHAVIOURS;

function readBehaviour(
  source: Source,
  path: KeyPath,
  input: ClientInput,
  isFirst: boolean,
  untilUs: number,
): Behaviour {
  const key = behaviourKey(source, path, input);
  checkBehaviourKeys(source, path, input, key);
  const endUs = durationUs(source, [...path, "until"], input.until, untilUs);
  if (key === "mix") return readMix(source, path, input, isFirst, endUs);
  if (key === "lock" && input.lock !== undefined) {
    return {
      kind: "lock",
      root: input.lock,
      holdUs: durationUs(source, [...path, "hold"], input.hold, HOLD_US),
      restUs: durationUs(source, [...path, "rest"], input.rest, REST_US),
      untilUs: endUs,
    };
  }
  if (key === "watch" && input.watch !== undefined) {
    return { kind: "watch", path: input.watch, what: input.what ?? "data" };
  }
  const items = (input.do ?? []).map((item, index) => ({
    atUs: durationUs(source, [...path, "do", index, "at"], item.at, 0),
    action: readAction(source, [...path, "do", index], item.do, item),
  }));
  return { kind: "script", items: items.sort((a, b) => a.atUs - b.atUs) };
}

function behaviourKey(source: Source, path: KeyPath, input: ClientInput): BehaviourKey {
  const given = (["mix", "lock", "watch", "do"] as const).filter((key) => input[key] !== undefined);
  const [first, second] = given;
  if (first !== undefined && second !== undefined) {
    failAtKey(source, [...path, second], `a client has one of mix, lock, watch and do; not two`);
  }
  return first ?? "do";
}

function checkBehaviourKeys(
  source: Source,
  path: KeyPath,
  input: ClientInput,
  key: BehaviourKey,
): void {
  const allowed: readonly string[] = BEHAVIOURS[key];
  for (const [owner, keys] of Object.entries(BEHAVIOURS)) {
    for (const other of keys) {
      if (input[other] === undefined || allowed.includes(other)) continue;
      failAtKey(
        source,
        [...path, other],
        `"${other}" goes with "${owner}", which this client lacks`,
      );
    }
  }
}

function readMix(
  source: Source,
  path: KeyPath,
  input: ClientInput,
  isFirst: boolean,
  untilUs: number,
): MixPlan {
  const weights = MIX_OPERATIONS.flatMap((op) => {
    const weight = input.mix?.[op] ?? 0;
    return weight > 0 ? [{ op, weight }] : [];
  });
  if (weights.length === 0) {
    fail(source, [...path, "mix"], "expected at least one operation with a weight above 0");
  }
  if (input.rate !== undefined && input.think !== undefined) {
    failAtKey(source, [...path, "think"], '"think" cannot stand beside "rate"');
  }
  const thinkUs = durationUs(source, [...path, "think"], input.think, 0);
  return {
    kind: "mix",
    weights,
    pace:
      input.rate === undefined
        ? { kind: "closed", thinkUs: input.think === undefined ? 10_000 : thinkUs }
        : { kind: "rate", perSecond: input.rate },
    inFlightMax: input.inFlight ?? (input.rate === undefined ? 1 : 1000),
    root: input.root ?? `/${input.name}`,
    keyCount: input.keys ?? 10,
    dataBytes: input.dataBytes ?? 16,
    makesKeys: isFirst,
    fromUs: durationUs(source, [...path, "from"], input.from, 0),
    untilUs,
    retries: input.retries ?? 0,
  };
}
