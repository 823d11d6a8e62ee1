/**
 * What a server's clocks show: `(1 + driftPpm / 10^6) × virtual time + offset`. The monotonic one goes on from
 * `fromLocalUs` since the instant `fromUs`, when its drift last changed; the offset is of the wall clock alone.
 */
export type Clock = {
  readonly offsetMs: number;
  readonly driftPpm: number;
  readonly fromUs: number;
  readonly fromLocalUs: number;
};

export function makeClock(offsetMs: number, driftPpm: number): Clock {
  return Object.freeze({ offsetMs, driftPpm, fromUs: 0, fromLocalUs: 0 });
}

/** ms of the server's own monotonic clock. */
export function localMs(clock: Clock, nowUs: number): number {
  return localUs(clock, nowUs) / 1000;
}

/** µs of virtual time until so many ms have passed by this clock. */
export function spanUs({ driftPpm }: Clock, ms: number): number {
  return Math.ceil((ms * 1000 * 1_000_000) / (1_000_000 + driftPpm));
}

/** The same clock with another drift from now on. What it shows does not jump; timers that run are not set anew. */
export function withDrift(clock: Clock, driftPpm: number, nowUs: number): Clock {
  const fromLocalUs = localUs(clock, nowUs);
  return Object.freeze({ ...clock, driftPpm, fromUs: nowUs, fromLocalUs });
}

/** The same clock with its wall clock set forward, or back, by so much. */
export function withJump(clock: Clock, byMs: number): Clock {
  return Object.freeze({ ...clock, offsetMs: clock.offsetMs + byMs });
}

function localUs({ driftPpm, fromUs, fromLocalUs }: Clock, nowUs: number): number {
  const us = nowUs - fromUs;
  return fromLocalUs + (driftPpm === 0 ? us : us + Math.floor((us * driftPpm) / 1_000_000));
}
