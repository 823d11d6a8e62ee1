import type { ServerEffect } from "../effect.ts";
import { takeFirst } from "../ring.ts";
import type { Server } from "../server-state.ts";
import { needsGlobalSession } from "../session/local.ts";
import { formatSessionId } from "../session/session-id.ts";
import { forgetSession } from "../session/tracker.ts";
import { Permission } from "../tree/acl.ts";
import { applyToDatabase } from "../tree/database.ts";
import type { ApplyResult, PartResult } from "../tree/apply.ts";
import type { Stat } from "../tree/stat.ts";
import { treeDigest } from "../tree/tree.ts";
import { triggerWatches } from "../tree/watches.ts";
import { OpCode, type Txn } from "../txn.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import { trimTail } from "../storage/logger.ts";
import { watchContainers } from "./cleaner-timer.ts";
import { ErrorCode } from "./error-code.ts";
import type { LocalRequest } from "./commit-state.ts";
import type { MultiResult, Operation, Result } from "./operation.ts";
import { isPermitted } from "./permission.ts";
import { closeClient, establish, sendReply, sendWatchEvent } from "./reply.ts";

export type Apply = typeof applyToDatabase;

/** Applies a committed transaction to the tree, fires its watches and tells the checkers. */
export function deliver(
  server: Server,
  txn: Txn,
  out: ServerEffect[],
  apply: Apply = applyToDatabase,
): ApplyResult | null {
  const { database } = server;
  if (database === null) return null;
  const result = apply(database, txn, server.config.commitLogCount);
  trimTail(server);
  fireWatches(server, result, out);
  out.push({ kind: "delivered", txn, digest: treeDigest(database.tree) });
  if (txn.body.kind === "createSession") {
    server.learner?.touched.set(txn.clientId, txn.body.timeoutMs);
  } else if (txn.body.kind === "closeSession") endSession(server, txn, out);
  if (server.leader !== null) watchContainers(server, server.leader, out);
  return result;
}

/** Answers the own client that asked for `txn`, if it is still there. */
export function answerWrite(
  server: Server,
  request: LocalRequest,
  txn: Txn,
  result: ApplyResult | null,
  out: ServerEffect[],
): void {
  const client = server.clients.byConn.get(request.conn);
  if (client === undefined) return;
  switch (request.op.kind) {
    case "createSession":
      establish(server, request.conn, txn.clientId, request.op.timeoutMs, out);
      return;
    case "closeSession":
      sendReply(server, request.conn, request.cxid, ErrorCode.ok, null, out);
      closeClient(server, request.conn, out);
      return;
    default:
      answerOperation(server, request, txn, result, out);
  }
}

function answerOperation(
  server: Server,
  request: LocalRequest,
  txn: Txn,
  result: ApplyResult | null,
  out: ServerEffect[],
): void {
  const { conn, cxid, op } = request;
  if (result === null) return;
  if (isSessionMoved(result)) {
    // The session belongs to another server now: no answer, only the end of this connection.
    closeClient(server, conn, out);
  } else if (txn.body.kind === "multi" && result.parts !== null) {
    // Even a multi that failed is answered without an error: its parts have theirs.
    const results = result.parts.map(partOf);
    sendReply(server, conn, cxid, ErrorCode.ok, { kind: "multi", results }, out);
  } else if (result.err !== ErrorCode.ok) {
    sendReply(server, conn, cxid, errorFor(server, request, result.err), null, out);
  } else if (op.kind === "reconfig" && result.stat !== null) {
    const data = encodeUtf8(server.configuration.text);
    sendReply(server, conn, cxid, ErrorCode.ok, { kind: "data", data, stat: result.stat }, out);
  } else sendReply(server, conn, cxid, ErrorCode.ok, resultOf(op, result), out);
}

function isSessionMoved({ err, parts }: ApplyResult): boolean {
  if (parts === null) return err === ErrorCode.sessionMoved;
  return parts.some((part) => part.err === ErrorCode.sessionMoved);
}

/** The leader does not know local sessions and calls them expired; here it is known what they lack. */
function errorFor(server: Server, { conn, op }: LocalRequest, err: number): number {
  if (err !== ErrorCode.sessionExpired || !needsGlobalSession(op)) return err;
  const local = server.clients.byConn.get(conn)?.local === true;
  return local ? ErrorCode.ephemeralOnLocalSession : err;
}

function resultOf(op: Operation, { path, stat }: ApplyResult): Result | null {
  switch (op.kind) {
    case "create":
      return createdResult(path, op.type === OpCode.create ? null : stat);
    case "setData":
    case "setAcl":
      return stat === null ? null : { kind: "stat", stat };
    default:
      return null;
  }
}

/** Containers and TTL znodes answer as create2 does, a failed part as an error whatever it was. */
function partOf({ type, err, path, stat }: PartResult): MultiResult {
  switch (type) {
    case OpCode.create:
      return { type, err, result: createdResult(path, null) };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTtl:
      return { type: OpCode.create2, err, result: createdResult(path, stat) };
    case OpCode.setData:
      return { type, err, result: stat === null ? null : { kind: "stat", stat } };
    default:
      return { type, err, result: null };
  }
}

function createdResult(path: string | null, stat: Stat | null): Result {
  return stat === null || path === null ? { kind: "path", path } : { kind: "created", path, stat };
}

/**
 * Who may not read a znode is not told what happens to it; a watch that fires once has fired all the same.
 * @see CVE-2024-23944; ZooKeeper 3.8.4, server/NIOServerCnxn.java (process)
 */
function fireWatches(server: Server, result: ApplyResult, out: ServerEffect[]): void {
  if (result.triggers.length === 0) return;
  const { clients, config } = server;
  triggerWatches(clients.watches, result.triggers, (conn, { type, path, acl }) => {
    const client = clients.byConn.get(conn);
    if (client === undefined || acl === null) return;
    if (!isPermitted(config.options, acl, Permission.read, client.identities)) return;
    sendWatchEvent(conn, type, path, out);
  });
}

/** A session that was closed elsewhere, or has expired, takes its connection with it. */
function endSession(server: Server, txn: Txn, out: ServerEffect[]): void {
  if (server.leader !== null) forgetSession(server.leader.sessions, txn.clientId);
  const conn = server.clients.bySession.get(txn.clientId);
  if (conn === undefined) return;
  const head = server.commits.waiting.get(txn.clientId)?.[0];
  const ownWish = head?.op.kind === "closeSession" && head.cxid === txn.cxid;
  if (ownWish) return;
  out.push({ kind: "warned", text: `session ${formatSessionId(txn.clientId)} has ended` });
  closeClient(server, conn, out);
}

/**
 * A role has ended: applies everything that is in the log and not in the tree, committed or not, for the log
 * is what this server votes with.
 */
export function fastForward(server: Server, out: ServerEffect[]): void {
  const { database, log, config } = server;
  if (database === null) return;
  for (let txn = takeFirst(log.tail); txn !== undefined; txn = takeFirst(log.tail)) {
    if (txn.zxid <= database.lastZxid) continue;
    applyToDatabase(database, txn, config.commitLogCount);
    out.push({ kind: "fastForwarded", txn, digest: treeDigest(database.tree) });
  }
}
