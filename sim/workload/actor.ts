import type { ClientEffect, SessionState } from "../../core/client/event.ts";
import type { Operation } from "../../core/request/operation.ts";
import { integer, openStream, type Stream } from "../kernel/stream.ts";
import { recordInvoke, type History } from "./history.ts";
import { createMind, type Mind } from "./mind.ts";
import type { Action, ClientPlan } from "./plan.ts";

/** The program behind a simulated client. Plain data. */
export type Actor = {
  readonly plan: ClientPlan;
  /** Index among the clients of a run. */
  readonly index: number;
  readonly stream: Stream;
  /** One for all clients of a run. */
  readonly history: History;
  session: SessionState;
  /** Operations without an answer that are tried again once there is a connection. */
  readonly again: { readonly op: Operation; readonly retries: number }[];
  readonly mind: Mind;
};

/** What happens to a program: mostly what its client tells it. */
export type ActorEvent =
  | { readonly kind: "started" }
  /** The one alarm of the program. */
  | { readonly kind: "alarm" }
  /** Somebody above (a scenario) gives an order. */
  | { readonly kind: "told"; readonly action: Action }
  | Extract<ClientEffect, { kind: "completed" | "lost" | "sessionChanged" | "watched" }>;

/** What a program asks for. */
export type ActorEffect =
  | { readonly kind: "open"; readonly entropy: number }
  | { readonly kind: "invoke"; readonly ticket: number; readonly op: Operation }
  | { readonly kind: "close" }
  /** Sets the one alarm; a later one replaces it. */
  | { readonly kind: "alarm"; readonly afterUs: number };

export function createActor(
  plan: ClientPlan,
  index: number,
  seed: string,
  history: History,
): Actor {
  return {
    plan,
    index,
    stream: openStream(seed, `client ${plan.name}`),
    history,
    session: "none",
    again: [],
    mind: createMind(plan),
  };
}

/** Calls an operation, and remembers that in the history. */
export function invoke(
  actor: Actor,
  op: Operation,
  retries: number,
  nowUs: number,
  out: ActorEffect[],
): void {
  const entry = recordInvoke(actor.history, actor.index, op, retries, nowUs);
  out.push({ kind: "invoke", ticket: entry.id, op });
}

/** Opens a session; each has its own order of servers and its own pauses. */
export function open(actor: Actor, out: ActorEffect[]): void {
  out.push({ kind: "open", entropy: integer(actor.stream, 0, 0xffff_ffff) });
}

/** Does what a scenario, or the client's own script, says. */
export function carryOut(actor: Actor, action: Action, nowUs: number, out: ActorEffect[]): void {
  switch (action.kind) {
    case "invoke":
      invoke(actor, action.op, action.retries, nowUs, out);
      break;
    case "close":
      out.push({ kind: "close" });
      break;
    case "open":
      if (isOver(actor.session)) open(actor, out);
      break;
  }
}

function isOver(session: SessionState): boolean {
  return session === "none" || session === "expired" || session === "closed";
}
