/**
 * One or more different values in little memory: most places have one watcher and most watchers few places,
 * and a Set of one takes 150 bytes. A few are a list that is replaced, many are a Set that is changed.
 */
export type Several<T extends string | number> = T | readonly T[] | Set<T>;

/** Values in a list; looking through so many is as fast as a Set. */
const LISTED_MAX = 8;

/** `several` and `value`, which is not among them. */
export function withOne<T extends string | number>(
  several: Several<T> | undefined,
  value: T,
): Several<T> {
  if (several === undefined) return value;
  if (several instanceof Set) return several.add(value);
  const listed = listOf(several);
  if (listed.length === LISTED_MAX) return new Set(listed).add(value);
  // A spread would reserve room for more.
  return listed.concat(value);
}

/** `several` without `value`; undefined when nothing is left. */
export function without<T extends string | number>(
  several: Several<T>,
  value: T,
): Several<T> | undefined {
  if (several instanceof Set) {
    several.delete(value);
    return several.size === 0 ? undefined : several;
  }
  const left = listOf(several).filter((each) => each !== value);
  return left.length < 2 ? left[0] : left;
}

export function includes<T extends string | number>(several: Several<T>, value: T): boolean {
  return several instanceof Set ? several.has(value) : listOf(several).includes(value);
}

/** Each of them once, in no order that means anything. */
export function eachOf<T extends string | number>(several: Several<T>): Iterable<T> {
  return several instanceof Set ? several : listOf(several);
}

function listOf<T extends string | number>(several: T | readonly T[]): readonly T[] {
  return typeof several === "object" ? several : [several];
}
