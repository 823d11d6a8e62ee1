import { integer, type Stream } from "../../sim/kernel/stream.ts";
import { count, partiesOf, serverParties, undoAfter, type Hands, type Party } from "./hands.ts";
import { beginLinkFaults, linkFaultsOn, linksAround } from "./link-faults.ts";
import type { Target } from "../scenario/scenario.ts";

/**
 * Clogs servers one after the other within `overUs`, and unclogs them one after the other in as much time, in
 * another order. Both orders are drawn, and which servers, too, when there are no targets.
 *
 * @see FoundationDB, fdbserver/workloads/MachineAttrition and RandomClogging ("swizzle-clogging")
 */
export function swizzle(hands: Hands, targets: readonly Target[], overUs: number): void {
  const { cast } = hands;
  const parties = targets.length === 0 ? someServers(hands) : partiesOf(hands, targets);
  count(hands.cluster, "swizzle");
  const { healCount } = hands;
  const last = shuffled(cast.stream, parties);
  for (const [index, party] of shuffled(cast.stream, parties).entries()) {
    const atUs = Math.floor((overUs * index) / parties.length);
    const endUs = overUs + Math.floor((overUs * (last.indexOf(party) + 1)) / parties.length);
    undoAfter(hands, atUs, () => {
      if (hands.healCount !== healCount) return;
      const links = linksAround(hands, [party], true);
      undoAfter(hands, endUs - atUs, beginLinkFaults(hands, linkFaultsOn(links, "held", 0)));
    });
  }
}

function someServers({ cluster, cast }: Hands): Party[] {
  const all = serverParties(cluster);
  const some = all.filter(() => integer(cast.stream, 0, 1) === 0);
  return some.length === 0 ? all : some;
}

function shuffled<T>(stream: Stream, items: readonly T[]): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(integer(stream, 0, left.length - 1), 1));
}
