import { LOG_VIEW_MAX, type LogCell, type ServerView, type View } from "./view.ts";

/** A transaction was appended to the log of `server`; it may be one that others already know to be committed. */
export function appendCell(view: View, server: ServerView, zxid: bigint): void {
  const { log } = server;
  const committed = zxid <= view.committed && isCommittedSomewhere(view, zxid);
  // A commit may overtake the own disk: then the tree has it before the log does.
  const applied = zxid <= server.applied;
  // A long tail that nobody committed is kept from its beginning, and a little of what stands before it.
  while (log.length >= LOG_VIEW_MAX && (isSettled(log) || log.length >= TAIL_MAX)) log.shift();
  log.push({ zxid, synced: false, acked: false, committed, applied, lost: false });
  server.logged = zxid;
}

const TAIL_MAX = 8 * LOG_VIEW_MAX;

function isSettled(log: readonly LogCell[]): boolean {
  return log[3]?.committed === true;
}

/** Everything up to `zxid` is durable; a leader thereby counts itself. */
export function markSynced(server: ServerView, zxid: bigint): void {
  if (zxid > server.synced) server.synced = zxid;
  const leads = server.state === "LEADING";
  for (let index = server.log.length - 1; index >= 0; index--) {
    const cell = server.log[index] as LogCell;
    if (cell.zxid > zxid) continue;
    if (cell.synced && (cell.acked || !leads)) return;
    cell.synced = true;
    if (leads) cell.acked = true;
  }
}

/** An ACK says that the whole history up to `zxid` is in the log, so one ACK marks all before it. */
export function markAcked(server: ServerView, zxid: bigint): void {
  for (let index = server.log.length - 1; index >= 0; index--) {
    const cell = server.log[index] as LogCell;
    if (cell.zxid > zxid) continue;
    if (cell.acked) return;
    cell.acked = true;
  }
}

/**
 * A leader committed exactly this transaction. Smaller zxids are not implied: a log may hold
 * one of an older epoch that nobody else ever had.
 */
export function commitCell(view: View, zxid: bigint): void {
  if (zxid > view.committed) view.committed = zxid;
  for (let index = 0; index < view.servers.length; index++) {
    const cell = cellAt((view.servers[index] as ServerView).log, zxid);
    if (cell !== null) cell.committed = true;
  }
}

/** A leader with a quorum behind it makes its whole history that of the ensemble. */
export function establishHistory(view: View, leader: ServerView): void {
  for (const { zxid } of leader.log) commitCell(view, zxid);
}

export function markApplied(server: ServerView, zxid: bigint, asCommitted: boolean): void {
  if (zxid > server.applied) server.applied = zxid;
  const cell = cellAt(server.log, zxid);
  if (cell === null) return;
  cell.applied = true;
  if (asCommitted) cell.committed = true;
}

export function truncateLog(server: ServerView, zxid: bigint): void {
  const { log } = server;
  while (log.length > 0 && (log[log.length - 1] as LogCell).zxid > zxid) log.pop();
  if (server.logged > zxid) server.logged = zxid;
  if (server.synced > zxid) server.synced = zxid;
  if (server.applied > zxid) server.applied = zxid;
}

export function replaceBySnapshot(server: ServerView, zxid: bigint): void {
  server.log = [];
  server.base = zxid;
  server.logged = zxid;
  server.synced = zxid;
  server.applied = zxid;
}

/** The power went: what was not durable is kept in view, marked, until the log is read again. */
export function loseUnsynced(server: ServerView): void {
  for (let index = server.log.length - 1; index >= 0; index--) {
    const cell = server.log[index] as LogCell;
    if (cell.synced) return;
    cell.lost = true;
  }
}

/** What was read back is durable and, as a start replays the log into the tree, applied. */
export function recoverLog(server: ServerView, zxid: bigint): void {
  const { log } = server;
  while (log.length > 0 && (log[log.length - 1] as LogCell).zxid > zxid) log.pop();
  for (const cell of log) {
    cell.synced = true;
    cell.applied = true;
    cell.lost = false;
  }
  server.logged = zxid;
  server.synced = zxid;
  server.applied = zxid;
}

/** Binary search: a log is in zxid order. */
export function cellAt(log: readonly LogCell[], zxid: bigint): LogCell | null {
  let low = 0;
  let high = log.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const cell = log[middle] as LogCell;
    if (cell.zxid === zxid) return cell;
    if (cell.zxid < zxid) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}

function isCommittedSomewhere(view: View, zxid: bigint): boolean {
  for (let index = 0; index < view.servers.length; index++) {
    if (cellAt((view.servers[index] as ServerView).log, zxid)?.committed === true) return true;
  }
  return false;
}
