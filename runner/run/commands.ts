import { stepProgram } from "../../sim/cluster/client-process.ts";
import {
  crashServerProcess,
  deliverToServer,
  pauseServerProcess,
  resumeServerProcess,
  startServerProcess,
} from "../../sim/cluster/server-process.ts";
import type { Cluster, ServerProcess } from "../../sim/cluster/state.ts";
import { heal, setLatency } from "../../sim/network/link.ts";
import { reset } from "../../sim/network/network.ts";
import { lowerWalls, oneWay, raiseWalls, split, type Wall } from "../../sim/network/partition.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { NetworkName } from "../scenario/input.ts";
import type { Command, Target } from "../scenario/scenario.ts";
import { slowedLatency } from "./characters.ts";
import { clientNamed } from "./holds.ts";
import { noteLeader, resolve, type Cast } from "./targets.ts";

/** What is needed to carry out commands. */
export type Hands = {
  readonly cluster: Cluster;
  readonly network: NetworkName;
  readonly cast: Cast;
  /** Calls back at an instant, in a turn of its own. */
  readonly later: (atUs: number, act: () => void) => void;
  /** Notes a row of the trace, if there is one. */
  readonly note: (kind: number, who: number, peer: number, a: number) => void;
  /** Links that are slow now: from and to, by who they are. */
  readonly slowed: Map<string, readonly [from: Party, to: Party]>;
  /** µs; when the last fault began or ended. */
  lastFaultUs: number;
};

/** A host, and the number by which a trace knows who is on it: a sid, or a client's −1, −2, … */
type Party = { readonly host: string; readonly who: number };

/** A restarted process takes a moment to come up. */
const RESTART_US = 300_000;

/** Carries out one command, on whomever its roles stand for at this moment. */
export function obey(hands: Hands, command: Command): void {
  const { cluster, cast } = hands;
  noteLeader(cluster, cast);
  hands.lastFaultUs = cluster.kernel.nowUs;
  switch (command.kind) {
    case "start":
      for (const process of processesOf(hands, command.targets))
        startServerProcess(cluster, process);
      break;
    case "stop":
      for (const process of processesOf(hands, command.targets)) stop(hands, process);
      break;
    case "restart":
      for (const process of processesOf(hands, command.targets)) restart(hands, process);
      break;
    case "crash":
      for (const process of processesOf(hands, command.targets)) {
        crash(hands, process, command.power);
      }
      break;
    case "pause":
      for (const process of processesOf(hands, command.targets)) pause(hands, process);
      break;
    case "resume":
      for (const process of processesOf(hands, command.targets)) {
        resumeServerProcess(cluster, process);
      }
      break;
    case "partition": {
      const groups = resolve(cluster, cast, command.groups);
      const named = groups.flat();
      const rest = cluster.servers.map(({ sid }) => sid).filter((sid) => !named.includes(sid));
      count(cluster, "partition");
      raise(hands, split([...groups, rest].map((sids) => sids.map((sid) => hostOf(hands, sid)))));
      break;
    }
    case "wall": {
      const [from, to] = resolve(cluster, cast, [[command.from], [command.to]]);
      count(cluster, "one-way partition");
      raise(
        hands,
        oneWay(
          (from ?? []).map((sid) => hostOf(hands, sid)),
          (to ?? []).map((sid) => hostOf(hands, sid)),
        ),
      );
      break;
    }
    case "isolate":
      for (const party of partiesOf(hands, command.targets)) isolateParty(hands, party);
      break;
    case "heal":
      healAll(hands);
      break;
    case "slow":
      slow(hands, command.from, command.to, command.addedMs);
      break;
    case "reset":
      resetBetween(hands, command.from, command.to);
      break;
    case "client": {
      const process = clientNamed(cluster, command.client);
      if (process !== undefined)
        stepProgram(cluster, process, { kind: "told", action: command.action });
      break;
    }
  }
}

export function crash(hands: Hands, process: ServerProcess, power: boolean): void {
  if (process.server === null) return;
  count(hands.cluster, power ? "power loss" : "crash");
  crashServerProcess(hands.cluster, process, { power, losesSent: power });
}

export function pause(hands: Hands, process: ServerProcess): void {
  if (process.life !== "running") return;
  count(hands.cluster, "pause");
  pauseServerProcess(hands.cluster, process);
}

/** In good order: a running server is stopped first. */
export function restart(hands: Hands, process: ServerProcess): void {
  const { cluster } = hands;
  stop(hands, process);
  hands.later(cluster.kernel.nowUs + RESTART_US, () => {
    hands.lastFaultUs = cluster.kernel.nowUs;
    startServerProcess(cluster, process);
  });
}

export function raise(hands: Hands, walls: readonly Wall[]): void {
  raiseWalls(hands.cluster.network, walls);
  for (const [from, to] of walls) noteWall(hands, RowKind.walled, from, to);
}

export function lower(hands: Hands, walls: readonly Wall[]): void {
  lowerWalls(hands.cluster.network, walls);
  for (const [from, to] of walls) noteWall(hands, RowKind.healed, from, to);
}

/** No walls, no slow links. */
export function healAll(hands: Hands): void {
  const { network } = hands.cluster;
  for (const { name, links } of network.hosts.values()) {
    for (const link of links.values()) {
      if (link.walls > 0) noteWall(hands, RowKind.healed, name, link.to.name);
    }
  }
  heal(network);
  for (const [from, to] of hands.slowed.values()) unslow(hands, from, to);
}

export function slowLink(hands: Hands, from: Party, to: Party, addedMs: number): void {
  setLatency(hands.cluster.network, from.host, to.host, slowedLatency(hands.network, addedMs));
  hands.slowed.set(`${from.host} ${to.host}`, [from, to]);
  hands.note(RowKind.slowed, from.who, to.who, addedMs);
}

export function unslow(hands: Hands, from: Party, to: Party): void {
  setLatency(hands.cluster.network, from.host, to.host, undefined);
  hands.slowed.delete(`${from.host} ${to.host}`);
  hands.note(RowKind.unslowed, from.who, to.who, 0);
}

export function serverParties(cluster: Cluster): Party[] {
  return cluster.servers.map(({ host, sid }) => ({ host, who: sid }));
}

/** Breaks every connection between one party and the others. */
export function resetAll(hands: Hands, party: Party, others: readonly Party[]): void {
  const { network } = hands.cluster;
  for (const process of network.processes.values()) {
    if (process.host.name !== party.host) continue;
    for (const end of [...process.ends.values()]) {
      const host = end.peer.owner?.host.name;
      if (others.some((other) => other.host === host)) reset(network, process.id, end.conn);
    }
  }
}

export function count(cluster: Cluster, fault: string): void {
  cluster.faults.set(fault, (cluster.faults.get(fault) ?? 0) + 1);
}

function stop(hands: Hands, process: ServerProcess): void {
  if (process.server === null) return;
  if (process.life === "paused") resumeServerProcess(hands.cluster, process);
  count(hands.cluster, "stop");
  deliverToServer(hands.cluster, process, { kind: "stopped" });
}

function isolateParty(hands: Hands, party: Party): void {
  const others = serverParties(hands.cluster).filter(({ host }) => host !== party.host);
  count(hands.cluster, "isolation");
  raise(hands, split([[party.host], others.map(({ host }) => host)]));
}

function slow(hands: Hands, from: Target, to: Target | null, addedMs: number): void {
  count(hands.cluster, "slow link");
  const targets = to === null ? serverParties(hands.cluster) : partiesOf(hands, [to]);
  for (const sender of partiesOf(hands, [from])) {
    for (const receiver of targets) {
      if (sender.host !== receiver.host) slowLink(hands, sender, receiver, addedMs);
    }
  }
}

function resetBetween(hands: Hands, from: Target, to: Target | null): void {
  count(hands.cluster, "reset");
  const others = to === null ? serverParties(hands.cluster) : partiesOf(hands, [to]);
  for (const party of partiesOf(hands, [from])) resetAll(hands, party, others);
}

function processesOf(hands: Hands, targets: readonly Target[]): ServerProcess[] {
  const sids = resolve(hands.cluster, hands.cast, [targets])[0] ?? [];
  if (sids.length > 0) hands.cast.same = sids;
  return sids.flatMap((sid) => hands.cluster.bySid.get(sid) ?? []);
}

function partiesOf(hands: Hands, targets: readonly Target[]): Party[] {
  const parties: Party[] = processesOf(hands, targets).map(({ host, sid }) => ({ host, who: sid }));
  for (const target of targets) {
    if (target.kind !== "client") continue;
    const process = clientNamed(hands.cluster, target.client);
    if (process !== undefined) parties.push({ host: process.host, who: process.id });
  }
  return parties;
}

function hostOf(hands: Hands, sid: number): string {
  return hands.cluster.bySid.get(sid)?.host ?? "";
}

/** Several servers may share a host; a trace shows the wall at each of them. */
function noteWall(hands: Hands, kind: number, from: string, to: string): void {
  for (const sender of whoIsOn(hands.cluster, from)) {
    for (const receiver of whoIsOn(hands.cluster, to)) hands.note(kind, sender, receiver, 0);
  }
}

function whoIsOn(cluster: Cluster, host: string): number[] {
  const sids = cluster.servers.filter((process) => process.host === host).map(({ sid }) => sid);
  const clients = cluster.clients.filter((process) => process.host === host).map(({ id }) => id);
  return [...sids, ...clients];
}
