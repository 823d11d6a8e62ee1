import type { ServerEffect } from "../effect.ts";
import type { FileContent, FileInfo } from "../event.ts";
import type { AdoptionStage, Server } from "../server-state.ts";
import { writeEpoch } from "../storage/epoch-writer.ts";
import { logsFrom, parseName, snapshotName, temporaryName } from "../storage/file-name.ts";
import { cutLogs } from "../storage/log-cut.ts";
import { appendNow, takeUnsyncedFiles } from "../storage/logger.ts";
import {
  beginSnapshot,
  continueSnapshot,
  finishSnapshot,
  takeChunks,
} from "../storage/snapshot-file.ts";
import type { Database } from "../tree/database.ts";
import type { Txn } from "../txn.ts";
import type { Zxid } from "../zxid.ts";
import type { Learner } from "./learner-state.ts";
import { deliverInSync } from "./sync-delivery.ts";

/** Znodes in one piece of the snapshot file, which need not lie in memory whole. */
const PART_NODES = 16_384;

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
  if (learner.mode === "DIFF" && server.config.defects.ackBeforeLog) {
    // ZOOKEEPER-3911: everything stays pending until UPTODATE.
    adoptionLogSynced(server, learner, out);
    return;
  }
  if (learner.mode === "DIFF") {
    adoptCommitted(server, learner, null, out);
    return;
  }
  const file = temporaryName(nameOf(server, database));
  writeSnapshot(server, file, database, out);
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

/** The snapshot may take its name once the log holds nothing behind it: that would be replayed over it. */
export function adoptionListed(
  server: Server,
  learner: Learner,
  files: readonly FileInfo[],
  out: ServerEffect[],
): void {
  const { database, log, config } = server;
  if (database === null || server.leaving) return;
  if (!config.defects.dirtyCandidateSnapshot) {
    learner.stale = snapshotsAbove(files, database.lastZxid);
  }
  if (log.lastLogged <= database.lastZxid) {
    nameSnapshot(server, learner, database, out);
    return;
  }
  const logs = logsFrom(files, database.lastZxid).map(({ name }) => name);
  out.push({ kind: "read", files: logs, ticket: wait(server, "read") });
}

/** Cuts off what was logged behind the snapshot: it is no part of the leader's history. */
export function adoptionRead(
  server: Server,
  learner: Learner,
  contents: readonly FileContent[],
  out: ServerEffect[],
): void {
  const { database, log } = server;
  if (database === null || server.leaving) return;
  const { truncate, remove } = cutLogs(contents, database.lastZxid);
  if (truncate === null) {
    nameSnapshot(server, learner, database, out);
    return;
  }
  for (const file of remove) out.push({ kind: "remove", file });
  out.push({ kind: "truncate", ...truncate });
  log.file = null;
  log.rolled.length = 0;
  log.lastLogged = database.lastZxid;
  log.lastSynced = database.lastZxid;
  out.push({ kind: "sync", files: [truncate.file], ticket: wait(server, "cut") });
}

export function adoptionCut(server: Server, learner: Learner, out: ServerEffect[]): void {
  const { database } = server;
  if (database !== null && !server.leaving) nameSnapshot(server, learner, database, out);
}

/** From here on this is the history on disk; records in front of it are no longer one without holes. */
function nameSnapshot(
  server: Server,
  learner: Learner,
  database: Database,
  out: ServerEffect[],
): void {
  const { log } = server;
  const name = nameOf(server, database);
  out.push({ kind: "rename", file: temporaryName(name), to: name });
  log.lastLogged = database.lastZxid;
  log.lastSynced = database.lastZxid;
  log.trustedFrom = database.lastZxid;
  log.newestSnapshot = database.lastZxid;
  adoptCommitted(server, learner, name, out);
}

/** Everything up to NEWLEADER is durable: only the epoch is missing. */
export function adoptionLogSynced(server: Server, learner: Learner, out: ServerEffect[]): void {
  const { log } = server;
  log.lastSynced = log.lastLogged;
  learner.unsaved = false;
  // Snapshots that claim to be newer are of another history. Making the epoch durable makes their removal durable.
  for (const file of learner.stale.splice(0)) out.push({ kind: "remove", file });
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
  for (const txn of txns) deliverInSync(server, txn, out);
  const files = txns.length > 0 ? takeUnsyncedFiles(server) : [];
  if (snapshot !== null) files.push(snapshot);
  if (files.length === 0) adoptionLogSynced(server, learner, out);
  else out.push({ kind: "sync", files, ticket: wait(server, "log") });
}

function snapshotsAbove(files: readonly FileInfo[], zxid: Zxid): string[] {
  const names: string[] = [];
  for (const { name } of files) {
    const label = parseName(name, "snapshot");
    if (label !== null && label > zxid) names.push(name);
  }
  return names;
}

function nameOf(server: Server, database: Database): string {
  return snapshotName(database.lastZxid, server.config.options.snapshotSuffix);
}

/** All of it in this turn, a part at a time: no client is served meanwhile. */
function writeSnapshot(
  server: Server,
  file: string,
  database: Database,
  out: ServerEffect[],
): void {
  const writer = beginSnapshot(database, server.config.options.digests);
  let isBegun = false;
  while (!continueSnapshot(writer, database, PART_NODES)) {
    const bytes = takeChunks(writer);
    out.push(isBegun ? { kind: "extend", file, bytes } : { kind: "write", file, bytes });
    isBegun = true;
  }
  const bytes = finishSnapshot(writer, database);
  out.push(isBegun ? { kind: "extend", file, bytes } : { kind: "write", file, bytes });
}

function wait(server: Server, stage: AdoptionStage): number {
  const ticket = server.nextTicket++;
  server.waits.set(ticket, { kind: "adoption", stage });
  return ticket;
}
