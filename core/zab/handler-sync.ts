import type { ServerEffect } from "../effect.ts";
import type { FileContent, FileInfo } from "../event.ts";
import type { Server } from "../server-state.ts";
import { logsFrom, sortByZxid } from "../storage/file-name.ts";
import { readLog } from "../storage/log-file.ts";
import { beginWalk, nextPiece } from "../storage/snapshot-walk.ts";
import type { Database } from "../tree/database.ts";
import type { Txn } from "../txn.ts";
import { itemsOf } from "../ring.ts";
import { counterOf, makeZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { outstandingAt, type Handler, type Leader } from "./leader-state.ts";
import { startSending } from "./outbox.ts";
import { chooseFromLogs, chooseFromMemory, type History, type SyncChoice } from "./sync-choice.ts";

/**
 * How a leader brings a learner up to date: choose, register, send what it lacks, close with NEWLEADER. Each of
 * these is a step of its own, as they are in the real handler's thread.
 * @see spec election-and-zab 5; ZooKeeper, server/quorum/LearnerHandler.java (syncFollower)
 */

/** A quorum has acked the epoch: the handler goes on to bring its learner up to date. */
export function startSync(handler: Handler, out: ServerEffect[]): void {
  handler.stage = "sync";
  wakeHandler(handler, out);
}

/** One step of bringing a learner up to date. */
export function handlerWoke(
  server: Server,
  leader: Leader,
  handler: Handler,
  out: ServerEffect[],
): void {
  if (handler.stage !== "sync" || server.database === null) return;
  if (handler.mode === null) {
    chooseSync(server, leader, handler, out);
    return;
  }
  if (handler.mode === "SNAP" && !sendSnapshotStep(server, handler, out)) {
    wakeHandler(handler, out);
    return;
  }
  handler.stage = "newLeader";
  const zxid = makeZxid(leader.epoch, 0);
  handler.queue.push({ kind: "NEWLEADER", zxid, config: server.lastSeen.text });
  startSending(handler, out);
}

/** The log files are there: now the choice can be made. */
export function syncLogsListed(
  server: Server,
  leader: Leader,
  handler: Handler,
  files: readonly FileInfo[],
  out: ServerEffect[],
): void {
  const names = usableLogs(server, handler.peerZxid, files);
  handler.readTicket = 0;
  if (names === null) {
    carryOut(server, leader, handler, { mode: "SNAP" }, out);
    return;
  }
  handler.readTicket = server.nextTicket++;
  server.waits.set(handler.readTicket, { kind: "syncLogs", conn: handler.conn });
  out.push({ kind: "read", files: names, ticket: handler.readTicket });
}

export function syncLogsRead(
  server: Server,
  leader: Leader,
  handler: Handler,
  files: readonly FileContent[],
  out: ServerEffect[],
): void {
  handler.readTicket = 0;
  const { database } = server;
  if (handler.stage !== "sync" || database === null) return;
  const logged: Txn[] = [];
  for (const { file } of sortByZxid(files, "log")) {
    for (const txn of readLog(file.bytes, file.name).txns) logged.push(txn);
  }
  const history = historyOf(leader, database);
  carryOut(server, leader, handler, chooseFromLogs(history, logged, handler.peerZxid), out);
}

/**
 * Chooses how to bring the learner up to date, queues what it lacks and registers it for what comes, in one
 * step: a commit in between would be lost (ZOOKEEPER-962).
 */
function chooseSync(server: Server, leader: Leader, handler: Handler, out: ServerEffect[]): void {
  const { database, config, log } = server;
  if (database === null || handler.readTicket !== 0) return;
  const history = historyOf(leader, database);
  if (server.config.talkative === true) {
    const { sid: learner, peerZxid: peer } = handler;
    const { last, committed } = history;
    const [min, max] = [committed[0]?.zxid ?? last, committed.at(-1)?.zxid ?? last];
    out.push({ kind: "synchronizing", learner, max, min, last, peer });
  }
  const choice =
    outstandingAt(leader, handler.peerZxid) !== undefined || seemsToHaveAll(server, leader, handler)
      ? sameLog(handler)
      : chooseFromMemory(history, handler.peerZxid, config.defects);
  if (choice !== null) {
    carryOut(server, leader, handler, choice, out);
    return;
  }
  const usable = config.snapshotSizeFactor >= 0 && handler.peerZxid >= log.trustedFrom;
  if (!usable || handler.peerZxid === ZERO_ZXID) {
    carryOut(server, leader, handler, { mode: "SNAP" }, out);
    return;
  }
  handler.readTicket = server.nextTicket++;
  server.waits.set(handler.readTicket, { kind: "syncLogs", conn: handler.conn });
  out.push({ kind: "list", ticket: handler.readTicket });
}

/**
 * The learner has come back with proposals that are still under way. It must keep them: by the time it had cut
 * them off they might be committed, even on the strength of its own earlier ack. It serves nobody before they are.
 */
function sameLog({ peerZxid }: Handler): SyncChoice {
  return { mode: "DIFF", zxid: peerZxid, txns: [] };
}

/**
 * ZOOKEEPER-1319: the learner's last zxid was compared with that of the leader's last proposal, which was 0 before
 * there was one.
 */
function seemsToHaveAll({ config }: Server, leader: Leader, { peerZxid }: Handler): boolean {
  if (!config.defects.emptyDiffForFreshServer) return false;
  const lastProposed = counterOf(leader.lastProposed) === 0 ? ZERO_ZXID : leader.lastProposed;
  return peerZxid === lastProposed;
}

/**
 * What is committed, applied or not: a learner must never be told to cut off what only this leader has not yet
 * got round to applying.
 */
function historyOf(leader: Leader, database: Database): History {
  const { committedLog, lastZxid } = database;
  const unapplied = itemsOf(leader.toBeApplied);
  // A leader that has proposed nothing yet stands at the zxid of its NEWLEADER, which is no transaction.
  const last = unapplied.at(-1)?.zxid ?? lastZxid;
  return { last, committed: [...itemsOf(committedLog), ...unapplied] };
}

function carryOut(
  server: Server,
  leader: Leader,
  handler: Handler,
  choice: SyncChoice,
  out: ServerEffect[],
): void {
  const { database } = server;
  if (database === null) return;
  handler.mode = choice.mode;
  let upTo = database.lastZxid;
  if (choice.mode !== "SNAP") {
    handler.queue.push({ kind: choice.mode, zxid: choice.zxid });
    for (const txn of choice.txns) queueCommitted(handler, txn);
    upTo = choice.txns.at(-1)?.zxid ?? choice.zxid;
  }
  handler.upTo = upTo;
  const { sid: learner, peerZxid } = handler;
  out.push({ kind: "syncChosen", learner, mode: choice.mode, peerZxid, zxid: upTo });
  startForwarding(leader, handler, upTo);
  wakeHandler(handler, out);
}

/** From here on the learner gets everything new; what is under way and beyond `upTo` is queued now. */
function startForwarding(leader: Leader, handler: Handler, upTo: Zxid): void {
  for (const txn of itemsOf(leader.toBeApplied)) {
    if (txn.zxid > upTo) queueCommitted(handler, txn);
  }
  if (!handler.observer) {
    for (const { txn } of itemsOf(leader.outstanding)) {
      if (txn.zxid > upTo) handler.queue.push({ kind: "PROPOSAL", txn });
    }
  }
  handler.forwarding = true;
}

function queueCommitted(handler: Handler, txn: Txn): void {
  handler.queue.push({ kind: "PROPOSAL", txn }, { kind: "COMMIT", zxid: txn.zxid });
}

/**
 * Sends SNAP and its zxid, then a run of znodes each step, past the queue: what is queued meanwhile comes after
 * it, and NEWLEADER after that (ZOOKEEPER-3104).
 *
 * @returns true when the stream has ended
 */
function sendSnapshotStep(server: Server, handler: Handler, out: ServerEffect[]): boolean {
  const { database, config } = server;
  if (database === null) return false;
  const { conn } = handler;
  if (handler.walk === null) {
    handler.walk = beginWalk(database);
    out.push({ kind: "send", conn, message: { kind: "SNAP", zxid: handler.walk.zxid } });
    return false;
  }
  const message = nextPiece(handler.walk, database, config.snapshotStepNodes);
  out.push({ kind: "send", conn, message });
  if (!message.last) return false;
  handler.walk = null;
  return true;
}

/**
 * The log files that reach back to `peer`, or null where the whole tree is cheaper: as the real server does,
 * all files but the first are weighed, with the room they have allocated, against the newest snapshot.
 */
function usableLogs(server: Server, peer: Zxid, files: readonly FileInfo[]): string[] | null {
  const logs = logsFrom(files, peer);
  const [first, ...later] = logs;
  if (first === undefined) return null;
  const newest = sortByZxid(files, "snapshot").at(-1)?.file.lengthBytes ?? 0;
  const limit = newest * server.config.snapshotSizeFactor;
  const weight = later.reduce((sum, file) => sum + file.lengthBytes, 0);
  if (limit > 0 && weight > limit) return null;
  return logs.map((file) => file.name);
}

function wakeHandler(handler: Handler, out: ServerEffect[]): void {
  out.push({ kind: "wake", thread: "handler", of: handler.conn });
}
