import { clearRing } from "./ring.ts";
import type { ServerEffect } from "./effect.ts";
import { showConfiguration } from "./ensemble/activation.ts";
import type { FileContent, FileInfo } from "./event.ts";
import { redrawRollPoint } from "./storage/logger.ts";
import type { EpochName, Server } from "./server-state.ts";
import { decodeEpoch, encodeEpoch } from "./storage/epoch-file.ts";
import { snapshotName, TEMPORARY_PREFIX, temporaryName } from "./storage/file-name.ts";
import { planRecovery, recover, type Recovery } from "./storage/recovery.ts";
import type { Recovering } from "./storage/recovering-state.ts";
import { beginSnapshot, continueSnapshot, finishSnapshot } from "./storage/snapshot-file.ts";
import type { Database } from "./tree/database.ts";
import { treeDigest } from "./tree/tree.ts";
import { epochOf, UNTRUSTED_ZXID, ZERO_ZXID, type Zxid } from "./zxid.ts";

/**
 * Reading the database back: at the start of a process, and when a role ends whose tree is not on disk.
 * @see spec election-and-zab 8, storage-and-processing 4
 */

const EPOCH_FILES = ["acceptedEpoch", "currentEpoch", "currentEpoch.tmp"] as const;

export function beginRecovery(server: Server, why: Recovering["why"], out: ServerEffect[]): void {
  server.recovering = { why, files: [], plan: null, rejected: new Map(), added: [] };
  server.database = null;
  ask(server, "list", out, (ticket) => ({ kind: "list", ticket }));
}

export function recoveryListed(
  server: Server,
  files: readonly FileInfo[],
  out: ServerEffect[],
): void {
  if (server.recovering === null) return;
  server.recovering.files = files;
  for (const { name } of files) {
    if (name.startsWith(TEMPORARY_PREFIX)) out.push({ kind: "remove", file: name });
  }
  readPlanned(server, server.recovering, out);
}

/** The planned files are there: try them; plan again without a snapshot that turned out to be broken. */
export function recoveryRead(
  server: Server,
  contents: readonly FileContent[],
  out: ServerEffect[],
): void {
  const { recovering } = server;
  if (recovering === null || recovering.plan === null) return;
  const recovery = recover(recovering.plan, contents, server.config);
  switch (recovery.kind) {
    case "refused":
      refuse(server, recovery.message, out);
      break;
    case "badSnapshot":
      out.push({
        kind: "warned",
        text: `problem reading snap file ${recovery.name}: ${recovery.reason}`,
      });
      recovering.rejected.set(recovery.name, recovery.whole);
      readPlanned(server, recovering, out);
      break;
    case "recovered":
      adopt(server, recovering, recovery, contents, out);
      break;
  }
}

/** What was read, and what was added, is durable. Returns true when the server may promise on it. */
export function recoverySynced(server: Server, out: ServerEffect[]): boolean {
  const { recovering } = server;
  if (recovering === null) return false;
  const files = recovering.added.splice(0);
  if (files.length === 0) {
    server.recovering = null;
    return true;
  }
  for (const to of files) out.push({ kind: "rename", file: temporaryName(to), to });
  ask(server, "sync", out, (ticket) => ({ kind: "sync", files, ticket }));
  return false;
}

function readPlanned(server: Server, recovering: Recovering, out: ServerEffect[]): void {
  const plan = planRecovery(recovering.files, recovering.rejected);
  recovering.plan = plan;
  const files = [...plan.logs];
  if (plan.snapshot !== null) files.push(plan.snapshot);
  for (const name of EPOCH_FILES) {
    if (recovering.files.some((file) => file.name === name)) files.push(name);
  }
  ask(server, "read", out, (ticket) => ({ kind: "read", files, ticket }));
}

function adopt(
  server: Server,
  recovering: Recovering,
  recovery: Extract<Recovery, { kind: "recovered" }>,
  contents: readonly FileContent[],
  out: ServerEffect[],
): void {
  const { database, txnCount, snapshotZxid } = recovery;
  for (const text of recovery.warnings) out.push({ kind: "warned", text });
  const { added } = recovering;
  showConfiguration(server, database);
  if (snapshotZxid === null && database.lastZxid !== UNTRUSTED_ZXID) {
    const { digests, snapshotSuffix } = server.config.options;
    const name = snapshotName(database.lastZxid, snapshotSuffix);
    addFile(added, name, firstSnapshot(database, digests), out);
  }
  const wantsEpochs = recovering.why === "start" && !server.config.standalone;
  if (wantsEpochs && !adoptEpochs(server, database, contents, added, out)) return;
  server.database = database;
  resetLog(server, database.lastZxid, snapshotZxid ?? ZERO_ZXID);
  const digest = treeDigest(database.tree);
  out.push({ kind: "recovered", zxid: database.lastZxid, txnCount, digest });

  // A process that was killed leaves records which only the page cache holds: nothing may be promised on them yet.
  const read = recovering.plan === null ? [] : [...recovering.plan.logs];
  const snapshot = recovering.plan?.snapshot ?? null;
  if (snapshot !== null) read.push(snapshot);
  for (const name of EPOCH_FILES) if (!added.includes(name)) read.push(name);
  const files = [...read, ...added.map(temporaryName)];
  ask(server, "sync", out, (ticket) => ({ kind: "sync", files, ticket }));
}

/** An empty database is written down at once, so that logs never stand without a snapshot. */
function firstSnapshot(database: Database, digests: boolean): Uint8Array {
  const writer = beginSnapshot(database, digests);
  while (!continueSnapshot(writer, database, 1000)) continue;
  return finishSnapshot(writer, database);
}

/** Written under another name first: a crash leaves the file whole or not at all. */
function addFile(added: string[], file: string, bytes: Uint8Array, out: ServerEffect[]): void {
  out.push({ kind: "write", file: temporaryName(file), bytes });
  added.push(file);
}

/** Reads the two epochs, makes up missing ones, and holds them against the history. False: refused. */
function adoptEpochs(
  server: Server,
  database: Database,
  contents: readonly FileContent[],
  added: string[],
  out: ServerEffect[],
): boolean {
  const historyEpoch = Math.max(0, epochOf(database.lastZxid));
  const current = readEpoch(server, "currentEpoch", contents, historyEpoch, added, out);
  const accepted = readEpoch(server, "acceptedEpoch", contents, historyEpoch, added, out);
  if (current === null || accepted === null) return false;
  server.acceptedEpoch = accepted;
  server.currentEpoch = current;
  if (
    historyEpoch > current &&
    !repairEpoch(server, historyEpoch, database.lastZxid, contents, added, out)
  ) {
    return false;
  }
  if (server.acceptedEpoch < server.currentEpoch) {
    const text = `The accepted epoch, ${accepted} is less than the current epoch, ${current}`;
    refuse(server, text, out);
    return false;
  }
  return true;
}

function readEpoch(
  server: Server,
  name: EpochName,
  contents: readonly FileContent[],
  otherwise: number,
  added: string[],
  out: ServerEffect[],
): number | null {
  const file = contents.find((content) => content.name === name);
  if (file === undefined) {
    addFile(added, name, encodeEpoch(otherwise), out);
    out.push({
      kind: "warned",
      text:
        `${name} not found! Creating with a reasonable default of ${otherwise}. ` +
        "This should only happen when you are upgrading your installation",
    });
    return otherwise;
  }
  const read = decodeEpoch(file.bytes, name);
  if (read.kind === "epoch") return read.epoch;
  refuse(server, read.message, out);
  return null;
}

/**
 * The history is of a later epoch than currentEpoch: a crash fell between the two. The real server adopts a
 * temporary file that is left, and else refuses for ever (ZOOKEEPER-1653, 2354). Where the epoch was accepted
 * before, the history up to here is that of its leader, so the epoch may be made up for.
 */
function repairEpoch(
  server: Server,
  historyEpoch: number,
  lastZxid: Zxid,
  contents: readonly FileContent[],
  added: string[],
  out: ServerEffect[],
): boolean {
  const left = contents.find((content) => content.name === "currentEpoch.tmp");
  const read = left === undefined ? null : decodeEpoch(left.bytes, "currentEpoch.tmp");
  let epoch = read?.kind === "epoch" ? read.epoch : server.currentEpoch;
  if (epoch < historyEpoch && server.acceptedEpoch >= historyEpoch) epoch = historyEpoch;
  if (epoch < historyEpoch) {
    const current = server.currentEpoch.toString(16);
    refuse(server, `The current epoch, ${current}, is older than the last zxid, ${lastZxid}`, out);
    return false;
  }
  server.currentEpoch = epoch;
  addFile(added, "currentEpoch", encodeEpoch(epoch), out);
  return true;
}

function resetLog(server: Server, lastZxid: Zxid, trustedFrom: Zxid): void {
  const { log } = server;
  log.file = null;
  log.rolled.length = 0;
  clearRing(log.tail);
  log.lastLogged = lastZxid;
  log.lastSynced = lastZxid;
  log.txnCount = 0;
  log.txnBytes = 0;
  log.trustedFrom = trustedFrom;
  log.newestSnapshot = trustedFrom;
  redrawRollPoint(server);
}

function refuse(server: Server, message: string, out: ServerEffect[]): void {
  server.life = "exited";
  out.push({ kind: "exit", code: 1, reason: message });
}

function ask(
  server: Server,
  stage: "list" | "read" | "sync",
  out: ServerEffect[],
  effect: (ticket: number) => ServerEffect,
): void {
  const ticket = server.nextTicket++;
  server.waits.set(ticket, { kind: "recovery", stage });
  out.push(effect(ticket));
}
