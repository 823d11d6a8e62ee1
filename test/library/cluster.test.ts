import { expect, test } from "vitest";
import { act, advance, advanceUntil, cluster, end, leader } from "../../library/cluster.ts";
import { InputProblem } from "../../runner/scenario/input-problem.ts";

test("a cluster stands still until it is told to go on", () => {
  const run = cluster({ ensemble: { servers: 3 } });

  expect(leader(run)).toBeNull();
  advance(run, 5000);
  expect(leader(run)).toBe(3);
  expect(run.cluster.kernel.nowUs).toBe(5_000_000);
});

test("advanceUntil gives up in time, and says so", () => {
  const run = cluster({ ensemble: { servers: 3 } });

  expect(advanceUntil(run, "server 1 is down", 3000)).toBe(false);
  expect(run.cluster.kernel.nowUs).toBe(3_000_000);
});

test("a condition or a step that there is not is refused", () => {
  const run = cluster({ ensemble: { servers: 3 } });

  expect(() => advanceUntil(run, "leader is happy", 10)).toThrow(InputProblem);
  expect(() => act(run, { do: "crash", server: 9 })).toThrow(/there is no server 9/);
});

test("what a step does is reported at the end", () => {
  const run = cluster({ ensemble: { servers: 3 } });
  advanceUntil(run, "leader elected", 10_000);

  act(run, { do: "crash", server: "leader" });
  expect(leader(run)).toBeNull();
  advanceUntil(run, "leader elected", 30_000);

  const { faults, elections, violations } = end(run);
  expect(faults).toEqual({ crash: 1 });
  expect(elections.map(({ leader }) => leader)).toEqual([3, 2]);
  expect(violations).toEqual([]);
});
