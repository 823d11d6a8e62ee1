import type { Cluster } from "../../sim/cluster/state.ts";
import { integer, type Stream } from "../../sim/kernel/stream.ts";
import type { Role, Target } from "../scenario/scenario.ts";
import { leaderOf } from "./holds.ts";

/** What the roles of a step depend on besides the present state. */
export type Cast = {
  /** Draws which follower `a follower` is. */
  readonly stream: Stream;
  /** The servers of the last step that had any. */
  same: readonly number[];
  /** Who led before the present leader, or led last. */
  oldLeader: number | null;
  lastLeader: number | null;
};

/** Keeps track of who led. To be called whenever a step is about to be carried out, and when leaders change. */
export function noteLeader(cluster: Cluster, cast: Cast): void {
  const sid = leaderOf(cluster)?.sid ?? null;
  if (sid === null || sid === cast.lastLeader) return;
  cast.oldLeader = cast.lastLeader;
  cast.lastLeader = sid;
}

/** The sids that groups of targets stand for now. A server named in one group is in no later one. */
export function resolve(
  cluster: Cluster,
  cast: Cast,
  groups: readonly (readonly Target[])[],
): number[][] {
  const named = new Set<number>();
  const resolved = groups.map((group) => {
    const sids: number[] = [];
    for (const target of group) {
      if (isOthers(target)) continue;
      for (const sid of sidsOf(cluster, cast, target, named)) {
        if (named.has(sid)) continue;
        named.add(sid);
        sids.push(sid);
      }
    }
    return sids;
  });
  const others = cluster.servers.map(({ sid }) => sid).filter((sid) => !named.has(sid));
  for (const [index, group] of groups.entries()) {
    if (group.some(isOthers)) resolved[index]?.push(...others);
  }
  return resolved;
}

function isOthers(target: Target): boolean {
  return target.kind === "role" && target.role === "others";
}

function sidsOf(
  cluster: Cluster,
  cast: Cast,
  target: Target,
  named: ReadonlySet<number>,
): readonly number[] {
  if (target.kind === "sid") return [target.sid];
  return target.kind === "role" ? sidsInRole(cluster, cast, target.role, named) : [];
}

function sidsInRole(
  cluster: Cluster,
  cast: Cast,
  role: Role,
  named: ReadonlySet<number>,
): readonly number[] {
  switch (role) {
    case "leader": {
      const sid = leaderOf(cluster)?.sid;
      return sid === undefined ? [] : [sid];
    }
    case "followers":
      return inState(cluster, "FOLLOWING");
    case "a follower":
      return oneOf(cast, inState(cluster, "FOLLOWING"), named);
    case "observers":
      return inState(cluster, "OBSERVING");
    case "an observer":
      return oneOf(cast, inState(cluster, "OBSERVING"), named);
    case "all":
      return cluster.servers.map(({ sid }) => sid);
    case "crashed":
      return cluster.servers.filter(({ life }) => life === "down").map(({ sid }) => sid);
    case "old leader":
      return cast.oldLeader === null ? [] : [cast.oldLeader];
    case "same":
      return cast.same;
    case "others":
      return [];
  }
}

function inState(cluster: Cluster, state: "FOLLOWING" | "OBSERVING"): number[] {
  return cluster.servers
    .filter(({ server }) => server !== null && server.state === state)
    .map(({ sid }) => sid);
}

function oneOf(cast: Cast, sids: readonly number[], named: ReadonlySet<number>): number[] {
  const free = sids.filter((sid) => !named.has(sid));
  const sid = free.length === 0 ? undefined : free[integer(cast.stream, 0, free.length - 1)];
  return sid === undefined ? [] : [sid];
}
