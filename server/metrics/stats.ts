import type { Observation } from "../../core/effect.ts";
import type { TxnBody } from "../../core/txn.ts";
import type { Server } from "../../core/server-state.ts";
import {
  ADVANCED_SUMMARIES,
  COUNTERS,
  SUMMARIES,
  type AdvancedName,
  type CounterName,
  type SummaryName,
} from "./names.ts";
import { createNamespaces, noteNamespace, resetNamespaces, type Namespaces } from "./namespaces.ts";
import {
  addAdvancedSample,
  addSample,
  createAdvancedSummary,
  createSummary,
  resetSummary,
  type AdvancedSummary,
  type Summary,
} from "./summary.ts";

/** Bytes of the last, smallest and largest of something; −1 before the first. */
export type SizeStats = { last: number; min: number; max: number };

/**
 * What a server counts of itself while it works. Plain numbers, so that counting costs next to nothing;
 * everything else that monitoring shows is read from the server when it is asked for.
 */
export type ServerStats = {
  /** Monotonic ms at which the process began. */
  readonly startedMs: number;
  packetsReceived: number;
  packetsSent: number;
  /** Requests of own clients that are not answered yet. */
  outstandingCount: number;
  /** ms from a request's arrival to its reply. */
  readonly latency: Summary;
  /** Replies without their length words. */
  readonly responses: SizeStats;
  readonly proposals: SizeStats;
  /** Credentials that were refused. */
  authFailedCount: number;
  /** Syncs of the log that took longer than `fsync.warningthresholdms`. */
  slowSyncCount: number;
  readonly counters: Record<CounterName, number>;
  readonly summaries: Record<SummaryName, Summary>;
  readonly advanced: Record<AdvancedName, AdvancedSummary>;
  readonly namespaces: Namespaces;
  /** ms from a proposal to the ack of each member, by sid; a leader's. */
  readonly ackLatency: Map<number, AdvancedSummary>;
  /** Monotonic ms since when there is an election, and since when clients are not served; −1 when neither. */
  lookingSinceMs: number;
  unavailableSinceMs: number;
};

export function createServerStats(nowMs: number): ServerStats {
  return {
    startedMs: nowMs,
    packetsReceived: 0,
    packetsSent: 0,
    outstandingCount: 0,
    latency: createSummary(),
    responses: createSizes(),
    proposals: createSizes(),
    authFailedCount: 0,
    slowSyncCount: 0,
    counters: recordOf(COUNTERS, () => 0),
    summaries: recordOf(SUMMARIES, createSummary),
    advanced: recordOf(ADVANCED_SUMMARIES, createAdvancedSummary),
    namespaces: createNamespaces(),
    ackLatency: new Map(),
    lookingSinceMs: -1,
    unavailableSinceMs: -1,
  };
}

/** What `srst` does: everything is zero again, but for what is going on and for how long. */
export function resetServerStats(stats: ServerStats): void {
  stats.packetsReceived = 0;
  stats.packetsSent = 0;
  stats.slowSyncCount = 0;
  resetSummary(stats.latency);
  resetSizes(stats.responses);
  resetSizes(stats.proposals);
  for (const name of COUNTERS) stats.counters[name] = 0;
  for (const name of SUMMARIES) resetSummary(stats.summaries[name]);
  for (const name of ADVANCED_SUMMARIES) resetSummary(stats.advanced[name]);
  for (const summary of stats.ackLatency.values()) resetSummary(summary);
  resetNamespaces(stats.namespaces);
}

/** A synchronization of the log with the disk is done: `txnCount` transactions within `tookMs`. */
export function noteLogSync(
  stats: ServerStats,
  txnCount: number,
  tookMs: number,
  warningMs: number,
): void {
  addSample(stats.summaries.fsynctime, Math.floor(tookMs));
  addSample(stats.summaries.sync_processor_batch_size, txnCount);
  stats.counters.sync_processor_request_queued += txnCount;
  if (tookMs > warningMs) stats.slowSyncCount++;
}

/** A snapshot is on disk. */
export function noteSnapshot(stats: ServerStats, tookMs: number): void {
  addSample(stats.summaries.snapshottime, Math.floor(tookMs));
}

/** The database is in memory: ms for the snapshot, ms for the log behind it, and its transactions. */
export function noteLoaded(
  stats: ServerStats,
  snapshotMs: number,
  logMs: number,
  txnCount: number,
): void {
  addSample(stats.summaries.startup_snap_load_time, Math.floor(snapshotMs));
  addSample(stats.summaries.startup_txns_load_time, Math.floor(logMs));
  addSample(stats.summaries.startup_txns_loaded, txnCount);
  addSample(stats.summaries.dbinittime, Math.floor(snapshotMs + logMs));
}

/** A member acked a proposal `tookMs` after it was made. */
export function noteAck(stats: ServerStats, sid: number, tookMs: number): void {
  let summary = stats.ackLatency.get(sid);
  if (summary === undefined) {
    summary = createAdvancedSummary();
    stats.ackLatency.set(sid, summary);
  }
  addAdvancedSample(summary, Math.floor(tookMs));
}

/** Counts what a server says about itself. `wallMs` is its wall clock. */
export function noteObservation(
  stats: ServerStats,
  server: Server,
  observation: Observation,
  wallMs: number,
): void {
  const { counters, advanced } = stats;
  switch (observation.kind) {
    case "proposed":
      noteProposed(stats, observation.txn.record.length - RECORD_FRAME_BYTES);
      break;
    case "committed":
      counters.commit_count++;
      addAdvancedSample(advanced.quorum_ack_latency, since(observation.txn.timeMs, wallMs));
      break;
    case "delivered":
      counters.request_commit_queued++;
      addAdvancedSample(advanced.propagation_latency, since(observation.txn.timeMs, wallMs));
      noteWritten(stats.namespaces, observation.txn.body);
      break;
    case "syncChosen":
      if (observation.mode === "SNAP") counters.snap_count++;
      else counters.diff_count++;
      break;
    case "sessionExpired":
      counters.stale_sessions_expired++;
      break;
    case "became":
      noteRole(stats, server, observation.state === "LOOKING");
      break;
    case "serving":
      noteServing(stats, server);
      break;
    case "recovered":
      if (!server.config.standalone) noteLooking(stats, server);
      break;
    case "elected":
    case "epochFixed":
    case "epochAcked":
    case "established":
    case "historyAdopted":
    case "snapshotDelivered":
    case "fastForwarded":
    case "truncated":
    case "warned":
      break;
  }
}

export function noteSize(sizes: SizeStats, lengthBytes: number): void {
  sizes.last = lengthBytes;
  if (sizes.min === -1 || lengthBytes < sizes.min) sizes.min = lengthBytes;
  if (lengthBytes > sizes.max) sizes.max = lengthBytes;
}

/** Checksum, length and end mark around a transaction in a log record. */
const RECORD_FRAME_BYTES = 13;

function noteProposed(stats: ServerStats, lengthBytes: number): void {
  stats.counters.proposal_count++;
  noteSize(stats.proposals, lengthBytes);
}

function noteLooking(stats: ServerStats, server: Server): void {
  stats.counters.looking_count++;
  stats.lookingSinceMs = server.nowMs;
  if (stats.unavailableSinceMs < 0) stats.unavailableSinceMs = server.nowMs;
}

function noteRole(stats: ServerStats, server: Server, isLooking: boolean): void {
  if (isLooking) noteLooking(stats, server);
  else if (stats.lookingSinceMs >= 0) {
    const tookMs = Math.floor(server.nowMs - stats.lookingSinceMs);
    addSample(stats.summaries.election_time, tookMs);
    stats.lookingSinceMs = -1;
  }
}

function noteServing(stats: ServerStats, server: Server): void {
  if (stats.unavailableSinceMs < 0) return;
  const tookMs = Math.floor(server.nowMs - stats.unavailableSinceMs);
  addSample(stats.summaries.unavailable_time, tookMs);
  if (server.leader !== null) addSample(stats.summaries.leader_unavailable_time, tookMs);
  stats.unavailableSinceMs = -1;
}

/** Bytes written, by the first part of the path. */
function noteWritten(namespaces: Namespaces, body: TxnBody): void {
  switch (body.kind) {
    case "create":
    case "createContainer":
    case "createTtl":
    case "setData":
      noteNamespace(namespaces, "write", body.path, body.data?.length ?? 0);
      break;
    case "delete":
      noteNamespace(namespaces, "write", body.path, 0);
      break;
    case "multi":
      for (const part of body.txns) noteWritten(namespaces, part.body);
      break;
    default:
      break;
  }
}

/** ms since `thenMs`; clocks of two machines differ, so never below 0. */
function since(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.floor(nowMs - thenMs));
}

function createSizes(): SizeStats {
  return { last: -1, min: -1, max: -1 };
}

function resetSizes(sizes: SizeStats): void {
  sizes.last = -1;
  sizes.min = -1;
  sizes.max = -1;
}

function recordOf<Name extends string, Value>(
  names: readonly Name[],
  make: () => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, make()])) as Record<Name, Value>;
}
