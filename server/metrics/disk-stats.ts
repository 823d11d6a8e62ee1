import type { ServerStats } from "./stats.ts";
import { addSample } from "./summary.ts";

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
