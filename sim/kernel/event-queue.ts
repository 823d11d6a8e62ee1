/**
 * Pending events, earliest first; events of one instant come out in the order in which they were scheduled.
 *
 * A binary heap of slot numbers. What belongs to an event stands in columns under its slot, and slots are
 * used again, so pushing and popping allocate nothing. Every slot knows its place in the heap, so
 * that cancelling really removes (O(log n)): timers are moved all the time, and dead ones must not pile up.
 */
export type EventQueue = {
  count: number;
  /** Events ever scheduled; the tie-break of the next one. */
  scheduledCount: number;
  /** The first `count` entries are the heap, as slots; the other slots follow it, free. */
  heap: Int32Array;
  /** Integer microseconds. */
  at: Float64Array;
  sequence: Float64Array;
  /** The slot's index in `heap`. */
  place: Int32Array;
  /** Counts the events that a slot has held, so that an old handle does not cancel a stranger. */
  generation: Int32Array;
  kind: Int32Array;
  target: Int32Array;
  argument: Float64Array;
  payload: unknown[];
};

/** Names one scheduled event for as long as it is pending; never 0. */
export type Handle = number;

/** A handle is `generation · SLOT_SPAN + slot`. */
const SLOT_SPAN = 0x100_0000;
const GENERATION_MAX = 0x0fff_ffff;

export function createEventQueue(capacity: number = 64): EventQueue {
  const queue: EventQueue = {
    count: 0,
    scheduledCount: 0,
    heap: new Int32Array(0),
    at: new Float64Array(0),
    sequence: new Float64Array(0),
    place: new Int32Array(0),
    generation: new Int32Array(0),
    kind: new Int32Array(0),
    target: new Int32Array(0),
    argument: new Float64Array(0),
    payload: [],
  };
  growTo(queue, capacity);
  return queue;
}

/** Adds an event; the columns after `atUs` are the caller's own and come back as they went in. */
export function push(
  queue: EventQueue,
  atUs: number,
  kind: number,
  target: number,
  argument: number,
  payload: unknown,
): Handle {
  if (queue.count === queue.heap.length) growTo(queue, queue.count * 2);
  const place = queue.count++;
  const slot = queue.heap[place]!;
  queue.at[slot] = atUs;
  queue.sequence[slot] = queue.scheduledCount++;
  queue.kind[slot] = kind;
  queue.target[slot] = target;
  queue.argument[slot] = argument;
  queue.payload[slot] = payload;
  siftUp(queue, place, slot, atUs);
  return queue.generation[slot]! * SLOT_SPAN + slot;
}

/** The earliest event's instant; Infinity when nothing is pending. */
export function nextAtUs(queue: EventQueue): number {
  return queue.count === 0 ? Infinity : queue.at[queue.heap[0]!]!;
}

/**
 * Takes out the earliest event and returns its slot, whose columns may be read until the next push.
 * The queue must not be empty. The payload is the caller's to drop, see {@link releasePayload}.
 */
export function popSlot(queue: EventQueue): number {
  const slot = queue.heap[0]!;
  removeAt(queue, 0, slot);
  return slot;
}

/** Lets go of a popped slot's payload, so that the queue does not keep it alive. */
export function releasePayload(queue: EventQueue, slot: number): void {
  queue.payload[slot] = undefined;
}

/** Removes a pending event. False when it has been popped or cancelled before: that is no mistake. */
export function cancel(queue: EventQueue, handle: Handle): boolean {
  if (!isPending(queue, handle)) return false;
  const slot = handle % SLOT_SPAN;
  removeAt(queue, queue.place[slot]!, slot);
  queue.payload[slot] = undefined;
  return true;
}

export function isPending(queue: EventQueue, handle: Handle): boolean {
  const slot = handle % SLOT_SPAN;
  return queue.generation[slot] === (handle - slot) / SLOT_SPAN && queue.place[slot]! < queue.count;
}

/** Takes the event at `place` out of the heap and leaves its slot just behind the heap's new end, free. */
function removeAt(queue: EventQueue, place: number, slot: number): void {
  const { heap, at } = queue;
  const end = --queue.count;
  const last = heap[end]!;
  heap[end] = slot;
  queue.place[slot] = end;
  const generation = queue.generation[slot]!;
  queue.generation[slot] = generation === GENERATION_MAX ? 1 : generation + 1;
  if (place === end) return;

  // The last event fills the hole: downwards, or upwards when the hole was in another branch.
  const lastAtUs = at[last]!;
  const parent = (place - 1) >> 1;
  if (place > 0 && isBefore(queue, last, heap[parent]!)) siftUp(queue, place, last, lastAtUs);
  else siftDown(queue, place, last, lastAtUs);
}

function siftUp(queue: EventQueue, from: number, slot: number, atUs: number): void {
  const { heap, at, sequence, place } = queue;
  const order = sequence[slot]!;
  let hole = from;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = heap[parent]!;
    const aboveAtUs = at[above]!;
    if (aboveAtUs < atUs || (aboveAtUs === atUs && sequence[above]! < order)) break;
    heap[hole] = above;
    place[above] = hole;
    hole = parent;
  }
  heap[hole] = slot;
  place[slot] = hole;
}

function siftDown(queue: EventQueue, from: number, slot: number, atUs: number): void {
  const { heap, at, sequence, place, count } = queue;
  const order = sequence[slot]!;
  let hole = from;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= count) break;
    let below = heap[child]!;
    let belowAtUs = at[below]!;
    if (child + 1 < count) {
      const other = heap[child + 1]!;
      const otherAtUs = at[other]!;
      if (
        otherAtUs < belowAtUs ||
        (otherAtUs === belowAtUs && sequence[other]! < sequence[below]!)
      ) {
        child++;
        below = other;
        belowAtUs = otherAtUs;
      }
    }
    if (atUs < belowAtUs || (atUs === belowAtUs && order < sequence[below]!)) break;
    heap[hole] = below;
    place[below] = hole;
    hole = child;
  }
  heap[hole] = slot;
  place[slot] = hole;
}

function isBefore(queue: EventQueue, a: number, b: number): boolean {
  const aAtUs = queue.at[a]!;
  const bAtUs = queue.at[b]!;
  return aAtUs < bAtUs || (aAtUs === bAtUs && queue.sequence[a]! < queue.sequence[b]!);
}

/** Only ever called on a full queue (or an empty one at birth), so the new slots are the free tail. */
function growTo(queue: EventQueue, capacity: number): void {
  if (capacity > SLOT_SPAN) throw new RangeError(`more than ${SLOT_SPAN} events are pending`);
  const from = queue.heap.length;
  const heap = new Int32Array(capacity);
  heap.set(queue.heap);
  const place = new Int32Array(capacity);
  place.set(queue.place);
  const generation = new Int32Array(capacity).fill(1);
  generation.set(queue.generation);
  for (let slot = from; slot < capacity; slot++) {
    heap[slot] = slot;
    place[slot] = slot;
    queue.payload.push(undefined);
  }
  queue.heap = heap;
  queue.place = place;
  queue.generation = generation;
  queue.at = grown(queue.at, capacity);
  queue.sequence = grown(queue.sequence, capacity);
  queue.argument = grown(queue.argument, capacity);
  const kind = new Int32Array(capacity);
  kind.set(queue.kind);
  queue.kind = kind;
  const target = new Int32Array(capacity);
  target.set(queue.target);
  queue.target = target;
}

function grown(column: Float64Array, capacity: number): Float64Array {
  const wider = new Float64Array(capacity);
  wider.set(column);
  return wider;
}
