import type { ClientEffect, ClientEvent, ClientTimer } from "../../core/client/event.ts";
import { step } from "../../core/client/step.ts";
import { isRead } from "../../core/request/submit.ts";
import type { Checks } from "../check/checks.ts";
import {
  answered,
  attached,
  called,
  eventUnwanted,
  lost,
  replyHeard,
  sent,
  sessionOpened,
} from "../check/contract/answers.ts";
import { eventTold } from "../check/contract/watchers.ts";
import { clientAcknowledged } from "../check/turn.ts";
import { cancel, schedule } from "../kernel/kernel.ts";
import { close, connect, send } from "../network/network.ts";
import type { ActorEffect, ActorEvent } from "../workload/actor.ts";
import { recordSent } from "../workload/history.ts";
import { stepActor } from "../workload/step.ts";
import { messageCode } from "../trace/message-code.ts";
import { mixTurn } from "./hashing.ts";
import {
  isServer,
  TurnKind,
  type ClientProcess,
  type Cluster,
  type ServerProcess,
} from "./state.ts";

const CLIENT_CODE = 20;
const ACTOR_CODE = 21;

/** Takes an event to a client's session machine, and what comes of it to its program, and so on. */
export function stepClient(cluster: Cluster, process: ClientProcess, event: ClientEvent): void {
  mixTurn(cluster.hash, cluster.kernel.nowUs, process.id, CLIENT_CODE, 0);
  const actorEvents: ActorEvent[] = [];
  if (event.kind === "received" && event.conn === process.client.conn) {
    onMessage(cluster, process, event, actorEvents);
  } else runClient(cluster, process, event, actorEvents);
  for (const actorEvent of actorEvents) runActor(cluster, process, actorEvent, actorEvents);
}

/** Takes an event to the program of a client. */
export function stepProgram(cluster: Cluster, process: ClientProcess, event: ActorEvent): void {
  mixTurn(cluster.hash, cluster.kernel.nowUs, process.id, ACTOR_CODE, 0);
  const actorEvents: ActorEvent[] = [event];
  for (const actorEvent of actorEvents) runActor(cluster, process, actorEvent, actorEvents);
}

/** A message on the present connection: what it says is held against what clients are promised. */
function onMessage(
  cluster: Cluster,
  process: ClientProcess,
  event: Extract<ClientEvent, { kind: "received" }>,
  told: ActorEvent[],
): void {
  const { checks, contract } = cluster;
  const { message } = event;
  if (checks !== null) standAt(cluster, checks);
  if (message.kind === "reply") {
    process.replyXid = message.xid;
    if (checks !== null && contract !== null) {
      replyHeard(checks, contract, process.index, process.client, message);
    }
  }
  const toldBefore = told.length;
  runClient(cluster, process, event, told);
  if (message.kind !== "watchEvent" || told.length > toldBefore) return;
  if (checks !== null && contract !== null) {
    eventUnwanted(checks, contract, process.index, message.type, message.path);
  }
}

/** What the checks report from here on was seen in this turn. */
function standAt({ kernel }: Cluster, checks: Checks): void {
  checks.turn = kernel.turnCount;
  checks.atUs = kernel.nowUs;
}

function runClient(
  cluster: Cluster,
  process: ClientProcess,
  event: ClientEvent,
  told: ActorEvent[],
): void {
  const effects: ClientEffect[] = [];
  step(process.client, event, cluster.kernel.nowUs / 1000, effects);
  for (const effect of effects) carryOut(cluster, process, effect, told);
  if (process.client.lastXid > process.sentXid) noteSent(cluster, process);
}

/** Which xid stands for which call. Nothing that was sent in this step has been answered or lost yet. */
function noteSent({ contract, history }: Cluster, process: ClientProcess): void {
  const { pending, pendingHead, sessionId, lastXid } = process.client;
  for (let at = pending.length - 1; at >= pendingHead; at--) {
    const request = pending[at];
    if (request === undefined || request.xid <= process.sentXid) break;
    const entry = history.entries[request.ticket];
    if (entry !== undefined) recordSent(entry, sessionId, request.xid, process.attachedTo);
    if (contract !== null) sent(contract, process.index, request);
  }
  process.sentXid = lastXid;
}

function carryOut(
  cluster: Cluster,
  process: ClientProcess,
  effect: ClientEffect,
  told: ActorEvent[],
): void {
  const { network } = cluster;
  switch (effect.kind) {
    case "send":
      send(network, process.processId, effect.conn, effect.message, messageCode(effect.message));
      break;
    case "connect":
      connect(network, process.processId, effect.conn, effect.address);
      break;
    case "close":
      close(network, process.processId, effect.conn);
      break;
    case "arm":
      arm(cluster, process, effect.timer, effect.afterMs);
      break;
    case "disarm":
      disarm(cluster, process, effect.timer);
      break;
    case "completed":
      acknowledge(cluster, process, effect);
      told.push(effect);
      cluster.recorder.value?.clientActed(cluster, process, effect);
      break;
    case "lost":
    case "sessionChanged":
    case "watched":
      noteForContract(cluster, process, effect);
      told.push(effect);
      cluster.recorder.value?.clientActed(cluster, process, effect);
      break;
  }
}

function noteForContract(
  cluster: Cluster,
  process: ClientProcess,
  effect: Extract<ClientEffect, { kind: "lost" | "sessionChanged" | "watched" }>,
): void {
  const { checks, contract } = cluster;
  if (effect.kind === "sessionChanged" && effect.state === "connected") {
    process.attachedTo = serverAt(cluster, process)?.sid ?? 0;
  }
  if (checks === null || contract === null) return;
  switch (effect.kind) {
    case "lost":
      lost(contract, effect.ticket);
      break;
    case "watched":
      eventTold(checks, contract, process.index, effect.type, effect.path);
      break;
    case "sessionChanged":
      if (effect.state === "connected") {
        attached(checks, contract, process.index, effect.sessionId, process.attachedTo);
      }
      break;
  }
}

/** The server at the other end of the present connection. */
function serverAt(cluster: Cluster, process: ClientProcess): ServerProcess | null {
  const ends = cluster.network.processes.get(process.processId)?.ends;
  const owner = ends?.get(process.client.conn)?.peer.owner;
  const other = owner === undefined ? undefined : cluster.byProcess.get(owner.id);
  return other !== undefined && isServer(other) ? other : null;
}

/** A client knows of a write that it happened: nothing may take it back. */
function acknowledge(
  cluster: Cluster,
  process: ClientProcess,
  { ticket, err, zxid, result }: Extract<ClientEffect, { kind: "completed" }>,
): void {
  const { checks, contract, history } = cluster;
  const entry = history.entries[ticket];
  if (checks === null || entry === undefined) return;
  if (contract !== null) answered(checks, contract, entry, err, zxid, result);
  const { op } = entry;
  if (isRead(op) || op.kind === "sync") return;
  const { sessionId } = process.client;
  clientAcknowledged(checks, { zxid, sessionId, cxid: process.replyXid });
}

function runActor(
  cluster: Cluster,
  process: ClientProcess,
  event: ActorEvent,
  told: ActorEvent[],
): void {
  const effects: ActorEffect[] = [];
  stepActor(process.actor, event, cluster.kernel.nowUs, effects);
  for (const effect of effects) {
    switch (effect.kind) {
      case "open":
        if (cluster.contract !== null) sessionOpened(cluster.contract, process.index);
        process.sentXid = 0;
        runClient(cluster, process, { kind: "opened", entropy: effect.entropy }, told);
        break;
      case "invoke":
        noteCalled(cluster, process, effect.ticket);
        cluster.recorder.value?.clientInvoked(cluster, process, effect.ticket, effect.op);
        runClient(
          cluster,
          process,
          { kind: "invoked", ticket: effect.ticket, op: effect.op },
          told,
        );
        break;
      case "close":
        runClient(cluster, process, { kind: "closed" }, told);
        break;
      case "alarm":
        setAlarm(cluster, process, effect.afterUs);
        break;
    }
  }
}

function noteCalled(cluster: Cluster, process: ClientProcess, ticket: number): void {
  const entry = cluster.history.entries[ticket];
  if (cluster.contract === null || entry === undefined) return;
  const goesNow = entry.op.kind === "sync" && process.client.link === "attached";
  const server = goesNow ? (serverAt(cluster, process)?.server ?? null) : null;
  const facts =
    server === null
      ? null
      : { sid: process.attachedTo, epoch: server.currentEpoch, leads: server.state === "LEADING" };
  called(cluster.contract, ticket, entry.op, facts);
}

function setAlarm(cluster: Cluster, process: ClientProcess, afterUs: number): void {
  const { kernel } = cluster;
  if (process.alarm !== 0) cancel(kernel, process.alarm);
  process.alarm = schedule(kernel, kernel.nowUs + afterUs, TurnKind.alarm, process.index);
}

function arm(cluster: Cluster, process: ClientProcess, timer: ClientTimer, afterMs: number): void {
  disarm(cluster, process, timer);
  const { kernel } = cluster;
  const atUs = kernel.nowUs + Math.ceil(afterMs * 1000);
  const event: ClientEvent = { kind: "fired", timer };
  const handle = schedule(kernel, atUs, TurnKind.clientTimer, process.index, 0, event);
  process.timers.set(timer, handle);
}

function disarm(cluster: Cluster, process: ClientProcess, timer: ClientTimer): void {
  const handle = process.timers.get(timer);
  if (handle === undefined) return;
  cancel(cluster.kernel, handle);
  process.timers.delete(timer);
}
