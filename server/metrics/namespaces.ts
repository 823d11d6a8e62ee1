import { addSample, createSummary, resetSummary, type Summary } from "./summary.ts";

/** Bytes read and written below one znode of the first level, paths and data; null until the first time. */
export type Namespace = {
  readonly name: string;
  read: Summary | null;
  write: Summary | null;
};

/** All that were touched. Traffic keeps to few of them, so the last one is at hand. */
export type Namespaces = {
  readonly byName: Map<string, Namespace>;
  last: Namespace | null;
};

/** A server that is asked for ever new names of the first level stops counting them apart. */
const NAMESPACE_MAX = 1000;

/** Every read counts a Stat, too. */
const STAT_BYTES = 68;

export function createNamespaces(): Namespaces {
  return { byName: new Map(), last: null };
}

/** Counts one read or write of `path` with so many bytes of data. The root has no namespace. */
export function noteNamespace(
  namespaces: Namespaces,
  direction: "read" | "write",
  path: string,
  dataBytes: number,
): void {
  let { last } = namespaces;
  if (last === null || !isWithin(path, last.name)) {
    last = namespaceOf(namespaces, path);
    if (last === null) return;
    namespaces.last = last;
  }
  addSample((last[direction] ??= createSummary()), path.length + dataBytes);
}

/** A client read data of this length, or names of children, or only a Stat (0). */
export function noteRead(namespaces: Namespaces, path: string, dataBytes: number): void {
  noteNamespace(namespaces, "read", path, STAT_BYTES + dataBytes);
}

/** Zero again, but the names stay. */
export function resetNamespaces(namespaces: Namespaces): void {
  for (const { read, write } of namespaces.byName.values()) {
    if (read !== null) resetSummary(read);
    if (write !== null) resetSummary(write);
  }
}

function isWithin(path: string, name: string): boolean {
  const end = name.length + 1;
  return (path.length === end || path.charCodeAt(end) === SLASH) && path.startsWith(name, 1);
}

function namespaceOf({ byName }: Namespaces, path: string): Namespace | null {
  if (path.length < 2) return null;
  const slash = path.indexOf("/", 1);
  const name = path.slice(1, slash === -1 ? undefined : slash);
  let namespace = byName.get(name);
  if (namespace === undefined) {
    if (byName.size >= NAMESPACE_MAX) return null;
    namespace = { name, read: null, write: null };
    byName.set(name, namespace);
  }
  return namespace;
}

const SLASH = 0x2f;
