import type { Call } from "./model.ts";

/**
 * The calls and returns of one object in their order. Each call has a place (a slot) for as long as it is open, so that
 * a set of open calls is a few bits, however long the history is.
 */
export type Timeline = {
  /** `2 × call` for a call, `2 × call + 1` for its return. Calls without an answer never return. */
  readonly events: Int32Array;
  /** By call. Those that never return come after all others, from a multiple of 32 on. */
  readonly slots: Int32Array;
  readonly slotCount: number;
  readonly lastingFrom: number;
};

/** Puts calls in order. They need not be sorted, but it is quicker when they are sorted by `calledAt`. */
export function timelineOf(calls: readonly Call<unknown, unknown>[]): Timeline {
  const order = inCallOrder(calls);
  const events = new Int32Array(2 * calls.length);
  const slots = new Int32Array(calls.length);
  const free: number[] = [];
  // Open calls that will return, the last to return first.
  const open: number[] = [];
  let count = 0;
  const lasting: number[] = [];
  let slotCount = 0;
  const returnUpTo = (at: number): void => {
    for (let next = open.at(-1); next !== undefined; next = open.at(-1)) {
      if (calls[next]!.returnedAt >= at) break;
      open.pop();
      events[count++] = 2 * next + 1;
      free.push(slots[next]!);
    }
  };
  for (let index = 0; index < calls.length; index++) {
    const id = order === null ? index : order[index]!;
    const { calledAt, returnedAt } = calls[id]!;
    returnUpTo(calledAt);
    events[count++] = 2 * id;
    if (returnedAt === Infinity) lasting.push(id);
    else {
      slots[id] = free.pop() ?? slotCount++;
      insert(open, calls, id);
    }
  }
  returnUpTo(Infinity);
  const lastingFrom = (slotCount + 31) & ~31;
  for (const [index, id] of lasting.entries()) slots[id] = lastingFrom + index;
  if (lasting.length > 0) slotCount = lastingFrom + lasting.length;
  return { events: events.subarray(0, count), slots, slotCount, lastingFrom };
}

/** Null where they are in order already. */
function inCallOrder(calls: readonly Call<unknown, unknown>[]): Int32Array | null {
  let isSorted = true;
  for (let index = 1; index < calls.length && isSorted; index++) {
    isSorted = calls[index - 1]!.calledAt <= calls[index]!.calledAt;
  }
  if (isSorted) return null;
  const order = Int32Array.from(calls, (_, index) => index);
  return order.sort((a, b) => calls[a]!.calledAt - calls[b]!.calledAt || a - b);
}

function insert(open: number[], calls: readonly Call<unknown, unknown>[], id: number): void {
  const { returnedAt } = calls[id]!;
  let at = open.length;
  open.push(id);
  for (; at > 0 && calls[open[at - 1]!]!.returnedAt < returnedAt; at--) open[at] = open[at - 1]!;
  open[at] = id;
}
