import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createBudget, ms } from "../../../runner/hunt/faults/fault-draw.ts";
import { NETWORKS } from "../../../runner/hunt/faults/network.ts";
import type { StepInput } from "../../../runner/scenario/input.ts";
import { scenarioOf } from "../../../runner/scenario/parse.ts";
import type { Scenario } from "../../../runner/scenario/scenario.ts";
import { advanceRun, beginRun, endRun, simulate, type Run } from "../../../runner/simulate.ts";
import { openStream } from "../../../sim/kernel/stream.ts";

const QUIET_MS = 6000;

const anySchedule = fc.record({
  seed: fc.nat(1_000_000).map(String),
  kinds: fc.array(fc.constantFrom(...NETWORKS), { minLength: 1, maxLength: 6 }),
  /** Also without `for`, up to a heal. */
  heals: fc.boolean(),
});

type Schedule = typeof anySchedule extends fc.Arbitrary<infer T> ? T : never;

function drawn({ seed, kinds, heals }: Schedule): Scenario {
  const voters = [1, 2, 3];
  const site = { voters, observers: [4], fromMs: 500, untilMs: QUIET_MS };
  const dice = openStream(seed, "schedule");
  const faults = kinds.flatMap(
    (kind) => kind.draw(dice, { ...site, budget: createBudget(voters) }) ?? [],
  );
  const steps: StepInput[] = heals
    ? [...faults.map(withoutEnd), { at: ms(QUIET_MS), do: "heal" }]
    : faults;
  return scenarioOf({
    name: "drawn",
    title: "Drawn",
    seed,
    ensemble: { servers: 3, observers: 1, tickMs: 100 },
    clients: [
      { name: "app", count: 2, mix: { set: 2, create: 1, get: 1 }, rate: 20, until: "8s" },
      { name: "last", do: [{ at: ms(QUIET_MS), do: "create", path: "/last", retries: 1000 }] },
    ],
    steps,
    until: "40s",
    expect: [{ that: "leader elected" }, { that: "all synced" }, { that: "trees equal" }],
  });
}

/** A clog ends by itself in any case. */
function withoutEnd(step: StepInput): StepInput {
  if (step.do === "clog") return step;
  const { for: _, ...rest } = step;
  return rest;
}

test("whatever the network does, it leaves nothing behind, and every property holds", () => {
  fc.assert(
    fc.property(anySchedule, (schedule) => {
      const run = beginRun(drawn(schedule));
      advanceRun(run, QUIET_MS * 1000);

      expect(wrong(run)).toEqual([]);
      advanceRun(run, Infinity);
      expect(endRun(run).outcome.violations).toEqual([]);
    }),
    { seed: 1, numRuns: 40 },
  );
}, 120_000);

test("whatever the network does, the run comes to the same hash again", () => {
  fc.assert(
    fc.property(anySchedule, (schedule) => {
      const { traceHash } = simulate(drawn(schedule)).outcome;

      expect(simulate(drawn(schedule), { trace: true }).outcome.traceHash).toBe(traceHash);
      expect(simulate(drawn(schedule), { bytes: true }).outcome.traceHash).toBe(traceHash);
    }),
    { seed: 2, numRuns: 10 },
  );
}, 120_000);

function wrong({ cluster, hands }: Run): string[] {
  const links = [...cluster.network.hosts.values()].flatMap((host) => [...host.links.values()]);
  const found = links.filter(
    ({ isOpen, trouble, latency }) =>
      !isOpen || trouble !== null || latency !== cluster.network.latency,
  );
  return [
    ...found.map(({ from, to }) => `${from.name} ${to.name}`),
    ...hands.linkFaults.map(({ kind }) => kind),
    ...[...hands.partitions].map(() => "a partition"),
  ];
}
