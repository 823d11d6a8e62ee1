import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  addCells,
  COVERAGE_CELLS,
  mergeCoverage,
  reachedCells,
  summarizeCoverage,
  watchCoverage,
  type Coverage,
} from "../../../runner/hunt/coverage.ts";
import { CELL_LIMIT, cellName } from "../../../runner/hunt/coverage-cells.ts";
import { parseScenario } from "../../../runner/scenario/parse.ts";
import { advanceRun, beginRun, endRun, type SimulateResult } from "../../../runner/simulate.ts";

/** A run under random faults, with an observer. */
function covered(seed: string, isWatched = true): { coverage: Coverage; result: SimulateResult } {
  const scenario = parseScenario(
    `
name: covered
title: Covered
seed: "${seed}"
ensemble: { servers: 3, observers: 1, tickMs: 200, snapCount: 200, commitLogCount: 5 }
clients:
  - { name: app, count: 2, mix: { set: 1 }, rate: 20, until: 15s, sessionTimeout: 4s }
faults: { every: 500ms, from: 1s, until: 15s }
until: 25s
`,
    "covered",
    () => null,
  );
  const run = beginRun(scenario);
  const coverage: Coverage = new Map();
  const reached = isWatched ? watchCoverage(run.cluster) : null;
  advanceRun(run, run.untilUs);
  if (reached !== null) addCells(coverage, reachedCells(reached), seed);
  return { coverage, result: endRun(run) };
}

test("every cell has a name of its own", () => {
  const names = Array.from({ length: CELL_LIMIT }, (_, cell) => cellName(cell));

  expect(new Set(names).size).toBe(CELL_LIMIT);
  expect(new Set(COVERAGE_CELLS).size).toBe(COVERAGE_CELLS.length);
});

test("what a run reaches is told in the words of the protocol", () => {
  const { coverage } = covered("7");

  expect([...coverage.keys()]).toEqual(
    expect.arrayContaining([
      "LOOKING ← vote of LOOKING same",
      "FOLLOWING info ← LEADERINFO newer",
      "FOLLOWING receiving ← NEWLEADER newer",
      "FOLLOWING adopted ← UPTODATE",
      "FOLLOWING broadcast ← PROPOSAL same",
      "OBSERVING broadcast ← INFORM same",
      "LEADING discovery ← FOLLOWERINFO same",
      "LEADING broadcast ← ACK same",
      "FOLLOWING broadcast ! lost connection",
    ]),
  );
  expect(coverage.get("LEADING broadcast ← ACK same")).toEqual({ seed: "7", runs: 1 });
});

test("nothing is reached under random faults that is not listed as reachable", () => {
  const coverage: Coverage = new Map();
  for (const seed of ["1", "2", "3", "4"]) mergeCoverage(coverage, covered(seed).coverage);

  const { reached, reachable, cells, beyond } = summarizeCoverage(coverage);

  expect(beyond).toEqual([]);
  expect(reachable).toBe(COVERAGE_CELLS.length);
  expect(reached).toBe(cells.filter(({ seed }) => seed !== null).length);
  expect(reached).toBeGreaterThan(140);
  expect(reached).toBeLessThan(reachable);
});

test("a run is the same whether it is watched or not", () => {
  const watched = covered("3").result.outcome;
  const unwatched = covered("3", false).result.outcome;

  expect(watched.traceHash).toBe(unwatched.traceHash);
});

const anyCoverage: fc.Arbitrary<Coverage> = fc
  .array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(200), fc.integer({ min: 1, max: 3 })))
  .map(
    (entries) => new Map(entries.map(([cell, seed, runs]) => [cell, { seed: `${seed}`, runs }])),
  );

test("merging keeps the least seed and counts all runs, in whatever order it is done", () => {
  fc.assert(
    fc.property(fc.array(anyCoverage), (parts) => {
      const forth: Coverage = new Map();
      for (const part of parts) mergeCoverage(forth, part);
      const back: Coverage = new Map();
      for (const part of parts.toReversed()) mergeCoverage(back, part);

      expect(back).toEqual(forth);
      for (const [cell, { seed, runs }] of forth) {
        const found = parts.flatMap((part) => part.get(cell) ?? []);
        expect(Number(seed)).toBe(Math.min(...found.map((one) => Number(one.seed))));
        expect(runs).toBe(found.reduce((sum, one) => sum + one.runs, 0));
      }
    }),
  );
});
