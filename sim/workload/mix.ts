import { ErrorCode } from "../../core/request/error-code.ts";
import type { Operation } from "../../core/request/operation.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import { integer, pick } from "../kernel/stream.ts";
import { invoke, type Actor, type ActorEffect } from "./actor.ts";
import type { HistoryEntry } from "./history.ts";
import type { MixMind } from "./mind.ts";
import type { MixOperation, MixPlan } from "./plan.ts";

/** The keys are made, or waited for, on the first connection; after that, calls go on where they were. */
export function onMixConnected(
  actor: Actor,
  mind: MixMind,
  nowUs: number,
  out: ActorEffect[],
): void {
  const plan = planOf(actor);
  if (mind.phase === "running") {
    if (plan.pace.kind === "closed") callAll(actor, mind, nowUs, out);
  } else if (plan.makesKeys) {
    makeKeys(actor, mind, nowUs, out);
  } else {
    mind.phase = "waiting";
    awaitKeys(actor, mind, nowUs, out);
  }
}

export function onMixAnswer(
  actor: Actor,
  mind: MixMind,
  entry: HistoryEntry,
  nowUs: number,
  out: ActorEffect[],
): void {
  if (mind.phase === "making") {
    if (--mind.makingCount === 0) begin(actor, mind, nowUs, out);
  } else if (mind.phase === "waiting") {
    if (entry.err === ErrorCode.ok) begin(actor, mind, nowUs, out);
  } else if (mind.phase === "running" && !isWaitForKeys(entry.op)) {
    remember(mind, entry);
    onReturn(actor, mind, nowUs, out);
  }
}

export function onMixLost(actor: Actor, mind: MixMind, nowUs: number, out: ActorEffect[]): void {
  // What is lost before the beginning is done again, from the start, on the next connection.
  if (mind.phase === "running") onReturn(actor, mind, nowUs, out);
  else mind.phase = "new";
}

export function onMixWatched(actor: Actor, mind: MixMind, nowUs: number, out: ActorEffect[]): void {
  if (mind.phase === "waiting") awaitKeys(actor, mind, nowUs, out);
}

/** A call is due, or some pauses are over. */
export function onMixAlarm(actor: Actor, mind: MixMind, nowUs: number, out: ActorEffect[]): void {
  const plan = planOf(actor);
  if (plan.pace.kind === "closed") {
    callAll(actor, mind, nowUs, out);
    return;
  }
  if (nowUs >= plan.untilUs) return;
  mind.dueCount++;
  const nextUs = mind.firstUs + Math.floor((mind.dueCount * 1_000_000) / plan.pace.perSecond);
  out.push({ kind: "alarm", afterUs: nextUs - nowUs });
  // A call that cannot be made at its instant is left out: a rate is no queue.
  if (actor.session === "connected" && mind.inFlight < plan.inFlightMax) {
    call(actor, mind, plan, nowUs, out);
  }
}

function makeKeys(actor: Actor, mind: MixMind, nowUs: number, out: ActorEffect[]): void {
  mind.phase = "making";
  const paths = [planOf(actor).root, ...mind.keys];
  mind.makingCount = paths.length;
  for (const path of paths) invoke(actor, create(path, 0, new Uint8Array(0)), 0, nowUs, out);
}

/** The last key is there when all are. */
function awaitKeys(actor: Actor, mind: MixMind, nowUs: number, out: ActorEffect[]): void {
  const path = mind.keys.at(-1) ?? planOf(actor).root;
  invoke(actor, { kind: "exists", path, watch: true }, 0, nowUs, out);
}

/** Two such calls may be under way after a reconnection; the second answer finds the mix running. */
function isWaitForKeys(op: Operation): boolean {
  return op.kind === "exists" && op.watch;
}

function begin(actor: Actor, mind: MixMind, nowUs: number, out: ActorEffect[]): void {
  const plan = planOf(actor);
  mind.phase = "running";
  mind.restingCount = plan.inFlightMax;
  mind.firstUs = Math.max(nowUs, plan.fromUs);
  if (plan.pace.kind === "rate") {
    // Clients that begin together do not call together.
    const intervalUs = Math.max(1, Math.floor(1_000_000 / plan.pace.perSecond));
    mind.firstUs += integer(actor.stream, 0, intervalUs - 1);
  }
  out.push({ kind: "alarm", afterUs: mind.firstUs - nowUs });
}

function onReturn(actor: Actor, mind: MixMind, nowUs: number, out: ActorEffect[]): void {
  mind.inFlight--;
  const { pace } = planOf(actor);
  if (pace.kind === "rate") return;
  mind.restingCount++;
  if (pace.thinkUs === 0) callAll(actor, mind, nowUs, out);
  else if (mind.restingCount === 1) out.push({ kind: "alarm", afterUs: pace.thinkUs });
}

/** Closed loop: everybody who rests calls, unless there is no connection; then the next one wakes them. */
function callAll(actor: Actor, mind: MixMind, nowUs: number, out: ActorEffect[]): void {
  const plan = planOf(actor);
  if (nowUs >= plan.untilUs || nowUs < mind.firstUs || actor.session !== "connected") return;
  for (; mind.restingCount > 0; mind.restingCount--) call(actor, mind, plan, nowUs, out);
}

function call(actor: Actor, mind: MixMind, plan: MixPlan, nowUs: number, out: ActorEffect[]): void {
  mind.inFlight++;
  const kind = drawOperation(actor, mind, plan);
  invoke(actor, operationOf(actor, mind, plan, kind), plan.retries, nowUs, out);
}

function drawOperation(actor: Actor, mind: MixMind, plan: MixPlan): MixOperation {
  const { weights } = plan;
  let index = 0;
  if (weights.length > 1) {
    let left = integer(actor.stream, 0, mind.weightSum - 1);
    while (left >= weights[index]!.weight) left -= weights[index++]!.weight;
  }
  return weights[index]!.op;
}

function operationOf(actor: Actor, mind: MixMind, plan: MixPlan, kind: MixOperation): Operation {
  switch (kind) {
    case "set":
      return {
        kind: "setData",
        path: aKey(actor, mind),
        data: freshData(actor, plan),
        version: -1,
      };
    case "get":
      return { kind: "getData", path: aKey(actor, mind), watch: false };
    case "exists":
      return { kind: "exists", path: aKey(actor, mind), watch: false };
    case "children":
      return { kind: "getChildren", type: 12, path: plan.root, watch: false };
    case "sync":
      return { kind: "sync", path: plan.root };
    case "create":
      return create(newPath(actor, mind, plan), 0, freshData(actor, plan));
    case "createEphemeral":
      return create(newPath(actor, mind, plan), 1, freshData(actor, plan));
    case "createSequential":
      return create(newPath(actor, mind, plan), 2, freshData(actor, plan));
    case "createEphemeralSequential":
      return create(newPath(actor, mind, plan), 3, freshData(actor, plan));
    case "delete": {
      const path = mind.own.pop();
      // With nothing to delete it makes something, so that a mix of both does not run dry.
      if (path === undefined) return create(newPath(actor, mind, plan), 0, freshData(actor, plan));
      return { kind: "delete", path, version: -1 };
    }
  }
}

function remember(mind: MixMind, entry: HistoryEntry): void {
  const { result } = entry;
  if (entry.op.kind === "create" && result?.kind === "path" && result.path !== null) {
    mind.own.push(result.path);
  }
}

function aKey(actor: Actor, mind: MixMind): string {
  return mind.keys.length === 0 ? planOf(actor).root : pick(actor.stream, mind.keys);
}

function newPath(actor: Actor, mind: MixMind, plan: MixPlan): string {
  return `${plan.root}/${actor.plan.name}-${mind.createdCount++}`;
}

/** Bytes that no other operation of the run writes: the client, then the operation's id. */
function freshData(actor: Actor, plan: MixPlan): Uint8Array {
  const data = new Uint8Array(Math.max(8, plan.dataBytes));
  const id = actor.history.entries.length;
  data[0] = actor.index >>> 8;
  data[1] = actor.index;
  data[4] = id >>> 24;
  data[5] = id >>> 16;
  data[6] = id >>> 8;
  data[7] = id;
  return data;
}

function create(path: string, flags: number, data: Uint8Array): Operation {
  return { kind: "create", type: 1, path, data, acl: OPEN_ACL, flags, ttlMs: -1 };
}

function planOf(actor: Actor): MixPlan {
  const { behaviour } = actor.plan;
  if (behaviour.kind !== "mix") throw new Error(`${actor.plan.name} has no mix`);
  return behaviour;
}
