import type { Cluster } from "../../sim/cluster/state.ts";
import { heal } from "../../sim/network/link.ts";
import {
  bridge,
  halves,
  lowerWalls,
  oneWay,
  raiseWalls,
  ring,
  split,
  type Wall,
} from "../../sim/network/partition.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { PartitionShape } from "../scenario/input.ts";
import type { Target } from "../scenario/scenario.ts";
import { count, serverParties, type Hands, type Party } from "./hands.ts";
import { resolve } from "./targets.ts";

/** Nothing passes between two groups; servers in none are a group of their own. */
export function partition(hands: Hands, targets: readonly (readonly Target[])[]): () => void {
  const { cluster, cast } = hands;
  const groups = resolve(cluster, cast, targets);
  const named = groups.flat();
  const rest = cluster.servers.map(({ sid }) => sid).filter((sid) => !named.includes(sid));
  count(cluster, "partition");
  return raise(hands, split([...groups, rest].map((sids) => hostsOf(hands, sids))));
}

const SHAPES: Readonly<
  Record<PartitionShape, { readonly fault: string; readonly walls: typeof halves }>
> = {
  halves: { fault: "partition", walls: halves },
  bridge: { fault: "bridge partition", walls: bridge },
  ring: { fault: "majorities ring", walls: ring },
};

/** Walls between servers that are given in an order; between all, by sid, when none are. */
export function partitionShaped(
  hands: Hands,
  shape: PartitionShape,
  targets: readonly Target[],
): () => void {
  const { cluster, cast } = hands;
  const named = resolve(cluster, cast, [targets])[0] ?? [];
  const sids = targets.length === 0 ? cluster.servers.map(({ sid }) => sid) : named;
  const { fault, walls } = SHAPES[shape];
  count(cluster, fault);
  return raise(hands, walls(hostsOf(hands, sids)));
}

/** Nothing passes one way. */
export function partitionOneWay(hands: Hands, fromTarget: Target, toTarget: Target): () => void {
  const { cluster, cast } = hands;
  const [from = [], to = []] = resolve(cluster, cast, [[fromTarget], [toTarget]]);
  count(cluster, "one-way partition");
  return raise(hands, oneWay(hostsOf(hands, from), hostsOf(hands, to)));
}

export function isolate(hands: Hands, party: Party): () => void {
  const others = serverParties(hands.cluster).filter(({ host }) => host !== party.host);
  count(hands.cluster, "isolation");
  return raise(hands, split([[party.host], others.map(({ host }) => host)]));
}

/** Raises a partition, and returns what lowers it again, unless everything was healed before. */
export function raise(hands: Hands, walls: readonly Wall[]): () => void {
  hands.partitions.add(walls);
  raiseWalls(hands.cluster.network, walls);
  for (const [from, to] of walls) noteWall(hands, RowKind.walled, from, to);
  return () => {
    if (!hands.partitions.delete(walls)) return;
    lowerWalls(hands.cluster.network, walls);
    for (const [from, to] of walls) {
      if (!stands(hands, from, to)) noteWall(hands, RowKind.healed, from, to);
    }
  };
}

/** All partitions are gone. */
export function lowerAll(hands: Hands): void {
  const { network } = hands.cluster;
  for (const { name, links } of network.hosts.values()) {
    for (const link of links.values()) {
      if (link.walls > 0) noteWall(hands, RowKind.healed, name, link.to.name);
    }
  }
  hands.partitions.clear();
  heal(network);
}

function stands({ cluster }: Hands, from: string, to: string): boolean {
  return (cluster.network.hosts.get(from)?.links.get(to)?.walls ?? 0) > 0;
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
