import { beforeAll, expect, test } from "vitest";
import { firstDifference, foreignVersion, replay } from "../../runner/replay.ts";
import { shippedScenario } from "../../runner/shipped.ts";
import { simulate } from "../../runner/simulate.ts";
import { blockOf, placeIn } from "../../sim/trace/columns.ts";
import type { Trace } from "../../sim/trace/trace.ts";

let trace: Trace;
beforeAll(() => {
  trace = recorded("1");
});

test("a replay of what was recorded is identical", () => {
  expect(replay(trace)).toMatchObject({ identical: true, difference: null });
});

test("a row that was changed is found, with both sides", () => {
  const changed = recorded("1");
  const row = Math.floor(changed.columns.rows / 2);
  blockOf(changed.columns, row).a[placeIn(row)]! += 1;

  const { identical, difference } = replay(changed);

  expect(identical).toBe(false);
  expect(difference?.row).toBe(row);
  expect(difference?.recorded).not.toBe(difference?.again);
  expect(difference?.recorded).toMatch(/^\d+\.\d{6} s {2}event \d+ {2}/);
});

test("two seeds part where the first row differs, whatever their marks say", () => {
  const other = recorded("2");
  const row = firstDifference(trace, other);
  expect(row).not.toBeNull();
  // Both begin with the same starts, before anything is drawn.
  expect(row).toBeGreaterThan(0);
  expect(firstDifference({ ...trace, marks: [] }, other)).toBe(row);
});

test("a trace that ends early differs where it ends", () => {
  const short = recorded("1");
  short.columns.rows -= 10;

  const { difference } = replay(short);

  expect(difference?.row).toBe(short.columns.rows);
  expect(difference?.recorded).toBeNull();
});

test("a trace of another version is told apart before it is run", () => {
  expect(foreignVersion(trace)).toBeNull();
  expect(foreignVersion({ ...trace, header: { ...trace.header, version: "0.0.9" } })).toBe("0.0.9");
});

function recorded(seed: string): Trace {
  const scenario = shippedScenario("leader-isolated");
  if (scenario === null) throw new Error("leader-isolated is not shipped");
  const result = simulate(scenario, { seed, trace: true });
  if (result.trace === null) throw new Error("nothing was recorded");
  return result.trace;
}
