/** The beginning of something whose rest is still to come, off a stream. Plain data. */
export type HeldBytes = {
  /** The first `length` are held. */
  bytes: Uint8Array;
  length: number;
};

/** Room that is kept while nothing is held. */
const KEPT_BYTES = 65_536;
const NOTHING = new Uint8Array(0);

export function holdNothing(): HeldBytes {
  return { bytes: NOTHING, length: 0 };
}

/** Copies the bytes of `chunk` from `start` on behind those that are held. */
function hold(held: HeldBytes, chunk: Uint8Array, start: number): void {
  const count = chunk.length - start;
  if (count === 0) return;
  const length = held.length + count;
  if (length > held.bytes.length) {
    const larger = new Uint8Array(Math.max(length, 2 * held.bytes.length));
    larger.set(held.bytes.subarray(0, held.length));
    held.bytes = larger;
  }
  held.bytes.set(chunk.subarray(start), held.length);
  held.length = length;
}

/** Drops the first `count` bytes, and the room that something large needed. */
function release(held: HeldBytes, count: number): void {
  held.bytes.copyWithin(0, count, held.length);
  held.length -= count;
  if (held.length === 0 && held.bytes.length > KEPT_BYTES) held.bytes = NOTHING;
}

/**
 * Cuts items off a stream, and holds what is left over.
 *
 * @param take reads the item at `at` and returns where it ends, or −1 while it is not whole
 */
export function takeItems(
  held: HeldBytes,
  chunk: Uint8Array,
  take: (bytes: Uint8Array, at: number, end: number) => number,
): void {
  const isFresh = held.length === 0;
  if (!isFresh) hold(held, chunk, 0);
  const bytes = isFresh ? chunk : held.bytes;
  const end = isFresh ? chunk.length : held.length;
  let at = 0;
  for (let next = 0; next >= 0; next = take(bytes, at, end)) at = next;
  if (isFresh) hold(held, chunk, at);
  else release(held, at);
}
