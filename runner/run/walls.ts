import type { Cluster } from "../../sim/cluster/state.ts";
import { lowerWalls, oneWay, raiseWalls, split, type Wall } from "../../sim/network/partition.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { Target } from "../scenario/scenario.ts";
import { count, serverParties, type Hands, type Party } from "./hands.ts";
import { resolve } from "./targets.ts";

/** Nothing passes between two groups; servers in none are a group of their own. */
export function partition(hands: Hands, targets: readonly (readonly Target[])[]): void {
  const { cluster, cast } = hands;
  const groups = resolve(cluster, cast, targets);
  const named = groups.flat();
  const rest = cluster.servers.map(({ sid }) => sid).filter((sid) => !named.includes(sid));
  count(cluster, "partition");
  raise(hands, split([...groups, rest].map((sids) => hostsOf(hands, sids))));
}

/** Nothing passes one way. */
export function partitionOneWay(hands: Hands, fromTarget: Target, toTarget: Target): void {
  const { cluster, cast } = hands;
  const [from = [], to = []] = resolve(cluster, cast, [[fromTarget], [toTarget]]);
  count(cluster, "one-way partition");
  raise(hands, oneWay(hostsOf(hands, from), hostsOf(hands, to)));
}

export function isolate(hands: Hands, party: Party): void {
  const others = serverParties(hands.cluster).filter(({ host }) => host !== party.host);
  count(hands.cluster, "isolation");
  raise(hands, split([[party.host], others.map(({ host }) => host)]));
}

export function raise(hands: Hands, walls: readonly Wall[]): void {
  raiseWalls(hands.cluster.network, walls);
  for (const [from, to] of walls) noteWall(hands, RowKind.walled, from, to);
}

export function lower(hands: Hands, walls: readonly Wall[]): void {
  lowerWalls(hands.cluster.network, walls);
  for (const [from, to] of walls) noteWall(hands, RowKind.healed, from, to);
}

/** A row for each wall that stands on a link when all fall together. */
export function noteAllHealed(hands: Hands): void {
  for (const { name, links } of hands.cluster.network.hosts.values()) {
    for (const link of links.values()) {
      if (link.walls > 0) noteWall(hands, RowKind.healed, name, link.to.name);
    }
  }
}

function hostsOf(hands: Hands, sids: readonly number[]): string[] {
  return sids.map((sid) => hands.cluster.bySid.get(sid)?.host ?? "");
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
