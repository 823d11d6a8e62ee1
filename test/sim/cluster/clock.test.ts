import { expect, test } from "vitest";
import { localMs, makeClock, spanUs, withDrift, withJump } from "../../../sim/cluster/clock.ts";

const FAST_PPM = 100_000;
const SECOND_US = 1_000_000;

test("a clock with drift runs away from true time, and its timers with it", () => {
  const fast = makeClock(0, FAST_PPM);
  expect(localMs(fast, 10 * SECOND_US)).toBe(11_000);
  expect(spanUs(fast, 1100)).toBe(SECOND_US);
  expect(spanUs(makeClock(0, 0), 1.5)).toBe(1500);
});

test("a change of drift changes the pace from then on, and never what is shown", () => {
  const slow = withDrift(makeClock(0, FAST_PPM), -FAST_PPM, 10 * SECOND_US);
  const own = withDrift(slow, 0, 20 * SECOND_US);

  expect(localMs(slow, 10 * SECOND_US)).toBe(11_000);
  expect(localMs(slow, 20 * SECOND_US)).toBe(20_000);
  expect(localMs(own, 20 * SECOND_US)).toBe(20_000);
  expect(localMs(own, 21 * SECOND_US)).toBe(21_000);
});

test("a jump is of the wall clock alone", () => {
  const set = withJump(withJump(makeClock(5, 0), 100), -30);
  expect(set.offsetMs).toBe(75);
  expect(localMs(set, SECOND_US)).toBe(1000);
});
