import type { Cluster, ServerProcess } from "../../sim/cluster/state.ts";
import type { NetworkName } from "../scenario/input.ts";
import type { LinkFaultKind, Target } from "../scenario/scenario.ts";
import type { Wall } from "../../sim/network/partition.ts";
import { clientNamed } from "./holds.ts";
import { resolve, type Cast } from "./targets.ts";

/** What is needed to carry out commands. */
export type Hands = {
  readonly cluster: Cluster;
  readonly network: NetworkName;
  readonly cast: Cast;
  /** Calls back at an instant, in a turn of its own. */
  readonly later: (atUs: number, act: () => void) => void;
  /** Notes a row of the trace, if there is one. */
  readonly note: (kind: number, who: number, peer: number, a: number, more?: MoreOfRow) => void;
  /** Partitions that stand. */
  readonly partitions: Set<readonly Wall[]>;
  /** What is wrong with links, oldest first: of one kind on one link the last counts. */
  readonly linkFaults: LinkFault[];
  /** How often everything was healed: what was under way until then does not go on. */
  healCount: number;
  /** µs; when the last fault began or ended. */
  lastFaultUs: number;
};

/** Columns of a row that most kinds leave empty. */
export type MoreOfRow = { readonly b?: number; readonly c?: number; readonly text?: string };

/** One fault on one link, one way. */
export type LinkFault = {
  readonly kind: LinkFaultKind;
  readonly from: Party;
  readonly to: Party;
  /** slow: added ms; throttled: bytes a second; lossy: one in so many; refused: 1 without an answer. */
  readonly measure: number;
  /** slow: ms more at most, on top. */
  readonly tailMs: number;
};

/** A host, and the number by which a trace knows who is on it: a sid, or a client's −1, −2, … */
export type Party = { readonly host: string; readonly who: number };

export function count(cluster: Cluster, fault: string): void {
  cluster.faults.set(fault, (cluster.faults.get(fault) ?? 0) + 1);
}

export function processesOf(hands: Hands, targets: readonly Target[]): ServerProcess[] {
  const sids = resolve(hands.cluster, hands.cast, [targets])[0] ?? [];
  if (sids.length > 0) hands.cast.same = sids;
  return sids.flatMap((sid) => hands.cluster.bySid.get(sid) ?? []);
}

/** Servers and clients. */
export function partiesOf(hands: Hands, targets: readonly Target[]): Party[] {
  const parties: Party[] = processesOf(hands, targets).map(({ host, sid }) => ({ host, who: sid }));
  for (const target of targets) {
    if (target.kind !== "client") continue;
    const process = clientNamed(hands.cluster, target.client);
    if (process !== undefined) parties.push({ host: process.host, who: process.id });
  }
  return parties;
}

export function serverParties(cluster: Cluster): Party[] {
  return cluster.servers.map(({ host, sid }) => ({ host, who: sid }));
}

export function clientParties(cluster: Cluster): Party[] {
  return cluster.clients.map(({ host, id }) => ({ host, who: id }));
}

/** Undoes a fault after so long, in a turn of its own; never when `afterUs` is null. */
export function undoAfter(hands: Hands, afterUs: number | null, undo: () => void): void {
  if (afterUs === null) return;
  const { kernel } = hands.cluster;
  hands.later(kernel.nowUs + afterUs, () => {
    hands.lastFaultUs = kernel.nowUs;
    undo();
  });
}
