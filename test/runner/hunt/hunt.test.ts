import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { HuntResult } from "../../../runner/hunt/hunt-seed.ts";
import {
  addResults,
  createHunt,
  runBatch,
  takeBatch,
  type Hunt,
  type HuntPlan,
} from "../../../runner/hunt/hunt.ts";

const LAST = 40;

/** Seeds 1 … 40 with a defect that some of them show. */
let results: HuntResult[] = [];
beforeAll(() => {
  const job = { scenario: null, defects: ["ZOOKEEPER-2845"], stopsAtFinding: false };
  results = runBatch({ ...job, first: 1, last: LAST });
}, 60_000);

test("the seeds below hold findings of more than one seed", () => {
  expect(results.filter(({ finding }) => finding !== null).length).toBeGreaterThan(2);
});

test("the least seed that fails ends a hunt, whatever the order in which results come", () => {
  const least = results.find(({ finding }) => finding !== null)?.seed;
  fc.assert(
    fc.property(fc.shuffledSubarray(results, { minLength: LAST }), (shuffled) => {
      const hunt = createHunt(plan({ keepGoing: false }));
      for (const result of shuffled) addResults(hunt, [result]);

      expect([...hunt.found.values()].map(({ seed }) => seed)).toEqual([least]);
      expect(hunt.runs).toBe(Number(least));
      expect(hunt.isOver).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("a hunt that keeps going counts every seed, and keeps the least of each kind of failure", () => {
  const inOrder = finished(results);
  fc.assert(
    fc.property(fc.shuffledSubarray(results, { minLength: LAST }), (shuffled) => {
      expect(finished(shuffled)).toEqual(inOrder);
    }),
    { numRuns: 30 },
  );

  const failed = results.filter(({ finding }) => finding !== null);
  const counted = [...inOrder.found.values()].reduce((sum, { runs }) => sum + runs, 0);
  expect(counted).toBe(failed.length);
  expect(inOrder.runs).toBe(LAST);
});

test("batches hand out each seed once, and none above one that has failed", () => {
  const hunt = createHunt(plan({ keepGoing: false, last: 20 }));
  expect([takeBatch(hunt, 8), takeBatch(hunt, 8)]).toMatchObject([
    { first: 1, last: 8, stopsAtFinding: true },
    { first: 9, last: 16 },
  ]);

  const failed = results.find(({ finding }) => finding !== null);
  addResults(hunt, [{ ...failed!, seed: "12" }]);

  expect(takeBatch(hunt, 8)).toBeNull();
  expect(hunt.isOver).toBe(false);
});

test("the last batch ends at the last seed", () => {
  const hunt = createHunt(plan({ last: 10 }));

  expect([takeBatch(hunt, 8)?.last, takeBatch(hunt, 8)?.last, takeBatch(hunt, 8)]).toEqual([
    8,
    10,
    null,
  ]);
});

function finished(inSomeOrder: readonly HuntResult[]): Hunt {
  const hunt = createHunt(plan({ keepGoing: true }));
  for (const result of inSomeOrder) addResults(hunt, [result]);
  expect(hunt.isOver).toBe(true);
  return { ...hunt, next: 0 };
}

function plan(some: Partial<HuntPlan>): HuntPlan {
  const whole: HuntPlan = { scenario: null, defects: [], first: 1, last: LAST, keepGoing: false };
  return { ...whole, ...some };
}
