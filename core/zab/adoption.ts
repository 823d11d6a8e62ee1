import type { ServerEffect } from "../effect.ts";
import type { FileInfo } from "../event.ts";
import { deliver } from "../request/final.ts";
import type { Server } from "../server-state.ts";
import { writeEpoch } from "../storage/epoch-writer.ts";
import { parseName, snapshotName, temporaryName } from "../storage/file-name.ts";
import { appendNow, takeUnsyncedFiles } from "../storage/logger.ts";
import { beginSnapshot, continueSnapshot, finishSnapshot } from "../storage/snapshot-file.ts";
import type { Database } from "../tree/database.ts";
import type { Txn } from "../txn.ts";
import type { Zxid } from "../zxid.ts";
import type { Learner } from "./learner-state.ts";

/**
 * NEWLEADER: the leader's history becomes this server's own, on disk. History first, epoch after it, and only
 * then the ack (ZOOKEEPER-3911, 4643, 4646): the snapshot that SNAP or TRUNC calls for; what the leader has
 * committed, appended, applied and made durable; currentEpoch.
 * @see spec election-and-zab 5.4; ZooKeeper, server/quorum/Learner.java (syncWithLeader), since 3.9.3
 */
export function adoptHistory(server: Server, learner: Learner, out: ServerEffect[]): void {
  const { database } = server;
  if (database === null) return;
  learner.busy = true;
  if (learner.mode === "DIFF") {
    adoptCommitted(server, learner, null, out);
    return;
  }
  const file = temporaryName(snapshotName(database.lastZxid));
  out.push({ kind: "write", file, bytes: wholeSnapshot(database) });
  out.push({ kind: "sync", files: [file], ticket: wait(server, "snapshot") });
}

/**
 * The snapshot is durable under its temporary name: see what it has to replace. A role that ends before the
 * snapshot takes its name leaves the disk as it was.
 */
export function adoptionSnapshotSynced(server: Server, out: ServerEffect[]): void {
  if (server.leaving) return;
  out.push({ kind: "list", ticket: wait(server, "list") });
}

/**
 * The snapshot takes its name. Whatever claims to be newer is not the leader's history; and records below it are
 * no longer a history without holes.
 */
export function adoptionListed(
  server: Server,
  learner: Learner,
  files: readonly FileInfo[],
  out: ServerEffect[],
): void {
  const { database, log } = server;
  if (database === null || server.leaving) return;
  const zxid = database.lastZxid;
  const name = snapshotName(zxid);
  removeAbove(files, "snapshot", zxid, out);
  if (log.lastLogged > zxid) {
    removeAbove(files, "log", -1n as Zxid, out);
    log.file = null;
    log.rolled.length = 0;
  }
  // Last, so that making the new name durable makes all of it durable.
  out.push({ kind: "rename", file: temporaryName(name), to: name });
  log.lastLogged = zxid;
  log.lastSynced = zxid;
  log.trustedFrom = zxid;
  log.newestSnapshot = zxid;
  adoptCommitted(server, learner, name, out);
}

/** Everything up to NEWLEADER is durable: only the epoch is missing. */
export function adoptionLogSynced(server: Server, learner: Learner, out: ServerEffect[]): void {
  const { log } = server;
  log.lastSynced = log.lastLogged;
  learner.unsaved = false;
  writeEpoch(server, "currentEpoch", learner.epoch, "learnerCurrent", out);
}

/** Appends and applies what is proposed and committed; what is not yet committed stays pending (ZOOKEEPER-4394). */
function adoptCommitted(
  server: Server,
  learner: Learner,
  snapshot: string | null,
  out: ServerEffect[],
): void {
  const txns: Txn[] = [];
  while (learner.committed.length > 0 && learner.pending[0]?.zxid === learner.committed[0]) {
    txns.push(learner.pending.shift() as Txn);
    learner.committed.shift();
  }
  appendNow(server, txns, out);
  for (const txn of txns) deliver(server, txn, out);
  const files = txns.length > 0 ? takeUnsyncedFiles(server) : [];
  if (snapshot !== null) files.push(snapshot);
  if (files.length === 0) adoptionLogSynced(server, learner, out);
  else out.push({ kind: "sync", files, ticket: wait(server, "log") });
}

function removeAbove(
  files: readonly FileInfo[],
  prefix: "snapshot" | "log",
  zxid: Zxid,
  out: ServerEffect[],
): void {
  for (const { name } of files) {
    const label = parseName(name, prefix);
    if (label !== null && label > zxid) {
      out.push({ kind: "remove", file: name });
    }
  }
}

function wholeSnapshot(database: Database): Uint8Array {
  const writer = beginSnapshot(database);
  while (!continueSnapshot(writer, database, Number.MAX_SAFE_INTEGER)) continue;
  return finishSnapshot(writer, database);
}

function wait(server: Server, stage: "snapshot" | "list" | "log"): number {
  const ticket = server.nextTicket++;
  server.waits.set(ticket, { kind: "adoption", stage });
  return ticket;
}
