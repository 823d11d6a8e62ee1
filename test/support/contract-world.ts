import { createClient, type Client } from "../../core/client/client.ts";
import type { Operation, Result } from "../../core/request/operation.ts";
import type { SessionId } from "../../core/session/session-id.ts";
import { encodeTxn } from "../../core/storage/txn-record.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import type { TxnBody } from "../../core/txn.ts";
import { makeZxid, type Zxid } from "../../core/zxid.ts";
import { createChecks, type Checks } from "../../sim/check/checks.ts";
import {
  answered,
  attached,
  called,
  replyHeard,
  sent,
  sessionOpened,
  type Server,
} from "../../sim/check/contract/answers.ts";
import { followCommitted } from "../../sim/check/contract/committed.ts";
import { createContract, type Contract } from "../../sim/check/contract/contract.ts";
import { latest } from "../../sim/check/contract/model.ts";
import { eventTold } from "../../sim/check/contract/watchers.ts";
import { extend } from "../../sim/check/history.ts";
import {
  createHistory,
  recordAnswer,
  recordInvoke,
  type History,
} from "../../sim/workload/history.ts";
import { configOf } from "./check-ensemble.ts";
import { typeOf } from "./txns.ts";

/** A few clients and a committed order, and nothing in between: tests say what is committed and what is answered. */
export type World = {
  readonly checks: Checks;
  readonly contract: Contract;
  readonly calls: History;
  readonly clients: Client[];
  epoch: number;
  counter: number;
};

/** Clients 0 … n − 1, each with a session of its own, at server 1. */
export function worldOf(clientCount: number): World {
  const world: World = {
    checks: createChecks({ servers: [configOf(1)] }),
    contract: createContract(),
    calls: createHistory(),
    clients: Array.from({ length: clientCount }, () => createClient(["s1:2181"], 4000)),
    epoch: 1,
    counter: 0,
  };
  for (const index of world.clients.keys()) {
    sessionOpened(world.contract, index);
    commitAs(world, sessionOf(index), 0, { kind: "createSession", timeoutMs: 4000 });
    attach(world, index, 1);
  }
  return world;
}

export function sessionOf(client: number): SessionId {
  return BigInt(client + 1) as SessionId;
}

/** The client has got through to a server with its session. */
export function attach(world: World, client: number, sid: number): void {
  attached(world.checks, world.contract, client, sessionOf(client), sid);
}

/** Calls and sends; gives the ticket, which is the client's next xid less 1. */
export function call(world: World, client: number, op: Operation, to?: Partial<Server>): number {
  const { contract, calls, clients } = world;
  const { id } = recordInvoke(calls, client, op, 0, 0);
  called(contract, id, op, { sid: 1, epoch: world.epoch, leads: false, ...to });
  const machine = clients[client]!;
  const request = { ticket: id, op, xid: ++machine.lastXid };
  machine.pending.push(request);
  sent(contract, client, request);
  return id;
}

export function xidOf(world: World, ticket: number): number {
  const { client } = world.calls.entries[ticket]!;
  return world.contract.sessions.get(sessionOf(client))!.sent.indexOf(ticket);
}

/** The next transaction is committed: what the call asked for, unless `body` says something else. */
export function commit(world: World, ticket: number, body?: TxnBody): Zxid {
  const { client, op } = world.calls.entries[ticket]!;
  return commitAs(world, sessionOf(client), xidOf(world, ticket), body ?? bodyOf(world, op));
}

export function commitAs(world: World, clientId: SessionId, cxid: number, body: TxnBody): Zxid {
  const { checks, contract, calls } = world;
  const zxid = makeZxid(world.epoch, ++world.counter);
  const header = { clientId, cxid, zxid, timeMs: world.counter, type: typeOf(body) };
  checks.committed = extend(checks.history, checks.committed, encodeTxn(header, body, null));
  followCommitted(checks, contract, calls);
  return zxid;
}

/** The next answer of that client's. */
export function answer(
  world: World,
  ticket: number,
  zxid: Zxid,
  result: Result | null = null,
  err = 0,
): void {
  const { checks, contract, calls, clients } = world;
  const entry = calls.entries[ticket]!;
  const machine = clients[entry.client]!;
  const xid = xidOf(world, ticket);
  replyHeard(checks, contract, entry.client, machine, { kind: "reply", xid, zxid, err, result });
  machine.pending = machine.pending.filter((request) => request.ticket !== ticket);
  answered(checks, contract, entry, err, zxid, result);
  recordAnswer(calls, entry, err, zxid, result, 0);
}

/** Calls, commits and answers as an honest server would. */
export function write(world: World, client: number, op: Operation): Zxid {
  const ticket = call(world, client, op);
  const zxid = commit(world, ticket);
  answer(world, ticket, zxid, resultOf(world, op));
  return zxid;
}

/** Reads, and is answered from the newest state. */
export function read(world: World, client: number, op: Operation): void {
  const ticket = call(world, client, op);
  const err = honest(world, op) === null ? -101 : 0;
  answer(world, ticket, newest(world), honest(world, op), err);
}

/** What an honest server would answer to a read. */
export function honest(world: World, op: Operation): Result | null {
  if (!("path" in op) || op.path === null) return null;
  const version = latest(world.contract.model, op.path);
  if (!version?.stat) return null;
  if (op.kind === "exists") return { kind: "stat", stat: version.stat };
  if (op.kind === "getData") return { kind: "data", data: version.data, stat: version.stat };
  const children = [...(world.contract.model.nodes.get(op.path)?.children ?? [])];
  return { kind: "children", children, stat: version.stat };
}

export function event(world: World, client: number, type: number, path: string): void {
  eventTold(world.checks, world.contract, client, type, path);
}

export function newest(world: World): Zxid {
  return world.contract.zxid;
}

/** Ids of the checks that were broken, in order. */
export function broken(world: World): string[] {
  return world.checks.violations.map(({ check }) => check.slice(0, check.indexOf(" ")));
}

export function creating(path: string, flags = 0): Operation {
  return { kind: "create", type: 1, path, data: BYTES, acl: OPEN_ACL, flags, ttlMs: -1 };
}

export function setting(path: string, version = -1): Operation {
  return { kind: "setData", path, data: BYTES, version };
}

export function getting(path: string, watch = false): Operation {
  return { kind: "getData", path, watch };
}

const BYTES = Uint8Array.of(1, 2, 3);

function bodyOf(world: World, op: Operation): TxnBody {
  const stat = (path: string) => latest(world.contract.model, path)?.stat;
  switch (op.kind) {
    case "create":
      return {
        kind: "create",
        path: op.path,
        data: op.data,
        acl: OPEN_ACL,
        ephemeral: (op.flags & 1) !== 0,
        parentCversion: 1,
      };
    case "setData":
      return {
        kind: "setData",
        path: op.path,
        data: op.data,
        version: (stat(op.path)?.version ?? 0) + 1,
      };
    case "delete":
      return { kind: "delete", path: op.path };
    default:
      throw new Error(`a ${op.kind} commits nothing`);
  }
}

function resultOf(world: World, op: Operation): Result | null {
  if (op.kind === "create") return { kind: "path", path: op.path };
  const stat = op.kind === "setData" ? latest(world.contract.model, op.path)?.stat : null;
  return stat ? { kind: "stat", stat } : null;
}
