import { expect, test } from "vitest";
import { replay } from "../../runner/replay.ts";
import type { Scenario } from "../../runner/scenario/scenario.ts";
import { BUG_NAMES, shippedScenario } from "../../runner/shipped.ts";
import { simulate, type SimulateResult } from "../../runner/simulate.ts";

/** What each bug breaks first. */
const BREAKS: Readonly<Record<string, string>> = {
  "1154-diff-without-trunc": "S8 log matching",
  "1319-empty-diff-for-fresh-server": "S6 history consistency",
  "1367-session-txns-skip-table-in-diff": "S17 session table equals history",
  "1549-dirty-candidate-snapshot": "S16 tree equals history",
  "2845-stale-database-after-stepdown": "S6 history consistency",
  "3911-ack-before-log": "S10 ack honesty",
  "4925-committed-list-hole-after-diff": "S8 log matching",
};

test.for(BUG_NAMES)("%s breaks a property with its defect, and none without", (name) => {
  const scenario = shipped(name);

  const fixed = simulate(scenario);
  const broken = simulate(scenario, { defects: [numberOf(name)] });

  expect(fixed.outcome.violations).toEqual([]);
  expect(fixed.outcome.ok).toBe(true);
  expect(broken.outcome.violations[0]?.check).toBe(BREAKS[name]);
  expect(broken.outcome.ok).toBe(false);
});

test("a defect is named by its id, its number or its slug, and the trace has the id", () => {
  const scenario = shipped("1154-diff-without-trunc");
  const names = ["1154", "zookeeper-1154", "diff-without-trunc"];

  const traces = names.map((defect) => simulate(scenario, { defects: [defect], trace: true }));

  expect(new Set(traces.map(({ outcome }) => outcome.traceHash)).size).toBe(1);
  expect(traces.map(definedDefects)).toEqual(names.map(() => ["ZOOKEEPER-1154"]));
});

test("a replay has the defects of its trace", () => {
  const { trace } = simulate(shipped("1154-diff-without-trunc"), {
    defects: ["1154"],
    trace: true,
  });
  expect(trace === null ? null : replay(trace).identical).toBe(true);
});

test("a defect that there is not is refused", () => {
  expect(() => simulate(shipped("1154-diff-without-trunc"), { defects: ["1155"] })).toThrow(
    'unknown defect "1155", did you mean "1154"?',
  );
});

function shipped(name: string): Scenario {
  const scenario = shippedScenario(name);
  if (scenario === null) throw new Error(`there is no scenario ${name}`);
  return scenario;
}

function numberOf(name: string): string {
  return name.slice(0, name.indexOf("-"));
}

function definedDefects({ trace }: SimulateResult): readonly string[] | undefined {
  return trace?.header.defects;
}
