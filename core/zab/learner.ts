import type { ServerEffect } from "../effect.ts";
import { activate, configurationProposed, showConfiguration } from "../ensemble/activation.ts";
import { memberOf, readConfiguration } from "../ensemble/configuration.ts";
import type { ConnId } from "../message.ts";
import { commitLater, syncLater } from "../request/commit.ts";
import { revalidated } from "../request/clients.ts";
import { remarkElection, remarkState } from "../remark-state.ts";
import { leaveRole } from "../role.ts";
import type { Server } from "../server-state.ts";
import { writeEpoch } from "../storage/epoch-writer.ts";
import { logLater } from "../storage/logger.ts";
import { OpCode, type Txn } from "../txn.ts";
import { EPOCH_MAX, epochOf, makeZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { adoptHistory } from "./adoption.ts";
import type { Learner } from "./learner-state.ts";
import type { QuorumPacket, SessionTouch } from "./packet.ts";
import {
  activateAsLearner,
  CHANGED,
  noteConfiguration,
  remarkTold,
  syncReceived,
} from "./learner-sync.ts";

/** Tries to reach an elected leader before giving up on it. */
const TRIES = 5;

/**
 * A learner's main thread: connect, handshake, adopt the leader's history, then follow.
 * @see spec election-and-zab 4.3, 5.4, 6.3; ZooKeeper, server/quorum/Learner.java, Follower.java, Observer.java
 */
export function startLearning(server: Server, observer: boolean, out: ServerEffect[]): void {
  server.state = observer ? "OBSERVING" : "FOLLOWING";
  server.phase = "DISCOVERY";
  server.learner = {
    leader: server.vote.leader,
    observer,
    conn: 0,
    stage: "connecting",
    triesLeft: TRIES,
    epoch: 0,
    mode: null,
    busy: false,
    inbox: [],
    pending: [],
    committed: [],
    incoming: null,
    snapZxid: ZERO_ZXID,
    truncating: null,
    stale: [],
    unsaved: false,
    lastQueued: ZERO_ZXID,
    heardMs: server.nowMs,
    silenceMs: server.config.initLimit * server.config.tickMs,
    touched: new Map(),
    configuration: null,
    revalidating: new Map(),
    syncs: [],
  };
  out.push({ kind: "became", state: server.state, reason: `of ${server.vote.leader}` });
  remarkElection(server, out);
  const limitMs = server.config.initLimit * server.config.tickMs;
  out.push({ kind: "arm", timer: "learnerConnect", of: 0, afterMs: limitMs });
  tryLeader(server, server.learner, out);
}

/** Opens a connection to the leader's quorum port, which is closed until it has begun to lead. */
export function tryLeader(server: Server, learner: Learner, out: ServerEffect[]): void {
  if (learner.stage !== "connecting" || learner.conn !== 0 || server.leaving) return;
  const member = memberOf(server.configuration, learner.leader);
  if (member === null) {
    leaveRole(server, `Couldn't find the leader with id = ${learner.leader}`, out);
    return;
  }
  learner.triesLeft--;
  learner.conn = server.nextConn++;
  out.push({ kind: "connect", conn: learner.conn, port: "quorum", address: member.quorumAddress });
}

export function leaderConnected(server: Server, learner: Learner, out: ServerEffect[]): void {
  if (learner.stage !== "connecting") return;
  learner.stage = "info";
  learner.heardMs = server.nowMs;
  out.push({ kind: "disarm", timer: "learnerConnect", of: 0 });
  out.push({ kind: "arm", timer: "leaderSilence", of: 0, afterMs: learner.silenceMs });
  const kind = learner.observer ? "OBSERVERINFO" : "FOLLOWERINFO";
  const zxid = makeZxid(server.acceptedEpoch, 0);
  const configVersion = server.configuration.version;
  send(learner, { kind, zxid, sid: server.sid, configVersion }, out);
}

/** The connection with the leader is gone, or could not be opened. */
export function leaderDisconnected(server: Server, learner: Learner, out: ServerEffect[]): void {
  learner.conn = 0;
  if (learner.stage !== "connecting" || learner.triesLeft === 0) {
    leaveRole(server, "Disconnected from leader", out);
    return;
  }
  const afterMs = server.config.learnerRetryMs;
  out.push({ kind: "arm", timer: "learnerRetry", of: 0, afterMs });
}

/** Has the leader been silent for too long? */
export function leaderSilent(server: Server, learner: Learner, out: ServerEffect[]): void {
  const leftMs = learner.heardMs + learner.silenceMs - server.nowMs;
  if (leftMs <= 0) leaveRole(server, "Read timed out", out);
  else out.push({ kind: "arm", timer: "leaderSilence", of: 0, afterMs: leftMs });
}

/** A packet from the leader: handled at once, or when the disk lets the main thread go on. */
export function learnerReceived(
  server: Server,
  learner: Learner,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  learner.heardMs = server.nowMs;
  if (learner.busy) learner.inbox.push(packet);
  else handle(server, learner, packet, out);
}

/** The main thread goes on. */
export function learnerResumed(server: Server, learner: Learner, out: ServerEffect[]): void {
  learner.busy = false;
  while (!learner.busy && !server.leaving) {
    const packet = learner.inbox.shift();
    if (packet === undefined) return;
    handle(server, learner, packet, out);
  }
}

/** acceptedEpoch is on disk: the promise may be given. */
export function learnerAccepted(server: Server, learner: Learner, out: ServerEffect[]): void {
  sendAckEpoch(server, learner, server.currentEpoch, out);
  learnerResumed(server, learner, out);
}

/** currentEpoch is on disk, and the history was before: NEWLEADER may be acked. */
export function learnerCurrent(server: Server, learner: Learner, out: ServerEffect[]): void {
  const { syncLimit, tickMs } = server.config;
  learner.stage = "adopted";
  learner.silenceMs = syncLimit * tickMs;
  out.push({ kind: "arm", timer: "leaderSilence", of: 0, afterMs: learner.silenceMs });
  out.push({ kind: "historyAdopted", epoch: learner.epoch });
  send(learner, { kind: "ACK", zxid: makeZxid(learner.epoch, 0) }, out);
  learnerResumed(server, learner, out);
}

/** Transactions have become durable: the leader hears of each. */
export function ackLogged(
  server: Server,
  learner: Learner,
  txns: readonly Txn[],
  out: ServerEffect[],
): void {
  if (learner.observer || learner.conn === 0 || server.leaving) return;
  for (const { zxid } of txns) send(learner, { kind: "ACK", zxid }, out);
}

function handle(server: Server, learner: Learner, packet: QuorumPacket, out: ServerEffect[]): void {
  switch (learner.stage) {
    case "connecting":
      break;
    case "info":
      leaderInfoReceived(server, learner, packet, out);
      break;
    case "sync":
    case "receiving":
      if (packet.kind === "NEWLEADER" && learner.stage === "receiving") {
        learner.configuration = readConfiguration(packet.config);
        remarkTold(server, packet, out);
        if (learner.configuration !== null) {
          configurationProposed(server, learner.configuration, out);
        }
        adoptHistory(server, learner, out);
      } else syncReceived(server, learner, packet, out);
      break;
    case "adopted":
      if (packet.kind === "UPTODATE") {
        remarkTold(server, packet, out);
        startFollowing(server, learner, out);
      } else syncReceived(server, learner, packet, out);
      break;
    case "broadcast":
      followed(server, learner, packet, out);
      break;
  }
}

function leaderInfoReceived(
  server: Server,
  learner: Learner,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  if (packet.kind !== "LEADERINFO") {
    leaveRole(server, `First packet ${packet.kind} is not LEADERINFO`, out);
    return;
  }
  learner.epoch = epochOf(packet.zxid);
  if (learner.epoch < server.acceptedEpoch) {
    const text = `Leaders epoch, ${learner.epoch} is less than accepted epoch, ${server.acceptedEpoch}`;
    leaveRole(server, text, out);
    return;
  }
  if (learner.epoch >= EPOCH_MAX) {
    leaveRole(server, `Leaders epoch, ${learner.epoch} is the last one there is`, out);
    return;
  }
  learner.stage = "sync";
  if (learner.epoch === server.acceptedEpoch) {
    // This epoch was promised before: the leader must not count it a second time.
    sendAckEpoch(server, learner, -1, out);
    return;
  }
  learner.busy = true;
  writeEpoch(server, "acceptedEpoch", learner.epoch, "learnerAccepted", out);
}

/** Tells the leader what this server has; or, where its disk cannot do what TRUNC asks, what makes it send a tree. */
function sendAckEpoch(server: Server, learner: Learner, epoch: number, out: ServerEffect[]): void {
  const own = server.database?.lastZxid ?? ZERO_ZXID;
  // No leader has the start of the next epoch, and none may cut back to it: it sends its tree.
  const zxid = server.needsSnapshot ? makeZxid(learner.epoch + 1, 0) : own;
  server.needsSnapshot = false;
  learner.lastQueued = own;
  send(learner, { kind: "ACKEPOCH", zxid, epoch }, out);
  server.phase = "SYNCHRONIZATION";
  remarkState(server, out);
}

/** UPTODATE: what is still pending is logged, what is committed of it is applied, and clients are served. */
function startFollowing(server: Server, learner: Learner, out: ServerEffect[]): void {
  if (learner.configuration !== null) {
    const ends = activate(server, learner.configuration, null, out);
    showConfiguration(server);
    if (ends) {
      leaveRole(server, CHANGED, out);
      return;
    }
  }
  learner.stage = "broadcast";
  server.phase = "BROADCAST";
  remarkState(server, out);
  server.vote = { ...server.vote, peerEpoch: learner.epoch };
  if (learner.observer) {
    for (const zxid of learner.committed) {
      const txn = takePending(server, learner, zxid, out);
      if (txn === null) return;
      logLater(server, txn, out);
      commitLater(server, txn, out);
    }
  } else {
    for (const txn of learner.pending) logLater(server, txn, out);
    for (const zxid of learner.committed) {
      const txn = takePending(server, learner, zxid, out);
      if (txn === null) return;
      commitLater(server, txn, out);
    }
  }
  learner.committed.length = 0;
  server.serving = true;
  out.push({ kind: "serving", epoch: learner.epoch });
  send(learner, { kind: "ACK", zxid: makeZxid(learner.epoch, 0) }, out);
}

function followed(
  server: Server,
  learner: Learner,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  switch (packet.kind) {
    case "PROPOSAL":
      if (packet.txn.zxid !== learner.lastQueued + 1n && learner.lastQueued !== ZERO_ZXID) {
        noteGap(learner, packet.txn.zxid, out);
      }
      learner.lastQueued = packet.txn.zxid;
      learner.pending.push(packet.txn);
      if (packet.txn.type === OpCode.reconfig) noteConfiguration(server, packet.txn, out);
      logLater(server, packet.txn, out);
      break;
    case "COMMIT": {
      const txn = takePending(server, learner, packet.zxid, out);
      if (txn !== null) commitLater(server, txn, out);
      break;
    }
    case "INFORM":
      logLater(server, packet.txn, out);
      commitLater(server, packet.txn, out);
      break;
    case "COMMITANDACTIVATE": {
      const txn = takePending(server, learner, packet.zxid, out);
      if (txn === null) break;
      commitLater(server, txn, out);
      activateAsLearner(server, txn, packet.leader, out);
      break;
    }
    case "INFORMANDACTIVATE":
      logLater(server, packet.txn, out);
      commitLater(server, packet.txn, out);
      activateAsLearner(server, packet.txn, packet.leader, out);
      break;
    case "PING":
      send(learner, { kind: "PING", zxid: packet.zxid, sessions: takeTouched(learner) }, out);
      break;
    case "REVALIDATE": {
      const conn = learner.revalidating.get(packet.sessionId);
      if (conn === undefined) break;
      learner.revalidating.delete(packet.sessionId);
      revalidated(server, conn, packet.sessionId, packet.valid === true, out);
      break;
    }
    case "SYNC": {
      const sync = learner.syncs.shift();
      if (sync !== undefined) syncLater(server, sync.sessionId, sync.cxid, out);
      break;
    }
    default:
      out.push({ kind: "warned", text: `unexpected quorum packet ${packet.kind}` });
  }
}

/** The oldest pending proposal, which must be the one committed; a real server ends its process otherwise. */
function takePending(
  server: Server,
  learner: Learner,
  zxid: Zxid,
  out: ServerEffect[],
): Txn | null {
  const head = learner.pending[0];
  if (head !== undefined && head.zxid === zxid) {
    learner.pending.shift();
    return head;
  }
  const reason = `Committing zxid 0x${zxid.toString(16)} but next pending txn 0x${(head?.zxid ?? 0n).toString(16)}`;
  server.life = "exited";
  out.push({ kind: "exit", code: 12, reason });
  return null;
}

function noteGap(learner: Learner, zxid: Zxid, out: ServerEffect[]): void {
  const expected = learner.lastQueued + 1n;
  if (epochOf(zxid) !== epochOf(learner.lastQueued)) return;
  out.push({
    kind: "warned",
    text: `Got zxid 0x${zxid.toString(16)} expected 0x${expected.toString(16)}`,
  });
}

/** Each touch is reported once. */
function takeTouched(learner: Learner): SessionTouch[] {
  const touched: SessionTouch[] = [];
  for (const [sessionId, timeoutMs] of learner.touched) touched.push({ sessionId, timeoutMs });
  learner.touched.clear();
  return touched;
}

function send(learner: Learner, message: QuorumPacket, out: ServerEffect[]): void {
  const conn: ConnId = learner.conn;
  if (conn !== 0) out.push({ kind: "send", conn, message });
}
