import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import { snapshotName, temporaryName } from "./file-name.ts";
import {
  beginSnapshot,
  continueSnapshot,
  finishSnapshot,
  sealSnapshot,
  takeChunks,
} from "./snapshot-file.ts";
import type { SnapshotTask } from "./snapshot-task-state.ts";

/** A snapshot up to this size is written at once; of a larger one so much at a time, to a temporary file. */
const PART_BYTES = 1 << 20;
/** Bytes that are written before the disk has to say that it has them. */
const UNSYNCED_MAX_BYTES = 16 << 20;

/**
 * Snapshots: labelled first, then copied a few znodes at a time while the tree goes on changing.
 * @see spec storage-and-processing 3.3, 5
 */

/** Starts one unless one is running. */
export function startSnapshotTask(
  server: Server,
  out: ServerEffect[],
  why: SnapshotTask["why"] = "roll",
): void {
  if (server.snapshotTask !== null || server.database === null || server.leaving) return;
  server.snapshotTask = {
    why,
    writer: beginSnapshot(server.database, server.config.options.digests),
    copied: false,
    begun: false,
    sealed: false,
    ticket: 0,
    unsyncedBytes: 0,
  };
  out.push({ kind: "wake", thread: "snapshot", of: 0 });
}

/** The role has ended: what is applied from here on may never have been committed. */
export function abandonSnapshotTask(server: Server, out: ServerEffect[]): void {
  const { snapshotTask: task } = server;
  if (task?.begun === true) out.push({ kind: "remove", file: temporaryOf(server, task) });
  server.snapshotTask = null;
}

/**
 * One step: some znodes more, or the file.
 *
 * @returns true when the snapshot is written (a large one is durable, too; of the others
 *   only those of a synchronization have to be)
 */
export function snapshotWoke(server: Server, out: ServerEffect[]): boolean {
  const { snapshotTask: task, database, config } = server;
  if (task === null || database === null || task.ticket !== 0) return false;
  task.copied ||= continueSnapshot(task.writer, database, config.snapshotStepNodes);
  if (task.writer.chunkBytes >= PART_BYTES) writePart(server, task, out);
  if (!task.copied) {
    if (task.unsyncedBytes >= UNSYNCED_MAX_BYTES) sync(server, task, out);
    else out.push({ kind: "wake", thread: "snapshot", of: 0 });
    return false;
  }
  return completeSnapshot(server, out);
}

/**
 * Completes the file once the log is durable as far as the copy goes: a copy that holds effects of transactions
 * which a crash takes from the log would claim less than it contains.
 *
 * @returns true when it is written, as {@link snapshotWoke} does
 */
export function completeSnapshot(server: Server, out: ServerEffect[]): boolean {
  const { snapshotTask: task, database, log } = server;
  if (task === null || !task.copied || task.sealed || database === null) return false;
  if (task.why === "roll" && log.lastSynced < database.lastZxid) return false;
  const { zxid } = task.writer.walk;
  if (zxid === log.newestSnapshot) {
    abandonSnapshotTask(server, out);
    return true;
  }
  if (!task.begun) {
    const bytes = finishSnapshot(task.writer, database);
    out.push({ kind: "write", file: nameOf(server, task), bytes });
    server.snapshotTask = null;
    log.newestSnapshot = zxid;
    return true;
  }
  sealSnapshot(task.writer, database);
  writePart(server, task, out);
  task.sealed = true;
  if (task.ticket === 0) sync(server, task, out);
  return false;
}

/**
 * What was written of a large snapshot is durable: it goes on, or takes its name.
 *
 * @returns true when it is written, as {@link snapshotWoke} does
 */
export function snapshotSynced(server: Server, ticket: number, out: ServerEffect[]): boolean {
  const { snapshotTask: task, log } = server;
  if (task === null || task.ticket !== ticket) return false;
  task.ticket = 0;
  if (!task.sealed) {
    out.push({ kind: "wake", thread: "snapshot", of: 0 });
    return false;
  }
  out.push({ kind: "rename", file: temporaryOf(server, task), to: nameOf(server, task) });
  server.snapshotTask = null;
  log.newestSnapshot = task.writer.walk.zxid;
  return true;
}

function writePart(server: Server, task: SnapshotTask, out: ServerEffect[]): void {
  const file = temporaryOf(server, task);
  const bytes = takeChunks(task.writer);
  out.push(task.begun ? { kind: "extend", file, bytes } : { kind: "write", file, bytes });
  task.begun = true;
  task.unsyncedBytes += bytes.length;
}

function sync(server: Server, task: SnapshotTask, out: ServerEffect[]): void {
  task.unsyncedBytes = 0;
  task.ticket = server.nextTicket++;
  server.waits.set(task.ticket, { kind: "snapshot" });
  out.push({ kind: "sync", files: [temporaryOf(server, task)], ticket: task.ticket });
}

function nameOf(server: Server, task: SnapshotTask): string {
  return snapshotName(task.writer.walk.zxid, server.config.options.snapshotSuffix);
}

function temporaryOf(server: Server, task: SnapshotTask): string {
  return temporaryName(nameOf(server, task));
}
