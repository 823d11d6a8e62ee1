import type { ServerEffect } from "../effect.ts";
import { configurationProposed, showConfiguration } from "../ensemble/activation.ts";
import { withVersion } from "../ensemble/configuration.ts";
import { mayDecide } from "../ensemble/deciders.ts";
import type { ConnId } from "../message.ts";
import { createCleaner } from "../request/cleaner-state.ts";
import { watchContainers } from "../request/cleaner-timer.ts";
import { createPending, settle } from "../request/pending.ts";
import { prepareNext } from "../request/prep.ts";
import { prepareLater } from "../request/submit.ts";
import { remarkElection, remarkState } from "../remark-state.ts";
import { leaveRole } from "../role.ts";
import type { Server } from "../server-state.ts";
import { formatSessionId } from "../session/session-id.ts";
import { createSessions, expireNext, trackSession } from "../session/tracker.ts";
import { writeEpoch } from "../storage/epoch-writer.ts";
import { startSnapshotTask } from "../storage/snapshot-task.ts";
import { createRing } from "../ring.ts";
import { makeZxid, ZERO_ZXID } from "../zxid.ts";
import { pinSync, propose } from "./broadcast.ts";
import { dropHandler, handlerReceived, releaseHeld, sendLeaderInfo } from "./handler.ts";
import { startSync } from "./handler-sync.ts";
import {
  countEpochAck,
  countNewLeaderAck,
  hasEpochAckQuorum,
  hasEpochQuorum,
  hasNewLeaderQuorum,
  offerEpoch,
} from "./leader-quorums.ts";
import type { Leader } from "./leader-state.ts";
import { isAckOverdue, sendToLearner } from "./outbox.ts";
import { activateAsLeader } from "./reconfiguration.ts";

/**
 * The leader's main thread: three quorums one after the other, then a tick for as long as a quorum supports it.
 * @see spec election-and-zab 4.6, 6.6; ZooKeeper, server/quorum/Leader.java (lead)
 */
export function startLeading(server: Server, out: ServerEffect[]): void {
  server.state = "LEADING";
  server.phase = "DISCOVERY";
  server.leader = createLeader(server);
  out.push({ kind: "became", state: "LEADING", reason: "elected" });
  remarkElection(server, out);
  out.push({ kind: "listen", port: "quorum" });
  startSnapshotTask(server, out, "leading");
}

/** A leader that has done nothing yet. */
export function createLeader(server: Server): Leader {
  const { config, database, currentEpoch, nowMs } = server;
  return {
    epoch: 0,
    stage: "loading",
    connecting: new Set(),
    epochFixed: false,
    epochDurable: false,
    epochAcks: new Set(),
    epochAcked: false,
    newLeaderAcks: new Set(),
    summaryEpoch: currentEpoch,
    summaryZxid: database?.lastZxid ?? ZERO_ZXID,
    handlers: new Map(),
    mayCommit: true,
    lastProposed: ZERO_ZXID,
    lastCommitted: ZERO_ZXID,
    outstanding: createRing(),
    toBeApplied: createRing(),
    syncs: new Map(),
    prep: [],
    prepAwake: false,
    pending: createPending(),
    sessions: createSessions(config.tickMs, nowMs),
    cleaner: createCleaner(nowMs),
    heldCount: 0,
    tick: 0,
    evenHalf: false,
  };
}

/** The snapshot that every new leader takes is written: it takes part in its own discovery. */
export function leaderSnapshotWritten(server: Server, leader: Leader, out: ServerEffect[]): void {
  leader.stage = "discovery";
  offerEpoch(server, leader, server.sid, server.acceptedEpoch);
  awaitQuorum(server, out);
  for (const handler of leader.handlers.values()) {
    for (const packet of handler.early.splice(0)) {
      handlerReceived(server, leader, handler, packet, out);
    }
  }
}

/** Moves on as far as the quorums allow. Called after every event that may have added to one. */
export function advanceLeader(server: Server, leader: Leader, out: ServerEffect[]): void {
  switch (leader.stage) {
    case "discovery":
      if (leader.epochFixed || !hasEpochQuorum(server, leader)) break;
      leader.epochFixed = true;
      out.push({ kind: "epochFixed", epoch: leader.epoch });
      writeEpoch(server, "acceptedEpoch", leader.epoch, "leaderAccepted", out);
      break;
    case "epochAcks":
      if (leader.epochAcked || !hasEpochAckQuorum(server, leader)) break;
      leader.epochAcked = true;
      out.push({ kind: "epochAcked", epoch: leader.epoch });
      for (const handler of leader.handlers.values()) {
        if (handler.stage === "epochAcks") startSync(handler, out);
      }
      writeEpoch(server, "currentEpoch", leader.epoch, "leaderCurrent", out);
      break;
    case "synchronization":
      if (hasNewLeaderQuorum(server, leader)) startServing(server, leader, out);
      break;
    case "broadcast":
      if (leader.heldCount > 0) releaseHeld(server, leader, out);
      break;
    case "loading":
    case "failed":
      break;
  }
}

/** acceptedEpoch is on disk: nobody was told of the epoch before. */
export function leaderAccepted(server: Server, leader: Leader, out: ServerEffect[]): void {
  leader.epochDurable = true;
  leader.stage = "epochAcks";
  leader.lastProposed = makeZxid(leader.epoch, 0);
  proposeFirstVersion(server, leader, out);
  for (const handler of leader.handlers.values()) {
    if (handler.stage === "epoch") sendLeaderInfo(leader, handler, out);
  }
  countEpochAck(server, leader, server.sid, leader.summaryEpoch, leader.summaryZxid);
  awaitQuorum(server, out);
  advanceLeader(server, leader, out);
}

/**
 * A configuration that only files know of gets a version once an ensemble is established with it, so that it weighs
 * more than the partial one of a server that wants to join (ZOOKEEPER-1783). NEWLEADER tells of it.
 */
function proposeFirstVersion(server: Server, leader: Leader, out: ServerEffect[]): void {
  const { configuration, lastSeen } = server;
  if (configuration.version !== ZERO_ZXID || lastSeen.version !== ZERO_ZXID) return;
  if (!server.config.options.reconfigEnabled) return;
  configurationProposed(server, withVersion(configuration, leader.lastProposed), out);
}

/** currentEpoch is on disk: the leader's own history is that of its epoch. */
export function leaderCurrent(server: Server, leader: Leader, out: ServerEffect[]): void {
  leader.stage = "synchronization";
  server.phase = "SYNCHRONIZATION";
  remarkState(server, out);
  countNewLeaderAck(server, leader, server.sid, leader.lastProposed);
  awaitQuorum(server, out);
  advanceLeader(server, leader, out);
}

/** The quorum that the leader waits for did not come together in time. */
export function quorumWaitOver(server: Server, leader: Leader, out: ServerEffect[]): void {
  const waitedFor: Partial<Record<Leader["stage"], string>> = {
    discovery: "Timeout while waiting for epoch from quorum",
    epochAcks: "Timeout while waiting for epoch to be acked by quorum",
    synchronization: `Waiting for a quorum of followers, only synced with sids: [ ${listOf(leader.newLeaderAcks)} ]`,
  };
  const reason = waitedFor[leader.stage];
  if (reason !== undefined) leaveRole(server, reason, out);
}

/** The prep thread works off what has come. */
export function prepWoke(server: Server, leader: Leader, out: ServerEffect[]): void {
  leader.prepAwake = false;
  if (leader.stage !== "broadcast" || server.database === null) return;
  settle(leader.pending, server.database.lastZxid);
  for (let item = leader.prep.shift(); item !== undefined; item = leader.prep.shift()) {
    const prepared = prepareNext(server, leader, item, out);
    if (prepared.kind === "txn") propose(server, leader, prepared.txn, out);
    else if (prepared.kind === "sync") pinSync(leader, item.owner, out);
    else if (prepared.kind === "exhausted") {
      rollOver(server, leader, out);
      return;
    }
  }
}

/** Half a tick has passed: look after the supporters, then ping everybody. */
export function halfTickOver(server: Server, leader: Leader, out: ServerEffect[]): void {
  if (leader.stage === "failed") {
    leaveRole(
      server,
      "zxid lower 32 bits have rolled over, forcing re-election, and therefore new epoch start",
      out,
    );
    return;
  }
  if (leader.stage !== "broadcast") return;
  leader.evenHalf = !leader.evenHalf;
  if (leader.evenHalf) leader.tick++;
  else if (!hasSupport(server, leader)) {
    const sids = listOf(supportersOf(server, leader));
    leaveRole(server, `Not sufficient followers synced, only synced with sids: [ [${sids}] ]`, out);
    return;
  }
  pingAll(server, leader, out);
  armHalfTick(server, out);
}

/** The next bucket of sessions is due: their close goes through the pipeline like any other request. */
export function expireOver(server: Server, leader: Leader, out: ServerEffect[]): void {
  const { sessions } = leader;
  while (sessions.nextMs <= server.nowMs) {
    for (const { id } of expireNext(sessions)) {
      out.push({ kind: "sessionExpired", sessionId: id });
      out.push({ kind: "warned", text: `Expiring session ${formatSessionId(id)}` });
      const op = { kind: "closeSession" } as const;
      const item = { sessionId: id, cxid: 0, op, identities: [], owner: 0, client: 0 };
      prepareLater(server, leader, item, out);
    }
  }
  armExpiry(server, leader, out);
}

function startServing(server: Server, leader: Leader, out: ServerEffect[]): void {
  const { database } = server;
  if (database === null) return;
  const first = makeZxid(leader.epoch, 0);
  leader.stage = "broadcast";
  leader.lastCommitted = first;
  database.lastZxid = first;
  if (server.config.talkative === true) {
    out.push({ kind: "supported", sids: [...leader.newLeaderAcks].sort(ascending), zxid: first });
  }
  activateAsLeader(server, leader, [...leader.newLeaderAcks], first, out);
  showConfiguration(server);
  server.phase = "BROADCAST";
  remarkState(server, out);
  server.vote = { ...server.vote, peerEpoch: leader.epoch };
  for (const [id, timeoutMs] of database.sessions) {
    trackSession(leader.sessions, id, timeoutMs, server.nowMs);
  }
  out.push({ kind: "disarm", timer: "quorumWait", of: 0 });
  out.push({ kind: "established", epoch: leader.epoch });
  server.serving = true;
  out.push({ kind: "serving", epoch: leader.epoch });
  releaseHeld(server, leader, out);
  armHalfTick(server, out);
  armExpiry(server, leader, out);
  leader.cleaner = createCleaner(server.nowMs);
  watchContainers(server, leader, out);
}

/** The counter has come to its end: everybody is sent away, and the next half tick ends the role. */
function rollOver(server: Server, leader: Leader, out: ServerEffect[]): void {
  leader.stage = "failed";
  server.serving = false;
  out.push({ kind: "unlisten", port: "quorum" });
  for (const handler of [...leader.handlers.values()]) {
    dropHandler(server, leader, handler, "zxid rolled over", out);
  }
}

function pingAll(server: Server, leader: Leader, out: ServerEffect[]): void {
  const limitMs = server.config.syncLimit * server.config.tickMs;
  const ping = { kind: "PING", zxid: leader.lastProposed, sessions: null } as const;
  for (const handler of [...leader.handlers.values()]) {
    if (!handler.sending) continue;
    if (isAckOverdue(handler, server.nowMs, limitMs)) {
      dropHandler(server, leader, handler, "transaction timeout", out);
    } else sendToLearner(handler, ping, out);
  }
}

function hasSupport(server: Server, leader: Leader): boolean {
  return mayDecide(server, supportersOf(server, leader));
}

/** Itself, and every learner that has spoken within its limit; they count from the moment they connect. */
function supportersOf(server: Server, leader: Leader): number[] {
  const sids = [server.sid];
  for (const { sid, observer, deadlineTick } of leader.handlers.values()) {
    if (!observer && sid !== server.sid && deadlineTick >= leader.tick) sids.push(sid);
  }
  return sids;
}

function awaitQuorum(server: Server, out: ServerEffect[]): void {
  const afterMs = server.config.initLimit * server.config.tickMs;
  out.push({ kind: "arm", timer: "quorumWait", of: 0, afterMs });
}

function armHalfTick(server: Server, out: ServerEffect[]): void {
  out.push({ kind: "arm", timer: "halfTick", of: 0, afterMs: server.config.tickMs / 2 });
}

/** Wakes the leader for the next bucket of sessions. */
export function armExpiry(server: Server, leader: Leader, out: ServerEffect[]): void {
  const afterMs = Math.max(0, leader.sessions.nextMs - server.nowMs);
  out.push({ kind: "arm", timer: "expire", of: 0, afterMs });
}

function listOf(sids: Iterable<number>): string {
  return [...sids].sort(ascending).join(", ");
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** Connections of learners end here. */
export function learnerDisconnected(
  server: Server,
  leader: Leader,
  conn: ConnId,
  out: ServerEffect[],
): void {
  const handler = leader.handlers.get(conn);
  if (handler !== undefined) dropHandler(server, leader, handler, "connection closed", out);
}
