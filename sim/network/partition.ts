import { lowerWall, raiseWall } from "./link.ts";
import type { Network } from "./state.ts";

/** One direction that nothing passes: from one host to another, by name. */
export type Wall = readonly [from: string, to: string];

/** Nothing passes between different groups, in either direction. Hosts in no group are not touched. */
export function split(groups: readonly (readonly string[])[]): Wall[] {
  return groups.flatMap((group) =>
    groups.flatMap((other) => (group === other ? [] : oneWay(group, other))),
  );
}

/** Nothing passes from the first hosts to the second; the other direction stays open. */
export function oneWay(from: readonly string[], to: readonly string[]): Wall[] {
  return from.flatMap((sender) =>
    to.flatMap((receiver): Wall[] => (sender === receiver ? [] : [[sender, receiver]])),
  );
}

/** Nothing passes between one host and the others, in either direction. */
export function isolate(host: string, others: readonly string[]): Wall[] {
  return split([[host], others.filter((other) => other !== host)]);
}

/** Two halves that see nothing of each other; the first is the smaller one. */
export function halves(hosts: readonly string[]): Wall[] {
  const middle = hosts.length >> 1;
  return split([hosts.slice(0, middle), hosts.slice(middle)]);
}

/** Two halves that see nothing of each other, and the middle one that sees both. */
export function bridge(hosts: readonly string[]): Wall[] {
  const middle = hosts.length >> 1;
  return split([hosts.slice(0, middle), hosts.slice(middle + 1)]);
}

/**
 * Each host hears a majority, itself included, and each another one: its neighbours, on a ring in the order
 * given. Where a majority is even, the walls stand one way.
 *
 * @see Jepsen, jepsen/src/jepsen/nemesis.clj (majorities-ring)
 */
export function ring(hosts: readonly string[]): Wall[] {
  const majority = (hosts.length >> 1) + 1;
  const behind = majority >> 1;
  return hosts.flatMap((receiver, place) =>
    hosts.flatMap((sender, other): Wall[] => {
      const distance = (other - place + behind + hosts.length) % hosts.length;
      return distance < majority || sender === receiver ? [] : [[sender, receiver]];
    }),
  );
}

/**
 * Raises a partition. Partitions may overlap: a link is open again when each that covers it has been
 * lowered, with the same walls, or all at once by `heal`.
 */
export function raiseWalls<M, P>(network: Network<M, P>, walls: readonly Wall[]): void {
  for (const [from, to] of walls) raiseWall(network, from, to);
}

export function lowerWalls<M, P>(network: Network<M, P>, walls: readonly Wall[]): void {
  for (const [from, to] of walls) lowerWall(network, from, to);
}
