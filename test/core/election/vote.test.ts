import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ServerState } from "../../../core/election/notification.ts";
import type { Quorum } from "../../../core/election/quorum.ts";
import { sameVote, supersedes, type HeardVote, type Vote } from "../../../core/election/vote.ts";
import { makeZxid } from "../../../core/zxid.ts";
import { z } from "../../support/effect-text.ts";

// Spec election-and-zab 3.3; FastLeaderElection.java (totalOrderPredicate), Vote.java (equals).

const FIVE: Quorum = { kind: "majority", voters: [1, 2, 3, 4, 5] };

test.each([
  ["a later epoch wins over a longer history", vote(1, 2, z(1, 1)), vote(5, 1, z(1, 9))],
  [
    "within an epoch the longer history wins over a larger sid",
    vote(1, 1, z(1, 8)),
    vote(5, 1, z(1, 7)),
  ],
  ["with equal histories the larger sid wins", vote(5, 1, z(1, 7)), vote(4, 1, z(1, 7))],
  ["zxids of epochs from 2^31 on do not wrap", vote(1, 1, z(0x7fffffff, 1)), vote(2, 1, z(1, 1))],
  [
    "a smaller sid of a later epoch wins at equal zxids (ZOOKEEPER-1419)",
    vote(1, 1, z(0, 0)),
    vote(3, 0, z(0, 0)),
  ],
])("%s", (_, winner, loser) => {
  expect(supersedes(FIVE, winner, loser)).toBe(true);
  expect(supersedes(FIVE, loser, winner)).toBe(false);
});

test("the round takes no part in the order", () => {
  const early = { ...vote(2, 1, z(1, 1)), electionEpoch: 1 };
  const late = { ...vote(1, 1, z(1, 1)), electionEpoch: 9 };

  expect(supersedes(FIVE, late, early)).toBe(false);
  expect(supersedes(FIVE, early, late)).toBe(true);
});

test("no vote supersedes one like itself", () => {
  expect(supersedes(FIVE, vote(2, 1, z(1, 1)), vote(2, 1, z(1, 1)))).toBe(false);
});

test("a server without weight is never voted for", () => {
  const weighted: Quorum = {
    kind: "hierarchical",
    voters: [1, 2, 3],
    groups: [{ gid: 1, sids: [1, 2, 3] }],
    weights: new Map([
      [1, 1],
      [2, 1],
      [3, 0],
    ]),
  };

  expect(supersedes(weighted, vote(3, 9, z(9, 9)), vote(1, 1, z(1, 1)))).toBe(false);
  expect(supersedes(weighted, vote(2, 1, z(1, 1)), vote(3, 9, z(9, 9)))).toBe(false);
  expect(supersedes(weighted, vote(2, 1, z(1, 1)), vote(1, 1, z(1, 1)))).toBe(true);
});

// While one of the two looks, everything counts; the votes of those who are done were cast in other rounds.
test.each<[string, ServerState, ServerState, Partial<HeardVote>, boolean]>([
  ["alike", "LOOKING", "LOOKING", {}, true],
  ["another leader", "LOOKING", "LOOKING", { leader: 2 }, false],
  ["another zxid", "LOOKING", "LOOKING", { zxid: z(1, 2) }, false],
  ["another round", "LOOKING", "LOOKING", { electionEpoch: 4 }, false],
  ["another epoch", "LOOKING", "LOOKING", { peerEpoch: 2 }, false],
  ["another zxid, one done", "LOOKING", "FOLLOWING", { zxid: z(1, 2) }, false],
  ["another round, one done", "LEADING", "LOOKING", { electionEpoch: 4 }, false],
  ["another zxid, both done", "FOLLOWING", "LEADING", { zxid: z(1, 2) }, true],
  [
    "another round, both done (ZOOKEEPER-1818)",
    "FOLLOWING",
    "FOLLOWING",
    { electionEpoch: 4 },
    true,
  ],
  ["another epoch, both done", "FOLLOWING", "LEADING", { peerEpoch: 2 }, false],
  ["another leader, both done", "FOLLOWING", "FOLLOWING", { leader: 2 }, false],
])("votes count together or not: %s", (_, one, other, difference, same) => {
  const first: HeardVote = { ...vote(3, 1, z(1, 1)), state: one };
  const second: HeardVote = { ...vote(3, 1, z(1, 1)), state: other, ...difference };

  expect(sameVote(first, second)).toBe(same);
  expect(sameVote(second, first)).toBe(same);
});

// Small ranges on purpose: ties in epoch and zxid are where the bugs live.
const anyVote: fc.Arbitrary<Vote> = fc.record({
  leader: fc.integer({ min: 1, max: 5 }),
  zxid: fc.tuple(fc.nat(2), fc.nat(2)).map(([epoch, counter]) => makeZxid(epoch, counter)),
  electionEpoch: fc.nat(2),
  peerEpoch: fc.nat(2),
});

test("supersedes orders every pair of distinct votes exactly one way", () => {
  fc.assert(
    fc.property(anyVote, anyVote, (a, b) => {
      const wins = [supersedes(FIVE, a, b), supersedes(FIVE, b, a)];
      const same = a.leader === b.leader && a.zxid === b.zxid && a.peerEpoch === b.peerEpoch;
      return wins.filter(Boolean).length === (same ? 0 : 1);
    }),
  );
});

test("supersedes has no cycles", () => {
  fc.assert(
    fc.property(anyVote, anyVote, anyVote, (a, b, c) => {
      fc.pre(supersedes(FIVE, a, b) && supersedes(FIVE, b, c));
      return supersedes(FIVE, a, c);
    }),
  );
});

function vote(leader: number, peerEpoch: number, zxid: Vote["zxid"]): Vote {
  return { leader, zxid, electionEpoch: 3, peerEpoch };
}
