import type { ConnId } from "../message.ts";
import type { SessionId } from "./session-id.ts";

/** A session as the leader tracks it. Times are monotonic ms. */
export type TrackedSession = {
  readonly id: SessionId;
  timeoutMs: number;
  /** The bucket it is in: it expires at this instant. */
  expiresMs: number;
  /** Being closed or expired: every touch and every new request fails. */
  closing: boolean;
  /** The handler it belongs to (0: an own client); null until somebody claims it. */
  owner: ConnId | null;
};

/** The leader's sessions, in buckets of one tick, as the real expiry queue keeps them. */
export type Sessions = {
  readonly intervalMs: number;
  readonly byId: Map<SessionId, TrackedSession>;
  readonly buckets: Map<number, Set<SessionId>>;
  /** The next bucket to empty. */
  nextMs: number;
};

export function createSessions(intervalMs: number, nowMs: number): Sessions {
  return {
    intervalMs,
    byId: new Map(),
    buckets: new Map(),
    nextMs: bucketAfter(nowMs, intervalMs),
  };
}

/**
 * The end of the interval that `ms` lies in; an exact multiple moves a full interval on.
 * @see ZooKeeper, server/ExpiryQueue.java
 */
export function bucketAfter(ms: number, intervalMs: number): number {
  return (Math.floor(ms / intervalMs) + 1) * intervalMs;
}

/** Starts to track a session, or gives a known one its full timeout again. */
export function trackSession(
  sessions: Sessions,
  id: SessionId,
  timeoutMs: number,
  nowMs: number,
): TrackedSession {
  let session = sessions.byId.get(id);
  if (session === undefined) {
    session = { id, timeoutMs, expiresMs: 0, closing: false, owner: null };
    sessions.byId.set(id, session);
  }
  touchSession(sessions, id, timeoutMs, nowMs);
  return session;
}

/** Moves a live session to its new bucket. False when it is unknown or closing. */
export function touchSession(
  sessions: Sessions,
  id: SessionId,
  timeoutMs: number,
  nowMs: number,
): boolean {
  const session = sessions.byId.get(id);
  if (session === undefined || session.closing) return false;
  session.timeoutMs = timeoutMs;
  // No learner's idea of a timeout puts it where nobody looks any more.
  const expiresMs = Math.max(bucketAfter(nowMs + timeoutMs, sessions.intervalMs), sessions.nextMs);
  if (expiresMs === session.expiresMs) return true;
  leaveBucket(sessions, session);
  session.expiresMs = expiresMs;
  const bucket = sessions.buckets.get(expiresMs);
  if (bucket === undefined) sessions.buckets.set(expiresMs, new Set([id]));
  else bucket.add(id);
  return true;
}

/** From here on the session takes no requests (ZOOKEEPER-1208, 1496). */
export function markClosing(sessions: Sessions, id: SessionId): void {
  const session = sessions.byId.get(id);
  if (session !== undefined) session.closing = true;
}

export function forgetSession(sessions: Sessions, id: SessionId): void {
  const session = sessions.byId.get(id);
  if (session === undefined) return;
  leaveBucket(sessions, session);
  sessions.byId.delete(id);
}

/** Empties the next bucket and moves on by one interval. The sessions in it are closing from here on. */
export function expireNext(sessions: Sessions): TrackedSession[] {
  const due = sessions.buckets.get(sessions.nextMs);
  sessions.buckets.delete(sessions.nextMs);
  sessions.nextMs += sessions.intervalMs;
  const expired: TrackedSession[] = [];
  if (due === undefined) return expired;
  for (const id of due) {
    const session = sessions.byId.get(id);
    if (session === undefined || session.closing) continue;
    session.closing = true;
    expired.push(session);
  }
  return expired;
}

function leaveBucket(sessions: Sessions, session: TrackedSession): void {
  const bucket = sessions.buckets.get(session.expiresMs);
  if (bucket === undefined) return;
  bucket.delete(session.id);
  if (bucket.size === 0) sessions.buckets.delete(session.expiresMs);
}
