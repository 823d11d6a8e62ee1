import type { ServerEffect } from "../../core/effect.ts";
import type { ServerEvent } from "../../core/event.ts";
import type { Message } from "../../core/message.ts";
import type { Server } from "../../core/server-state.ts";
import { epochOf, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import {
  isServer,
  type Cluster,
  type Recorder,
  type ServerProcess,
} from "../../sim/cluster/state.ts";
import type { NetworkObserver } from "../../sim/network/state.ts";
import {
  CELL_LIMIT,
  cellName,
  HAPPENINGS,
  happeningCell,
  messageCell,
  MESSAGES,
  reachableCells,
  RELATIONS,
  SITUATIONS,
  syncCell,
  TIMERS,
  type Relation,
  type SyncPlace,
} from "./coverage-cells.ts";

/** By the name of a cell: the least seed that reached it, and how many runs did. Plain data, to be merged. */
export type Coverage = Map<string, { readonly seed: string; readonly runs: number }>;

/** What one run has reached so far: a 1 at the number of each cell. */
export type Reached = Int8Array;

/**
 * Notes what `cluster` reaches from here on, besides whoever records it already. The run stays the same.
 */
export function watchCoverage(cluster: Cluster): Reached {
  const reached: Reached = new Int8Array(CELL_LIMIT);
  const situations = new Map<number, number>();
  watchMessages(cluster, reached);
  watchServers(cluster, reached, situations);
  return reached;
}

/** The numbers of the cells that were reached, ascending: how a result carries them. */
export function reachedCells(reached: Reached): number[] {
  const cells: number[] = [];
  for (let cell = 0; cell < reached.length; cell++) if (reached[cell] !== 0) cells.push(cell);
  return cells;
}

/** Adds one run, by the numbers of its cells. */
export function addCells(coverage: Coverage, cells: readonly number[], seed: string): void {
  for (const cell of cells) addRuns(coverage, cellName(cell), seed, 1);
}

/** Adds what others have found; in whatever order that is done, the outcome is the same. */
export function mergeCoverage(into: Coverage, from: Coverage): void {
  for (const [cell, { seed, runs }] of from) addRuns(into, cell, seed, runs);
}

/** Every cell that can be reached, by name, whether or not it ever was. */
export const COVERAGE_CELLS: readonly string[] = reachableCells().map(cellName);

export type CoverageSummary = {
  readonly reached: number;
  readonly reachable: number;
  /** Every reachable cell, in a fixed order; seed null where no run came. */
  readonly cells: readonly {
    readonly cell: string;
    readonly seed: string | null;
    readonly runs: number;
  }[];
  /** What was reached, and is not in the list of what can be: the list is wrong, or the run was. */
  readonly beyond: readonly {
    readonly cell: string;
    readonly seed: string;
    readonly runs: number;
  }[];
};

export function summarizeCoverage(coverage: Coverage): CoverageSummary {
  const known = new Set(COVERAGE_CELLS);
  const cells = COVERAGE_CELLS.map((cell) => {
    const { seed = null, runs = 0 } = coverage.get(cell) ?? {};
    return { cell, seed, runs };
  });
  const beyond = [...coverage]
    .filter(([cell]) => !known.has(cell))
    .map(([cell, { seed, runs }]) => ({ cell, seed, runs }));
  const reached = cells.filter(({ runs }) => runs > 0).length;
  return { reached, reachable: cells.length, cells, beyond };
}

function addRuns(coverage: Coverage, cell: string, seed: string, runs: number): void {
  const known = coverage.get(cell);
  const isFirst = known === undefined || isBefore(seed, known.seed);
  coverage.set(cell, { seed: isFirst ? seed : known.seed, runs: runs + (known?.runs ?? 0) });
}

/** Decimal numbers in their order; all other seeds in some fixed one. */
function isBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

function watchMessages(cluster: Cluster, reached: Reached): void {
  const inner = cluster.network.observer.value;
  const observer: NetworkObserver<Message> = {
    sent: (id, from, to, message) => inner?.sent(id, from, to, message),
    heard: (id, from, to, message) => {
      inner?.heard(id, from, to, message);
      const what = MESSAGE_NUMBERS.get(nameOf(message));
      if (what === undefined) return;
      const process = cluster.byProcess.get(to);
      if (process === undefined || !isServer(process) || process.server === null) return;
      // What comes for a process that stands still is handled later, in whatever situation it is by then.
      if (process.life === "paused") return;
      const { server } = process;
      const relation = RELATION_NUMBERS[relationOf(server, message)];
      reached[messageCell(situationOf(server), what, relation)] = 1;
    },
    held: (id, from, to, message) => inner?.held(id, from, to, message),
    released: (id, from, to, message) => inner?.released(id, from, to, message),
    lost: (id, from, to, message) => inner?.lost(id, from, to, message),
  };
  cluster.network.observer.value = observer;
}

/** @param situations what each server was doing after its last turn, by sid */
function watchServers(cluster: Cluster, reached: Reached, situations: Map<number, number>): void {
  const inner = cluster.recorder.value;
  const happened = (situation: number, what: string): void => {
    const happening = HAPPENINGS.indexOf(what);
    if (happening >= 0) reached[happeningCell(situation, happening)] = 1;
  };
  const recorder: Recorder = {
    serverStarted: (_, process) => inner?.serverStarted(cluster, process),
    serverCrashed: (_, process, power) => {
      inner?.serverCrashed(cluster, process, power);
      // By the time of this call its state is gone; a process that ended by itself has not crashed.
      const situation = situations.get(process.sid);
      situations.delete(process.sid);
      if (process.exit === null) happened(situation ?? 0, power ? "power loss" : "crash");
    },
    serverPaused: (_, process, paused) => inner?.serverPaused(cluster, process, paused),
    serverHeard: (process, event) => {
      inner?.serverHeard(process, event);
      const what = happeningOf(event);
      if (what !== null) happened(situations.get(process.sid) ?? 0, what);
    },
    serverDid: (process, effect) => {
      inner?.serverDid(process, effect);
      if (effect.kind === "syncChosen") reached[syncCellOf(process, effect)] = 1;
    },
    serverStepped: (process) => {
      inner?.serverStepped(process);
      if (process.server !== null) situations.set(process.sid, situationOf(process.server));
    },
    clientActed: (_, process, effect) => inner?.clientActed(cluster, process, effect),
    clientInvoked: (_, process, ticket, op) => inner?.clientInvoked(cluster, process, ticket, op),
  };
  cluster.recorder.value = recorder;
}

const COVERED_TIMERS: ReadonlySet<string> = new Set(TIMERS);

function happeningOf(event: ServerEvent): string | null {
  if (event.kind === "disconnected") return "lost connection";
  return event.kind === "fired" && COVERED_TIMERS.has(event.timer) ? event.timer : null;
}

const SITUATION_NUMBERS: ReadonlyMap<string, number> = new Map(
  SITUATIONS.map((name, number) => [name, number]),
);
const MESSAGE_NUMBERS: ReadonlyMap<string, number> = new Map(
  MESSAGES.map((name, number) => [name, number]),
);
const RELATION_NUMBERS = Object.fromEntries(
  RELATIONS.map((name, number) => [name, number]),
) as Record<Relation, number>;

/** Numbers by state, and by how far its role has got: no text is put together for each message. */
const STAGE_NUMBERS: ReadonlyMap<string, ReadonlyMap<string, number>> = stageNumbers();

function stageNumbers(): Map<string, Map<string, number>> {
  const numbers = new Map<string, Map<string, number>>();
  for (const [situation, number] of SITUATION_NUMBERS) {
    const [state = "", stage = ""] = situation.split(" ");
    const stages = numbers.get(state) ?? new Map<string, number>();
    numbers.set(state, stages.set(stage, number));
  }
  return numbers;
}

function situationOf({ life, state, leaving, leader, learner }: Server): number {
  if (life !== "running") return 0;
  const stage = leaving ? "leaving" : (leader?.stage ?? learner?.stage ?? "");
  return STAGE_NUMBERS.get(state)?.get(stage) ?? SITUATION_NUMBERS.get("LOOKING")!;
}

const VOTES = {
  LOOKING: "vote of LOOKING",
  FOLLOWING: "vote of FOLLOWING",
  LEADING: "vote of LEADING",
  OBSERVING: "vote of OBSERVING",
} as const;

function nameOf(message: Message): string {
  return message.kind === "notification" ? VOTES[message.state] : message.kind;
}

/** A notification is held against the round, a promise against acceptedEpoch, all else against currentEpoch. */
function relationOf(server: Server, message: Message): Relation {
  switch (message.kind) {
    case "notification":
      return compare(message.electionEpoch, server.election.round);
    case "FOLLOWERINFO":
    case "OBSERVERINFO":
    case "LEADERINFO":
      return compare(epochOf(message.zxid), server.acceptedEpoch);
    case "ACKEPOCH":
      return message.epoch === -1 ? "none" : compare(message.epoch, server.currentEpoch);
    case "PROPOSAL":
    case "INFORM":
    case "INFORMANDACTIVATE":
      return compare(epochOf(message.txn.zxid), server.currentEpoch);
    case "DIFF":
    case "TRUNC":
    case "SNAP":
    case "COMMIT":
    case "COMMITANDACTIVATE":
    case "NEWLEADER":
    case "ACK":
    case "PING":
      return compare(epochOf(message.zxid), server.currentEpoch);
    default:
      return "none";
  }
}

function compare(theirs: number, own: number): Relation {
  if (theirs === own) return "same";
  return theirs < own ? "older" : "newer";
}

function syncCellOf(
  { server }: ServerProcess,
  { learner, mode, peerZxid }: Extract<ServerEffect, { kind: "syncChosen" }>,
): number {
  const leader = server?.leader ?? null;
  const handlers = leader === null ? [] : [...leader.handlers.values()];
  const observer = handlers.find(({ sid }) => sid === learner)?.observer === true;
  const underWay = (leader?.outstanding.length ?? 0) > 0;
  const inBroadcast = leader?.stage === "broadcast";
  const last = inBroadcast ? leader.lastCommitted : (server?.database?.lastZxid ?? ZERO_ZXID);
  return syncCell(mode, placeOf(peerZxid, last), inBroadcast, underWay, observer);
}

function placeOf(peer: Zxid, last: Zxid): SyncPlace {
  if (peer === ZERO_ZXID) return "empty";
  if (peer === last) return "level";
  if (peer > last) return "ahead";
  return epochOf(peer) < epochOf(last) ? "epochs behind" : "behind";
}
