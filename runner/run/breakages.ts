import { breakSilently, reset } from "../../sim/network/breakage.ts";
import { LinkFaultCode, RowKind } from "../../sim/trace/row.ts";
import type { Target } from "../scenario/scenario.ts";
import { count, partiesOf, serverParties, type Hands, type Party } from "./hands.ts";

/** Breaks every connection between one party and the others; `keeps` messages each way still arrive. */
export function resetAll(
  hands: Hands,
  party: Party,
  others: readonly Party[],
  keeps: number = 0,
): void {
  const { network } = hands.cluster;
  for (const other of connected(hands, party, others)) {
    hands.note(RowKind.linkFaulted, party.who, other.who, LinkFaultCode.reset, { c: 1 });
  }
  forEachConnection(hands, party, others, (id, conn) => reset(network, id, conn, keeps));
}

export function resetBetween(hands: Hands, from: Target, to: Target | null, keeps: number): void {
  count(hands.cluster, "reset");
  const others = to === null ? serverParties(hands.cluster) : partiesOf(hands, [to]);
  for (const party of partiesOf(hands, [from])) resetAll(hands, party, others, keeps);
}

/** The connections between the two end for `from` alone. */
export function halfOpen(
  hands: Hands,
  from: Target,
  to: Target | null,
  lateUs: number | null,
): void {
  const { cluster } = hands;
  count(cluster, "half-open connection");
  const b = lateUs === null ? -1 : Math.ceil(lateUs / 1000);
  const others = to === null ? serverParties(cluster) : partiesOf(hands, [to]);
  for (const party of partiesOf(hands, [from])) {
    for (const other of connected(hands, party, others)) {
      hands.note(RowKind.linkFaulted, party.who, other.who, LinkFaultCode.halfOpen, { b, c: 1 });
    }
    forEachConnection(hands, party, others, (id, conn) => {
      breakSilently(cluster.network, id, conn, lateUs);
    });
  }
}

/** Those of `others` that the party has a connection with. */
function connected(hands: Hands, party: Party, others: readonly Party[]): Party[] {
  const hosts = new Set<string | undefined>();
  for (const process of hands.cluster.network.processes.values()) {
    if (process.host.name !== party.host) continue;
    for (const end of process.ends.values()) hosts.add(end.peer.owner?.host.name);
  }
  return others.filter(({ host }) => hosts.has(host));
}

function forEachConnection(
  hands: Hands,
  party: Party,
  others: readonly Party[],
  act: (processId: number, conn: number) => void,
): void {
  for (const process of hands.cluster.network.processes.values()) {
    if (process.host.name !== party.host) continue;
    for (const end of [...process.ends.values()]) {
      const host = end.peer.owner?.host.name;
      if (others.some((other) => other.host === host)) act(process.id, end.conn);
    }
  }
}
