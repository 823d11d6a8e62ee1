import { expect, test } from "vitest";
import { OpCode } from "../../../core/txn.ts";
import {
  createConnStats,
  noteClosed,
  noteConnectRequest,
  noteConnectResponse,
  noteReceived,
  noteReply,
  noteRequest,
  noteSent,
  noteWatchEvent,
  outstandingOf,
  resetConnStats,
  type ConnStats,
} from "../../../server/metrics/connection-stats.ts";
import { createServerStats, type ServerStats } from "../../../server/metrics/stats.ts";
import { averageOf } from "../../../server/metrics/summary.ts";

const WALL_MS = 1_795_267_494_990;

function connected(): { stats: ServerStats; conn: ConnStats } {
  const stats = createServerStats(0);
  const conn = createConnStats(WALL_MS);
  noteReceived(stats, conn, 49);
  noteConnectRequest(stats, conn, true, 100);
  noteConnectResponse(stats, conn, 1n, 113.7);
  return { stats, conn };
}

test("a new session is an operation of its own, answered with cxid 0", () => {
  const { stats, conn } = connected();

  expect(conn).toMatchObject({ received: 1, sent: 1, lastType: OpCode.createSession });
  expect(conn).toMatchObject({
    lastCxid: 0,
    lastZxid: 1n,
    lastLatencyMs: 13,
    lastResponseMs: 113.7,
  });
  expect(stats.counters.connection_request_count).toBe(1);
  expect(stats.advanced.updatelatency.count).toBe(1);
});

test("a session that comes back is no operation", () => {
  const stats = createServerStats(0);
  const conn = createConnStats(WALL_MS);
  noteConnectRequest(stats, conn, false, 100);
  noteConnectResponse(stats, conn, 7n, 101);

  expect(conn).toMatchObject({ sent: 1, lastType: 0, lastCxid: -1 });
  expect(stats.latency.count).toBe(0);
});

test("replies answer requests in the order of their arrival", () => {
  const { stats, conn } = connected();
  noteRequest(stats, conn, OpCode.create, 200);
  noteRequest(stats, conn, OpCode.getData, 201);
  expect(stats.outstandingCount).toBe(2);

  noteReply(stats, conn, 1, 2n, 30, 210);
  noteReply(stats, conn, 2, 2n, 90, 211);

  expect(conn).toMatchObject({ lastType: OpCode.getData, lastCxid: 2, lastLatencyMs: 10, sent: 3 });
  expect(stats.outstandingCount).toBe(0);
  expect(stats.responses).toEqual({ last: 90, min: 30, max: 90 });
  expect(stats.counters.response_bytes).toBe(120);
  expect(stats.advanced.updatelatency).toMatchObject({ count: 2, max: 13 });
  expect(stats.advanced.readlatency).toMatchObject({ count: 1, max: 10 });
  expect(averageOf(stats.latency)).toBe(11);
});

test("a ping has no cxid to remember", () => {
  const { stats, conn } = connected();
  noteRequest(stats, conn, OpCode.ping, 300);
  noteReply(stats, conn, -2, 5n, 16, 300);

  expect(conn).toMatchObject({ lastType: OpCode.ping, lastCxid: 0, lastZxid: 5n });
});

test("answers outside the order are packets, not latencies", () => {
  const { stats, conn } = connected();
  noteSent(stats, conn);
  noteWatchEvent(stats, conn, 3, "/a", 28);

  expect(conn.sent).toBe(3);
  expect(stats.counters.watch_bytes).toBe(28);
  expect(stats.latency.count).toBe(1);
});

test("a closed connection takes its outstanding requests along", () => {
  const { stats, conn } = connected();
  for (let i = 0; i < 3; i++) noteRequest(stats, conn, OpCode.getData, 400);
  noteReply(stats, conn, 1, 2n, 20, 401);
  expect(outstandingOf(conn)).toBe(2);

  noteClosed(stats, conn);

  expect(outstandingOf(conn)).toBe(0);
  expect(stats.outstandingCount).toBe(0);
});

test("a pipeline that never runs empty is kept short", () => {
  const { stats, conn } = connected();
  noteRequest(stats, conn, OpCode.exists, 0);
  for (let i = 1; i <= 10_000; i++) {
    noteRequest(stats, conn, OpCode.exists, i);
    noteReply(stats, conn, i, 1n, 20, i);
    expect(conn.lastLatencyMs).toBe(1);
  }

  expect(outstandingOf(conn)).toBe(1);
  expect(conn.types.length).toBeLessThan(300);
});

test("crst forgets what was, and keeps what is under way", () => {
  const { stats, conn } = connected();
  noteRequest(stats, conn, OpCode.setData, 500);

  resetConnStats(conn);

  expect(conn).toMatchObject({ received: 0, sent: 0, lastType: 0, lastCxid: -1 });
  noteReply(stats, conn, 9, 3n, 88, 502);
  expect(conn).toMatchObject({ lastCxid: 9, lastLatencyMs: 2, sent: 1 });
});

test("what clients read is counted by znodes of the first level", () => {
  const { stats, conn } = connected();
  noteRequest(stats, conn, OpCode.getData, 200, "/a/b");
  noteRequest(stats, conn, OpCode.exists, 200, "/none");
  noteRequest(stats, conn, OpCode.getChildren, 200, "/a");

  noteReply(stats, conn, 1, 2n, 90, 201, 7);
  noteReply(stats, conn, 2, 2n, 16, 201);
  noteReply(stats, conn, 3, 2n, 30, 201, 0);

  // Path, data and a Stat of 68 bytes.
  expect(stats.namespaces.byName.get("a")?.read).toMatchObject({ count: 2, sum: 79 + 70 });
  expect(stats.namespaces.byName.has("none")).toBe(false);
});
