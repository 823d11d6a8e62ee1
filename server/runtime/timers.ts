import type { TimerName } from "../../core/event.ts";

/** The core's timers on the machine's clock, by name and whose. */
export type Timers = Map<TimerName, Map<number, NodeJS.Timeout>>;

/** The longest that a timer of Node can wait; longer ones fire early, and the core arms them again. */
const TIMEOUT_MAX_MS = 0x7fff_ffff;

/** Arms a timer, anew if it is running. */
export function armTimer(
  timers: Timers,
  timer: TimerName,
  of: number,
  afterMs: number,
  fire: () => void,
): void {
  let byOwner = timers.get(timer);
  if (byOwner === undefined) {
    byOwner = new Map();
    timers.set(timer, byOwner);
  }
  const mine = byOwner;
  clearTimeout(mine.get(of));
  const run = (): void => {
    mine.delete(of);
    fire();
  };
  mine.set(of, setTimeout(run, Math.min(Math.ceil(afterMs), TIMEOUT_MAX_MS)));
}

export function disarmTimer(timers: Timers, timer: TimerName, of: number): void {
  const byOwner = timers.get(timer);
  clearTimeout(byOwner?.get(of));
  byOwner?.delete(of);
}

export function disarmAll(timers: Timers): void {
  for (const byOwner of timers.values()) {
    for (const handle of byOwner.values()) clearTimeout(handle);
  }
  timers.clear();
}
