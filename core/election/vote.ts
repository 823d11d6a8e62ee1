import { weightOf, type Quorum } from "./quorum.ts";
import type { ServerState } from "./notification.ts";
import type { Zxid } from "../zxid.ts";

/** An opinion on who should lead. `peerEpoch` is the currentEpoch that the proposed leader claims. */
export type Vote = {
  readonly leader: number;
  readonly zxid: Zxid;
  readonly electionEpoch: number;
  readonly peerEpoch: number;
};

/** A vote as it was heard, with the state of the server that cast it. */
export type HeardVote = Vote & { readonly state: ServerState };

/**
 * Does `challenger` beat `holder`? Epoch first, then zxid, then sid; the round takes no part.
 * A leader without weight never wins.
 * @see ZooKeeper, server/quorum/FastLeaderElection.java (totalOrderPredicate)
 */
export function supersedes(quorum: Quorum, challenger: Vote, holder: Vote): boolean {
  if (weightOf(quorum, challenger.leader) === 0) return false;
  if (challenger.peerEpoch !== holder.peerEpoch) return challenger.peerEpoch > holder.peerEpoch;
  if (challenger.zxid !== holder.zxid) return challenger.zxid > holder.zxid;
  return challenger.leader > holder.leader;
}

/**
 * Do two votes count together? Votes of servers that are done looking were cast at different times
 * by different routes, so only leader and epoch have to agree.
 * @see ZOOKEEPER-1818; server/quorum/Vote.java (equals)
 */
export function sameVote(one: HeardVote, other: HeardVote): boolean {
  if (one.leader !== other.leader || one.peerEpoch !== other.peerEpoch) return false;
  if (one.state !== "LOOKING" && other.state !== "LOOKING") return true;
  return one.zxid === other.zxid && one.electionEpoch === other.electionEpoch;
}
