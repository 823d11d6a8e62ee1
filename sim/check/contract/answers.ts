import type { Client, Pending } from "../../../core/client/client.ts";
import { ErrorCode } from "../../../core/request/error-code.ts";
import { isRead } from "../../../core/request/submit.ts";
import {
  PING_XID,
  type Operation,
  type Reply,
  type Result,
} from "../../../core/request/operation.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import type { Stat } from "../../../core/tree/stat.ts";
import { counterOf, epochOf, formatZxid, ZERO_ZXID, type Zxid } from "../../../core/zxid.ts";
import type { HistoryEntry } from "../../workload/history.ts";
import { report, type Checks } from "../checks.ts";
import { OWN, REFUSED, viewOf, type ClientView, type Contract } from "./contract.ts";
import { judgeRead } from "./reads.ts";
import { forgetWatches, judgeTold, leaveWatch, watchesReset } from "./watchers.ts";

/** The server that a call goes to, when it is called. */
export type Server = { readonly sid: number; readonly epoch: number; readonly leads: boolean };

/** A program calls an operation; `server` is null where the call has to wait for a connection. */
export function called(contract: Contract, id: number, op: Operation, server: Server | null): void {
  contract.floors[id] = shownBefore(contract, Infinity);
  if (op.kind === "sync" && server !== null) contract.syncs.set(id, syncFloor(contract, server));
}

/**
 * What a sync has to bring: all that was committed by the leader that answers it. A deposed one cannot tell of later
 * epochs. And a leader answers its own clients at once, with what it has applied itself, while a learner may have
 * applied more: of what others showed it promises nothing.
 *
 * @see ZooKeeper, LeaderZooKeeperServer.java (a CommitProcessor that does not match syncs)
 */
function syncFloor(contract: Contract, { sid, epoch, leads }: Server): Zxid {
  return leads ? (contract.seenFrom.get(sid) ?? ZERO_ZXID) : shownBefore(contract, epoch);
}

/** The highest zxid of epochs up to this one that anybody was shown. */
function shownBefore({ seen }: Contract, epochMax: number): Zxid {
  let most = ZERO_ZXID;
  for (const { epoch, zxid } of seen) if (epoch <= epochMax && zxid > most) most = zxid;
  return most;
}

/** A client has sent a request, of its program's (by ticket) or its own. */
export function sent(contract: Contract, index: number, { ticket, xid, op }: Pending): void {
  const view = viewOf(contract, index);
  const session = contract.sessions.get(view.session);
  if (session !== undefined) session.sent[xid] = ticket < 0 ? OWN : ticket;
  if (ticket < 0) view.catchingUp ||= op.kind === "setWatches";
  view.lastXid = xid;
}

/** The program asks for a new session: of the last one nothing is owed any more. */
export function sessionOpened(contract: Contract, index: number): void {
  const view = viewOf(contract, index);
  forgetWatches(contract, view);
  view.session = 0n as SessionId;
  view.sid = 0;
  view.lastZxid = ZERO_ZXID;
  view.lastXid = 0;
  view.catchingUp = false;
}

/** A server has taken the client with its session, new or old. */
export function attached(
  checks: Checks,
  contract: Contract,
  index: number,
  sessionId: SessionId,
  sid: number,
): void {
  const view = viewOf(contract, index);
  const session = contract.sessions.get(sessionId);
  view.catchingUp = false;
  view.sid = sid;
  view.session = sessionId;
  if (session === undefined) return;
  session.client = index;
  session.firstXids.push(view.lastXid + 1);
  if (session.closed === null || session.closed > view.lastZxid) return;
  report(
    checks,
    "C8",
    sid,
    `server ${sid} takes client ${index} with its session, which ended in ${formatZxid(session.closed)}; the client has seen ${formatZxid(view.lastZxid)}`,
  );
}

/** A reply has come, and the client has not looked at it yet: C2, C3, C6. */
export function replyHeard(
  checks: Checks,
  contract: Contract,
  index: number,
  client: Client,
  { xid, zxid }: Reply,
): void {
  const view = viewOf(contract, index);
  const due = client.pending[client.pendingHead];
  if (xid !== PING_XID && xid !== due?.xid) {
    const awaited = due === undefined ? "nothing" : `xid ${due.xid}`;
    report(
      checks,
      "C2",
      view.sid,
      `client ${index} gets the answer to xid ${xid}; due is ${awaited}`,
    );
    return;
  }
  // Refusals that never reach a tree have no zxid.
  if (zxid <= 0n) return;
  if (zxid < view.lastZxid) {
    report(
      checks,
      "C3",
      view.sid,
      `server ${view.sid} answers client ${index} from ${formatZxid(zxid)}; its session has seen ${formatZxid(view.lastZxid)}`,
    );
    return;
  }
  view.lastZxid = zxid;
  noteSeen(contract, view.sid, zxid);
  if (due?.op.kind === "setWatches" && due.ticket < 0) {
    watchesReset(contract, view, zxid);
    view.catchingUp = false;
  }
  if (view.watches.length > 0) judgeTold(checks, view, zxid);
}

/** An event came that the client kept from its program, since nothing there waits for it. */
export function eventUnwanted(
  checks: Checks,
  contract: Contract,
  index: number,
  type: number,
  path: string,
): void {
  const view = viewOf(contract, index);
  // Of one change, several of the watches that are set again may tell.
  if (view.catchingUp) return;
  report(
    checks,
    "C6",
    view.sid,
    `client ${index} gets event ${type} on ${path}, for which it has left no watch`,
  );
}

/** A call has its answer: C1, C4, C5, C7. */
export function answered(
  checks: Checks,
  contract: Contract,
  { id, client, op }: HistoryEntry,
  err: number,
  zxid: Zxid,
  result: Result | null,
): void {
  const view = viewOf(contract, client);
  if (op.kind === "sync") {
    if (!NEVER_PROPOSED.has(err)) judgeSync(checks, contract, view, id, err, zxid);
    contract.syncs.delete(id);
  } else if (isRead(op)) {
    judgeRead(checks, contract, view, op, err, zxid, result);
    leaveWatch(contract, client, op, err, zxid);
  } else {
    judgeWrite(checks, contract, view, id, err, zxid, result);
    contract.outcomes.delete(id);
  }
}

/** No answer will come. Whether the write is carried out, the committed transactions will tell. */
export function lost(contract: Contract, ticket: number): void {
  contract.syncs.delete(ticket);
  contract.outcomes.delete(ticket);
}

/** C1: the answer to a write is that of its transaction. */
function judgeWrite(
  checks: Checks,
  contract: Contract,
  view: ClientView,
  ticket: number,
  err: number,
  zxid: Zxid,
  result: Result | null,
): void {
  const outcome = contract.outcomes.get(ticket);
  const name = `server ${view.sid} answers call ${ticket} with ${err} and ${formatZxid(zxid)}`;
  if (outcome === undefined) {
    if (NEVER_PROPOSED.has(err)) refuse(contract, view, ticket);
    else report(checks, "C1", view.sid, `${name}, and no such transaction is committed`);
    return;
  }
  const isMulti = result?.kind === "multi";
  if (zxid !== outcome.zxid || (err !== outcome.err && !isMulti)) {
    const fact = `it is committed as ${formatZxid(outcome.zxid)} with ${outcome.err}`;
    report(checks, "C1", view.sid, `${name}; ${fact}`);
    return;
  }
  if (err !== ErrorCode.ok || result === null) return;
  if ((result.kind === "path" || result.kind === "created") && result.path !== outcome.path) {
    report(
      checks,
      "C1",
      view.sid,
      `${name} and ${result.path ?? "nothing"}; it made ${outcome.path}`,
    );
  } else if (result.kind === "stat" && !isOfWrite(contract, outcome.path, zxid, result.stat)) {
    report(checks, "C1", view.sid, `${name} and a Stat that ${outcome.path} did not have then`);
  }
}

/** Should the transaction come after all, somebody was told a lie. */
function refuse(contract: Contract, view: ClientView, ticket: number): void {
  const sent = contract.sessions.get(view.session)?.sent;
  const xid = sent?.lastIndexOf(ticket) ?? -1;
  if (sent !== undefined && xid >= 0) sent[xid] = REFUSED;
}

function isOfWrite(contract: Contract, path: string, zxid: Zxid, stat: Stat): boolean {
  const versions = contract.model.nodes.get(path)?.versions;
  const version = versions?.findLast(({ since }) => since === zxid);
  if (version === undefined) return versions === undefined;
  return version.stat !== null && version.stat.version === stat.version && stat.mzxid === zxid;
}

/** C5. */
function judgeSync(
  checks: Checks,
  contract: Contract,
  view: ClientView,
  ticket: number,
  err: number,
  zxid: Zxid,
): void {
  if (err !== ErrorCode.ok) {
    report(checks, "C5", view.sid, `server ${view.sid} answers a sync with ${err}`);
    return;
  }
  const floor = contract.syncs.get(ticket);
  if (floor === undefined || zxid >= floor) return;
  report(
    checks,
    "C5",
    view.sid,
    `server ${view.sid} answers a sync from ${formatZxid(zxid)}; ${formatZxid(floor)} had been shown to a client before it was called`,
  );
}

/** The zxid with which an epoch begins is no transaction's: a learner that has been given a DIFF need not show it. */
function noteSeen({ seen, seenFrom }: Contract, sid: number, zxid: Zxid): void {
  if (counterOf(zxid) === 0) return;
  if (zxid > (seenFrom.get(sid) ?? ZERO_ZXID)) seenFrom.set(sid, zxid);
  const last = seen.at(-1);
  if (last !== undefined && zxid <= last.zxid && zxid >= BigInt(last.epoch) << 32n) return;
  const epoch = epochOf(zxid);
  let at = seen.length;
  while (at > 0 && seen[at - 1]!.epoch > epoch) at--;
  const own = seen[at - 1];
  if (own?.epoch !== epoch) seen.splice(at, 0, { epoch, zxid });
  else if (zxid > own.zxid) own.zxid = zxid;
}

/** Errors of writes that never got as far as a transaction. */
const NEVER_PROPOSED: ReadonlySet<number> = new Set([
  ErrorCode.unimplemented,
  ErrorCode.notReadOnly,
  ErrorCode.noAuth,
  ErrorCode.throttledOp,
  ErrorCode.sessionRequiresSasl,
]);
