import { setLatency } from "../../sim/network/link.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { Target } from "../scenario/scenario.ts";
import { slowedLatency } from "./characters.ts";
import { count, partiesOf, serverParties, type Hands, type Party } from "./hands.ts";

export function slow(hands: Hands, from: Target, to: Target | null, addedMs: number): void {
  count(hands.cluster, "slow link");
  const targets = to === null ? serverParties(hands.cluster) : partiesOf(hands, [to]);
  for (const sender of partiesOf(hands, [from])) {
    for (const receiver of targets) {
      if (sender.host !== receiver.host) slowLink(hands, sender, receiver, addedMs);
    }
  }
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
