import type { ClientPlan } from "./plan.ts";

/** What a behaviour remembers between two events. */
export type Mind = MixMind | ScriptMind | LockMind | WatchMind;

export type MixMind = {
  readonly kind: "mix";
  /** making: the keys are being made; waiting: for another client to make them. */
  phase: "new" | "making" | "waiting" | "running";
  /** Keys to be made that have no answer yet. */
  makingCount: number;
  inFlight: number;
  /** Closed loop: callers whose pause is not over. */
  restingCount: number;
  /** At a rate: when the first operation was due, and how many were since. */
  firstUs: number;
  dueCount: number;
  readonly weightSum: number;
  readonly keys: readonly string[];
  /** Znodes that this client made beyond the keys, and has not deleted. */
  own: string[];
  createdCount: number;
};

/** The next item of the script. */
export type ScriptMind = { readonly kind: "script"; next: number };

export type LockMind = {
  readonly kind: "lock";
  /**
   * resting: wants nothing, or has no connection; looking: lists the children; entering: makes its own;
   * checking: sets the watch on the next lower; queued: waits for that; holding; releasing.
   */
  phase: "resting" | "looking" | "entering" | "checking" | "queued" | "holding" | "releasing";
  /** The own child, once it is known. */
  own: string;
  /** The own child whose removal was asked for, until that is answered: it must not be held again. */
  leaving: string;
  /** The child that is watched while queued. */
  ahead: string;
  /** Index of the present hold in the history; −1 for none. */
  hold: number;
  /** Sessions that are over. What they made may still be there, and is not the present session's. */
  pastSessions: number;
};

/** A read is under way, or its watch is set. */
export type WatchMind = { readonly kind: "watch"; isReading: boolean };

export function createMind(plan: ClientPlan): Mind {
  const { behaviour } = plan;
  switch (behaviour.kind) {
    case "mix":
      return {
        kind: "mix",
        phase: "new",
        makingCount: 0,
        inFlight: 0,
        restingCount: 0,
        firstUs: 0,
        dueCount: 0,
        weightSum: behaviour.weights.reduce((sum, { weight }) => sum + weight, 0),
        keys: Array.from({ length: behaviour.keyCount }, (_, key) => `${behaviour.root}/k${key}`),
        own: [],
        createdCount: 0,
      };
    case "lock":
      return {
        kind: "lock",
        phase: "resting",
        own: "",
        leaving: "",
        ahead: "",
        hold: -1,
        pastSessions: 0,
      };
    case "script":
      return { kind: "script", next: 0 };
    case "watch":
      return { kind: "watch", isReading: false };
  }
}
