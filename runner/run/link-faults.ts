import { setBandwidth, setConnects, setLoss } from "../../sim/network/impairment.ts";
import { hold, release, setLatency } from "../../sim/network/link.ts";
import { LinkFaultCode, RowKind } from "../../sim/trace/row.ts";
import type { LinkFaultKind, Links } from "../scenario/scenario.ts";
import { slowedLatency } from "./characters.ts";
import {
  clientParties,
  partiesOf,
  serverParties,
  type Hands,
  type LinkFault,
  type Party,
} from "./hands.ts";

/** Puts faults on links, and returns what takes them away again: these, and none that came later. */
export function beginLinkFaults(hands: Hands, faults: readonly LinkFault[]): () => void {
  for (const fault of faults) {
    const before = inForce(hands, fault);
    hands.linkFaults.push(fault);
    apply(hands, fault, before);
  }
  return () => endLinkFaults(hands, faults);
}

/** Those of them that are still there. */
export function endLinkFaults(hands: Hands, faults: readonly LinkFault[]): void {
  for (const fault of faults) {
    const index = hands.linkFaults.indexOf(fault);
    if (index < 0) continue;
    const before = inForce(hands, fault);
    hands.linkFaults.splice(index, 1);
    apply(hands, fault, before);
  }
}

export function linkFaultsOn(
  links: readonly LinkEnds[],
  kind: LinkFaultKind,
  measure: number,
  tailMs: number = 0,
): LinkFault[] {
  return links.map(([from, to]) => ({ kind, from, to, measure, tailMs }));
}

/** What holds these links now. */
export function holdersOf(hands: Hands, links: readonly LinkEnds[]): LinkFault[] {
  return hands.linkFaults.filter(
    ({ kind, from, to }) =>
      kind === "held" && links.some(([a, b]) => a.host === from.host && b.host === to.host),
  );
}

/** From whom to whom. */
export type LinkEnds = readonly [from: Party, to: Party];

export function linksOf(hands: Hands, links: Links): LinkEnds[] {
  if (links.kind === "one way") {
    const to = links.to === null ? serverParties(hands.cluster) : partiesOf(hands, [links.to]);
    return between(partiesOf(hands, [links.from]), to);
  }
  return linksAround(hands, partiesOf(hands, links.targets), links.kind === "around");
}

/** What leads to these from anybody, and the way back too if `bothWays`. */
export function linksAround(
  hands: Hands,
  parties: readonly Party[],
  bothWays: boolean,
): LinkEnds[] {
  const servers = serverParties(hands.cluster);
  const everybody = [...servers, ...clientParties(hands.cluster)];
  const ends = new Map<string, LinkEnds>();
  for (const party of parties) {
    const others = party.who < 0 ? servers : everybody;
    const links = [...between(others, [party]), ...(bothWays ? between([party], others) : [])];
    for (const link of links) ends.set(`${link[0].who} ${link[1].who}`, link);
  }
  return [...ends.values()];
}

/** There is no network between a host and itself. */
export function between(from: readonly Party[], to: readonly Party[]): LinkEnds[] {
  return from.flatMap((a) => to.flatMap((b): LinkEnds[] => (a.host === b.host ? [] : [[a, b]])));
}

/** The last of this kind on this link. */
function inForce(
  hands: Hands,
  { kind, from, to }: Pick<LinkFault, "kind" | "from" | "to">,
): LinkFault | undefined {
  return hands.linkFaults.findLast(
    (fault) => fault.kind === kind && fault.from.host === from.host && fault.to.host === to.host,
  );
}

/** Sees to it that a link is as the last fault of this kind on it says, and notes what changed. */
function apply(hands: Hands, { kind, from, to }: LinkFault, before: LinkFault | undefined): void {
  const { network } = hands.cluster;
  const now = inForce(hands, { kind, from, to });
  if (now?.measure === before?.measure && now?.tailMs === before?.tailMs) return;
  switch (kind) {
    case "slow": {
      const table = now && slowedLatency(hands.network, now.measure, now.tailMs);
      setLatency(network, from.host, to.host, table);
      break;
    }
    case "held":
      if (now === undefined) release(network, from.host, to.host);
      else hold(network, from.host, to.host);
      break;
    case "throttled":
      setBandwidth(network, from.host, to.host, now?.measure ?? 0);
      break;
    case "lossy":
      setLoss(network, from.host, to.host, now?.measure ?? 0);
      break;
    case "refused":
      setConnects(network, from.host, to.host, connects(now));
      break;
  }
  tell(hands, kind, from, to, now);
}

function connects(fault: LinkFault | undefined): "pass" | "refused" | "unanswered" {
  if (fault === undefined) return "pass";
  return fault.measure === 1 ? "unanswered" : "refused";
}

function tell(
  hands: Hands,
  kind: LinkFaultKind,
  from: Party,
  to: Party,
  now: LinkFault | undefined,
): void {
  if (kind === "slow") {
    const row = now === undefined ? RowKind.unslowed : RowKind.slowed;
    hands.note(row, from.who, to.who, now?.measure ?? 0);
  } else {
    const row = now === undefined ? RowKind.linkMended : RowKind.linkFaulted;
    hands.note(row, from.who, to.who, LinkFaultCode[kind], { b: now?.measure ?? 0 });
  }
}
