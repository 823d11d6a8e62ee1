import { describe, expect, test } from "vitest";
import { changingEnsemble, type Change } from "../support/changing-ensemble.ts";

// Spec election-and-zab 6.9: who decides changes while clients write. The checks know which quorum each history needs.

/** More of them: ZT_RECONFIG_RUNS=500. */
const RUNS = Number(process.env["ZT_RECONFIG_RUNS"] ?? 6);
const LONG = { timeout: 120_000 };

const ALL = [1, 2, 3, 4, 5];

function line(sid: number, role = "participant"): string {
  return `server.${sid}=s${sid}:2888:3888:${role};s${sid}:2181`;
}

const STORIES: readonly [
  title: string,
  changes: readonly Change[],
  voters: readonly number[] | number,
][] = [
  [
    "servers join, as an observer and as a voter, and the observer is promoted",
    [
      { atMs: 4000, joining: line(4, "observer") },
      { atMs: 6000, joining: line(5) },
      { atMs: 8000, joining: line(4) },
    ],
    ALL,
  ],
  [
    "the leader leaves, then whoever leads after it, then one more",
    [
      { atMs: 4000, joining: `${line(4)},${line(5)}` },
      { atMs: 6000, leaving: "leader" },
      { atMs: 9000, leaving: "leader" },
      { atMs: 12_000, leaving: "follower" },
    ],
    2,
  ],
  [
    "all voters but one are replaced at once",
    [{ atMs: 5000, members: [3, 4, 5].map((sid) => line(sid)).join(",") }],
    [3, 4, 5],
  ],
];

describe("an ensemble that changes under load", () => {
  test.for(STORIES)("%s: nothing that was acknowledged is lost", LONG, ([, changes, voters]) => {
    const end = changingEnsemble("1", changes, { faults: false });

    expect(end.violations).toEqual([]);
    expect(end.exits).toEqual([]);
    if (typeof voters === "number") expect(end.voters).toHaveLength(voters);
    else expect(end.voters).toEqual(voters);
    expect(end.lost).toEqual([]);
    expect(end.acknowledged).toBeGreaterThan(500);
  });

  test("changes and faults drawn at random: nothing that was acknowledged is lost", LONG, () => {
    let changeCount = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const end = changingEnsemble(`random ${seed}`, null, { faults: true });

      expect(end.violations, `seed ${seed}`).toEqual([]);
      expect(end.lost, `seed ${seed}`).toEqual([]);
      changeCount += end.changeCount;
    }
    expect(changeCount).toBeGreaterThan(2 * RUNS);
  });
});
