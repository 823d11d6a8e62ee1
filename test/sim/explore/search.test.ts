import * as fc from "fast-check";
import { expect, test } from "vitest";
import { searchAll, type Model } from "../../../sim/explore/search.ts";

/** Counters, each from 0 up to its own limit; one combination of them may be forbidden. */
function counters(limits: readonly number[], forbidden: readonly number[] | null): Model {
  return {
    width: limits.length,
    start: (into) => into.fill(0),
    expand: (states, from, next, reached) => {
      for (const [at, limit] of limits.entries()) {
        if (states[from + at] === limit) continue;
        for (let index = 0; index < limits.length; index++) next[index] = states[from + index]!;
        next[at]!++;
        const isForbidden = forbidden?.every((value, index) => next[index] === value) ?? false;
        reached(at, isForbidden ? "forbidden" : null);
      }
    },
  };
}

/** The same by recursion, with every state written out. */
function enumerated(limits: readonly number[]): { states: number; transitions: number } {
  const seen = new Set<string>();
  let transitions = 0;
  const visit = (state: readonly number[]): void => {
    if (seen.has(state.join())) return;
    seen.add(state.join());
    for (const [at, limit] of limits.entries()) {
      if (state[at] === limit) continue;
      transitions++;
      visit(state.map((value, index) => (index === at ? value + 1 : value)));
    }
  };
  visit(limits.map(() => 0));
  return { states: seen.size, transitions };
}

const NO_LIMITS = { depthMax: Infinity, statesMax: Infinity };

test("a search reaches each state once, as an enumeration of all of them does", () => {
  const anyLimits = fc.array(fc.nat(6), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(anyLimits, (limits) => {
      const result = searchAll(counters(limits, null), NO_LIMITS);

      const { states, transitions } = enumerated(limits);
      expect(result).toMatchObject({ states, transitions, end: "everything", violation: null });
      expect(result.depth).toBe(limits.reduce((sum, limit) => sum + limit, 0));
    }),
  );
});

test("a table that has to grow loses nothing", () => {
  const result = searchAll(counters([60, 60, 60], null), NO_LIMITS);

  expect(result).toMatchObject({ states: 61 ** 3, end: "everything" });
});

test("a violation is found by the shortest way to it", () => {
  const { violation, end } = searchAll(counters([9, 9], [2, 1]), NO_LIMITS);

  expect(end).toBe("violation");
  expect(violation?.message).toBe("forbidden");
  expect([...(violation?.actions ?? [])].sort((a, b) => a - b)).toEqual([0, 0, 1]);
});

test("a search that is bounded says by what", () => {
  expect(searchAll(counters([9, 9], null), { depthMax: 3, statesMax: Infinity })).toMatchObject({
    end: "depth",
    states: 10,
    depth: 3,
  });
  expect(searchAll(counters([99, 99], null), { depthMax: Infinity, statesMax: 50 }).end).toBe(
    "states",
  );
});
