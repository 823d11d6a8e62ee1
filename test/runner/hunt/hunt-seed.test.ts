import { expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { addCells, summarizeCoverage, type Coverage } from "../../../runner/hunt/coverage.ts";
import { drawCase } from "../../../runner/hunt/draw-case.ts";
import { caseOf, runHuntSeed } from "../../../runner/hunt/hunt-seed.ts";
import { parseDurationUs } from "../../../runner/scenario/duration.ts";
import { parseScenario, readScenarioInput, scenarioOf } from "../../../runner/scenario/parse.ts";
import { shippedScenario } from "../../../runner/shipped.ts";
import { simulate } from "../../../runner/simulate.ts";

// Dozens of whole runs: seconds, and more where others use the machine too.
vi.setConfig({ testTimeout: 60_000 });

const SEEDS = ["1", "2", "3", "4", "5", "6", "7", "8"];

test("a seed's result is the same every time, and other seeds give others", () => {
  const results = SEEDS.map((seed) => runHuntSeed({ seed, defects: [], scenario: null }));

  expect(SEEDS.map((seed) => runHuntSeed({ seed, defects: [], scenario: null }))).toEqual(results);
  expect(new Set(results.map(({ events }) => events)).size).toBe(SEEDS.length);
});

test("the fixed core survives what the swarm does to it", () => {
  for (const seed of SEEDS) {
    expect(runHuntSeed({ seed, defects: [], scenario: null }).finding).toBeNull();
  }
});

test("a result says which cells its run has reached", () => {
  const coverage: Coverage = new Map();
  const { coverage: cells } = runHuntSeed({ seed: "1", defects: [], scenario: null });
  addCells(coverage, cells, "1");

  expect(coverage.get("FOLLOWING broadcast ← PROPOSAL same")).toEqual({ seed: "1", runs: 1 });
  expect(summarizeCoverage(coverage).reached).toBe(cells.length);
});

test("a drawn case is a scenario: written as YAML it is the same run", () => {
  for (const seed of SEEDS) {
    const { input } = drawCase(seed);
    const text = stringify(input);

    expect(readScenarioInput(text, "drawn")).toEqual(input);
    const again = simulate(
      parseScenario(text, "drawn", () => null),
      { untilUs: 5_000_000 },
    );
    const run = simulate(scenarioOf(input), { untilUs: 5_000_000 });
    expect(again.outcome.traceHash).toBe(run.outcome.traceHash);
  }
});

test("no step comes after the quiet time, and the last ones bring everything back", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { input, quietMs } = drawCase(String(seed));
    const steps = input.steps ?? [];
    const instants = steps.map(({ at }) => (parseDurationUs(at ?? "") ?? NaN) / 1000);

    expect(instants.every((atMs) => atMs <= quietMs)).toBe(true);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    expect(steps.slice(-3).map(({ do: action }) => action)).toEqual(["heal", "resume", "start"]);
  }
});

test("a scenario's own faults give way to the drawn ones, and its clients stay", () => {
  const scenario = shippedScenario("leader-crash");
  const { input, quietMs } = caseOf({ seed: "5", defects: [], scenario: scenario?.text ?? "" });

  expect(quietMs).toBe(17_000);
  expect(input.ensemble.servers).toBe(5);
  expect(input.clients?.map(({ name }) => name)).toEqual(["writer", "witness"]);
  expect(input.steps?.some(({ when }) => when !== undefined)).toBe(false);
});
