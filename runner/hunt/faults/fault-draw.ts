import { integer, type Stream } from "../../../sim/kernel/stream.ts";
import type { StepInput } from "../../scenario/input.ts";

/** A kind of fault that a hunt can draw. */
export type FaultDraw = {
  readonly name: string;
  /**
   * The steps that begin the fault and end it again, all between the site's two instants; null when it does
   * not fit (budget, size of the ensemble).
   */
  readonly draw: (dice: Stream, site: FaultSite) => readonly StepInput[] | null;
};

/** Where and when a fault may strike. */
export type FaultSite = {
  /** Sids of the servers that vote. */
  readonly voters: readonly number[];
  readonly observers: readonly number[];
  /** ms; the fault begins no earlier, and has ended no later. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Shared by all faults of a run. */
  readonly budget: FaultBudget;
};

/**
 * Whose durable state the faults of one run damaged: wiped, rolled back, corrupted. ZooKeeper promises nothing once a
 * majority has lost what it had synced, so random faults stay below that. Crashes, pauses and partitions
 * cost nothing: safety must hold under any number of them.
 */
export type FaultBudget = {
  /** How many voters may ever be damaged: fewer than half. */
  readonly damagedMax: number;
  readonly damaged: Set<number>;
};

export function createBudget(voters: readonly number[]): FaultBudget {
  return { damagedMax: Math.floor((voters.length - 1) / 2), damaged: new Set() };
}

/** Takes the damage of one voter from the budget; false, and nothing taken, when it does not allow it. */
export function spendDamage(budget: FaultBudget, sid: number): boolean {
  if (!budget.damaged.has(sid) && budget.damaged.size >= budget.damagedMax) return false;
  budget.damaged.add(sid);
  return true;
}

/** Two instants of a site, in ms, from `minMs` to `maxMs` apart where it is long enough. */
export function within(
  dice: Stream,
  { fromMs, untilMs }: FaultSite,
  minMs: number,
  maxMs: number,
): { readonly from: number; readonly until: number } {
  const spanMs = Math.max(0, untilMs - fromMs);
  const longest = Math.min(maxMs, spanMs);
  const length = integer(dice, Math.min(minMs, longest), longest);
  const from = integer(dice, fromMs, fromMs + spanMs - length);
  return { from, until: from + length };
}

/** A duration as a scenario writes it. */
export function ms(value: number): string {
  return `${value}ms`;
}
