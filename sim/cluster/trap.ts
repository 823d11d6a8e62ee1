import type { ServerEffect } from "../../core/effect.ts";
import type { Leaves } from "../disk/failure.ts";

/**
 * A process that will end at an event of its own, between any two things that it does. It waits for the next process
 * of its server, too, where the present one ends otherwise.
 */
export type Trap = {
  /** The kind of effect to end behind; null: behind the last effect of an event. */
  readonly upon: ServerEffect["kind"] | null;
  /** How many of them there are still to be: effects, or events. */
  left: number;
  /** How many there are to be each time. */
  readonly nth: number;
  /** How often it ends still, this time included: more than once only where it comes back. */
  times: number;
  /** µs after which the server is started again; null: it is not. */
  readonly backUs: number | null;
  /** µs; from then on nothing happens. */
  readonly untilUs: number;
  /** Whether the power goes too, and what that leaves of what was not synced. */
  readonly power: boolean;
  readonly leaves: Leaves;
};

/** How many effects of this turn are carried out before the process ends; −1 when it does not end in it. */
export function endsAfter(
  trap: Trap,
  nowUs: number,
  effects: readonly ServerEffect[],
  count: number,
): number {
  if (nowUs >= trap.untilUs) return -1;
  if (trap.upon === null) return --trap.left === 0 ? count : -1;
  for (let at = 0; at < count; at++) {
    if (effects[at]!.kind === trap.upon && --trap.left === 0) return at + 1;
  }
  return -1;
}
