import { expect, test } from "vitest";
import { parseScenario } from "../../runner/scenario/parse.ts";
import type { Scenario } from "../../runner/scenario/scenario.ts";
import { SHIPPED_NAMES, shippedScenario } from "../../runner/shipped.ts";
import { advanceRun, beginRun, endRun, simulate } from "../../runner/simulate.ts";

test.for(SHIPPED_NAMES)("%s ends as it says, and alike however it is run", (name) => {
  const scenario = shipped(name);

  const { outcome } = simulate(scenario);
  const traced = simulate(scenario, { trace: true });
  const inSlices = beginRun(scenario);
  while (advanceRun(inSlices, inSlices.cluster.kernel.nowUs + 77_777));

  expect(outcome.violations).toEqual([]);
  expect(outcome.ok).toBe(true);
  expect(traced.outcome.traceHash).toBe(outcome.traceHash);
  expect(endRun(inSlices).outcome).toEqual({
    ...outcome,
    wallMs: expect.any(Number) as number,
    eventsPerSecond: expect.any(Number) as number,
  });
});

test("a scenario runs the same from the text that its trace carries", () => {
  const scenario = shipped("tutorial-three");
  const again = parseScenario(scenario.text, "trace", () => null);
  expect(simulate(again).outcome.traceHash).toBe(simulate(scenario).outcome.traceHash);
});

test("captions, steps and expectations are in the trace", () => {
  const { trace } = simulate(shipped("leader-crash"), { trace: true });
  const texts = trace?.texts.list ?? [];
  expect(texts).toContain("The leader crashes.");
  expect(texts).toContain("crash leader");
  expect(texts).toContain("by 2s: leader elected");
});

test("a run past its budget of events stops, says so, and keeps its trace", () => {
  const scenario = { ...shipped("leader-crash"), maxEvents: 500 };
  const { outcome, trace } = simulate(scenario, { trace: true });

  expect(outcome).toMatchObject({ ok: false, stopped: "event budget", events: 500 });
  expect(outcome.violations.map(({ check }) => check)).toContain("budget");
  expect(trace?.footer?.turns).toBe(500);
});

test("a step whose condition never comes true is named with what was missed", () => {
  const scenario = parse(`
steps:
  - { when: leader is 1, do: crash, server: 1 }
expect:
  - { that: server 1 is down }
`);
  const { outcome } = simulate(scenario);
  expect(outcome.violations.map(({ check, message }) => `${check}: ${message}`)).toEqual([
    "expectation: not so: at the end: server 1 is down",
    "step: never carried out: crash server 1",
  ]);
});

test("steps on conditions wait for the step above them", () => {
  const scenario = parse(`
steps:
  - { when: leader elected, after: 1s, do: crash, server: leader }
  - { when: leader elected, do: crash, server: leader }
expect:
  - { that: no leader }
  - { that: server 3 is down }
  - { that: server 2 is down }
  - { that: server 1 is LOOKING }
`);
  expect(simulate(scenario).outcome.violations).toEqual([]);
});

test("a pause stops a server, and resuming lets it go on", () => {
  const scenario = parse(`
steps:
  - { when: leader elected, after: 1s, do: pause, server: leader }
  - { when: leader is 2, do: resume, server: old leader }
  - { when: leader is 2, after: 3s, do: resume, server: 3 }
expect:
  - { that: leader is 2 }
  - { that: server 3 is FOLLOWING }
`);
  expect(simulate(scenario).outcome.violations).toEqual([]);
});

test("always and never are judged over their span and not beyond", () => {
  const { outcome } = simulate(
    parse(`
steps:
  - { at: 3s, do: crash, server: 3 }
expect:
  - { always: server 3 is LEADING, from: 1s, until: 2s }
  - { always: server 3 is LEADING, from: 1s, until: 4s }
  - { never: server 3 is down, until: 2s }
  - { never: server 3 is down }
`),
  );
  expect(outcome.expectations.map(({ met }) => met)).toEqual([true, false, true, false]);
  expect(outcome.expectations[1]?.atMs).toBe(3000);
});

test("servers with different pasts elect the longest, and the others catch up", () => {
  const { outcome } = simulate(
    parse(`
history:
  1: { zxid: 0x100000002 }
  2: { zxid: 0x100000005 }
  3: { zxid: 0x100000004 }
expect:
  - { by: 5s, that: server 1 synced by DIFF }
  - { that: leader is 2 }
  - { that: epoch at least 2 }
  - { that: 'znode /history holds "0x100000005"' }
  - { that: trees equal }
`),
  );
  expect(outcome.violations).toEqual([]);
});

test("a later epoch wins over a longer one, whose tail is cut", () => {
  const { outcome } = simulate(
    parse(`
history:
  1: { zxid: [0x100000002, 0x200000001] }
  2: { zxid: [0x100000002, 0x200000001] }
  3: { zxid: 0x100000009 }
expect:
  - { that: leader is 2 }
  - { that: 'znode /history holds "0x200000001"' }
  - { that: all synced }
  - { that: trees equal }
`),
  );
  expect(outcome.violations).toEqual([]);
});

test("slow links and resets are faults that end with heal, and are counted", () => {
  const { outcome } = simulate(
    parse(`
steps:
  - { at: 2s, do: slow, from: leader, by: 50ms }
  - { at: 3s, do: reset, from: leader }
  - { at: 4s, do: partition, from: 1, to: 2 }
  - { at: 5s, do: heal }
`),
    { trace: true },
  );
  expect(outcome.faults).toEqual({ "slow link": 1, reset: 1, "one-way partition": 1 });
});

test("random faults are the seed's, and end before the run does", () => {
  const scenario = parse(`
faults: { every: 400ms, lasts: [100ms, 1s], from: 1s, until: 8s }
clients:
  - { name: w, mix: { set: 1, create: 1, get: 1 }, rate: 30, until: 9s }
until: 20s
expect:
  - { that: all synced }
  - { that: trees equal }
`);
  const one = simulate(scenario, { seed: "1" }).outcome;
  const same = simulate(scenario, { seed: "1" }).outcome;
  const other = simulate(scenario, { seed: "2" }).outcome;

  expect(one.violations).toEqual([]);
  expect(other.violations).toEqual([]);
  expect(Object.values(one.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
  expect(same.traceHash).toBe(one.traceHash);
  expect(other.faults).not.toEqual(one.faults);
});

function shipped(name: string): Scenario {
  const scenario = shippedScenario(name);
  if (scenario === null) throw new Error(`${name} is not shipped`);
  return scenario;
}

/** Three quick servers; what a test is about comes below. */
function parse(text: string): Scenario {
  const until = text.includes("\nuntil:") ? "" : "until: 12s\n";
  const head = `name: t\ntitle: T\nensemble: { servers: 3, tickMs: 200 }\n${until}`;
  return parseScenario(head + text, "t.yaml", () => null);
}

test("a server whose clock is fast follows all the same, and ticks sooner", () => {
  const { outcome } = simulate(
    parse(`
clocks:
  1: { driftPpm: 50000 }
  all: { offsetMs: -86400000 }
expect:
  - { that: leader elected }
  - { that: all synced }
`),
  );
  const same = simulate(parse("expect:\n  - { that: all synced }\n"));

  expect(outcome.ok).toBe(true);
  expect(outcome.traceHash).not.toBe(same.outcome.traceHash);
});
