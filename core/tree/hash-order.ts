/**
 * The order in which Java's HashSet enumerates strings: real servers show it in lists of children and
 * of ephemerals, and in the order in which the znodes of a closing session go.
 *
 * @see spec client-protocol 13.3; java.util.HashMap
 */

/** Buckets of a set that was made for nothing in particular. */
export const DEFAULT_TABLE_SIZE = 16;

/** `String.hashCode`, as 32 signed bits. */
export function stringHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** Which of `tableSize` buckets a hash goes to: its lower half, with the upper half folded in, decides. */
export function bucketOf(hash: number, tableSize: number): number {
  return (hash ^ (hash >>> 16)) & (tableSize - 1);
}

/** Does a table of this size double when it holds `count`? */
export function isOverfull(count: number, tableSize: number): boolean {
  return count > tableSize * 0.75;
}

/** The size of the table that a clone of a set of `count` has, whatever the size of the original's. */
export function cloneTableSize(count: number): number {
  if (count === 0) return DEFAULT_TABLE_SIZE;
  const wanted = Math.floor(count / 0.75 + 1);
  let size = 1;
  while (size < wanted) size *= 2;
  return size;
}

/**
 * The names by ascending bucket; those of one bucket stay in the order given.
 * Buckets of more than eight names, which Java keeps as trees, are taken for lists.
 *
 * @param tableSize a power of two
 */
export function hashOrder(names: Iterable<string>, tableSize: number): string[] {
  const listed = [...names];
  const count = listed.length;
  if (count < 2) return listed;
  const buckets = new Int32Array(count);
  const ends = new Int32Array(tableSize + 1);
  for (let i = 0; i < count; i++) {
    const bucket = bucketOf(stringHash(listed[i] ?? ""), tableSize);
    buckets[i] = bucket;
    ends[bucket + 1] = (ends[bucket + 1] ?? 0) + 1;
  }
  for (let bucket = 1; bucket <= tableSize; bucket++) {
    ends[bucket] = (ends[bucket] ?? 0) + (ends[bucket - 1] ?? 0);
  }
  const ordered = listed.slice();
  for (let i = 0; i < count; i++) {
    const bucket = buckets[i] ?? 0;
    const place = ends[bucket] ?? 0;
    ends[bucket] = place + 1;
    ordered[place] = listed[i] ?? "";
  }
  return ordered;
}
