import type { Txn } from "../../core/txn.ts";
import { counterOf, formatZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { report, type Checks } from "./checks.ts";
import { stillKept } from "./commit.ts";
import {
  childOf,
  COMMITTED,
  commonPrefix,
  extend,
  isPrefix,
  isSameTxn,
  NO_NODE,
  NO_SLOT,
  prefixOfLength,
  prefixUpTo,
  ROOT,
  zxidAt,
} from "./history.ts";
import { whereUsed } from "./proposals.ts";
import { judgeDigest } from "./tree.ts";
import { keepOldLog, type Watch } from "./watch.ts";

/** The database was read back, and the next sync makes sure of it. */
const BOOT_SYNC_EXPECTED = -1;

/** Appended to a log file: H grows. */
export function appended(checks: Checks, watch: Watch, file: string, txns: readonly Txn[]): void {
  if (file !== watch.logFile) {
    if (watch.logFile !== "" && watch.durable !== watch.log) watch.rolledFiles.push(watch.logFile);
    watch.logFile = file;
    watch.logFileStart = watch.log;
  }
  for (let at = 0; at < txns.length; at++) appendOne(checks, watch, txns[at]!);
}

function appendOne(checks: Checks, watch: Watch, txn: Txn): void {
  const { history } = checks;
  let node = childOf(history, watch.log, txn);
  if (node === 0) {
    // The log may be behind a snapshot that already holds this.
    if (txn.zxid <= zxidAt(history, watch.log) && isHeld(checks, watch.log, txn)) return;
    node = extend(history, watch.log, txn);
  }
  watch.log = node;
  const slot = history.slot[node]!;
  if (slot === NO_SLOT) judgeLogMatching(checks, watch, node);
  if (watch.adopted === NO_SLOT) return;
  if (slot !== watch.adopted) judgeBase(checks, watch, node);
  else if (checks.leaderships[slot]!.epoch > watch.currentEpoch) judgeEpoch(checks, watch);
}

/** `sync` was asked for: what it covers is what had been written by now. */
export function syncAsked(watch: Watch, files: readonly string[], ticket: number): void {
  if (watch.bootTicket === BOOT_SYNC_EXPECTED) watch.bootTicket = ticket;
  if (watch.log !== watch.durable && watch.logFile !== "") {
    const rolled = watch.rolledFiles;
    let covered = true;
    for (let at = 0; at < rolled.length; at++) covered &&= files.includes(rolled[at]!);
    const node = files.includes(watch.logFile) ? watch.log : watch.logFileStart;
    if (covered && (node === watch.log || rolled.length > 0)) {
      watch.syncTickets.push(ticket);
      watch.syncNodes.push(node);
    }
  }
  for (let at = 0; at < watch.files.length; at++) {
    const written = watch.files[at]!;
    if (files.includes(written.name)) written.ticket = ticket;
  }
}

/** The sync is done: Dur grows. */
export function syncDone(checks: Checks, watch: Watch, ticket: number): void {
  if (ticket === watch.bootTicket) {
    watch.bootTicket = 0;
    watch.durable = watch.log;
    watch.oldLog = NO_NODE;
  }
  if (watch.files.length > 0) filesSynced(checks, watch, ticket);
  const at = watch.syncTickets.indexOf(ticket);
  if (at < 0) return;
  const [lastTicket, lastNode] = [watch.syncTickets.pop()!, watch.syncNodes.pop()!];
  let node = lastNode;
  if (at < watch.syncTickets.length) {
    node = watch.syncNodes[at]!;
    watch.syncTickets[at] = lastTicket;
    watch.syncNodes[at] = lastNode;
  }
  const { history } = checks;
  if (watch.rolledFiles.length > 0 && isPrefix(history, watch.logFileStart, node)) {
    watch.rolledFiles.length = 0;
  }
  if (!isPrefix(history, node, watch.log)) node = commonPrefix(history, node, watch.log);
  if (watch.restsOn === NO_NODE && isPrefix(history, watch.durable, node)) watch.durable = node;
}

function filesSynced(checks: Checks, watch: Watch, ticket: number): void {
  for (let at = watch.files.length - 1; at >= 0; at--) {
    const written = watch.files[at]!;
    if (written.ticket === ticket && isFinal(written.name)) fileDurable(checks, watch, at);
  }
}

/** A whole file was written: of interest are epochs and snapshots. */
export function fileWritten(checks: Checks, watch: Watch, file: string, bytes: Uint8Array): void {
  const kind = kindOf(file);
  if (kind === null) return;
  forget(watch, file);
  if (kind !== "snapshot") {
    watch.files.push({ name: file, kind, value: decimal(bytes), ticket: 0 });
    return;
  }
  const { history } = checks;
  const hex = file.slice(file.indexOf("snapshot.") + "snapshot.".length);
  const value = prefixUpTo(history, watch.tree, BigInt(`0x${hex}`) as Zxid);
  const isOlder = watch.snapshotEnd !== NO_NODE && isPrefix(history, watch.tree, watch.snapshotEnd);
  if (!isOlder) watch.snapshotEnd = watch.tree;
  watch.files.push({ name: file, kind, value, ticket: 0 });
  if (isFinal(file)) snapshotStands(checks, watch, value);
}

/** A file got its name. That is durable once it is synced under it. */
export function fileRenamed(checks: Checks, watch: Watch, file: string, to: string): void {
  const written = watch.files.find(({ name }) => name === file);
  if (written === undefined) return;
  forget(watch, to);
  written.name = to;
  written.ticket = 0;
  if (written.kind === "snapshot") snapshotStands(checks, watch, written.value);
}

/** TRUNC was carried out: H is cut. S13, and S4 where a quorum is lost by it. */
export function truncated(checks: Checks, watch: Watch, zxid: Zxid): void {
  const { history } = checks;
  const before = watch.log;
  const kept = prefixUpTo(history, before, zxid);
  watch.tree = kept;
  if (kept === before) return;
  const lost = prefixOfLength(history, before, history.depth[kept]! + 1);
  const isCommitted = (history.flags[lost]! & COMMITTED) !== 0;
  if (isCommitted && isPrefix(history, lost, watch.durable)) {
    const first = formatZxid(zxidAt(history, lost));
    report(
      checks,
      "S13",
      watch.sid,
      `server ${watch.sid} cuts its log to ${formatZxid(zxid)} and with it ${first}, which is committed`,
    );
  }
  keepOldLog(watch, kept, history.depth);
  watch.log = kept;
  watch.logFile = "";
  watch.rolledFiles.length = 0;
  const durable = watch.durable;
  watch.durable = commonPrefix(history, durable, kept);
  stillKept(checks, watch, durable);
}

/**
 * The disk was read back. After a crash it must give a history between what was durable and what had been
 * written, or the old one while it was being replaced; at other times exactly what was written.
 * Anything else is a log with a hole or with a foreign tail (RESTART-EQ), reported under S16.
 * What a process that was killed leaves may be in the page cache only: it counts as durable once the sync that
 * the new process asks for next is done.
 */
export function recovered(checks: Checks, watch: Watch, zxid: Zxid, digest: bigint): void {
  const { history } = checks;
  const last = zxid < ZERO_ZXID ? ZERO_ZXID : zxid;
  let node = watch.down
    ? survivor(checks, watch, last, digest)
    : exactly(checks, watch.log, watch.log, last);
  if (node === NO_NODE) {
    const written = formatZxid(zxidAt(history, watch.log));
    const durable = formatZxid(zxidAt(history, watch.durable));
    report(
      checks,
      "S16",
      watch.sid,
      `server ${watch.sid} reads ${formatZxid(zxid)} back from its disk; durable there was ${durable}, written ${written}`,
    );
    node = prefixUpTo(history, watch.log, last);
  }
  if (watch.down) {
    watch.down = false;
    watch.log = node;
    watch.durable = commonPrefix(history, watch.durable, node);
    watch.bootTicket = BOOT_SYNC_EXPECTED;
  }
  watch.tree = node;
  watch.replacing = false;
  const end = watch.snapshotEnd;
  const isFuzzy = end !== NO_NODE && end !== node && isPrefix(history, node, end);
  watch.fuzzyUntil = isFuzzy ? end : NO_NODE;
  judgeDigest(checks, watch, digest);
}

/** What a disk may give after a crash, if it ends in `zxid`. */
function survivor(checks: Checks, watch: Watch, zxid: Zxid, digest: bigint): number {
  const { history } = checks;
  const found = exactly(checks, watch.log, watch.durable, zxid);
  const old =
    watch.oldLog === NO_NODE ? NO_NODE : exactly(checks, watch.oldLog, watch.oldLogFloor, zxid);
  if (found === NO_NODE && old === NO_NODE) {
    // A snapshot of a tree that was ahead of the log.
    const end = watch.snapshotEnd;
    return end === NO_NODE ? NO_NODE : exactly(checks, end, watch.durable, zxid);
  }
  if (found === NO_NODE || old === NO_NODE) return found === NO_NODE ? old : found;
  // The start of an epoch is no transaction: it fits whatever is older. The old log fits by its own end only.
  const isOld = zxidAt(history, old) === zxid && history.digests[old] === digest;
  return isOld ? old : found;
}

/** The prefix of `head` that ends in `zxid` and is no shorter than what it shares with `floor`. */
function exactly(checks: Checks, head: number, floor: number, zxid: Zxid): number {
  const { history } = checks;
  const node = prefixUpTo(history, head, zxid);
  if (zxidAt(history, node) !== zxid && counterOf(zxid) !== 0) return NO_NODE;
  const least = history.depth[commonPrefix(history, head, floor)]!;
  return history.depth[node]! >= least ? node : NO_NODE;
}

/**
 * A snapshot is in place under its name. Only a learner's that is being brought up to date changes H; what replaces its
 * history does so even if the leader is lost while it is written.
 */
function snapshotStands(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  if (watch.newLeaderAcked || (watch.leaderConn === 0 && !watch.replacing)) return;
  if (!isPrefix(history, watch.log, node)) {
    if (!watch.replacing) return;
    keepOldLog(watch, commonPrefix(history, watch.log, node), history.depth);
  } else if (watch.log !== node) keepOldLog(watch, watch.log, history.depth);
  watch.restsOn = isPrefix(history, node, watch.durable) ? NO_NODE : node;
  watch.log = node;
  // What earlier log files hold no longer matters.
  watch.logFile = "";
  watch.rolledFiles.length = 0;
}

function fileDurable(checks: Checks, watch: Watch, at: number): void {
  const written = watch.files[at]!;
  watch.files.splice(at, 1);
  if (written.kind === "snapshot") {
    if (!isPrefix(checks.history, written.value, watch.log)) return;
    const durable = watch.durable;
    if (written.value === watch.restsOn) watch.restsOn = NO_NODE;
    if (!isPrefix(checks.history, written.value, durable)) watch.durable = written.value;
    else if (!isPrefix(checks.history, durable, watch.log)) watch.durable = written.value;
    // The newest snapshot hides every log before it: what SNAP replaced cannot come back any more.
    if (watch.replacing && watch.durable === watch.log) {
      watch.replacing = false;
      watch.oldLog = NO_NODE;
    }
    stillKept(checks, watch, durable);
    return;
  }
  const before = watch[written.kind];
  watch[written.kind] = written.value;
  if (written.value >= before) return;
  report(
    checks,
    "S2",
    watch.sid,
    `server ${watch.sid} replaces ${written.kind} ${before} on its disk by ${written.value}`,
  );
}

/**
 * S8: a transaction off the line on which its leader proposed it. The same zxid with other bytes is wrong at
 * once; other predecessors are wrong if the zxid is committed (others may yet be cut off again).
 */
function judgeLogMatching(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  const txn = history.txns[node]!;
  const proposed = whereUsed(checks, txn.zxid);
  if (proposed === ROOT) return;
  const isSame = isSameTxn(history.txns[proposed]!, txn);
  if (isSame && !(history.flags[proposed]! & COMMITTED)) return;
  const wrong = isSame
    ? `behind another history up to ${formatZxid(zxidAt(history, history.parent[node]!))} than it was committed behind, up to ${formatZxid(zxidAt(history, history.parent[proposed]!))}`
    : "with other bytes than its leader proposed";
  report(checks, "S8", watch.sid, `server ${watch.sid} logs ${formatZxid(txn.zxid)} ${wrong}`);
}

/** S6: what is logged in an epoch continues what its leader has. Only an observer may still be within I[e]. */
function judgeBase(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  const { epoch, leader, head } = checks.leaderships[watch.adopted]!;
  if (isPrefix(history, node, head)) return;
  const last = formatZxid(zxidAt(history, head));
  report(
    checks,
    "S6",
    watch.sid,
    `server ${watch.sid} in epoch ${epoch} logs ${formatZxid(zxidAt(history, node))} behind ${formatZxid(zxidAt(history, history.parent[node]!))}, which server ${checks.watches[leader]!.sid} has not proposed there (its last: ${last})`,
  );
}

function judgeEpoch(checks: Checks, watch: Watch): void {
  const last = formatZxid(zxidAt(checks.history, watch.log));
  report(
    checks,
    "S2",
    watch.sid,
    `server ${watch.sid} logs ${last} while its durable currentEpoch is ${watch.currentEpoch}`,
  );
}

function isHeld(checks: Checks, head: number, txn: Txn): boolean {
  const { history } = checks;
  const node = prefixUpTo(history, head, txn.zxid);
  return node !== ROOT && isSameTxn(history.txns[node]!, txn);
}

function kindOf(file: string): "acceptedEpoch" | "currentEpoch" | "snapshot" | null {
  if (file.startsWith("log.")) return null;
  if (file.startsWith("snapshot.") || file.startsWith("tmp.snapshot.")) return "snapshot";
  if (file.startsWith("acceptedEpoch")) return "acceptedEpoch";
  return file.startsWith("currentEpoch") ? "currentEpoch" : null;
}

function forget(watch: Watch, file: string): void {
  const at = watch.files.findIndex(({ name }) => name === file);
  if (at >= 0) watch.files.splice(at, 1);
}

function isFinal(file: string): boolean {
  return !file.endsWith(".tmp") && !file.startsWith("tmp.");
}

function decimal(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 10 + byte - 0x30;
  return value;
}
