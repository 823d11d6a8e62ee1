import type { SessionState } from "../../core/client/event.ts";
import { carryOut, invoke, open, type Actor, type ActorEffect, type ActorEvent } from "./actor.ts";
import { recordAnswer, recordLoss, type HistoryEntry } from "./history.ts";
import {
  onLockAlarm,
  onLockAnswer,
  onLockConnected,
  onLockLost,
  onLockSuspended,
  onLockWatched,
} from "./lock.ts";
import { onMixAlarm, onMixAnswer, onMixConnected, onMixLost, onMixWatched } from "./mix.ts";
import { onScriptAlarm } from "./script.ts";
import { onWatchAnswer, onWatchConnected, onWatchFired, onWatchLost } from "./watch.ts";

/** Applies one event to a client's program and adds to `out` what it asks for, in order. */
export function stepActor(
  actor: Actor,
  event: ActorEvent,
  nowUs: number,
  out: ActorEffect[],
): void {
  switch (event.kind) {
    case "completed": {
      const entry = entryOf(actor, event.ticket);
      recordAnswer(actor.history, entry, event.err, event.zxid, event.result, nowUs);
      onAnswer(actor, entry, nowUs, out);
      break;
    }
    case "alarm":
      onAlarm(actor, nowUs, out);
      break;
    case "watched":
      onWatched(actor, event.path, nowUs, out);
      break;
    case "lost": {
      const entry = entryOf(actor, event.ticket);
      recordLoss(actor.history, entry, event.sent, nowUs);
      if (entry.retries > 0) actor.again.push({ op: entry.op, retries: entry.retries - 1 });
      else onLost(actor, nowUs, out);
      break;
    }
    case "sessionChanged":
      onSession(actor, event.state, nowUs, out);
      break;
    case "told":
      carryOut(actor, event.action, nowUs, out);
      break;
    case "started":
      open(actor, out);
      if (actor.mind.kind === "script") onScriptAlarm(actor, actor.mind, nowUs, out);
      break;
  }
}

function onAnswer(actor: Actor, entry: HistoryEntry, nowUs: number, out: ActorEffect[]): void {
  const { mind } = actor;
  if (mind.kind === "mix") onMixAnswer(actor, mind, entry, nowUs, out);
  else if (mind.kind === "lock") onLockAnswer(actor, mind, entry, nowUs, out);
  else if (mind.kind === "watch") onWatchAnswer(actor, mind, entry, nowUs, out);
}

function onLost(actor: Actor, nowUs: number, out: ActorEffect[]): void {
  const { mind } = actor;
  if (mind.kind === "mix") onMixLost(actor, mind, nowUs, out);
  else if (mind.kind === "lock") onLockLost(mind);
  else if (mind.kind === "watch") onWatchLost(mind);
}

function onAlarm(actor: Actor, nowUs: number, out: ActorEffect[]): void {
  const { mind } = actor;
  if (mind.kind === "mix") onMixAlarm(actor, mind, nowUs, out);
  else if (mind.kind === "script") onScriptAlarm(actor, mind, nowUs, out);
  else if (mind.kind === "lock") onLockAlarm(actor, mind, nowUs, out);
}

function onWatched(actor: Actor, path: string, nowUs: number, out: ActorEffect[]): void {
  const { mind } = actor;
  if (mind.kind === "lock") onLockWatched(actor, mind, path, nowUs, out);
  else if (mind.kind === "mix") onMixWatched(actor, mind, nowUs, out);
  else if (mind.kind === "watch") onWatchFired(actor, mind, path, nowUs, out);
}

function onSession(actor: Actor, state: SessionState, nowUs: number, out: ActorEffect[]): void {
  actor.session = state;
  const { mind } = actor;
  if (state === "connected") {
    for (const { op, retries } of actor.again.splice(0)) invoke(actor, op, retries, nowUs, out);
    if (mind.kind === "mix") onMixConnected(actor, mind, nowUs, out);
    else if (mind.kind === "lock") onLockConnected(actor, mind, nowUs, out);
    else if (mind.kind === "watch") onWatchConnected(actor, mind, nowUs, out);
  } else if (mind.kind === "lock") {
    onLockSuspended(actor, mind, nowUs);
  }
  if (state === "expired" && actor.plan.renews) open(actor, out);
}

function entryOf(actor: Actor, ticket: number): HistoryEntry {
  const entry = actor.history.entries[ticket];
  if (entry === undefined) throw new Error(`${actor.plan.name} has no operation ${ticket}`);
  return entry;
}
