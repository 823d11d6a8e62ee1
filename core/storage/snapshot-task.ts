import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import { snapshotName } from "./file-name.ts";
import { beginSnapshot, continueSnapshot, finishSnapshot } from "./snapshot-file.ts";
import type { SnapshotTask } from "./snapshot-task-state.ts";

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
  server.snapshotTask = { why, writer: beginSnapshot(server.database), copied: false };
  out.push({ kind: "wake", thread: "snapshot", of: 0 });
}

/** The role has ended: what is applied from here on may never have been committed. */
export function abandonSnapshotTask(server: Server): void {
  server.snapshotTask = null;
}

/**
 * One step: some znodes more, or the file.
 *
 * @returns true when the snapshot is written (not yet durable; only those of a synchronization have to be)
 */
export function snapshotWoke(server: Server, out: ServerEffect[]): boolean {
  const { snapshotTask: task, database, config } = server;
  if (task === null || database === null) return false;
  task.copied ||= continueSnapshot(task.writer, database, config.snapshotStepNodes);
  if (!task.copied) {
    out.push({ kind: "wake", thread: "snapshot", of: 0 });
    return false;
  }
  return completeSnapshot(server, out);
}

/**
 * Writes the file once the log is durable as far as the copy goes: a copy that holds effects of transactions
 * which a crash takes from the log would claim less than it contains.
 */
export function completeSnapshot(server: Server, out: ServerEffect[]): boolean {
  const { snapshotTask: task, database, log } = server;
  if (task === null || !task.copied || database === null) return false;
  if (task.why === "roll" && log.lastSynced < database.lastZxid) return false;
  const { zxid } = task.writer.walk;
  server.snapshotTask = null;
  if (zxid === log.newestSnapshot) return true;
  const bytes = finishSnapshot(task.writer, database);
  out.push({ kind: "write", file: snapshotName(zxid), bytes });
  log.newestSnapshot = zxid;
  return true;
}
