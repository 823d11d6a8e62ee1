import { performance } from "node:perf_hooks";
import { hrtime } from "node:process";

/** The machine's monotonic clock. It goes on over restarts of the process, so session ids made of it stay new. */
export type Clock = {
  /** What `performance.now()` is behind the machine's monotonic clock, ms. */
  readonly baseMs: number;
  /** Wall clock less monotonic clock at the start, ms. */
  readonly wallOffsetMs: number;
};

export function createClock(): Clock {
  const baseMs = Number(hrtime.bigint() / 1000n) / 1000 - performance.now();
  return { baseMs, wallOffsetMs: Date.now() - (baseMs + performance.now()) };
}

/** Monotonic ms since the machine came up. */
export function nowMs(clock: Clock): number {
  return clock.baseMs + performance.now();
}
