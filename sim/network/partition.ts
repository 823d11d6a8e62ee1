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
