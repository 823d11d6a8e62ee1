/**
 * First in, first out, in one array that is used again and again. What passes through an array by `push` and `shift`,
 * or through a Map, leaves dead arrays and tables behind that point at it, and one of them grown old keeps all of that
 * alive until the next full collection.
 */
export type Ring<T> = {
  /** As many as a power of two. */
  slots: (T | undefined)[];
  /** The slot of the oldest item. */
  head: number;
  length: number;
};

const SLOTS_MIN = 16;

export function createRing<T>(): Ring<T> {
  return { slots: emptySlots(SLOTS_MIN), head: 0, length: 0 };
}

/** Another ring with the same items. */
export function copyRing<T>({ slots, head, length }: Ring<T>): Ring<T> {
  return { slots: slots.slice(), head, length };
}

export function addLast<T>(ring: Ring<T>, item: T): void {
  if (ring.length === ring.slots.length) grow(ring);
  ring.slots[(ring.head + ring.length) & (ring.slots.length - 1)] = item;
  ring.length++;
}

/** Takes the oldest item out; undefined when there is none. */
export function takeFirst<T>(ring: Ring<T>): T | undefined {
  if (ring.length === 0) return undefined;
  const { slots, head } = ring;
  const item = slots[head];
  slots[head] = undefined;
  ring.head = (head + 1) & (slots.length - 1);
  ring.length--;
  return item;
}

/** The item that came in so many after the oldest; undefined where there is none. */
export function itemAt<T>({ slots, head, length }: Ring<T>, index: number): T | undefined {
  return index >= 0 && index < length ? slots[(head + index) & (slots.length - 1)] : undefined;
}

/** All items, the oldest first. */
export function itemsOf<T>({ slots, head, length }: Ring<T>): T[] {
  return Array.from({ length }, (_, i) => slots[(head + i) & (slots.length - 1)] as T);
}

export function clearRing<T>(ring: Ring<T>): void {
  ring.slots = emptySlots(SLOTS_MIN);
  ring.head = 0;
  ring.length = 0;
}

function grow<T>(ring: Ring<T>): void {
  const items = itemsOf(ring);
  ring.slots = emptySlots(2 * items.length);
  for (let i = 0; i < items.length; i++) ring.slots[i] = items[i];
  ring.head = 0;
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}
