import { isQuorum } from "../../core/election/quorum.ts";
import type { Checks } from "./checks.ts";
import { isPrefix } from "./history.ts";

/** May these servers (bits, by their place) decide? Those that do not vote are not counted. */
export function mayDecide(checks: Checks, set: number): boolean {
  const { quorum, watches } = checks;
  if (quorum.kind === "majority") {
    let count = 0;
    for (const watch of watches) if (watch.votes && (set & (1 << watch.index)) !== 0) count++;
    return count > quorum.voters.length >> 1;
  }
  return isQuorum(quorum, sidsOf(checks, set));
}

/**
 * Who has `node` durable. A damaged disk still counts as holding it: the protocol does not
 * promise to survive that, and whoever counts on it is not to blame.
 */
export function holdersOf(checks: Checks, node: number): number {
  let set = checks.damaged;
  for (const watch of checks.watches) {
    if (isPrefix(checks.history, node, watch.durable)) set |= 1 << watch.index;
  }
  return set;
}

export function sidsOf(checks: Checks, set: number): number[] {
  return checks.watches.filter(({ index }) => (set & (1 << index)) !== 0).map(({ sid }) => sid);
}
