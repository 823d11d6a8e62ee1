import { expect, test } from "vitest";
import {
  beginExhaustive,
  DEFAULT_BOUNDS,
  exhaustiveResult,
  exhaustOn,
  readBounds,
  type ExhaustiveBounds,
  type ExhaustiveResult,
} from "../../runner/exhaustive.ts";

function exhaust(
  bounds: Partial<ExhaustiveBounds>,
  defects: readonly string[] = [],
): ExhaustiveResult {
  const run = beginExhaustive({ ...DEFAULT_BOUNDS, ...bounds }, defects);
  while (exhaustOn(run, 1 << 16)) continue;
  return exhaustiveResult(run);
}

// Counts are pinned: they change when the core takes other steps, or when the search leaves some out.
test("one server alone goes one way", () => {
  expect(exhaust({ servers: 1, writes: 1, crashes: 0 })).toMatchObject({
    states: 5,
    transitions: 4,
    depth: 4,
    end: "everything",
    violation: null,
  });
});

test("three servers begin to serve in every order, and nothing is violated", () => {
  expect(exhaust({ writes: 0, crashes: 0 })).toMatchObject({
    states: 243,
    transitions: 486,
    end: "everything",
    violation: null,
  });
});

test("with two servers, a write and a crash nothing is violated", { timeout: 60_000 }, () => {
  expect(exhaust({ servers: 2, writes: 1, crashes: 1 })).toMatchObject({
    states: 574,
    end: "everything",
    violation: null,
  });
});

test("the hole of ZOOKEEPER-1319 is found, and told step by step", { timeout: 60_000 }, () => {
  const { violation, story } = exhaust({ writes: 1, crashes: 1 }, ["1319"]);

  expect(violation?.message).toMatch(/^S9 acknowledged writes survive/);
  expect(story).toHaveLength(26);
  expect(story).toEqual(
    expect.arrayContaining([
      "server 3 is elected by 1, 2, 3",
      "server 1 receives NEWLEADER 0x100000000 from server 3",
      "server 3 proposes write 1",
      "server 3 crashes",
      "server 3 starts again",
      "server 2 receives DIFF 0x0 from server 3",
    ]),
  );
});

test("bounds are read, and what is wrong with them is said", () => {
  expect(readBounds("writes=3,crashes=0", "--exhaustive")).toEqual({
    ...DEFAULT_BOUNDS,
    writes: 3,
    crashes: 0,
  });
  expect(() => readBounds("crash=1", "--exhaustive")).toThrow('unknown bound "crash"');
  expect(() => readBounds("servers=9", "--exhaustive")).toThrow(
    'servers: expected a whole number from 1 to 5, found "9"',
  );
});
