import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import { prepareLater } from "../request/submit.ts";
import type { Server } from "../server-state.ts";
import { touchSession } from "../session/tracker.ts";
import { nextPiece, beginWalk } from "../storage/snapshot-walk.ts";
import { logsFrom, sortByZxid } from "../storage/file-name.ts";
import { readLog } from "../storage/log-file.ts";
import type { FileContent, FileInfo } from "../event.ts";
import type { Database } from "../tree/database.ts";
import type { Txn } from "../txn.ts";
import { epochOf, makeZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { processAck } from "./broadcast.ts";
import { countEpochAck, countNewLeaderAck, offerEpoch } from "./leader-quorums.ts";
import type { Handler, Leader } from "./leader-state.ts";
import { noteAck, noteProposal, sendToLearner, startSending } from "./outbox.ts";
import type { QuorumPacket } from "./packet.ts";
import { chooseFromLogs, chooseFromMemory, type History, type SyncChoice } from "./sync-choice.ts";

/**
 * The leader's side of one learner: handshake, bringing it up to date, then its packets.
 * @see spec election-and-zab 4.5, 5; ZooKeeper, server/quorum/LearnerHandler.java
 */

/** A learner has connected. */
export function handlerAccepted(
  server: Server,
  leader: Leader,
  conn: ConnId,
  out: ServerEffect[],
): void {
  const { initLimit, syncLimit, tickMs } = server.config;
  const handler: Handler = {
    conn,
    sid: -1,
    observer: false,
    stage: "info",
    peerZxid: ZERO_ZXID,
    upTo: ZERO_ZXID,
    forwarding: false,
    queue: [],
    sending: false,
    early: [],
    mode: null,
    walk: null,
    readTicket: 0,
    deadlineTick: leader.tick + initLimit + syncLimit,
    heardMs: server.nowMs,
    silenceMs: initLimit * tickMs,
    unackedZxid: ZERO_ZXID,
    unackedSinceMs: 0,
    newestUnackedZxid: ZERO_ZXID,
    newestUnackedMs: 0,
  };
  leader.handlers.set(conn, handler);
  out.push({ kind: "arm", timer: "learnerSilence", of: conn, afterMs: handler.silenceMs });
}

/** A learner is dropped, or has gone. */
export function dropHandler(
  server: Server,
  leader: Leader,
  handler: Handler,
  why: string,
  out: ServerEffect[],
): void {
  if (!leader.handlers.delete(handler.conn)) return;
  if (handler.readTicket !== 0) server.waits.delete(handler.readTicket);
  out.push({ kind: "disarm", timer: "learnerSilence", of: handler.conn });
  out.push({ kind: "close", conn: handler.conn });
  out.push({ kind: "warned", text: `******* GOODBYE sid:${handler.sid} ******** ${why}` });
}

/** Nothing heard from a learner for too long? */
export function learnerSilent(
  server: Server,
  leader: Leader,
  handler: Handler,
  out: ServerEffect[],
): void {
  const leftMs = handler.heardMs + handler.silenceMs - server.nowMs;
  if (leftMs <= 0) dropHandler(server, leader, handler, "Read timed out", out);
  else out.push({ kind: "arm", timer: "learnerSilence", of: handler.conn, afterMs: leftMs });
}

/** A packet from a learner. */
export function handlerReceived(
  server: Server,
  leader: Leader,
  handler: Handler,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  handler.heardMs = server.nowMs;
  if (leader.stage === "loading") {
    handler.early.push(packet);
    return;
  }
  switch (handler.stage) {
    case "info":
      infoReceived(server, leader, handler, packet, out);
      break;
    case "ackEpoch":
      ackEpochReceived(server, leader, handler, packet, out);
      break;
    case "newLeader":
      newLeaderAcked(server, leader, handler, packet, out);
      break;
    case "acked":
    case "broadcast":
      learnerSpoke(server, leader, handler, packet, out);
      break;
    case "epoch":
    case "epochAcks":
    case "sync":
      dropHandler(server, leader, handler, `unexpected ${packet.kind}`, out);
      break;
  }
}

/** The epoch is fixed and on this leader's disk: tell everybody who waits for it. */
export function sendLeaderInfo(leader: Leader, handler: Handler, out: ServerEffect[]): void {
  handler.stage = "ackEpoch";
  const message = { kind: "LEADERINFO", zxid: makeZxid(leader.epoch, 0) } as const;
  out.push({ kind: "send", conn: handler.conn, message });
}

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
  handler.queue.push({ kind: "NEWLEADER", zxid: makeZxid(leader.epoch, 0) });
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

function infoReceived(
  server: Server,
  leader: Leader,
  handler: Handler,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  if (packet.kind !== "FOLLOWERINFO" && packet.kind !== "OBSERVERINFO") {
    dropHandler(
      server,
      leader,
      handler,
      `First packet ${packet.kind} is not FOLLOWERINFO or OBSERVERINFO!`,
      out,
    );
    return;
  }
  handler.sid = packet.sid;
  handler.observer = packet.kind === "OBSERVERINFO";
  handler.stage = "epoch";
  offerEpoch(server, leader, packet.sid, epochOf(packet.zxid));
  if (leader.epochDurable) sendLeaderInfo(leader, handler, out);
}

function ackEpochReceived(
  server: Server,
  leader: Leader,
  handler: Handler,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  if (packet.kind !== "ACKEPOCH") {
    dropHandler(server, leader, handler, `${packet.kind} is not ACKEPOCH`, out);
    return;
  }
  handler.peerZxid = packet.zxid;
  handler.stage = "epochAcks";
  if (!countEpochAck(server, leader, handler.sid, packet.epoch, packet.zxid)) {
    dropHandler(server, leader, handler, "Follower is ahead of the leader", out);
    return;
  }
  if (leader.epochAcked && handler.stage === "epochAcks") startSync(handler, out);
}

function newLeaderAcked(
  server: Server,
  leader: Leader,
  handler: Handler,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  if (packet.kind !== "ACK") {
    dropHandler(
      server,
      leader,
      handler,
      `Next packet was supposed to be an ACK, not ${packet.kind}`,
      out,
    );
    return;
  }
  handler.stage = "acked";
  countNewLeaderAck(server, leader, handler.sid, packet.zxid);
  if (leader.stage !== "broadcast") return;
  for (const zxid of [...leader.outstanding.keys()]) {
    if (zxid <= handler.upTo) processAck(server, leader, handler.sid, zxid, out);
  }
  releaseHeld(server, leader, out);
}

/** Lets those learners serve whose whole history is committed. */
export function releaseHeld(server: Server, leader: Leader, out: ServerEffect[]): void {
  leader.heldCount = 0;
  for (const handler of leader.handlers.values()) {
    if (handler.stage !== "acked") continue;
    if (handler.upTo <= leader.lastCommitted) sendUpToDate(server, leader, handler, out);
    else leader.heldCount++;
  }
}

function sendUpToDate(server: Server, leader: Leader, handler: Handler, out: ServerEffect[]): void {
  const { syncLimit, tickMs } = server.config;
  handler.stage = "broadcast";
  handler.silenceMs = syncLimit * tickMs;
  handler.deadlineTick = leader.tick + syncLimit;
  out.push({ kind: "arm", timer: "learnerSilence", of: handler.conn, afterMs: handler.silenceMs });
  sendToLearner(handler, { kind: "UPTODATE" }, out);
}

function learnerSpoke(
  server: Server,
  leader: Leader,
  handler: Handler,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  handler.deadlineTick = leader.tick + server.config.syncLimit;
  switch (packet.kind) {
    case "ACK":
      noteAck(handler, packet.zxid);
      if (!handler.observer) processAck(server, leader, handler.sid, packet.zxid, out);
      break;
    case "PING":
      for (const { sessionId, timeoutMs } of packet.sessions ?? []) {
        touchSession(leader.sessions, sessionId, timeoutMs, server.nowMs);
      }
      break;
    case "REVALIDATE": {
      const { sessionId, timeoutMs } = packet;
      const valid = touchSession(leader.sessions, sessionId, timeoutMs, server.nowMs);
      const session = leader.sessions.byId.get(sessionId);
      if (valid && session !== undefined) session.owner = handler.conn;
      sendToLearner(handler, { kind: "REVALIDATE", sessionId, timeoutMs, valid }, out);
      break;
    }
    case "REQUEST": {
      if (leader.stage !== "broadcast") break;
      const { sessionId, cxid, op } = packet;
      prepareLater(server, leader, { sessionId, cxid, op, owner: handler.conn, client: 0 }, out);
      break;
    }
    default:
      out.push({ kind: "warned", text: `unexpected quorum packet ${packet.kind}` });
  }
}

/**
 * Chooses how to bring the learner up to date, queues what it lacks and registers it for what comes, in one
 * step: a commit in between would be lost (ZOOKEEPER-962).
 */
function chooseSync(server: Server, leader: Leader, handler: Handler, out: ServerEffect[]): void {
  const { database, config, log } = server;
  if (database === null || handler.readTicket !== 0) return;
  const history = historyOf(leader, database);
  const choice = leader.outstanding.has(handler.peerZxid)
    ? sameLog(handler)
    : chooseFromMemory(history, handler.peerZxid);
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
 * What is committed, applied or not: a learner must never be told to cut off what only this leader has not yet
 * got round to applying.
 */
function historyOf(leader: Leader, database: Database): History {
  const { committedLog, lastZxid } = database;
  if (leader.toBeApplied.size === 0) return { last: lastZxid, committed: committedLog };
  const committed = [...committedLog, ...leader.toBeApplied.values()];
  return { last: committed.at(-1)?.zxid ?? lastZxid, committed };
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
  startForwarding(server, leader, handler, upTo);
  wakeHandler(handler, out);
}

/** From here on the learner gets everything new; what is under way and beyond `upTo` is queued now. */
function startForwarding(server: Server, leader: Leader, handler: Handler, upTo: Zxid): void {
  for (const txn of leader.toBeApplied.values()) {
    if (txn.zxid > upTo) queueCommitted(handler, txn);
  }
  if (!handler.observer) {
    for (const { txn } of leader.outstanding.values()) {
      if (txn.zxid <= upTo) continue;
      handler.queue.push({ kind: "PROPOSAL", txn });
      noteProposal(handler, txn.zxid, server.nowMs);
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
