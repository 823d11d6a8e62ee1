import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import { endLocalSession, isLocalSession, needsGlobalSession } from "../session/local.ts";
import type { SessionId } from "../session/session-id.ts";
import { touchSession, trackSession } from "../session/tracker.ts";
import { OpCode } from "../txn.ts";
import type { Leader, PrepItem } from "../zab/leader-state.ts";
import { ZERO_ZXID } from "../zxid.ts";
import type { ClientConn } from "./clients-state.ts";
import { enqueueRequest } from "./commit.ts";
import { isForwarded } from "./eager-acl.ts";
import { ErrorCode } from "./error-code.ts";
import type { Operation } from "./operation.ts";
import { sendReply, sendReplyAt } from "./reply.ts";

/** Takes a request of an own client into the pipeline of the present role. */
export function submitRequest(
  server: Server,
  client: ClientConn,
  cxid: number,
  op: Operation,
  out: ServerEffect[],
): void {
  const { conn, sessionId, identities } = client;
  if (client.local && needsGlobalSession(op)) upgradeSession(server, client, out);
  if (server.config.options.eagerAclCheck && !isForwarded(server, identities, op)) {
    sendReplyAt(server, conn, cxid, ZERO_ZXID, ErrorCode.noAuth, null, out);
    return;
  }
  if (server.leader !== null) {
    const item = { sessionId, cxid, op, identities, owner: 0, client: conn };
    prepareLater(server, server.leader, item, out);
    return;
  }
  const { learner } = server;
  if (learner === null) {
    if (server.readOnly) submitReadOnly(server, client, cxid, op, out);
    return;
  }
  const read = isRead(op) || (client.local && op.kind === "closeSession");
  enqueueRequest(server, { conn, sessionId, cxid, op, identities, awaits: !read }, out);
  if (read) return;
  if (op.kind === "sync") learner.syncs.push({ sessionId, cxid });
  const message = { kind: "REQUEST", sessionId, cxid, op, identities } as const;
  out.push({ kind: "send", conn: learner.conn, message });
}

/** Without a quorum only what touches nothing but this server is done. */
function submitReadOnly(
  server: Server,
  client: ClientConn,
  cxid: number,
  op: Operation,
  out: ServerEffect[],
): void {
  const { conn, sessionId, identities } = client;
  if (isRead(op) || (client.local && op.kind === "closeSession")) {
    enqueueRequest(server, { conn, sessionId, cxid, op, identities, awaits: false }, out);
    return;
  }
  if (client.stage === "closing") client.stage = "established";
  sendReply(server, conn, cxid, ErrorCode.notReadOnly, null, out);
}

/**
 * The owner of an ephemeral znode must be known to everybody: a local session becomes a global one in front of
 * the create, in a transaction that nobody waits for.
 * @see ZooKeeper, server/quorum/QuorumZooKeeperServer.java (checkUpgradeSession)
 */
function upgradeSession(server: Server, client: ClientConn, out: ServerEffect[]): void {
  const { sessionId, timeoutMs } = client;
  const { leader, learner } = server;
  if (!server.config.options.localSessionsUpgrading || !isLocalSession(server, sessionId)) return;
  if (leader === null && learner === null) return;
  client.local = false;
  endLocalSession(server, sessionId);
  const request = {
    sessionId,
    cxid: 0,
    op: { kind: "createSession", timeoutMs },
    identities: [],
  } as const;
  if (leader !== null) {
    trackSession(leader.sessions, sessionId, timeoutMs, server.nowMs).owner = 0;
    prepareLater(server, leader, { ...request, owner: 0, client: 0 }, out);
  } else if (learner !== null) {
    out.push({ kind: "send", conn: learner.conn, message: { kind: "REQUEST", ...request } });
  }
}

/** Puts a request into the leader's single line of validation. */
export function prepareLater(
  server: Server,
  leader: Leader,
  item: PrepItem,
  out: ServerEffect[],
): void {
  leader.prep.push(item);
  if (leader.prepAwake || server.leaving) return;
  leader.prepAwake = true;
  out.push({ kind: "wake", thread: "prep", of: 0 });
}

/** Keeps a session alive; false when the leader knows that it is not. */
export function touch(server: Server, sessionId: SessionId, timeoutMs: number): boolean {
  if (server.leader !== null) {
    return touchSession(server.leader.sessions, sessionId, timeoutMs, server.nowMs);
  }
  server.learner?.touched.set(sessionId, timeoutMs);
  return true;
}

/** Reads are answered from the own tree; everything else goes through the leader. */
export function isRead(op: Operation): boolean {
  switch (op.kind) {
    case "exists":
    case "getData":
    case "getChildren":
    case "getAcl":
    case "getAllChildrenNumber":
    case "getEphemerals":
    case "multiRead":
    case "whoAmI":
    case "ping":
    case "setWatches":
    case "checkWatches":
    case "removeWatches":
    case "addWatch":
    case "auth":
    case "sasl":
    case "unknown":
      return true;
    case "malformed":
      return !isWriteType(op.type);
    case "sync":
    case "create":
    case "delete":
    case "setData":
    case "setAcl":
    case "multi":
    case "reconfig":
    case "deleteContainer":
    case "createSession":
    case "closeSession":
      return false;
  }
}

/** Does an operation of this type spend a zxid, even when nobody can read the rest of it? */
function isWriteType(type: number): boolean {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTtl:
    case OpCode.delete:
    case OpCode.deleteContainer:
    case OpCode.setData:
    case OpCode.setAcl:
    case OpCode.multi:
      return true;
    default:
      return false;
  }
}
