import { ErrorCode } from "../../core/request/error-code.ts";
import type { Operation } from "../../core/request/operation.ts";
import { invoke, type Actor, type ActorEffect } from "./actor.ts";
import type { HistoryEntry } from "./history.ts";
import type { WatchMind } from "./mind.ts";
import type { WatchPlan } from "./plan.ts";

/** Reads on every connection: the client sets its watches again by itself, but a read may have been lost. */
export function onWatchConnected(
  actor: Actor,
  mind: WatchMind,
  nowUs: number,
  out: ActorEffect[],
): void {
  read(actor, mind, nowUs, out);
}

export function onWatchFired(
  actor: Actor,
  mind: WatchMind,
  path: string,
  nowUs: number,
  out: ActorEffect[],
): void {
  if (path === planOf(actor).path) read(actor, mind, nowUs, out);
}

/** A missing znode leaves no data or child watch, so its coming is watched for instead. */
export function onWatchAnswer(
  actor: Actor,
  mind: WatchMind,
  entry: HistoryEntry,
  nowUs: number,
  out: ActorEffect[],
): void {
  mind.isReading = false;
  const plan = planOf(actor);
  if (entry.op.kind === "exists") {
    if (plan.what !== "exists" && entry.err === ErrorCode.ok) read(actor, mind, nowUs, out);
  } else if (entry.err !== ErrorCode.ok) {
    mind.isReading = true;
    invoke(actor, { kind: "exists", path: plan.path, watch: true }, 0, nowUs, out);
  }
}

export function onWatchLost(mind: WatchMind): void {
  mind.isReading = false;
}

function read(actor: Actor, mind: WatchMind, nowUs: number, out: ActorEffect[]): void {
  if (mind.isReading) return;
  mind.isReading = true;
  invoke(actor, readOf(planOf(actor)), 0, nowUs, out);
}

function readOf(plan: WatchPlan): Operation {
  switch (plan.what) {
    case "data":
      return { kind: "getData", path: plan.path, watch: true };
    case "children":
      return { kind: "getChildren", type: 12, path: plan.path, watch: true };
    case "exists":
      return { kind: "exists", path: plan.path, watch: true };
  }
}

function planOf(actor: Actor): WatchPlan {
  const { behaviour } = actor.plan;
  if (behaviour.kind !== "watch") throw new Error(`${actor.plan.name} watches nothing`);
  return behaviour;
}
