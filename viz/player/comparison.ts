import type { Row } from "../../sim/trace/row.ts";
import type { ServerView } from "../../sim/trace/view.ts";
import { counterOf, epochOf, leaderIn, peerEpochIn } from "./words.ts";

/** Why a vote was changed or kept: the operands in the order of ZooKeeper's predicate, and the one that decided. */
export type Comparison = {
  readonly question: string;
  readonly because: string;
  readonly operands: readonly Operand[];
  /** The predicate's answer, as ZooKeeper names it. */
  readonly verdict: string;
};

export type Operand = {
  readonly name: "peerEpoch" | "zxid" | "leader";
  readonly heard: bigint;
  readonly mine: bigint;
  readonly sign: "=" | ">" | "<" | "·";
  readonly decides: boolean;
};

/**
 * Sets the vote of a notification against that of `mine`, which hears it.
 * @see ZooKeeper, server/quorum/FastLeaderElection.java (totalOrderPredicate)
 */
export function compareVotes(mine: ServerView, sent: Row, changed: boolean): Comparison {
  const pairs = [
    ["peerEpoch", BigInt(peerEpochIn(sent.c)), BigInt(mine.vote.peerEpoch)],
    ["zxid", sent.zxid, mine.vote.zxid],
    ["leader", BigInt(leaderIn(sent.c)), BigInt(mine.vote.leader)],
  ] as const;
  let open = true;
  let better = false;
  const operands = pairs.map(([name, heard, own]): Operand => {
    if (!open) return { name, heard, mine: own, sign: "·", decides: false };
    const decides = heard !== own;
    if (decides) {
      open = false;
      better = heard > own;
    }
    return { name, heard, mine: own, sign: heard === own ? "=" : heard > own ? ">" : "<", decides };
  });
  const decided = operands.find((operand) => operand.decides) ?? null;
  const newRound = sent.b !== mine.round;
  return {
    question: changed
      ? `Why did ${mine.sid} change its vote?`
      : `Why did ${mine.sid} keep its vote?`,
    because: newRound ? roundReason(sent, mine, changed) : reasonFor(decided, sent.who, mine.sid),
    operands,
    verdict: `totalOrderPredicate → ${better}`,
  };
}

function roundReason(sent: Row, mine: ServerView, changed: boolean): string {
  if (sent.b < mine.round) return `${sent.who} still votes in round ${sent.b}: too old to count.`;
  return changed
    ? `Round ${sent.b} is under way: ${mine.sid} joins it.`
    : `Round ${sent.b} is newer than round ${mine.round}.`;
}

function reasonFor(decided: Operand | null, from: number, to: number): string {
  if (decided === null) return `Both vote for the same; ${from} counts towards ${to}’s quorum.`;
  const { heard, mine } = decided;
  const [winner, more] = heard > mine ? ["The vote heard", true] : ["The own vote", false];
  switch (decided.name) {
    case "peerEpoch":
      return `${winner} is of a later epoch.`;
    case "zxid":
      if (epochOf(heard) !== epochOf(mine)) return `${winner} has seen a later epoch’s writes.`;
      return `Same epoch, but ${winner.toLowerCase()} has ${writesBetween(heard, mine)} more.`;
    case "leader":
      return `Same epoch, same log; ${more ? heard : mine} is the larger sid.`;
  }
}

function writesBetween(a: bigint, b: bigint): string {
  const count = Math.abs(counterOf(a) - counterOf(b));
  return count === 1 ? "one write" : `${count} writes`;
}
