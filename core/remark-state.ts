import type { ServerEffect } from "./effect.ts";
import type { Server } from "./server-state.ts";

/** A role begins, in its discovery; how long the election took is said of those who vote. */
export function remarkElection(server: Server, out: ServerEffect[]): void {
  if (server.config.talkative !== true) return;
  const { state, nowMs, election } = server;
  const ms = Math.floor(nowMs - election.startedMs);
  if (state !== "OBSERVING") out.push({ kind: "electionTook", ms, state });
  remarkState(server, out);
}

/** Says what state this server is in, whenever that changes. */
export function remarkState(server: Server, out: ServerEffect[]): void {
  if (server.config.talkative !== true) return;
  const { state, phase, learner } = server;
  out.push({ kind: "stateDetail", state, phase, sync: learner?.mode ?? null });
}
