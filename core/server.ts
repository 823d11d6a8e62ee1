import { beginRecovery, recoveryListed, recoveryRead, recoverySynced } from "./boot.ts";
import { createDraws } from "./draw.ts";
import type { ServerEffect } from "./effect.ts";
import {
  connectTimedOut,
  electionAccepted,
  electionConnected,
  electionDisconnected,
  helloReceived,
  helloTimedOut,
} from "./election/connections.ts";
import {
  finalizeWaitOver,
  notificationReceived,
  notificationWaitOver,
  startElection,
} from "./election/election.ts";
import { isObserver } from "./ensemble/configuration.ts";
import type { ServerEvent, ThreadName, TimerName } from "./event.ts";
import type { ConnId, Message } from "./message.ts";
import {
  clientAccepted,
  clientDisconnected,
  clientReceived,
  clientSilent,
} from "./request/clients.ts";
import { cleanContainers } from "./request/container-cleaner.ts";
import { commitWoke } from "./request/commit.ts";
import type { ClientToServer } from "./request/operation.ts";
import { awaitReadOnly, endReadOnly, readOnlyWaitOver } from "./request/read-only.ts";
import { admitThrottled } from "./request/request-throttle.ts";
import { finishLeaving, leaveRole } from "./role.ts";
import type { AdoptionStage, DiskWait, EpochWait, Server } from "./server-state.ts";
import { localExpireOver } from "./session/local.ts";
import { startStandalone } from "./standalone.ts";
import { epochStepSynced } from "./storage/epoch-writer.ts";
import { flushWaitOver, loggerSynced, loggerWoke } from "./storage/logger.ts";
import { completeSnapshot, snapshotSynced, snapshotWoke } from "./storage/snapshot-task.ts";
import {
  adoptionCut,
  adoptionListed,
  adoptionLogSynced,
  adoptionRead,
  adoptionSnapshotSynced,
} from "./zab/adoption.ts";
import { processAck } from "./zab/broadcast.ts";
import { handlerAccepted, handlerReceived, learnerSilent } from "./zab/handler.ts";
import { handlerWoke, syncLogsListed, syncLogsRead } from "./zab/handler-sync.ts";
import {
  advanceLeader,
  expireOver,
  halfTickOver,
  leaderAccepted,
  leaderCurrent,
  leaderSnapshotWritten,
  learnerDisconnected,
  prepWoke,
  quorumWaitOver,
  startLeading,
} from "./zab/leader.ts";
import {
  ackLogged,
  leaderConnected,
  leaderDisconnected,
  leaderSilent,
  learnerAccepted,
  learnerCurrent,
  learnerReceived,
  learnerResumed,
  startLearning,
  tryLeader,
} from "./zab/learner.ts";
import type { Learner } from "./zab/learner-state.ts";
import type { QuorumPacket } from "./zab/packet.ts";
import { truncationListed, truncationRead, truncationSynced } from "./zab/truncation.ts";

/**
 * The one door of a server: applies `event` and appends to `out` what the world must do, in order.
 *
 * @param nowMs the server's monotonic clock; never goes back
 */
export function step(server: Server, event: ServerEvent, nowMs: number, out: ServerEffect[]): void {
  if (server.life === "exited") return;
  server.nowMs = nowMs;
  switch (event.kind) {
    case "received":
      onReceived(server, event.conn, event.message, out);
      break;
    case "woke":
      onWoke(server, event.thread, event.of, out);
      break;
    case "synced":
    case "listed":
    case "read":
      onDisk(server, event, out);
      break;
    case "fired":
      onFired(server, event.timer, event.of, out);
      break;
    case "accepted":
      onAccepted(server, event, out);
      break;
    case "connected":
      if (server.learner?.conn === event.conn) leaderConnected(server, server.learner, out);
      else electionConnected(server, event.conn, out);
      break;
    case "disconnected":
      onDisconnected(server, event.conn, out);
      break;
    case "started":
      server.life = "recovering";
      server.draws = createDraws(event.entropy);
      server.wallOffsetMs = event.wallOffsetMs;
      beginRecovery(server, "start", out);
      break;
    case "clockSet":
      server.wallOffsetMs = event.wallOffsetMs;
      break;
    case "diskFailed":
      exit(server, 1, event.reason, out);
      break;
    case "stopped":
      exit(server, 0, "stopped", out);
      break;
  }
  if (server.clients.throttled.length > 0) admitThrottled(server, out);
  if (server.leader !== null && !server.leaving) advanceLeader(server, server.leader, out);
  takeTransition(server, out);
}

/** What one part of the main thread decided, the next one begins. */
function takeTransition(server: Server, out: ServerEffect[]): void {
  while (server.transition !== null) {
    const { transition } = server;
    server.transition = null;
    if (transition === "look") {
      startElection(server, out);
      awaitReadOnly(server, out);
      continue;
    }
    endReadOnly(server, out);
    if (transition === "lead") startLeading(server, out);
    else startLearning(server, isObserver(server.configuration, server.sid), out);
  }
}

function onReceived(server: Server, conn: ConnId, message: Message, out: ServerEffect[]): void {
  const { leader, learner } = server;
  if (learner !== null && learner.conn === conn) {
    if (!server.leaving) learnerReceived(server, learner, message as QuorumPacket, out);
    return;
  }
  const handler = leader?.handlers.get(conn);
  if (leader !== null && handler !== undefined) {
    if (!server.leaving) handlerReceived(server, leader, handler, message as QuorumPacket, out);
    return;
  }
  const client = server.clients.byConn.get(conn);
  if (client !== undefined) {
    clientReceived(server, client, message as ClientToServer, out);
    return;
  }
  if (message.kind === "hello") helloReceived(server, conn, message, out);
  else if (message.kind === "notification") {
    const sid = server.connections.sidOf.get(conn);
    if (sid !== undefined) notificationReceived(server, sid, message, out);
  }
}

function onWoke(server: Server, thread: ThreadName, of: number, out: ServerEffect[]): void {
  const { leader } = server;
  switch (thread) {
    case "commit":
      commitWoke(server, out);
      break;
    case "logger":
      loggerWoke(server, out);
      break;
    case "prep":
      if (leader !== null && !server.leaving) prepWoke(server, leader, out);
      break;
    case "handler": {
      const handler = leader?.handlers.get(of);
      if (leader !== null && handler !== undefined) handlerWoke(server, leader, handler, out);
      break;
    }
    case "snapshot":
      if (snapshotWoke(server, out)) onSnapshotWritten(server, out);
      break;
  }
}

function onAccepted(
  server: Server,
  { port, conn, from, identities }: Extract<ServerEvent, { kind: "accepted" }>,
  out: ServerEffect[],
): void {
  if (port === "election") electionAccepted(server, conn, out);
  else if (port === "client") clientAccepted(server, conn, from, identities ?? [], out);
  else if (server.leader !== null && !server.leaving) {
    handlerAccepted(server, server.leader, conn, out);
  } else out.push({ kind: "close", conn });
}

function onDisconnected(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const { leader, learner } = server;
  if (learner !== null && learner.conn === conn) leaderDisconnected(server, learner, out);
  else if (leader !== null && leader.handlers.has(conn)) {
    learnerDisconnected(server, leader, conn, out);
  } else if (server.clients.byConn.has(conn)) clientDisconnected(server, conn, out);
  else electionDisconnected(server, conn, out);
}

function onFired(server: Server, timer: TimerName, of: number, out: ServerEffect[]): void {
  const { leader, learner } = server;
  switch (timer) {
    case "notification":
      notificationWaitOver(server, out);
      break;
    case "finalize":
      finalizeWaitOver(server, out);
      break;
    case "electionConnect":
      connectTimedOut(server, of, out);
      break;
    case "hello":
      helloTimedOut(server, of, out);
      break;
    case "observerPause":
      if (server.state === "LOOKING") server.transition = "look";
      break;
    case "learnerRetry":
      if (learner !== null) tryLeader(server, learner, out);
      break;
    case "learnerConnect":
      if (learner?.stage === "connecting") leaveRole(server, "could not connect in time", out);
      break;
    case "leaderSilence":
      if (learner !== null && !server.leaving) leaderSilent(server, learner, out);
      break;
    case "halfTick":
      if (leader !== null && !server.leaving) halfTickOver(server, leader, out);
      break;
    case "quorumWait":
      if (leader !== null && !server.leaving) quorumWaitOver(server, leader, out);
      break;
    case "learnerSilence": {
      const handler = leader?.handlers.get(of);
      if (leader !== null && handler !== undefined) learnerSilent(server, leader, handler, out);
      break;
    }
    case "expire":
      if (of !== 0) localExpireOver(server, out);
      else if (leader !== null && !server.leaving) expireOver(server, leader, out);
      break;
    case "flush":
      flushWaitOver(server, out);
      break;
    case "containers":
      if (leader !== null && !server.leaving) cleanContainers(server, leader, out);
      break;
    case "clientSilence":
      clientSilent(server, of, out);
      break;
    case "readOnlyWait":
      readOnlyWaitOver(server, out);
      break;
  }
}

type DiskEvent = Extract<ServerEvent, { kind: "synced" | "listed" | "read" }>;

function onDisk(server: Server, event: DiskEvent, out: ServerEffect[]): void {
  const wait = server.waits.get(event.ticket);
  if (wait === undefined) return;
  server.waits.delete(event.ticket);
  switch (wait.kind) {
    case "logger":
      onLogged(server, out);
      break;
    case "epochFile":
      if (epochStepSynced(server, wait, out)) onEpochWritten(server, wait, out);
      break;
    case "snapshot":
      if (snapshotSynced(server, event.ticket, out)) onSnapshotWritten(server, out);
      break;
    case "recovery":
      onRecovery(server, event, out);
      break;
    case "truncation":
    case "adoption":
    case "syncLogs":
      onSynchronization(server, wait, event, out);
      break;
  }
  if (server.leaving) finishLeaving(server, out);
}

/** A new leader goes on once its tree is on disk. */
function onSnapshotWritten(server: Server, out: ServerEffect[]): void {
  const { leader } = server;
  if (leader?.stage === "loading") leaderSnapshotWritten(server, leader, out);
}

/** A batch of the log is durable: whoever waits for that hears of it. */
function onLogged(server: Server, out: ServerEffect[]): void {
  const { leader, learner } = server;
  const txns = loggerSynced(server, out);
  if (server.leaving) return;
  if (leader !== null) {
    for (const txn of txns) processAck(server, leader, server.sid, txn.zxid, out);
  } else if (learner !== null) ackLogged(server, learner, txns, out);
  completeSnapshot(server, out);
}

function onEpochWritten(server: Server, wait: EpochWait, out: ServerEffect[]): void {
  const { leader, learner } = server;
  if (server.leaving) return;
  switch (wait.next) {
    case "leaderAccepted":
      if (leader !== null) leaderAccepted(server, leader, out);
      break;
    case "leaderCurrent":
      if (leader !== null) leaderCurrent(server, leader, out);
      break;
    case "learnerAccepted":
      if (learner !== null) learnerAccepted(server, learner, out);
      break;
    case "learnerCurrent":
      if (learner !== null) learnerCurrent(server, learner, out);
      break;
  }
}

function onRecovery(server: Server, event: DiskEvent, out: ServerEffect[]): void {
  if (event.kind === "listed") recoveryListed(server, event.files, out);
  else if (event.kind === "read") recoveryRead(server, event.files, out);
  else if (recoverySynced(server, out) && server.life === "recovering") {
    server.life = "running";
    if (server.config.standalone) startStandalone(server, out);
    else {
      server.transition = "look";
      out.push({ kind: "listen", port: "election" });
    }
    out.push({ kind: "listen", port: "client" });
  }
}

function onSynchronization(
  server: Server,
  wait: Extract<DiskWait, { kind: "truncation" | "adoption" | "syncLogs" }>,
  event: DiskEvent,
  out: ServerEffect[],
): void {
  const { leader, learner } = server;
  if (wait.kind === "syncLogs") {
    const handler = leader?.handlers.get(wait.conn);
    if (leader === null || handler === undefined || server.leaving) return;
    if (event.kind === "listed") syncLogsListed(server, leader, handler, event.files, out);
    else if (event.kind === "read") syncLogsRead(server, leader, handler, event.files, out);
    return;
  }
  // What the disk has begun for a learner it ends, even when the leader is gone meanwhile.
  if (learner === null) return;
  if (wait.kind === "truncation") {
    if (event.kind === "listed") truncationListed(server, learner, event.files, out);
    else if (event.kind === "read") truncationRead(server, learner, event.files, out);
    else {
      truncationSynced(server, learner, out);
      learnerResumed(server, learner, out);
    }
  } else onAdoption(server, learner, wait.stage, event, out);
}

function onAdoption(
  server: Server,
  learner: Learner,
  stage: AdoptionStage,
  event: DiskEvent,
  out: ServerEffect[],
): void {
  if (event.kind === "listed") adoptionListed(server, learner, event.files, out);
  else if (event.kind === "read") adoptionRead(server, learner, event.files, out);
  else if (stage === "snapshot") adoptionSnapshotSynced(server, out);
  else if (stage === "cut") adoptionCut(server, learner, out);
  else adoptionLogSynced(server, learner, out);
}

function exit(server: Server, code: number, reason: string, out: ServerEffect[]): void {
  server.life = "exited";
  out.push({ kind: "exit", code, reason });
}
