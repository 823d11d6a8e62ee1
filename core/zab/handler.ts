import type { ServerEffect } from "../effect.ts";
import { memberOf } from "../ensemble/configuration.ts";
import type { ConnId } from "../message.ts";
import { prepareLater } from "../request/submit.ts";
import type { Server } from "../server-state.ts";
import { touchSession } from "../session/tracker.ts";
import { itemsOf } from "../ring.ts";
import { counterOf, EPOCH_MAX, epochOf, makeZxid, ZERO_ZXID } from "../zxid.ts";
import { processAck } from "./broadcast.ts";
import { startSync } from "./handler-sync.ts";
import { countEpochAck, countNewLeaderAck, offerEpoch } from "./leader-quorums.ts";
import type { Handler, Leader } from "./leader-state.ts";
import { noteAck, sendToLearner } from "./outbox.ts";
import type { QuorumPacket } from "./packet.ts";

/**
 * The leader's side of one learner: handshake, then its packets. What lies between is in handler-sync.ts.
 * @see spec election-and-zab 4.5; ZooKeeper, server/quorum/LearnerHandler.java
 */

/** Packets that are kept while the leader is not ready. A learner has one to send before it is answered. */
const EARLY_MAX = 8;

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
    ackedEarly: ZERO_ZXID,
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
    if (handler.early.length <= EARLY_MAX) return;
    dropHandler(server, leader, handler, `unexpected ${packet.kind}`, out);
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
  const accepted = epochOf(packet.zxid);
  // The epoch behind it must have one behind it, too.
  if (accepted < 0 || accepted >= EPOCH_MAX - 1) {
    dropHandler(server, leader, handler, `Accepted epoch ${accepted} cannot be`, out);
    return;
  }
  handler.sid = packet.sid;
  if (server.config.talkative === true) {
    const { sid, configVersion } = packet;
    const member = memberOf(server.configuration, sid);
    out.push({ kind: "learnerFound", sid, member, configVersion });
  }
  if (packet.configVersion > server.configuration.version) {
    const why = "Follower is ahead of the leader (has a later activated configuration)";
    dropHandler(server, leader, handler, why, out);
    return;
  }
  handler.observer = packet.kind === "OBSERVERINFO";
  handler.stage = "epoch";
  offerEpoch(server, leader, packet.sid, accepted);
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
  if (counterOf(packet.zxid) !== 0) {
    // A 3.8.0 learner logs what it was sent while it answers NEWLEADER, and its acks overtake (ZOOKEEPER-4685).
    handler.ackedEarly = packet.zxid;
    noteAck(handler, packet.zxid);
    return;
  }
  handler.stage = "acked";
  countNewLeaderAck(server, leader, handler.sid, packet.zxid);
  if (leader.stage !== "broadcast") return;
  const { upTo, ackedEarly } = handler;
  const held = upTo > ackedEarly || handler.observer ? upTo : ackedEarly;
  for (const { txn } of itemsOf(leader.outstanding)) {
    if (txn.zxid <= held) processAck(server, leader, handler.sid, txn.zxid, out);
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
      sendToLearner(handler, { kind: "REVALIDATE", sessionId, timeoutMs: 0, valid }, out);
      break;
    }
    case "REQUEST": {
      if (leader.stage !== "broadcast") break;
      const { sessionId, cxid, op, identities } = packet;
      const item = { sessionId, cxid, op, identities, owner: handler.conn, client: 0 };
      prepareLater(server, leader, item, out);
      break;
    }
    default:
      out.push({ kind: "warned", text: `unexpected quorum packet ${packet.kind}` });
  }
}
