import { drawBelow } from "../draw.ts";
import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import type { Txn } from "../txn.ts";
import { LOG_HEADER, logName, paddedLength } from "./log-file.ts";
import { startSnapshotTask } from "./snapshot-task.ts";

/** Transactions that one flush makes durable at most. */
const BATCH_MAX = 1000;

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
  log.batch = log.queue.splice(0, Math.min(BATCH_MAX, untilRoll));
  append(server, log.batch, out);
  log.ticket = server.nextTicket++;
  server.waits.set(log.ticket, { kind: "logger" });
  out.push({ kind: "sync", files: takeUnsyncedFiles(server), ticket: log.ticket });
}

/** The sync is done. Returns what has become durable, in order. */
export function loggerSynced(server: Server, out: ServerEffect[]): readonly Txn[] {
  const { log } = server;
  const { batch } = log;
  log.batch = [];
  log.ticket = 0;
  const last = batch.at(-1);
  if (last !== undefined) log.lastSynced = last.zxid;
  wakeLogger(server, out);
  return batch;
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
  redrawRollPoint(server);
}

/** Servers draw different distances, so that they do not all write their snapshots at once. */
export function redrawRollPoint(server: Server): void {
  const half = Math.max(1, server.config.snapCount >> 1);
  server.log.rollAfter = half + drawBelow(server.draws, half);
}

/** Forgets which transactions wait to be applied, up to the tree's last zxid. */
export function trimTail(server: Server): void {
  const { tail } = server.log;
  const last = server.database?.lastZxid;
  if (last === undefined) return;
  while (tail.length > 0 && (tail[0] as Txn).zxid <= last) tail.shift();
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
    log.tail.push(txn);
    log.lastLogged = txn.zxid;
  }
  log.txnCount += txns.length;
  if (log.file !== null) out.push({ kind: "append", file: log.file, txns });
  if (log.txnCount <= log.rollAfter) return;
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

function wakeLogger(server: Server, out: ServerEffect[]): void {
  const { log } = server;
  if (log.awake || log.ticket !== 0 || log.queue.length === 0) return;
  log.awake = true;
  out.push({ kind: "wake", thread: "logger", of: 0 });
}
