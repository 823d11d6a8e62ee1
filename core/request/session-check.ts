import type { Server } from "../server-state.ts";
import { trackSession } from "../session/tracker.ts";
import type { Leader, PrepItem } from "../zab/leader-state.ts";
import { ErrorCode } from "./error-code.ts";

/**
 * 0, or why the session may not do this. A session that nobody owns goes to whoever asks; a new one is
 * tracked from here on; the close of one, and what the leader does of its own accord, are not checked.
 *
 * @see spec storage-and-processing 9.5; ZooKeeper, server/SessionTrackerImpl.java (checkSession)
 */
export function checkSession(server: Server, leader: Leader, item: PrepItem): number {
  const { op, sessionId, owner } = item;
  if (op.kind === "closeSession" || op.kind === "deleteContainer") return ErrorCode.ok;
  if (op.kind === "createSession") {
    trackSession(leader.sessions, sessionId, op.timeoutMs, server.nowMs).owner = owner;
    return ErrorCode.ok;
  }
  const session = leader.sessions.byId.get(sessionId);
  if (session === undefined) {
    return server.config.standalone ? ErrorCode.unknownSession : ErrorCode.sessionExpired;
  }
  if (session.closing) return ErrorCode.sessionExpired;
  session.owner ??= owner;
  return session.owner === owner ? ErrorCode.ok : ErrorCode.sessionMoved;
}

/** The same for the create of an ephemeral: its session has to be one that everybody knows. */
export function checkEphemeralOwner(sessionErr: number): number {
  return sessionErr === ErrorCode.unknownSession ? ErrorCode.sessionExpired : sessionErr;
}
