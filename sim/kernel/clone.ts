/**
 * Deep copies of running state: a clone is a checkpoint, and a fork.
 *
 * - Plain objects, arrays, Maps and Sets are copied, and keep their order. What was one object in the
 *   original, however often it was referred to (cycles too), is one object in the copy.
 * - Typed arrays are mutable columns and are copied, except Uint8Array: byte strings are never changed
 *   once they are made, so they are shared.
 * - A frozen object is shared. Freezing is the promise that nothing reachable from it ever changes;
 *   give it to large values that are replaced, never changed.
 * - An {@link Outside} comes out empty: what watches a run is not part of it.
 * - Functions, class instances, symbols and weak collections are not state. Meeting one is a bug, and throws.
 */
export function clone<T>(value: T): T {
  return copyOf(value, new Map()) as T;
}

/**
 * Holds something that belongs to one copy of the state only: an observer, or a cache that can be
 * made again. A clone of the state gets an empty one.
 */
export class Outside<T> {
  value: T | undefined = undefined;
}

type Memo = Map<object, object>;

function copyOf(value: unknown, memo: Memo): unknown {
  if (typeof value === "object") return value === null ? null : copyOfObject(value, memo);
  if (typeof value === "function" || typeof value === "symbol") throw notState(value);
  return value;
}

function copyOfObject(source: object, memo: Memo): object {
  if (Object.isFrozen(source)) return source;
  const known = memo.get(source);
  if (known !== undefined) return known;
  if (Array.isArray(source)) return copyOfArray(source, memo);
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype === Object.prototype || prototype === null) return copyOfRecord(source, memo);
  if (source instanceof Map) return copyOfMap(source, memo);
  if (source instanceof Set) return copyOfSet(source, memo);
  if (source instanceof Uint8Array) return source;
  if (source instanceof Outside) return remember(memo, source, new Outside());
  return remember(memo, source, copyOfColumn(source));
}

/** The spread copies every field at once and keeps the shape; only fields that hold objects are then replaced. */
function copyOfRecord(source: object, memo: Memo): object {
  const copy: Record<string, unknown> = { ...source };
  memo.set(source, copy);
  for (const key in copy) {
    const value = copy[key];
    if (typeof value === "object") {
      if (value !== null) copy[key] = copyOfObject(value, memo);
    } else if (typeof value === "function" || typeof value === "symbol") throw notState(value);
  }
  return copy;
}

function copyOfArray(source: readonly unknown[], memo: Memo): unknown[] {
  const copy = source.slice();
  memo.set(source, copy);
  for (let index = 0; index < copy.length; index++) {
    const value = copy[index];
    if (typeof value === "object") {
      if (value !== null) copy[index] = copyOfObject(value, memo);
    } else if (typeof value === "function" || typeof value === "symbol") throw notState(value);
  }
  return copy;
}

function copyOfMap(source: ReadonlyMap<unknown, unknown>, memo: Memo): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  memo.set(source, copy);
  for (const [key, value] of source) copy.set(copyOf(key, memo), copyOf(value, memo));
  return copy;
}

function copyOfSet(source: ReadonlySet<unknown>, memo: Memo): Set<unknown> {
  const copy = new Set<unknown>();
  memo.set(source, copy);
  for (const value of source) copy.add(copyOf(value, memo));
  return copy;
}

function copyOfColumn(source: object): object {
  if (source instanceof Float64Array) return source.slice();
  if (source instanceof Int32Array) return source.slice();
  if (source instanceof Uint32Array) return source.slice();
  if (source instanceof BigInt64Array || source instanceof BigUint64Array) return source.slice();
  if (source instanceof Int8Array || source instanceof Int16Array || source instanceof Uint16Array)
    return source.slice();
  throw notState(source);
}

function remember(memo: Memo, source: object, copy: object): object {
  memo.set(source, copy);
  return copy;
}

function notState(value: unknown): TypeError {
  const name = typeof value === "object" && value !== null ? value.constructor.name : typeof value;
  return new TypeError(`a ${name} cannot be part of cloned state`);
}
