import type { NetworkCommand } from "../scenario/scenario.ts";
import { halfOpen, resetBetween } from "./breakages.ts";
import { count, partiesOf, undoAfter, type Hands } from "./hands.ts";
import { beginLinkFaults, endLinkFaults, holdersOf, linkFaultsOn, linksOf } from "./link-faults.ts";
import { swizzle } from "./swizzle.ts";
import { isolate, lowerAll, partition, partitionOneWay, partitionShaped } from "./walls.ts";

/** Carries out one command on the network. What is given a time ends by itself. */
export function obeyNetworkCommand(hands: Hands, command: NetworkCommand): void {
  switch (command.kind) {
    case "partition":
      undoAfter(hands, command.forUs, partition(hands, command.groups));
      break;
    case "shape":
      undoAfter(hands, command.forUs, partitionShaped(hands, command.shape, command.targets));
      break;
    case "wall":
      undoAfter(hands, command.forUs, partitionOneWay(hands, command.from, command.to));
      break;
    case "isolate":
      for (const party of partiesOf(hands, command.targets)) {
        undoAfter(hands, command.forUs, isolate(hands, party));
      }
      break;
    case "heal":
      healAll(hands);
      break;
    case "link fault":
      faultLinks(hands, command);
      break;
    case "release":
      endLinkFaults(hands, holdersOf(hands, linksOf(hands, command.links)));
      break;
    case "swizzle":
      swizzle(hands, command.targets, command.overUs);
      break;
    case "reset":
      resetBetween(hands, command.from, command.to, command.keeps);
      break;
    case "halfOpen":
      halfOpen(hands, command.from, command.to, command.lateUs);
      break;
  }
}

const COUNTED = {
  slow: "slow link",
  held: "held link",
  throttled: "throttled link",
  lossy: "lossy link",
  refused: "refusal",
} as const;

function faultLinks(
  hands: Hands,
  { fault, measure, tailMs, links, forUs }: Extract<NetworkCommand, { kind: "link fault" }>,
): void {
  count(hands.cluster, COUNTED[fault]);
  const faults = linkFaultsOn(linksOf(hands, links), fault, measure, tailMs);
  undoAfter(hands, forUs, beginLinkFaults(hands, faults));
}

/** The network is as it was at first. */
function healAll(hands: Hands): void {
  hands.healCount++;
  lowerAll(hands);
  endLinkFaults(hands, [...hands.linkFaults]);
}
