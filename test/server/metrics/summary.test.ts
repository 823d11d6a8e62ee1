import { expect, test } from "vitest";
import {
  addAdvancedSample,
  addSample,
  averageOf,
  createAdvancedSummary,
  createSummary,
  percentileOf,
  resetSummary,
} from "../../../server/metrics/summary.ts";

test("a summary knows count, sum, least and greatest", () => {
  const summary = createSummary();
  for (const value of [5, -2, 9]) addSample(summary, value);

  expect(summary).toEqual({ count: 3, sum: 12, min: -2, max: 9 });
  expect(averageOf(summary)).toBe(4);
});

test("without samples everything is 0", () => {
  const summary = createAdvancedSummary();

  expect(averageOf(summary)).toBe(0);
  expect(percentileOf(summary, 0.99)).toBe(0);
});

test("percentiles of few samples are exact, interpolated and cut to an integer", () => {
  const summary = createAdvancedSummary();
  for (let value = 100; value >= 1; value--) addAdvancedSample(summary, value);

  expect(percentileOf(summary, 0.5)).toBe(50);
  expect(percentileOf(summary, 0.95)).toBe(95);
  expect(percentileOf(summary, 0.999)).toBe(100);
});

test("percentiles of many samples are near, from a bounded number of them", () => {
  const summary = createAdvancedSummary();
  for (let i = 0; i < 200_000; i++) addAdvancedSample(summary, i % 1000);

  // Six standard deviations of a sample of 1024 are about 94 of 1000.
  expect(Math.abs(percentileOf(summary, 0.5) - 500)).toBeLessThan(94);
  expect(summary.reservoir?.length).toBe(1024);
});

test("after a reset old samples are gone from the percentiles, too", () => {
  const summary = createAdvancedSummary();
  for (let i = 0; i < 50; i++) addAdvancedSample(summary, 1000);

  resetSummary(summary);
  addAdvancedSample(summary, 3);

  expect(percentileOf(summary, 0.99)).toBe(3);
  expect(summary).toMatchObject({ count: 1, min: 3, max: 3 });
});
