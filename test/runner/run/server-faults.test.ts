import { expect, test } from "vitest";
import { parseScenario } from "../../../runner/scenario/parse.ts";
import { simulate, type SimulateResult } from "../../../runner/simulate.ts";
import { FaultCode, RowKind } from "../../../sim/trace/row.ts";
import { rowAt } from "../../../sim/trace/columns.ts";
import { textOf } from "../../../sim/trace/trace.ts";

/** Three servers, one client that writes all the time, and these steps. */
function run(steps: string, expectations = "", seed = "1"): SimulateResult {
  const scenario = parseScenario(
    `
name: faults
title: Faults
seed: "${seed}"
ensemble: { servers: 3, tickMs: 200, snapCount: 50 }
clients:
  - { name: app, mix: { create: 1, set: 3 }, rate: 100, until: 12s, sessionTimeout: 4s }
steps:
${steps}
until: 40s
expect:
  - { that: no violations }
${expectations}
`,
    "faults",
    () => null,
  );
  return simulate(scenario, { trace: true });
}

/** What the trace says of servers' troubles. */
function told({ trace }: SimulateResult): string[] {
  const found: string[] = [];
  if (trace === null) return found;
  for (let row = 0; row < trace.columns.rows; row++) {
    const { kind, who, a, link } = rowAt(trace.columns, row);
    if (kind !== RowKind.faulted) continue;
    const verb = a === FaultCode.once ? "once" : a === FaultCode.begins ? "begins" : "ends";
    found.push(`${who} ${verb} ${textOf(trace, link)}`);
  }
  return found;
}

const RECOVERS = `  - { that: all synced }
  - { that: trees equal }
  - { that: server 3 is synced }`;

test("a wiped server comes back empty and is given everything", () => {
  const result = run(
    `  - { at: 5s, do: wipe, server: a follower }
  - { at: 6s, do: start, server: same }`,
    "  - { that: all synced }\n  - { that: trees equal }\n  - { at: 5500ms, that: leader elected }",
  );
  expect(result.outcome.violations).toEqual([]);
  expect(result.outcome.faults).toEqual({ wipe: 1 });
  expect(told(result)).toEqual([expect.stringMatching(/^\d once disk: wiped$/)]);
});

test("a wiped leader does not lead again before it has learned what it lost", () => {
  const { outcome } = run(
    `  - { at: 5s, do: wipe, server: leader }
  - { at: 5001ms, do: start, server: same }`,
    "  - { that: all synced }\n  - { that: trees equal }",
  );
  expect(outcome.violations).toEqual([]);
  expect(outcome.workload.ok).toBeGreaterThan(500);
});

test("a server comes back with the directory that it had three seconds ago", () => {
  const result = run(
    `  - { at: 3s, do: backup, server: 3 }
  - { at: 6s, do: rollback, server: 3 }
  - { at: 7s, do: restart, server: 3 }`,
    RECOVERS,
  );
  expect(result.outcome.violations).toEqual([]);
  expect(result.outcome.faults).toEqual({ rollback: 1 });
  expect(told(result)).toEqual([
    "3 once disk: copied",
    "3 once disk: rolled back to an older copy",
  ]);
});

test("a directory that was never copied does not come back", () => {
  expect(run("  - { at: 6s, do: rollback, server: 3 }").outcome.faults).toEqual({});
});

test("with spare, a disk that the others could not do without stays as it is", () => {
  // Server 1 is down, and what is committed meanwhile only 2 and 3 have.
  const result = run(
    `  - { at: 3s, do: crash, server: 1 }
  - { at: 6s, do: wipe, server: 3, spare: true }
  - { at: 7s, do: restart, server: 1 }
  - { at: 16s, do: wipe, server: 3, spare: true }
  - { at: 17s, do: restart, server: 3 }`,
    RECOVERS,
  );
  expect(told(result)).toEqual(["3 once disk: spared, not wiped", "3 once disk: wiped"]);
  expect(result.outcome.violations).toEqual([]);
});

test("without spare it is lost, that alone is not held against anybody, and what follows is", () => {
  const { outcome } = run(
    `  - { at: 3s, do: crash, server: 1 }
  - { at: 6s, do: wipe, server: 3 }
  - { at: 6s, do: crash, server: 2 }
  - { at: 6500ms, do: restart, servers: [1, 3] }`,
  );
  expect(outcome.violations.map(({ check }) => check)).toContain("S4 committed prefix");
});

test.for(["full", "failing"])("a server whose disk is %s ends itself, and joins again", (is) => {
  const result = run(
    `  - { at: 5s, do: disk, server: 3, is: ${is} }
  - { at: 7s, do: restart, server: 3 }
  - { at: 9s, do: disk, server: 3, is: well }
  - { at: 10s, do: restart, server: 3 }`,
    `  - { at: 6s, that: server 3 is down }\n  - { at: 6s, that: leader elected }\n${RECOVERS}`,
  );
  expect(result.outcome.violations).toEqual([]);
  expect(result.outcome.faults).toEqual({ [`${is} disk`]: 1 });
  expect(told(result)).toEqual([`3 begins disk: ${is}`, "3 ends disk: well again"]);
});

test("a follower whose disk is stalled holds nobody up; the others go on without it", () => {
  const { outcome } = run(
    `  - { at: 5s, do: disk, server: a follower, is: stalled }
  - { when: 300 more writes committed, do: disk, server: same, is: well }`,
    "  - { that: all synced }\n  - { that: trees equal }\n  - { by: 10s, that: 700 writes committed }",
  );
  expect(outcome.violations).toEqual([]);
});

test("servers whose disks are slow commit slowly", () => {
  const steps = "  - { at: 5s, do: disk, servers: [1, 2, 3], is: slow, by: 400ms }";
  const slow = "  - { never: 600 writes committed, until: 7s }";
  expect(run(steps, slow).outcome.violations).toEqual([]);
  expect(run("  - { at: 5s, say: well }", slow).outcome.violations).not.toEqual([]);
});

test("a run with all of them is the same twice", () => {
  const steps = `  - { at: 2s, do: backup, server: 2 }
  - { at: 3s, do: disk, server: 1, is: stalled }
  - { at: 5s, do: disk, server: 1, is: well }
  - { at: 5s, do: disk, server: 2, is: failing }
  - { at: 6s, do: disk, server: 2, is: well }
  - { at: 7s, do: rollback, server: 2, spare: true }
  - { at: 8s, do: restart, server: 2 }
  - { at: 9s, do: disk, server: 3, is: slow, by: 20ms }
  - { at: 12s, do: wipe, server: 3, spare: true }
  - { at: 13s, do: restart, server: 3 }`;
  const [one, two] = [run(steps), run(steps)];
  expect(one.outcome.violations).toEqual([]);
  expect(two.outcome.traceHash).toBe(one.outcome.traceHash);
});
