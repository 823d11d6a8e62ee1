import type { ThreadName, TimerName } from "../../core/event.ts";
import { wordAt, type Source } from "../kernel/source.ts";

/*
 * The points at which a server may be late: nothing is promised of when a woken thread gets its turn, and a timer
 * fires no earlier than it was set to, but as much later as the machine is busy. A run can make any of them later, at
 * random: the logger's next batch, the commit thread, a ping (halfTick), a notification's next round,
 * the snapshot's next piece.
 */

export const THREAD_CODES: Readonly<Record<ThreadName, number>> = {
  prep: 0,
  logger: 1,
  commit: 2,
  handler: 3,
  snapshot: 4,
};
export const THREAD_COUNT: number = Object.keys(THREAD_CODES).length;

export const TIMER_CODES: Readonly<Record<TimerName, number>> = {
  notification: 0,
  finalize: 1,
  electionConnect: 2,
  hello: 3,
  observerPause: 4,
  learnerRetry: 5,
  learnerConnect: 6,
  leaderSilence: 7,
  halfTick: 8,
  quorumWait: 9,
  learnerSilence: 10,
  expire: 11,
  clientSilence: 12,
  flush: 13,
  containers: 14,
  readOnlyWait: 15,
};

export type LatePoint = ThreadName | TimerName;
export const LATE_POINTS: readonly LatePoint[] = [
  ...(Object.keys(THREAD_CODES) as ThreadName[]),
  ...(Object.keys(TIMER_CODES) as TimerName[]),
];

/** How late a server is: by point, once in `outOf` times, by up to `maxUs`. */
export type Lateness = {
  readonly source: Source;
  readonly points: ReadonlyMap<number, { readonly outOf: number; readonly maxUs: number }>;
  /** How often each point was passed. */
  readonly counts: Int32Array;
};

/** Thread points come first. */
const POINT_COUNT = LATE_POINTS.length;
const WORD_SPAN = 0x1_0000_0000;

export function timerPoint(timer: TimerName): number {
  return THREAD_COUNT + TIMER_CODES[timer];
}

/** µs that a server is late at a point this time, in its nth process. */
export function lateUs(late: Lateness | null, startCount: number, point: number): number {
  if (late === null) return 0;
  const how = late.points.get(point);
  if (how === undefined) return 0;
  const nth = late.counts[point]!++;
  const place = 2 * (startCount * POINT_COUNT + point);
  if ((wordAt(late.source, place, nth) / WORD_SPAN) * how.outOf >= 1) return 0;
  return Math.floor((wordAt(late.source, place + 1, nth) / WORD_SPAN) * (how.maxUs + 1));
}

/** A server that is late at these points, and at no others; null: at none, it is on time. */
export function makeLateness(
  source: Source,
  points: readonly LatePoint[],
  outOf: number,
  maxUs: number,
): Lateness | null {
  if (points.length === 0 || maxUs === 0) return null;
  const codes = points.map((point) => LATE_POINTS.indexOf(point));
  return {
    source,
    points: new Map(codes.map((code) => [code, { outOf, maxUs }])),
    counts: new Int32Array(POINT_COUNT),
  };
}
