import { expect, test } from "vitest";
import { CRASH_POINTS } from "../../../runner/scenario/input.ts";
import { parseScenario } from "../../../runner/scenario/parse.ts";
import { simulate, type SimulateResult } from "../../../runner/simulate.ts";
import { CORRUPTIONS } from "../../../sim/disk/corruption.ts";
import { LEAVES } from "../../../sim/disk/failure.ts";
import { rowAt } from "../../../sim/trace/columns.ts";
import { MessageCode, RowKind } from "../../../sim/trace/row.ts";

/** Three servers under writes, these steps, and time to recover. */
function run(steps: string, expectations = ""): SimulateResult {
  const text = `
name: points
title: Points
ensemble: { servers: 3, tickMs: 200, snapCount: 20 }
clients:
  - { name: app, mix: { create: 1, set: 3 }, rate: 100, until: 8s, sessionTimeout: 4s }
steps:
${steps}
until: 30s
expect:
  - { that: no violations }
${expectations}
`;
  return simulate(parseScenario(text, "points", () => null), { trace: true }); // prettier-ignore
}

const RECOVERED = "  - { that: all synced }\n  - { that: trees equal }";

test.for(CRASH_POINTS)(
  "the ensemble survives a leader that ends upon %s, and it comes back",
  (upon) => {
    const { outcome } = run(
      `  - { at: 3s, do: crash, server: leader, upon: ${upon}, power: true, back: 500ms }
  - { at: 5s, do: restart, server: a follower }`,
      RECOVERED,
    );
    expect(outcome.violations).toEqual([]);
    // Names change and logs are cut only in synchronizations: for a leader that may be after it led.
    const isRare = upon === "rename" || upon === "truncate";
    expect(outcome.faults["power loss at an event"] ?? (isRare ? 1 : 0)).toBe(1);
  },
);

test("what comes behind the point in the same event is not done", () => {
  const result = run("  - { at: 3s, do: crash, server: leader, upon: proposed, nth: 5 }");
  const rows = rowsOf(result).filter(({ atUs }) => atUs >= 3_000_000);
  const end = rows.findIndex(({ kind }) => kind === RowKind.crashed);
  const proposed = rows.slice(0, end).filter(({ kind }) => kind === RowKind.proposed);
  const { zxid, who } = proposed[4]!;

  expect(proposed).toHaveLength(5);
  expect(rows[end]).toMatchObject({ who });
  const sent = rows.filter(
    (row) => row.kind === RowKind.sent && row.a === MessageCode.PROPOSAL && row.zxid === zxid,
  );
  expect(sent.filter((row) => row.who === who)).toEqual([]);
});

test("a crash loop ends a server as often as it is told to, and then lets it be", () => {
  const { outcome } = run(
    "  - { at: 3s, do: crash, server: 1, upon: event, nth: 40, back: 50ms, times: 5 }",
    RECOVERED,
  );
  expect(outcome.violations).toEqual([]);
  expect(outcome.faults).toEqual({ "crash at an event": 5 });
});

test("a crash that did not come in time does not come", () => {
  const { outcome } = run(
    "  - { at: 3s, do: crash, server: 1, upon: event, nth: 100000, within: 1s }",
    RECOVERED,
  );
  expect(outcome.faults).toEqual({});
  expect(outcome.violations).toEqual([]);
});

test.for(LEAVES)("what is left after a power loss that leaves %s is recovered", (leaves) => {
  const { outcome } = run(
    `  - { at: 3s, do: crash, servers: [1, 2, 3], power: true, leaves: ${leaves} }
  - { at: 3500ms, do: restart, servers: [1, 2, 3] }
  - { at: 5s, do: crash, server: leader, power: true, leaves: ${leaves}, upon: append }
  - { at: 6s, do: restart, server: crashed }`,
    RECOVERED,
  );
  expect(outcome.violations).toEqual([]);
});

test.for(CORRUPTIONS)(
  "a %s that spares a quorum breaks nothing, and a new disk mends it",
  (what) => {
    const steps = `  - { at: 4s, do: crash, server: 1 }
  - { at: 4500ms, do: corrupt, server: 1, what: ${what}, spare: true }
  - { at: 5s, do: restart, server: 1 }
  - { at: 9s, do: wipe, server: 1, spare: true }
  - { at: 10s, do: restart, server: 1 }`;
    const one = run(steps, RECOVERED).outcome;
    expect(one.violations).toEqual([]);
    expect(one.faults[what]).toBe(1);
    expect(run(steps, RECOVERED).outcome.traceHash).toBe(one.traceHash);
  },
);

function rowsOf({ trace }: SimulateResult): ReturnType<typeof rowAt>[] {
  const columns = trace?.columns;
  return columns === undefined
    ? []
    : Array.from({ length: columns.rows }, (_, row) => rowAt(columns, row));
}
