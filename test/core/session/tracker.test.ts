import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SessionId } from "../../../core/session/session-id.ts";
import { isPassword, sessionPassword } from "../../../core/session/password.ts";
import {
  bucketAfter,
  createSessions,
  expireNext,
  forgetSession,
  markClosing,
  touchSession,
  trackSession,
  type Sessions,
} from "../../../core/session/tracker.ts";

// Spec storage-and-processing 9.1, 9.3, 9.4; ExpiryQueue.java, SessionTrackerImpl.java.

const TICK_MS = 500;
const A = 7n as SessionId;
const B = 8n as SessionId;

test.each([
  [0, 500],
  [1, 500],
  [499, 500],
  [500, 1000],
  [2001, 2500],
])("%i ms are in the bucket that ends at %i", (ms, end) => {
  expect(bucketAfter(ms, TICK_MS)).toBe(end);
});

test("a session expires in the bucket of its last touch, and its touches fail from then on", () => {
  const sessions = createSessions(TICK_MS, 1000);
  trackSession(sessions, A, 2000, 1000);
  expect(touchSession(sessions, A, 2000, 1400)).toBe(true);

  expect(expiredBy(sessions, 3000)).toEqual([]);
  expect(expiredBy(sessions, 3500)).toEqual([A]);
  expect(touchSession(sessions, A, 2000, 3500)).toBe(false);
});

test("a touch within the same bucket moves nothing, a later one does", () => {
  const sessions = createSessions(TICK_MS, 1000);
  const session = trackSession(sessions, A, 2000, 1000);
  touchSession(sessions, A, 2000, 1499);
  expect(session.expiresMs).toBe(3500);

  touchSession(sessions, A, 2000, 1500);

  expect(session.expiresMs).toBe(4000);
  expect([...sessions.buckets.keys()]).toEqual([4000]);
});

test("a touch brings the timeout that was last agreed on", () => {
  const sessions = createSessions(TICK_MS, 1000);
  const session = trackSession(sessions, A, 2000, 1000);

  touchSession(sessions, A, 600, 1000);

  expect(session).toMatchObject({ timeoutMs: 600, expiresMs: 2000 });
});

test("nobody is found in a bucket that he has left", () => {
  const sessions = createSessions(TICK_MS, 1000);
  trackSession(sessions, A, 600, 1000);
  trackSession(sessions, B, 600, 1000);
  touchSession(sessions, A, 2000, 1000);

  expect(expiredBy(sessions, 2000)).toEqual([B]);
});

test("a session that is being closed is not expired as well (ZOOKEEPER-1496)", () => {
  const sessions = createSessions(TICK_MS, 1000);
  trackSession(sessions, A, 600, 1000);
  markClosing(sessions, A);

  expect(touchSession(sessions, A, 600, 1100)).toBe(false);
  expect(expiredBy(sessions, 9000)).toEqual([]);
});

test("a session that is forgotten leaves nothing behind", () => {
  const sessions = createSessions(TICK_MS, 1000);
  trackSession(sessions, A, 600, 1000);

  forgetSession(sessions, A);

  expect(sessions.byId.size).toBe(0);
  expect(sessions.buckets.size).toBe(0);
  expect(touchSession(sessions, A, 600, 1100)).toBe(false);
});

test("each step empties one bucket, until it has caught up", () => {
  const sessions = createSessions(TICK_MS, 1000);
  trackSession(sessions, A, 600, 1000);
  trackSession(sessions, B, 1600, 1000);

  const steps: SessionId[][] = [];
  while (sessions.nextMs <= 3000) steps.push(expireNext(sessions).map(({ id }) => id));

  expect(steps).toEqual([[], [A], [], [B]]);
});

test("a new session belongs to nobody until somebody claims it", () => {
  expect(trackSession(createSessions(TICK_MS, 0), A, 600, 0).owner).toBeNull();
});

test("the password of a session is the one that every server would make", () => {
  const id = 0x01000011664e0000n as SessionId;
  const text = [...sessionPassword(id)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  expect(text).toBe("f00bf320bde60a524ed82efece75d2f1");
  expect(isPassword(id, sessionPassword(id))).toBe(true);
  expect(isPassword((id + 1n) as SessionId, sessionPassword(id))).toBe(false);
  expect(isPassword(id, sessionPassword(id).slice(0, 15))).toBe(false);
  expect(isPassword(0n as SessionId, sessionPassword(0n as SessionId))).toBe(false);
});

test("every session expires later than its timeout after the last touch, and less than a tick more", () => {
  const anyTouch = fc.record({
    afterMs: fc.nat(900),
    timeoutMs: fc.integer({ min: 1, max: 3000 }),
  });
  fc.assert(
    fc.property(
      fc.array(anyTouch, { minLength: 1, maxLength: 8 }),
      fc.nat(5000),
      (touches, startMs) => {
        const sessions = createSessions(TICK_MS, startMs);
        let nowMs = startMs;
        let dueMs = 0;
        const live = trackSession(sessions, A, 10_000, nowMs);
        for (const { afterMs, timeoutMs } of touches) {
          nowMs += afterMs;
          touchSession(sessions, A, timeoutMs, nowMs);
          dueMs = nowMs + timeoutMs;
        }
        return live.expiresMs > dueMs && live.expiresMs <= dueMs + TICK_MS;
      },
    ),
  );
});

function expiredBy(sessions: Sessions, ms: number): SessionId[] {
  const expired: SessionId[] = [];
  while (sessions.nextMs <= ms) for (const { id } of expireNext(sessions)) expired.push(id);
  return expired;
}
