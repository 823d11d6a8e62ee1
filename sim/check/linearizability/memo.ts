import type { Model } from "./model.ts";

/**
 * The configurations that led nowhere: a place in the order of events, a state, and which of the open calls have taken
 * effect. Exact, in a few words each: two that only look alike are never taken for one another. Calls that never return
 * need not take effect at all, so that where some of them are left over did not help, fewer will not either.
 */
export type Memo<State> = {
  /** Words of a record: the place, the number of the state, the set. */
  readonly width: number;
  /** The words of those that will return, with place and state; what is behind them is a set of what lasts. */
  readonly exact: number;
  records: Int32Array;
  size: number;
  /** Open addressing: record numbers plus 1; a power of two. */
  table: Int32Array;
  /** Numbers of states; primitives by value, objects by hash. */
  readonly numbers: Map<unknown, number>;
  readonly buckets: Map<number, { readonly state: State; readonly id: number }[]>;
  stateCount: number;
};

export function createMemo<State>(setWords: number, lastingFrom: number): Memo<State> {
  const width = setWords + 2;
  return {
    width,
    exact: Math.min(setWords, lastingFrom >>> 5) + 2,
    records: new Int32Array(width * 64),
    size: 0,
    table: new Int32Array(128),
    numbers: new Map(),
    buckets: new Map(),
    stateCount: 0,
  };
}

/**
 * Enters a configuration that is about to be looked into; false where that is no use: it has been, or is being, and so
 * has one with no more left over.
 */
export function enter<State>(
  memo: Memo<State>,
  model: Pick<Model<State, never, never>, "equal" | "hash">,
  place: number,
  state: State,
  set: Int32Array,
): boolean {
  const { width, exact } = memo;
  if ((memo.size + 1) * width > memo.records.length) growRecords(memo);
  const { records, table } = memo;
  const base = memo.size * width;
  records[base] = place;
  records[base + 1] = numberOf(memo, model, state);
  for (let word = 0; word < set.length; word++) records[base + 2 + word] = set[word]!;
  const mask = table.length - 1;
  let at = hashAt(records, base, exact) & mask;
  for (let other = table[at]!; other !== 0; other = table[at]!) {
    const known = (other - 1) * width;
    if (isSame(records, known, base, exact) && isPart(records, known, base, exact, width)) {
      return false;
    }
    at = (at + 1) & mask;
  }
  table[at] = ++memo.size;
  if (memo.size * 2 > table.length) growTable(memo);
  return true;
}

/** Bytes that the columns take; the states themselves come on top. */
export function bytesOf({ records, table }: Memo<unknown>): number {
  return records.byteLength + table.byteLength;
}

function numberOf<State>(
  memo: Memo<State>,
  { equal, hash }: Pick<Model<State, never, never>, "equal" | "hash">,
  state: State,
): number {
  if (typeof state !== "object" || state === null) {
    const known = memo.numbers.get(state);
    if (known !== undefined) return known;
    memo.numbers.set(state, memo.stateCount);
    return memo.stateCount++;
  }
  const key = hash === undefined ? 0 : hash(state);
  let bucket = memo.buckets.get(key);
  if (bucket === undefined) memo.buckets.set(key, (bucket = []));
  for (const known of bucket) if (equal(known.state, state)) return known.id;
  bucket.push({ state, id: memo.stateCount });
  return memo.stateCount++;
}

function hashAt(records: Int32Array, base: number, width: number): number {
  let hash = 0x811c9dc5;
  for (let word = 0; word < width; word++) {
    hash = Math.imul(hash ^ records[base + word]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function isSame(records: Int32Array, a: number, b: number, width: number): boolean {
  for (let word = 0; word < width; word++)
    if (records[a + word] !== records[b + word]) return false;
  return true;
}

/** Is the set of what lasts at `a` a part of the one at `b`? */
function isPart(records: Int32Array, a: number, b: number, from: number, to: number): boolean {
  for (let word = from; word < to; word++) {
    if ((records[a + word]! & ~records[b + word]!) !== 0) return false;
  }
  return true;
}

function growRecords(memo: Memo<unknown>): void {
  const wider = new Int32Array(memo.records.length * 2);
  wider.set(memo.records);
  memo.records = wider;
}

function growTable(memo: Memo<unknown>): void {
  const { records, width, exact, size } = memo;
  const table = new Int32Array(memo.table.length * 2);
  const mask = table.length - 1;
  for (let id = 0; id < size; id++) {
    let at = hashAt(records, id * width, exact) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = id + 1;
  }
  memo.table = table;
}
