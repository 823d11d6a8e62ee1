import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import type { SessionId } from "../session/session-id.ts";
import { touchSession } from "../session/tracker.ts";
import type { Leader, PrepItem } from "../zab/leader-state.ts";
import { enqueueRequest } from "./commit.ts";
import type { Operation } from "./operation.ts";

/** Takes a request of an own client into the pipeline of the present role. */
export function submitRequest(
  server: Server,
  conn: ConnId,
  sessionId: SessionId,
  cxid: number,
  op: Operation,
  out: ServerEffect[],
): void {
  if (server.leader !== null) {
    prepareLater(server, server.leader, { sessionId, cxid, op, owner: 0, client: conn }, out);
    return;
  }
  const { learner } = server;
  if (learner === null) return;
  const read = isRead(op);
  enqueueRequest(server, { conn, sessionId, cxid, op, awaits: !read }, out);
  if (read) return;
  if (op.kind === "sync") learner.syncs.push({ sessionId, cxid });
  out.push({
    kind: "send",
    conn: learner.conn,
    message: { kind: "REQUEST", sessionId, cxid, op },
  });
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
    case "ping":
    case "setWatches":
      return true;
    case "sync":
    case "create":
    case "delete":
    case "setData":
    case "createSession":
    case "closeSession":
      return false;
  }
}
