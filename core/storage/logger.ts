import { drawBelow } from "../draw.ts";
import type { ServerEffect } from "../effect.ts";
import { addLast, itemAt, takeFirst } from "../ring.ts";
import type { Server } from "../server-state.ts";
import type { Txn } from "../txn.ts";
import { LOG_HEADER, logName, paddedLength } from "./log-file.ts";
import { startSnapshotTask } from "./snapshot-task.ts";

/**
 * The logging thread: appends what it is handed, in order, and makes it durable a batch at a time.
 * Nothing is acknowledged before its sync is done.
 * @see spec storage-and-processing 5; ZooKeeper, server/SyncRequestProcessor.java
 */

/** Hands a transaction to the logging thread. */
export function logLater(server: Server, txn: Txn, out: ServerEffect[]): void {
  server.log.queue.push(txn);
  wakeLogger(server, out);
}

/** Appends transactions at once, by the thread that asks: a learner adopting its leader's history. */
export function appendNow(server: Server, txns: readonly Txn[], out: ServerEffect[]): void {
  append(server, txns, out);
}

/** One turn of the logging thread: append what has come, then sync. */
export function loggerWoke(server: Server, out: ServerEffect[]): void {
  const { log } = server;
  log.awake = false;
  if (log.ticket !== 0 || log.queue.length === 0) return;
  const untilRoll = Math.max(1, log.rollAfter + 1 - log.txnCount);
  log.batch = log.queue.splice(0, Math.min(batchMax(server), untilRoll));
  append(server, log.batch, out);
  log.ticket = server.nextTicket++;
  server.waits.set(log.ticket, { kind: "logger" });
  out.push({ kind: "sync", files: takeUnsyncedFiles(server), ticket: log.ticket });
}

/** The sync is done. Returns what has become durable, in order. */
export function loggerSynced(server: Server, out: ServerEffect[]): readonly Txn[] {
  const { log } = server;
  const { batch } = log;
  const { logSizeBytes } = server.config.options;
  log.batch = [];
  log.ticket = 0;
  log.lastFlushMs = server.nowMs;
  // Nothing of the file is unsynced now, so it is not among the rolled ones.
  if (logSizeBytes > 0 && log.file !== null && log.fileBytes > logSizeBytes) log.file = null;
  const last = batch.at(-1);
  if (last !== undefined) log.lastSynced = last.zxid;
  wakeLogger(server, out);
  return batch;
}

/** The delay of a flush is over. */
export function flushWaitOver(server: Server, out: ServerEffect[]): void {
  server.log.delayed = false;
  if (!server.log.awake) loggerWoke(server, out);
}

/** Is everything that was handed over durable? */
export function isLoggerDrained(server: Server): boolean {
  return server.log.ticket === 0 && server.log.queue.length === 0;
}

/** The files with appended and not yet synced records; the caller is going to sync them. */
export function takeUnsyncedFiles(server: Server): string[] {
  const { log } = server;
  const files = log.rolled.splice(0);
  if (log.file !== null) files.push(log.file);
  return files;
}

/** The next append opens a new file. */
export function rollLog(server: Server): void {
  const { log } = server;
  if (log.file !== null) log.rolled.push(log.file);
  log.file = null;
  log.txnCount = 0;
  log.txnBytes = 0;
  redrawRollPoint(server);
}

/** Servers draw different distances, so that they do not all write their snapshots at once. */
export function redrawRollPoint(server: Server): void {
  const { log, config } = server;
  const half = Math.max(1, config.snapCount >> 1);
  const extra = drawBelow(server.draws, half);
  const halfBytes = config.options.snapSizeBytes / 2;
  log.rollAfter = half + extra;
  log.rollAfterBytes = halfBytes > 0 ? halfBytes + halfBytes * (extra / half) : Infinity;
}

/** Forgets which transactions wait to be applied, up to the tree's last zxid. */
export function trimTail(server: Server): void {
  const { tail } = server.log;
  const last = server.database?.lastZxid;
  if (last === undefined) return;
  let first = itemAt(tail, 0);
  while (first !== undefined && first.zxid <= last) {
    takeFirst(tail);
    first = itemAt(tail, 0);
  }
}

/** All to one file: a later file must not be on disk before an earlier one is whole, or the log has a hole. */
function append(server: Server, txns: readonly Txn[], out: ServerEffect[]): void {
  const { log } = server;
  const [first] = txns;
  if (first === undefined) return;
  if (log.file === null) openFile(server, first, out);
  for (const txn of txns) {
    pad(server, out);
    log.fileBytes += txn.record.length;
    log.txnBytes += txn.record.length;
    addLast(log.tail, txn);
    log.lastLogged = txn.zxid;
  }
  log.txnCount += txns.length;
  if (log.file !== null) out.push({ kind: "append", file: log.file, txns });
  if (log.txnCount <= log.rollAfter && log.txnBytes <= log.rollAfterBytes) return;
  rollLog(server);
  startSnapshotTask(server, out);
}

function openFile(server: Server, first: Txn, out: ServerEffect[]): void {
  const { log } = server;
  log.file = logName(first.zxid);
  log.fileBytes = LOG_HEADER.length;
  log.allocatedBytes = LOG_HEADER.length;
  out.push({ kind: "write", file: log.file, bytes: LOG_HEADER });
}

function pad(server: Server, out: ServerEffect[]): void {
  const { log, config } = server;
  const lengthBytes = paddedLength(log.fileBytes, log.allocatedBytes, config.preAllocBytes);
  if (lengthBytes === log.allocatedBytes || log.file === null) return;
  log.allocatedBytes = lengthBytes;
  out.push({ kind: "allocate", file: log.file, lengthBytes });
}

/**
 * The thread takes what there is at once, or with a delay waits for more: a third of it after the queue has run
 * empty, and all of it since the last flush, at most.
 */
function wakeLogger(server: Server, out: ServerEffect[]): void {
  const { log } = server;
  if (log.awake || log.ticket !== 0 || log.queue.length === 0) return;
  const { flushDelayMs } = server.config.options;
  if (flushDelayMs > 0 && log.queue.length < batchMax(server)) {
    const leftMs = log.lastFlushMs + flushDelayMs - server.nowMs;
    if (log.delayed && leftMs > 0) return;
    if (leftMs > 0) {
      log.delayed = true;
      const afterMs = Math.max(1, Math.min(leftMs, Math.floor(flushDelayMs / 3)));
      out.push({ kind: "arm", timer: "flush", of: 0, afterMs });
      return;
    }
  }
  log.awake = true;
  out.push({ kind: "wake", thread: "logger", of: 0 });
}

/** Transactions that one flush makes durable at most. */
function batchMax(server: Server): number {
  const { flushBatchMax } = server.config.options;
  return flushBatchMax > 0 ? flushBatchMax : Infinity;
}
