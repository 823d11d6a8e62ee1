import type { Server } from "../server-state.ts";
import { isLocalSession } from "../session/local.ts";
import type { SessionId } from "../session/session-id.ts";
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
  if (session === undefined) return checkUntracked(server, sessionId);
  if (session.closing) return ErrorCode.sessionExpired;
  session.owner ??= owner;
  return session.owner === owner ? ErrorCode.ok : ErrorCode.sessionMoved;
}

/**
 * The same for the create of an ephemeral: its session has to be one that everybody knows.
 *
 * @param sessionErr what {@link checkSession} said
 */
export function checkEphemeralOwner(
  server: Server,
  leader: Leader,
  { sessionId }: PrepItem,
  sessionErr: number,
): number {
  if (sessionErr === ErrorCode.unknownSession) return ErrorCode.sessionExpired;
  if (sessionErr !== ErrorCode.ok || !server.config.options.localSessions) return sessionErr;
  if (leader.sessions.byId.has(sessionId)) return ErrorCode.ok;
  return isLocalSession(server, sessionId)
    ? ErrorCode.ephemeralOnLocalSession
    : ErrorCode.sessionExpired;
}

/**
 * A session that the leader does not track may be a local one: its own it knows, those of others it has to believe.
 * @see ZooKeeper, server/quorum/LeaderSessionTracker.java (checkSession)
 */
function checkUntracked(server: Server, sessionId: SessionId): number {
  const { options, standalone, sid } = server.config;
  if (standalone) return ErrorCode.unknownSession;
  if (!options.localSessions) return ErrorCode.sessionExpired;
  const openedHere = BigInt.asUintN(8, sessionId >> 56n) === BigInt(sid);
  return !openedHere || isLocalSession(server, sessionId) ? ErrorCode.ok : ErrorCode.sessionExpired;
}
