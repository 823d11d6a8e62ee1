import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DISKS, FAULT_KINDS, NETWORKS } from "../../runner/scenario/input.ts";
import { parseScenario } from "../../runner/scenario/parse.ts";
import { simulate } from "../../runner/simulate.ts";

// Whole runs: any ensemble, any network and disk, any faults, and a quiet time after them.
const anyRun = fc.record({
  seed: fc.nat(1_000_000).map(String),
  servers: fc.constantFrom(1, 2, 3, 4, 5),
  observers: fc.constantFrom(0, 0, 1, 2),
  network: fc.constantFrom(...NETWORKS),
  disk: fc.constantFrom(...DISKS),
  snapCount: fc.constantFrom(20, 200, 100_000),
  commitLogCount: fc.constantFrom(5, 500),
  kinds: fc.subarray([...FAULT_KINDS], { minLength: 1 }),
  everyMs: fc.integer({ min: 200, max: 2000 }),
});

test(
  "every property holds in every run, and every run recovers when its faults are over",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const { outcome } = simulate(parseScenario(scenarioOf(run), "drawn", () => null));
        expect(outcome.violations).toEqual([]);
      }),
      { numRuns: 15 },
    );
  },
);

function scenarioOf(run: typeof anyRun extends fc.Arbitrary<infer T> ? T : never): string {
  return `
name: drawn
title: A drawn run
seed: "${run.seed}"
ensemble:
  servers: ${run.servers}
  observers: ${run.observers}
  tickMs: 200
  snapCount: ${run.snapCount}
  commitLogCount: ${run.commitLogCount}
network: ${run.network}
disk: ${run.disk}
clients:
  - name: app
    count: 3
    mix: { set: 3, create: 1, createEphemeral: 1, createSequential: 1, delete: 1, get: 2 }
    rate: 20
    until: 30s
    sessionTimeout: 4s
  - { name: worker, count: 2, lock: /lock, until: 30s, sessionTimeout: 4s }
faults:
  every: ${run.everyMs}ms
  from: 1s
  until: 15s
  kinds: { ${run.kinds.map((kind) => `${kind}: 1`).join(", ")} }
until: 90s
expect:
  - { that: leader elected }
  - { that: all synced }
  - { that: trees equal }
`;
}
