import { expect, test } from "vitest";
import {
  LATE_POINTS,
  lateUs,
  makeLateness,
  timerPoint,
  type Lateness,
} from "../../../sim/cluster/late.ts";
import { openSource } from "../../../sim/kernel/source.ts";

const SOURCE = openSource("seed", "late 1");
const LOGGER = LATE_POINTS.indexOf("logger");
const COMMIT = LATE_POINTS.indexOf("commit");

function times(late: Lateness | null, point: number, count: number): number[] {
  return Array.from({ length: count }, () => lateUs(late, 1, point));
}

test("a server that is on time is never late", () => {
  expect(times(null, LOGGER, 3)).toEqual([0, 0, 0]);
});

test("a late one is so at its points only, by anything up to the longest", () => {
  const late = makeLateness(SOURCE, ["logger", "halfTick"], 1, 1000);

  const found = times(late, LOGGER, 500);
  expect(Math.min(...found)).toBeLessThan(20);
  expect(Math.max(...found)).toBeGreaterThan(980);
  expect(Math.max(...found)).toBeLessThanOrEqual(1000);
  expect(times(late, COMMIT, 3)).toEqual([0, 0, 0]);
  expect(Math.max(...times(late, timerPoint("halfTick"), 20))).toBeGreaterThan(0);
  expect(Math.max(...times(late, timerPoint("notification"), 20))).toBe(0);
});

test("once in so many times it is late, and the same times in every run", () => {
  const make = (): Lateness | null => makeLateness(SOURCE, ["logger"], 10, 1_000_000);
  const [one, two] = [make(), make()];

  const found = times(one, LOGGER, 1000);
  const lateCount = found.filter((us) => us > 0).length;
  expect(lateCount).toBeGreaterThan(60);
  expect(lateCount).toBeLessThan(150);
  expect(times(two, LOGGER, 1000)).toEqual(found);
});

test("no points, or no time, is on time", () => {
  expect(makeLateness(SOURCE, [], 1, 10)).toBeNull();
  expect(makeLateness(SOURCE, ["logger"], 1, 0)).toBeNull();
});
