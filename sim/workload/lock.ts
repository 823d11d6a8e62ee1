import { ErrorCode } from "../../core/request/error-code.ts";
import type { Operation } from "../../core/request/operation.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import { invoke, type Actor, type ActorEffect } from "./actor.ts";
import type { HistoryEntry } from "./history.ts";
import type { LockMind } from "./mind.ts";
import type { LockPlan } from "./plan.ts";

/*
 * The protocol is a loop around one question: who are the children? Without an own child, make one. With the
 * lowest, hold. Otherwise watch the next lower one and ask again when it is gone. Whatever is lost on the
 * way, asking again on the next connection finds out what became of it, since the names tell whose they are;
 * but a server that is behind may still show a child whose removal is under way.
 */

export function onLockConnected(
  actor: Actor,
  mind: LockMind,
  nowUs: number,
  out: ActorEffect[],
): void {
  look(actor, mind, nowUs, out);
}

export function onLockAnswer(
  actor: Actor,
  mind: LockMind,
  entry: HistoryEntry,
  nowUs: number,
  out: ActorEffect[],
): void {
  switch (mind.phase) {
    case "looking":
      onChildren(actor, mind, entry, nowUs, out);
      break;
    case "entering":
      look(actor, mind, nowUs, out);
      break;
    case "checking":
      // Gone already, so that nothing would fire.
      if (entry.err !== ErrorCode.ok) look(actor, mind, nowUs, out);
      else mind.phase = "queued";
      break;
    case "releasing":
      mind.own = "";
      mind.leaving = "";
      mind.phase = "resting";
      out.push({ kind: "alarm", afterUs: planOf(actor).restUs });
      break;
    case "resting":
    case "queued":
    case "holding":
      break;
  }
}

/** Held long enough, or rested long enough. */
export function onLockAlarm(actor: Actor, mind: LockMind, nowUs: number, out: ActorEffect[]): void {
  if (mind.phase === "holding") {
    endHold(actor, mind, nowUs);
    release(actor, mind, nowUs, out);
  } else if (mind.phase === "resting" && actor.session === "connected") {
    look(actor, mind, nowUs, out);
  }
}

export function onLockWatched(
  actor: Actor,
  mind: LockMind,
  path: string,
  nowUs: number,
  out: ActorEffect[],
): void {
  if (mind.phase === "queued" && path === mind.ahead) look(actor, mind, nowUs, out);
}

/** Without an answer the client stands still until it is connected again. */
export function onLockLost(mind: LockMind): void {
  if (mind.phase !== "holding") mind.phase = "resting";
}

/**
 * A client that has lost its server must take its lock for lost too: the session may be over before
 * it finds another.
 */
export function onLockSuspended(actor: Actor, mind: LockMind, nowUs: number): void {
  endHold(actor, mind, nowUs);
  mind.phase = "resting";
  if (actor.session === "expired" || actor.session === "closed") mind.pastSessions++;
}

function look(actor: Actor, mind: LockMind, nowUs: number, out: ActorEffect[]): void {
  mind.phase = "looking";
  const { root } = planOf(actor);
  invoke(actor, { kind: "getChildren", type: 12, path: root, watch: false }, 0, nowUs, out);
}

function onChildren(
  actor: Actor,
  mind: LockMind,
  entry: HistoryEntry,
  nowUs: number,
  out: ActorEffect[],
): void {
  const plan = planOf(actor);
  if (entry.err !== ErrorCode.ok) {
    // Several may find the root missing and make it; all but one are told that it is there.
    mind.phase = "entering";
    invoke(actor, creation(plan.root, 0), 0, nowUs, out);
    return;
  }
  const children = entry.result?.kind === "children" ? entry.result.children : [];
  const own = lowest(children.filter((child) => child.startsWith(prefixOf(actor, mind))));
  if (own === null) {
    mind.own = "";
    if (nowUs >= plan.untilUs) {
      mind.phase = "resting";
      return;
    }
    mind.phase = "entering";
    invoke(actor, creation(`${plan.root}/${prefixOf(actor, mind)}`, 3), 0, nowUs, out);
    return;
  }
  mind.own = `${plan.root}/${own}`;
  if (mind.own === mind.leaving) {
    // The server may only not have heard yet that it is gone: somebody else may hold the lock by now.
    release(actor, mind, nowUs, out);
    return;
  }
  const ahead = nextLower(children, own);
  if (ahead === null) {
    hold(actor, mind, nowUs, out);
    return;
  }
  mind.phase = "checking";
  mind.ahead = `${plan.root}/${ahead}`;
  invoke(actor, { kind: "exists", path: mind.ahead, watch: true }, 0, nowUs, out);
}

function release(actor: Actor, mind: LockMind, nowUs: number, out: ActorEffect[]): void {
  mind.phase = "releasing";
  mind.leaving = mind.own;
  invoke(actor, { kind: "delete", path: mind.own, version: -1 }, 0, nowUs, out);
}

function hold(actor: Actor, mind: LockMind, nowUs: number, out: ActorEffect[]): void {
  const plan = planOf(actor);
  mind.phase = "holding";
  mind.hold = actor.history.holds.length;
  actor.history.holds.push({
    client: actor.index,
    path: plan.root,
    fromUs: nowUs,
    untilUs: -1,
  });
  out.push({ kind: "alarm", afterUs: plan.holdUs });
}

function endHold(actor: Actor, mind: LockMind, nowUs: number): void {
  const held = actor.history.holds[mind.hold];
  if (held !== undefined) held.untilUs = nowUs;
  mind.hold = -1;
}

/** The child with the lowest sequence number; names differ, so numbers decide. */
function lowest(children: readonly string[]): string | null {
  let found: string | null = null;
  for (const child of children) {
    if (found === null || sequenceOf(child) < sequenceOf(found)) found = child;
  }
  return found;
}

function nextLower(children: readonly string[], own: string): string | null {
  let found: string | null = null;
  for (const child of children) {
    if (sequenceOf(child) >= sequenceOf(own)) continue;
    if (found === null || sequenceOf(child) > sequenceOf(found)) found = child;
  }
  return found;
}

/** Ten digits at the end of every sequential name, so that text order is numeric order. */
function sequenceOf(child: string): string {
  return child.slice(-10);
}

/** Names tell whose a child is, and of which session: one that outlives its session for a moment is nobody's lock. */
function prefixOf(actor: Actor, { pastSessions }: LockMind): string {
  return pastSessions === 0 ? `${actor.plan.name}-` : `${actor.plan.name}.${pastSessions}-`;
}

function creation(path: string, flags: number): Operation {
  return {
    kind: "create",
    type: 1,
    path,
    data: new Uint8Array(0),
    acl: OPEN_ACL,
    flags,
    ttlMs: -1,
  };
}

function planOf(actor: Actor): LockPlan {
  const { behaviour } = actor.plan;
  if (behaviour.kind !== "lock") throw new Error(`${actor.plan.name} wants no lock`);
  return behaviour;
}
