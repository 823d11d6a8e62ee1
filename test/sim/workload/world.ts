import type { Operation, Result } from "../../../core/request/operation.ts";
import type { Stat } from "../../../core/tree/stat.ts";
import { ZERO_ZXID } from "../../../core/zxid.ts";
import {
  createActor,
  type Actor,
  type ActorEffect,
  type ActorEvent,
} from "../../../sim/workload/actor.ts";
import { createHistory, type History } from "../../../sim/workload/history.ts";
import type { ClientPlan } from "../../../sim/workload/plan.ts";
import { stepActor } from "../../../sim/workload/step.ts";

/**
 * The least world in which programs can live: one tree that answers at once and never fails, and
 * connections that are lost when a test says so.
 */
export type World = {
  readonly history: History;
  readonly actors: Actor[];
  /** Path to the session that owns the znode, 0 for none. */
  readonly nodes: Map<string, number>;
  sequence: number;
  nowUs: number;
  readonly watches: { client: number; path: string }[];
  readonly alarms: (number | null)[];
  readonly sessions: number[];
  sessionCount: number;
  /** Answers under way, per client. */
  readonly inbox: ActorEvent[][];
};

export function createWorld(plans: readonly ClientPlan[]): World {
  const history = createHistory();
  const world: World = {
    history,
    actors: plans.map((plan, index) => createActor(plan, index, "1", history)),
    nodes: new Map([["/", 0]]),
    sequence: 0,
    nowUs: 0,
    watches: [],
    alarms: plans.map(() => null),
    sessions: plans.map(() => 0),
    sessionCount: 0,
    inbox: plans.map(() => []),
  };
  for (const index of plans.keys()) tell(world, index, { kind: "started" });
  return world;
}

/** Delivers every answer under way, then lets `us` pass, ringing alarms as they come due. */
export function pass(world: World, us: number): void {
  const untilUs = world.nowUs + us;
  for (;;) {
    settle(world);
    const due = world.alarms
      .map((at, index) => ({ at: at ?? Infinity, index }))
      .sort((a, b) => a.at - b.at || a.index - b.index)[0];
    if (due === undefined || due.at > untilUs) break;
    world.nowUs = due.at;
    world.alarms[due.index] = null;
    tell(world, due.index, { kind: "alarm" });
  }
  world.nowUs = untilUs;
}

export function settle(world: World): void {
  for (let busy = true; busy;) {
    busy = false;
    for (const [index, events] of world.inbox.entries()) {
      const event = events.shift();
      if (event === undefined) continue;
      busy = true;
      tell(world, index, event);
    }
  }
}

/** The client's server is gone: answers under way are lost, though their operations took place. */
export function suspend(world: World, client: number): void {
  loseAnswers(world, client);
  tell(world, client, session("suspended"));
}

export function reconnect(world: World, client: number): void {
  tell(world, client, session("connected"));
}

/** The session ends at the servers, its ephemerals with it; the client learns of it. */
export function expire(world: World, client: number): void {
  loseAnswers(world, client);
  const id = world.sessions[client];
  for (const [path, owner] of [...world.nodes]) if (owner === id) remove(world, path);
  tell(world, client, session("expired"));
}

function loseAnswers(world: World, client: number): void {
  const events = world.inbox[client]!.splice(0);
  for (let i = world.watches.length - 1; i >= 0; i--) {
    if (world.watches[i]!.client === client) world.watches.splice(i, 1);
  }
  for (const event of events) {
    if (event.kind !== "completed") continue;
    tell(world, client, {
      kind: "lost",
      ticket: event.ticket,
      reason: "connectionLoss",
      sent: true,
    });
  }
}

export function tell(world: World, client: number, event: ActorEvent): void {
  const out: ActorEffect[] = [];
  stepActor(world.actors[client]!, event, world.nowUs, out);
  for (const effect of out) obey(world, client, effect);
}

function obey(world: World, client: number, effect: ActorEffect): void {
  switch (effect.kind) {
    case "open":
      world.sessions[client] = ++world.sessionCount;
      world.inbox[client]!.push(session("connected"));
      break;
    case "alarm":
      world.alarms[client] = world.nowUs + effect.afterUs;
      break;
    case "close":
      world.inbox[client]!.push(session("closed"));
      break;
    case "invoke": {
      const { err, result } = carryOut(world, client, effect.op);
      world.inbox[client]!.push({
        kind: "completed",
        ticket: effect.ticket,
        err,
        zxid: ZERO_ZXID,
        result,
      });
      break;
    }
  }
}

function carryOut(
  world: World,
  client: number,
  op: Operation,
): { err: number; result: Result | null } {
  switch (op.kind) {
    case "create": {
      const suffix = op.flags >= 2 ? String(world.sequence++).padStart(10, "0") : "";
      const path = op.path + suffix;
      if (!world.nodes.has(parentOf(path))) return { err: -101, result: null };
      if (world.nodes.has(path)) return { err: -110, result: null };
      world.nodes.set(path, op.flags % 2 === 1 ? world.sessions[client]! : 0);
      fire(world, path, 1);
      return { err: 0, result: { kind: "path", path } };
    }
    case "delete":
      if (!world.nodes.has(op.path)) return { err: -101, result: null };
      remove(world, op.path);
      return { err: 0, result: null };
    case "exists":
      if (op.watch) world.watches.push({ client, path: op.path });
      return world.nodes.has(op.path)
        ? { err: 0, result: { kind: "stat", stat: STAT } }
        : { err: -101, result: null };
    case "getChildren": {
      if (!world.nodes.has(op.path)) return { err: -101, result: null };
      const children = [...world.nodes.keys()]
        .filter((path) => path !== "/" && parentOf(path) === op.path)
        .map((path) => path.slice(path.lastIndexOf("/") + 1));
      return { err: 0, result: { kind: "children", children, stat: null } };
    }
    case "setData":
    case "getData":
      return world.nodes.has(op.path) ? { err: 0, result: null } : { err: -101, result: null };
    default:
      return { err: 0, result: null };
  }
}

function remove(world: World, path: string): void {
  world.nodes.delete(path);
  fire(world, path, 2);
}

function fire(world: World, path: string, type: number): void {
  for (let i = 0; i < world.watches.length;) {
    const watch = world.watches[i]!;
    if (watch.path !== path) {
      i++;
      continue;
    }
    world.watches.splice(i, 1);
    world.inbox[watch.client]!.push({ kind: "watched", type, path });
  }
}

function session(state: "connected" | "suspended" | "expired" | "closed"): ActorEvent {
  return { kind: "sessionChanged", state, sessionId: 0n as never, address: "" };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

const STAT: Stat = Object.freeze({
  czxid: ZERO_ZXID,
  mzxid: ZERO_ZXID,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n as never,
  dataLength: 0,
  numChildren: 0,
  pzxid: ZERO_ZXID,
});
