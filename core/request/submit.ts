import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import type { SessionId } from "../session/session-id.ts";
import { touchSession } from "../session/tracker.ts";
import { OpCode } from "../txn.ts";
import type { Leader, PrepItem } from "../zab/leader-state.ts";
import type { ClientConn } from "./clients-state.ts";
import { enqueueRequest } from "./commit.ts";
import type { Operation } from "./operation.ts";

/** Takes a request of an own client into the pipeline of the present role. */
export function submitRequest(
  server: Server,
  client: ClientConn,
  cxid: number,
  op: Operation,
  out: ServerEffect[],
): void {
  const { conn, sessionId, identities } = client;
  if (server.leader !== null) {
    const item = { sessionId, cxid, op, identities, owner: 0, client: conn };
    prepareLater(server, server.leader, item, out);
    return;
  }
  const { learner } = server;
  if (learner === null) return;
  const read = isRead(op);
  enqueueRequest(server, { conn, sessionId, cxid, op, identities, awaits: !read }, out);
  if (read) return;
  if (op.kind === "sync") learner.syncs.push({ sessionId, cxid });
  const message = { kind: "REQUEST", sessionId, cxid, op, identities } as const;
  out.push({ kind: "send", conn: learner.conn, message });
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
