import { expect, test } from "vitest";
import { parseScenario } from "../../../runner/scenario/parse.ts";
import { beginRun, advanceRun, simulate } from "../../../runner/simulate.ts";
import type { Scenario } from "../../../runner/scenario/scenario.ts";

function scenario(
  steps: string,
  clients = "mix: { create: 1, set: 3 }, rate: 50, until: 8s",
): Scenario {
  return parseScenario(
    `
name: clocks
title: Clocks
ensemble: { servers: 3, tickMs: 200 }
clients: [{ name: app, sessionTimeout: 4s, ${clients} }]
steps:
${steps}
until: 25s
expect: [{ that: all synced }, { that: trees equal }, { that: no violations }]
`,
    "clocks",
    () => null,
  );
}

test("a wall clock that is set back shows in the times of znodes, and in nothing else", () => {
  const make = "  - { at: 3s, do: create, client: app, path: /a }\n";
  const back = "  - { at: 4s, do: clock, server: all, jumpMs: -3600000 }\n";
  const write = "  - { at: 5s, do: set, client: app, path: /a, data: x }";
  const run = beginRun(scenario(make + back + write, "start: 0s"));
  advanceRun(run, 6_000_000);
  const node = run.cluster.servers[0]?.server?.database?.tree.nodes.get("/a");

  const { ctime, mtime } = node!.record;
  expect(mtime - ctime).toBeLessThan(-3_597_000);
  expect(mtime - ctime).toBeGreaterThan(-3_599_000);
  expect(run.cluster.faults.get("clock jump")).toBe(3);
  expect(run.facts.elections).toHaveLength(1);
});

test("a leader whose clock runs slow is left by nobody while it is only a little slow", () => {
  const { outcome } = simulate(
    scenario(`  - { at: 3s, do: clock, server: leader, driftPpm: -50000 }
  - { at: 10s, do: clock, server: same, driftPpm: 0 }`),
  );
  expect(outcome.violations).toEqual([]);
  expect(outcome.elections).toHaveLength(1);
  expect(outcome.faults).toEqual({ "clock drift": 1 });
});

test("a leader whose pings are later than its followers wait loses them", () => {
  const { outcome } = simulate(
    scenario(`  - { at: 3s, do: late, server: leader, points: [halfTick], by: 5s }
  - { at: 12s, do: late, server: all, by: 0ms }`),
  );
  expect(outcome.violations).toEqual([]);
  expect(outcome.elections.length).toBeGreaterThan(1);
  expect(outcome.faults).toEqual({ late: 1 });
});

test("servers restarted one after the other go on serving, and none is restarted before its time", () => {
  const rolling = scenario("  - { at: 3s, do: restart, servers: [1, 2, 3], apart: 2s }");
  const together = scenario("  - { at: 3s, do: restart, servers: [1, 2, 3] }");
  const ok = simulate(rolling).outcome;

  expect(ok.violations).toEqual([]);
  expect(ok.faults).toEqual({ stop: 3 });
  expect(ok.elections.length).toBeLessThanOrEqual(3);
  expect(simulate(together).outcome.elections.length).toBeGreaterThan(1);
});

test("a run with servers that are late everywhere is the same twice, and another one", () => {
  const late = scenario("  - { at: 0s, do: late, server: all, oneIn: 3, by: 5ms }");
  const { outcome } = simulate(late);
  expect(outcome.violations).toEqual([]);
  expect(simulate(late).outcome.traceHash).toBe(outcome.traceHash);
  expect(simulate(scenario("  - { at: 0s, say: x }")).outcome.traceHash).not.toBe(
    outcome.traceHash,
  );
});
