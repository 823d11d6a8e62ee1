import { cloneTableSize, DEFAULT_TABLE_SIZE, hashOrder, isOverfull } from "./hash-order.ts";

/**
 * A set of names that remembers in which order Java's HashSet would show them. The table of such a set doubles
 * when it fills and never shrinks, so the order depends on how many names there were at most.
 */
export type NameSet = {
  /** Oldest first. */
  readonly names: Set<string>;
  tableSize: number;
  /** The names as they are shown; null while nobody has read them since the last change. Replaced, never changed. */
  order: readonly string[] | null;
};

export function createNameSet(tableSize: number = DEFAULT_TABLE_SIZE): NameSet {
  return { names: new Set(), tableSize, order: null };
}

/** A set of its own that goes on exactly as this one would; Java's `clone` is {@link javaClone}. */
export function copyNameSet({ names, tableSize, order }: NameSet): NameSet {
  return { names: new Set(names), tableSize, order };
}

export function addName(set: NameSet, name: string): void {
  const { names } = set;
  names.add(name);
  set.order = null;
  if (isOverfull(names.size, set.tableSize)) set.tableSize *= 2;
}

/** False when the name was not there. */
export function deleteName(set: NameSet, name: string): boolean {
  if (!set.names.delete(name)) return false;
  set.order = null;
  return true;
}

/** The names in the order of Java's enumeration. */
export function namesInOrder(set: NameSet): readonly string[] {
  return set.order ?? hashOrder(set.names, set.tableSize);
}

/** The same, and asking again costs nothing until something changes. */
export function rememberOrder(set: NameSet): readonly string[] {
  set.order ??= hashOrder(set.names, set.tableSize);
  return set.order;
}

/** What `HashSet.clone` makes: the names enter a table that is just large enough, in the order of the old one. */
export function javaClone(set: NameSet): NameSet {
  const names = new Set(namesInOrder(set));
  return { names, tableSize: cloneTableSize(names.size), order: null };
}
