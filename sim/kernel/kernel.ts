import {
  cancel as cancelPending,
  createEventQueue,
  nextAtUs,
  popSlot,
  push,
  releasePayload,
  type EventQueue,
  type Handle,
} from "./event-queue.ts";

/**
 * One event as its handler sees it. There is a single record, written anew each turn: a handler that wants
 * to keep something copies it.
 */
export type Turn = {
  /** Integer microseconds of virtual time. */
  atUs: number;
  /** A small number that says whose event this is; the handlers agree on them. */
  kind: number;
  /** A small number, the handler's own: mostly the process it is for. */
  target: number;
  /** Any number, the handler's own. */
  argument: number;
  payload: unknown;
};

/** Bounds of a whole run, over all calls of {@link run}. */
export type Budget = {
  readonly turnsMax: number;
  readonly untilUsMax: number;
};

/** Virtual time and what is to happen in it. Plain data: a clone of it is a checkpoint. */
export type Kernel = {
  readonly queue: EventQueue;
  /** The current turn, or the last one. */
  readonly turn: Turn;
  readonly budget: Budget;
  /** The current instant: never goes back. */
  nowUs: number;
  /** Turns taken since the start. */
  turnCount: number;
  isStopped: boolean;
};

/** Why {@link run} came back. The two budgets are told apart so that a report can say which was too small. */
export type RunEnd = "reached" | "drained" | "stopped" | "turnsExceeded" | "timeExceeded";

export const UNLIMITED: Budget = Object.freeze({ turnsMax: Infinity, untilUsMax: Infinity });

export function createKernel(budget: Budget = UNLIMITED): Kernel {
  return {
    queue: createEventQueue(),
    turn: { atUs: 0, kind: 0, target: 0, argument: 0, payload: undefined },
    budget,
    nowUs: 0,
    turnCount: 0,
    isStopped: false,
  };
}

/**
 * Plans an event. Events of one instant happen in the order in which they were scheduled.
 *
 * @param atUs integer microseconds, now or later
 * @throws RangeError for an instant in the past or between two microseconds: a bug in the caller
 */
export function schedule(
  kernel: Kernel,
  atUs: number,
  kind: number,
  target: number,
  argument: number = 0,
  payload?: unknown,
): Handle {
  if (!(atUs >= kernel.nowUs) || Math.floor(atUs) !== atUs) throw badInstant(kernel, atUs);
  return push(kernel.queue, atUs, kind, target, argument, payload);
}

/** Takes back a scheduled event. False when it has happened or was cancelled before: that is no mistake. */
export function cancel(kernel: Kernel, handle: Handle): boolean {
  return cancelPending(kernel.queue, handle);
}

/**
 * The only loop. Time jumps from event to event, up to and including `untilUs`, where it stands at the end
 * (unless a budget or {@link stop} ended the run earlier, or nothing is left and `untilUs` is Infinity).
 */
export function run(kernel: Kernel, untilUs: number, handle: (turn: Turn) => void): RunEnd {
  const { queue, budget } = kernel;
  const lastUs = Math.min(untilUs, budget.untilUsMax);
  while (nextAtUs(queue) <= lastUs) {
    if (kernel.isStopped) return "stopped";
    if (kernel.turnCount >= budget.turnsMax) return "turnsExceeded";
    if (queue.count === 0) break; // both are Infinity
    handle(takeTurn(kernel));
  }
  if (kernel.isStopped) return "stopped";
  const isDrained = queue.count === 0;
  if (lastUs < Infinity && !(isDrained && untilUs === Infinity)) {
    kernel.nowUs = Math.max(kernel.nowUs, lastUs);
  }
  if (isDrained) return "drained";
  return lastUs < untilUs ? "timeExceeded" : "reached";
}

/** Takes the next event alone, whatever its instant. False when nothing was pending, or the run was stopped. */
export function step(kernel: Kernel, handle: (turn: Turn) => void): boolean {
  if (kernel.queue.count === 0 || kernel.isStopped) return false;
  handle(takeTurn(kernel));
  return true;
}

/** Ends {@link run} after the current turn. It stays ended until {@link resume}. */
export function stop(kernel: Kernel): void {
  kernel.isStopped = true;
}

export function resume(kernel: Kernel): void {
  kernel.isStopped = false;
}

function takeTurn(kernel: Kernel): Turn {
  const { queue, turn } = kernel;
  const slot = popSlot(queue);
  turn.atUs = queue.at[slot]!;
  turn.kind = queue.kind[slot]!;
  turn.target = queue.target[slot]!;
  turn.argument = queue.argument[slot]!;
  turn.payload = queue.payload[slot];
  releasePayload(queue, slot);
  kernel.nowUs = turn.atUs;
  kernel.turnCount++;
  return turn;
}

function badInstant(kernel: Kernel, atUs: number): RangeError {
  return new RangeError(
    `cannot schedule at ${atUs} us: now is ${kernel.nowUs} us, and instants are whole`,
  );
}
