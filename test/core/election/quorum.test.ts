import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isQuorum, isVoter, weightOf, type Quorum } from "../../../core/election/quorum.ts";

// Spec election-and-zab 3.3; QuorumMaj.java, QuorumHierarchical.java.

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
])("of %i voters, %i are a majority and one less are none", (voterCount, needed) => {
  const quorum = majorityOf(voterCount);

  expect(isQuorum(quorum, sidsUpTo(needed))).toBe(true);
  expect(isQuorum(quorum, sidsUpTo(needed - 1))).toBe(false);
});

test("those who do not vote are not counted", () => {
  expect(isQuorum(majorityOf(3), [1, 8, 9])).toBe(false);
  expect(isQuorum(majorityOf(3), [1, 8, 9, 2])).toBe(true);
  expect(isVoter(majorityOf(3), 8)).toBe(false);
});

/** Three groups of three, all of weight 1; sids 1–3, 4–6, 7–9. */
const NINE = groupsOf([
  [1, 1, 1],
  [1, 1, 1],
  [1, 1, 1],
]);

test.each<[string, number[], boolean]>([
  ["two of two groups each", [1, 2, 4, 5], true],
  ["a whole group and one more", [1, 2, 3, 4], false],
  ["five servers that win one group only", [1, 2, 3, 4, 7], false],
  ["two groups won whole", [4, 5, 6, 7, 8, 9], true],
  ["one of each group", [1, 4, 7], false],
  ["nobody", [], false],
])("groups: %s", (_, sids, decides) => {
  expect(isQuorum(NINE, sids)).toBe(decides);
});

test("a group is won by more than half of its weight, not by half", () => {
  const quorum = groupsOf([[2, 1, 1]]);

  expect(isQuorum(quorum, [1])).toBe(false);
  expect(isQuorum(quorum, [1, 2])).toBe(true);
  expect(isQuorum(quorum, [2, 3])).toBe(false);
});

test("half of the groups do not decide", () => {
  const quorum = groupsOf([[1], [1], [1], [1]]);

  expect(isQuorum(quorum, [1, 2])).toBe(false);
  expect(isQuorum(quorum, [1, 2, 3])).toBe(true);
});

test("groups without weight do not count", () => {
  const quorum = groupsOf([[1, 1, 1], [0, 0], [0]]);

  expect(isQuorum(quorum, [1, 2])).toBe(true);
  expect(isQuorum(quorum, [4, 5, 6])).toBe(false);
});

test("a sid without a line of its own has no weight among groups, and 1 among majorities", () => {
  expect(weightOf(NINE, 77)).toBe(0);
  expect(weightOf(majorityOf(3), 77)).toBe(1);
});

const anyQuorum: fc.Arbitrary<Quorum> = fc.oneof(
  fc.integer({ min: 1, max: 7 }).map(majorityOf),
  fc
    .array(fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .filter((weights) => weights.flat().some((weight) => weight > 0))
    .map(groupsOf),
);

test("two sets that may decide have a server in common", () => {
  fc.assert(
    fc.property(anyQuorum, fc.func(fc.nat(3)), (quorum, side) => {
      const placed = quorum.voters.map((sid) => ({ sid, side: side(sid) % 2 }));
      const left = placed.filter((each) => each.side === 0).map(({ sid }) => sid);
      const right = placed.filter((each) => each.side === 1).map(({ sid }) => sid);
      return !(isQuorum(quorum, left) && isQuorum(quorum, right));
    }),
  );
});

test("whoever joins a quorum leaves it one, and all voters together are one", () => {
  fc.assert(
    fc.property(anyQuorum, fc.func(fc.boolean()), fc.nat(8), (quorum, isIn, more) => {
      const some = quorum.voters.filter((sid) => isIn(sid));
      const grown = [...new Set([...some, quorum.voters[more % quorum.voters.length]!])];
      return (
        isQuorum(quorum, quorum.voters) && (!isQuorum(quorum, some) || isQuorum(quorum, grown))
      );
    }),
  );
});

function majorityOf(voterCount: number): Quorum {
  return { kind: "majority", voters: sidsUpTo(voterCount) };
}

/** Groups of these weights, sids counted through from 1. */
function groupsOf(weightsByGroup: readonly (readonly number[])[]): Quorum {
  const weights = new Map<number, number>();
  const groups = weightsByGroup.map((group, index) => ({
    gid: index + 1,
    sids: group.map((weight) => {
      const sid = weights.size + 1;
      weights.set(sid, weight);
      return sid;
    }),
  }));
  return { kind: "hierarchical", voters: [...weights.keys()], groups, weights };
}

function sidsUpTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
