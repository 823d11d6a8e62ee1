import { OpCode } from "../../core/txn.ts";
import { noteRead } from "./namespaces.ts";
import { noteFired } from "./observations.ts";
import { noteSize, type ServerStats } from "./stats.ts";
import {
  addAdvancedSample,
  addSample,
  createSummary,
  resetSummary,
  type Summary,
} from "./summary.ts";

/** What is counted of one client connection. */
export type ConnStats = {
  /** Wall clock, ms. */
  readonly establishedWallMs: number;
  /** Packets. */
  received: number;
  sent: number;
  /** Type of the operation that was answered last, 0 before any. */
  lastType: number;
  /** xid of the last answered request that had one from the client; −1 before any. */
  lastCxid: number;
  /** Of the last reply; −1 before any. */
  lastZxid: bigint;
  /** Monotonic ms of the last reply; 0 before any. */
  lastResponseMs: number;
  lastLatencyMs: number;
  readonly latency: Summary;
  /** Bytes wait for the socket to take them; the socket is not read for the time being. */
  flushing: boolean;
  paused: boolean;
  /** Requests under way, oldest first, from `head`: arrival in ms, type, what they read. Replies keep that order. */
  readonly arrivals: number[];
  readonly types: number[];
  /** The path of a znode, or nothing. */
  readonly reads: string[];
  head: number;
};

/** Answered entries that the two queues drag along before they are packed. */
const ANSWERED_MAX = 256;

/** createSession has no xid of a client. */
const CONNECT_CXID = 0;

export function createConnStats(establishedWallMs: number): ConnStats {
  return {
    establishedWallMs,
    received: 0,
    sent: 0,
    lastType: 0,
    lastCxid: -1,
    lastZxid: -1n,
    lastResponseMs: 0,
    lastLatencyMs: 0,
    latency: createSummary(),
    flushing: false,
    paused: false,
    arrivals: [],
    types: [],
    reads: [],
    head: 0,
  };
}

/** What `crst` does. Requests under way stay so. */
export function resetConnStats(conn: ConnStats): void {
  conn.received = 0;
  conn.sent = 0;
  conn.lastType = 0;
  conn.lastCxid = -1;
  conn.lastZxid = -1n;
  conn.lastResponseMs = 0;
  conn.lastLatencyMs = 0;
  resetSummary(conn.latency);
}

/** A packet of a client came in, its length word included; a four-letter word is one, too. */
export function noteReceived(stats: ServerStats, conn: ConnStats, lengthBytes: number): void {
  stats.packetsReceived++;
  stats.counters.bytes_received_count += lengthBytes;
  conn.received++;
}

/** A packet went out that answers no request in its turn: the answer to a word, to an auth packet. */
export function noteSent(stats: ServerStats, conn: ConnStats): void {
  stats.packetsSent++;
  conn.sent++;
}

/** A ConnectRequest came in. One for a new session is a request like any other. */
export function noteConnectRequest(
  stats: ServerStats,
  conn: ConnStats,
  isNewSession: boolean,
  nowMs: number,
): void {
  stats.counters.connection_request_count++;
  if (isNewSession) noteRequest(stats, conn, OpCode.createSession, nowMs);
}

/** `zxid` is the last one applied here. */
export function noteConnectResponse(
  stats: ServerStats,
  conn: ConnStats,
  zxid: bigint,
  nowMs: number,
): void {
  noteSent(stats, conn);
  if (outstandingOf(conn) > 0) noteAnswered(stats, conn, CONNECT_CXID, zxid, nowMs);
}

/**
 * A request begins that will be answered in its turn: all but auth and sasl.
 *
 * @param type the one on the wire
 * @param read the path that it reads; empty when it is no read of one znode
 */
export function noteRequest(
  stats: ServerStats,
  conn: ConnStats,
  type: number,
  nowMs: number,
  read: string = "",
): void {
  stats.requestCount++;
  stats.outstandingCount++;
  conn.arrivals.push(nowMs);
  conn.types.push(type);
  conn.reads.push(read);
}

/**
 * A request in its turn is answered.
 *
 * @param lengthBytes without the length word
 * @param dataBytes what a read came upon; −1 where there was nothing to read
 */
export function noteReply(
  stats: ServerStats,
  conn: ConnStats,
  xid: number,
  zxid: bigint,
  lengthBytes: number,
  nowMs: number,
  dataBytes: number = -1,
): void {
  const read = dataBytes < 0 ? "" : (conn.reads[conn.head] ?? "");
  if (read !== "") noteRead(stats.namespaces, read, dataBytes);
  noteSent(stats, conn);
  noteSize(stats.responses, lengthBytes);
  // Answers to pings and auth packets, whose xids are negative, are not counted as bytes either way.
  if (xid >= 0) stats.counters.response_bytes += lengthBytes;
  if (outstandingOf(conn) > 0) noteAnswered(stats, conn, xid, zxid, nowMs);
}

/** A watch event went out: type 1 created, 2 deleted, 3 changed, 4 child. */
export function noteWatchEvent(
  stats: ServerStats,
  conn: ConnStats,
  type: number,
  path: string,
  lengthBytes: number,
): void {
  noteSent(stats, conn);
  noteFired(stats, type, path);
  stats.counters.watch_bytes += lengthBytes;
}

/** The connection is gone: what it had under way is nobody's any more. */
export function noteClosed(stats: ServerStats, conn: ConnStats): void {
  stats.outstandingCount -= outstandingOf(conn);
  conn.arrivals.length = 0;
  conn.types.length = 0;
  conn.reads.length = 0;
  conn.head = 0;
}

/** Requests of this connection that are under way. */
export function outstandingOf(conn: ConnStats): number {
  return conn.types.length - conn.head;
}

/** The oldest request under way is answered. */
function noteAnswered(
  stats: ServerStats,
  conn: ConnStats,
  xid: number,
  zxid: bigint,
  nowMs: number,
): void {
  const { arrivals, types, head } = conn;
  const type = types[head] as number;
  const tookMs = Math.floor(nowMs) - Math.floor(arrivals[head] as number);
  takeFirst(conn);
  stats.outstandingCount--;
  addSample(stats.latency, tookMs);
  const { updatelatency, readlatency } = stats.advanced;
  addAdvancedSample(isWrite(type) ? updatelatency : readlatency, tookMs);

  addSample(conn.latency, tookMs);
  if (xid >= 0) conn.lastCxid = xid;
  conn.lastZxid = zxid;
  conn.lastType = type;
  conn.lastResponseMs = nowMs;
  conn.lastLatencyMs = tookMs;
}

function takeFirst(conn: ConnStats): void {
  const { arrivals, types, reads } = conn;
  conn.head++;
  if (conn.head === types.length) {
    arrivals.length = 0;
    types.length = 0;
    reads.length = 0;
    conn.head = 0;
  } else if (conn.head >= ANSWERED_MAX) {
    arrivals.splice(0, conn.head);
    types.splice(0, conn.head);
    reads.splice(0, conn.head);
    conn.head = 0;
  }
}

/** Is the reply one to a transaction? */
function isWrite(type: number): boolean {
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
    case OpCode.reconfig:
    case OpCode.createSession:
    case OpCode.closeSession:
      return true;
    default:
      return false;
  }
}
