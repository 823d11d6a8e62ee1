import { clearRing } from "../ring.ts";
import type { ServerEffect } from "../effect.ts";
import { showConfiguration } from "../ensemble/activation.ts";
import type { FileContent, FileInfo } from "../event.ts";
import { leaveRole } from "../role.ts";
import type { Server } from "../server-state.ts";
import { parseName } from "../storage/file-name.ts";
import { cutLogs } from "../storage/log-cut.ts";
import { planRecovery, recover } from "../storage/recovery.ts";
import type { Database } from "../tree/database.ts";
import { counterOf, epochOf, type Zxid } from "../zxid.ts";
import type { Learner } from "./learner-state.ts";

/**
 * TRUNC: nothing above a zxid may be left on this server's disk, log and snapshots alike
 * (ZOOKEEPER-1549), and what is left must be the history up to just there. Where the disk cannot give that,
 * nothing is touched, and the leader is asked for its tree instead.
 * @see spec election-and-zab 8.4
 */
export function beginTruncation(
  server: Server,
  learner: Learner,
  zxid: Zxid,
  out: ServerEffect[],
): void {
  learner.busy = true;
  learner.truncating = { zxid, beyond: [], plan: null };
  const ticket = wait(server, "list");
  out.push({ kind: "list", ticket });
}

export function truncationListed(
  server: Server,
  learner: Learner,
  files: readonly FileInfo[],
  out: ServerEffect[],
): void {
  const { truncating } = learner;
  if (truncating === null) return;
  const beyond = server.config.defects.dirtyCandidateSnapshot
    ? []
    : files.filter(({ name }) => isSnapshotAbove(name, truncating.zxid));
  const kept = files.filter((file) => !beyond.includes(file));
  truncating.beyond = beyond.map(({ name }) => name);
  truncating.plan = planRecovery(kept, new Map());
  const { snapshot, logs } = truncating.plan;
  if (snapshot === null) {
    giveUp(server, learner, out);
    return;
  }
  out.push({ kind: "read", files: [snapshot, ...logs], ticket: wait(server, "read") });
}

/** Tries the cut on what was read, and makes it on disk if it gives what the leader wants. */
export function truncationRead(
  server: Server,
  learner: Learner,
  contents: readonly FileContent[],
  out: ServerEffect[],
): void {
  const { truncating } = learner;
  if (truncating === null || truncating.plan === null) return;
  const { zxid, beyond, plan } = truncating;
  const cut = cutLogs(contents, zxid);
  const snapshots = contents.filter(({ name }) => name === plan.snapshot);
  const recovery = recover(plan, [...snapshots, ...cut.left], server.config);
  if (recovery.kind !== "recovered" || !isWanted(server, learner, recovery.database, zxid)) {
    giveUp(server, learner, out);
    return;
  }
  recovery.database.lastZxid = zxid;
  for (const file of cut.remove) out.push({ kind: "remove", file });
  for (const file of beyond) out.push({ kind: "remove", file });
  // Last, so that making it durable makes all of it durable; without it, the snapshot at NEWLEADER does.
  if (cut.truncate !== null) out.push({ kind: "truncate", ...cut.truncate });
  learner.incoming = recovery.database;
  learner.snapZxid = recovery.snapshotZxid ?? zxid;
  const changed = cut.truncate?.file ?? plan.snapshot ?? "";
  out.push({ kind: "sync", files: [changed], ticket: wait(server, "sync") });
}

/** The cut is durable: the tree goes back to where the leader wants it. */
export function truncationSynced(server: Server, learner: Learner, out: ServerEffect[]): void {
  const { incoming, truncating } = learner;
  if (incoming === null || truncating === null) return;
  const { log } = server;
  server.database = incoming;
  learner.incoming = null;
  learner.truncating = null;
  learner.lastQueued = truncating.zxid;
  showConfiguration(server);
  log.file = null;
  log.rolled.length = 0;
  clearRing(log.tail);
  log.lastLogged = truncating.zxid;
  log.lastSynced = truncating.zxid;
  log.trustedFrom = learner.snapZxid;
  log.newestSnapshot = learner.snapZxid;
  out.push({ kind: "truncated", zxid: truncating.zxid });
}

/** What is left must be looked at: it was not as long as ZOOKEEPER-1549 was there. */
function isWanted(server: Server, learner: Learner, { lastZxid }: Database, zxid: Zxid): boolean {
  return server.config.defects.dirtyCandidateSnapshot || isAt(lastZxid, zxid, learner);
}

/**
 * Is what is left the history up to `zxid`? The start of an epoch is no transaction: a server that has one of that
 * epoch has all that came before it, so what is left below is just that.
 */
function isAt(last: Zxid, zxid: Zxid, learner: Learner): boolean {
  if (last === zxid) return true;
  return counterOf(zxid) === 0 && last < zxid && epochOf(learner.lastQueued) === epochOf(zxid);
}

function giveUp(server: Server, learner: Learner, out: ServerEffect[]): void {
  server.needsSnapshot = true;
  learner.truncating = null;
  leaveRole(server, "cannot truncate the log to where the leader wants it", out);
}

function isSnapshotAbove(name: string, zxid: Zxid): boolean {
  const label = parseName(name, "snapshot");
  return label !== null && label > zxid;
}

function wait(server: Server, stage: "list" | "read" | "sync"): number {
  const ticket = server.nextTicket++;
  server.waits.set(ticket, { kind: "truncation", stage });
  return ticket;
}
