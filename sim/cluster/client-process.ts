import type { ClientEffect, ClientEvent, ClientTimer } from "../../core/client/event.ts";
import { step } from "../../core/client/step.ts";
import { isRead } from "../../core/request/submit.ts";
import type { Operation } from "../../core/request/operation.ts";
import { clientAcknowledged } from "../check/turn.ts";
import { cancel, schedule } from "../kernel/kernel.ts";
import { close, connect, send } from "../network/network.ts";
import type { ActorEffect, ActorEvent } from "../workload/actor.ts";
import { stepActor } from "../workload/step.ts";
import { messageCode } from "../trace/message-code.ts";
import { mixTurn } from "./hashing.ts";
import { TurnKind, type ClientProcess, type Cluster } from "./state.ts";

const CLIENT_CODE = 20;
const ACTOR_CODE = 21;

/** Takes an event to a client's session machine, and what comes of it to its program, and so on. */
export function stepClient(cluster: Cluster, process: ClientProcess, event: ClientEvent): void {
  if (event.kind === "received" && event.message.kind === "reply")
    process.replyXid = event.message.xid;
  mixTurn(cluster.hash, cluster.kernel.nowUs, process.id, CLIENT_CODE, 0);
  const actorEvents: ActorEvent[] = [];
  runClient(cluster, process, event, actorEvents);
  for (const actorEvent of actorEvents) runActor(cluster, process, actorEvent, actorEvents);
}

/** Takes an event to the program of a client. */
export function stepProgram(cluster: Cluster, process: ClientProcess, event: ActorEvent): void {
  mixTurn(cluster.hash, cluster.kernel.nowUs, process.id, ACTOR_CODE, 0);
  const actorEvents: ActorEvent[] = [event];
  for (const actorEvent of actorEvents) runActor(cluster, process, actorEvent, actorEvents);
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
      told.push(effect);
      cluster.recorder.value?.clientActed(cluster, process, effect);
      break;
  }
}

/** A client knows of a write that it happened: nothing may take it back. */
function acknowledge(
  cluster: Cluster,
  process: ClientProcess,
  { ticket, zxid }: Extract<ClientEffect, { kind: "completed" }>,
): void {
  const { checks, history } = cluster;
  const op: Operation | undefined = history.entries[ticket]?.op;
  if (checks === null || op === undefined || isRead(op) || op.kind === "sync") return;
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
        runClient(cluster, process, { kind: "opened", entropy: effect.entropy }, told);
        break;
      case "invoke":
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
