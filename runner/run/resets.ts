import { reset } from "../../sim/network/breakage.ts";
import type { Target } from "../scenario/scenario.ts";
import { count, partiesOf, serverParties, type Hands, type Party } from "./hands.ts";

export function resetBetween(hands: Hands, from: Target, to: Target | null): void {
  count(hands.cluster, "reset");
  const others = to === null ? serverParties(hands.cluster) : partiesOf(hands, [to]);
  for (const party of partiesOf(hands, [from])) resetAll(hands, party, others);
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
