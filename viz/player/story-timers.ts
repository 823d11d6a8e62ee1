import { RowKind, TimerCode, type Row } from "../../sim/trace/row.ts";
import type { TimerSpan } from "./story.ts";

/** Timers whose waiting is worth a bracket; the others are always running. */
const SHOWN_TIMERS: ReadonlySet<number> = new Set<number>([
  TimerCode.finalize,
  TimerCode.quorumWait,
  TimerCode.observerPause,
]);

export type TimerStory = { readonly timers: TimerSpan[]; readonly armed: Map<string, TimerSpan> };

/** Takes a row about a timer, or about a crash, which ends all that were armed. */
export function foldTimerRow(story: TimerStory, row: Row): void {
  switch (row.kind) {
    case RowKind.armed:
      arm(story, row);
      return;
    case RowKind.disarmed:
    case RowKind.fired:
      disarm(story, row, row.kind === RowKind.fired);
      return;
    case RowKind.crashed:
      disarmAll(story, row);
  }
}

export function closeTimers({ armed }: TimerStory, endUs: number): void {
  for (const timer of armed.values()) timer.toUs = endUs;
}

function arm(story: TimerStory, row: Row): void {
  if (!SHOWN_TIMERS.has(row.a)) return;
  const timer = { sid: row.who, code: row.a, ms: row.b, fromUs: row.atUs, toUs: row.atUs };
  disarm(story, row, false);
  const span: TimerSpan = { ...timer, fired: false };
  story.armed.set(`${row.who} ${row.a}`, span);
  story.timers.push(span);
}

function disarm(story: TimerStory, row: Row, fired: boolean): void {
  const key = `${row.who} ${row.a}`;
  const timer = story.armed.get(key);
  if (timer === undefined) return;
  story.armed.delete(key);
  timer.toUs = row.atUs;
  timer.fired = fired;
}

function disarmAll(story: TimerStory, row: Row): void {
  for (const [key, timer] of story.armed) {
    if (timer.sid !== row.who) continue;
    story.armed.delete(key);
    timer.toUs = row.atUs;
  }
}
