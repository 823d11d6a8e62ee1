import type { Operation } from "../request/operation.ts";
import { ErrorCode } from "../request/error-code.ts";
import type { Zxid } from "../zxid.ts";

/** Types of watch events, as numbered on the wire. */
export const WatchType = { created: 1, deleted: 2, changed: 3, children: 4 } as const;

/**
 * The watches that a client left at its server, by table. An event takes away those of the first three.
 * A server forgets them with the connection, so the client sets them again at the next one.
 */
export type Watches = {
  readonly data: Set<string>;
  readonly exist: Set<string>;
  readonly child: Set<string>;
  readonly persistent: Set<string>;
  readonly recursive: Set<string>;
};

export function noWatches(): Watches {
  return {
    data: new Set(),
    exist: new Set(),
    child: new Set(),
    persistent: new Set(),
    recursive: new Set(),
  };
}

export function clearWatches(watches: Watches): void {
  watches.data.clear();
  watches.exist.clear();
  watches.child.clear();
  watches.persistent.clear();
  watches.recursive.clear();
}

/**
 * Remembers the watch that the reply to `op` left, if it left one.
 * A read that failed leaves none, but for `exists` of what is not there.
 */
export function registerWatch(watches: Watches, op: Operation, err: number): void {
  switch (op.kind) {
    case "exists":
      if (!op.watch) return;
      if (err === ErrorCode.ok) watches.data.add(op.path);
      else if (err === ErrorCode.noNode) watches.exist.add(op.path);
      break;
    case "getData":
      if (op.watch && err === ErrorCode.ok) watches.data.add(op.path);
      break;
    case "getChildren":
      if (op.watch && err === ErrorCode.ok) watches.child.add(op.path);
      break;
    case "addWatch":
      if (err === ErrorCode.ok) watches[op.mode === 0 ? "persistent" : "recursive"].add(op.path);
      break;
    case "removeWatches":
      if (err === ErrorCode.ok) forgetWatches(watches, op.path, op.type);
      break;
    default:
      break;
  }
}

/**
 * Takes away the watches that an event fires, but for persistent ones; false when there were none at all,
 * and nobody is to be told.
 */
export function takeWatches(watches: Watches, type: number, path: string): boolean {
  const taken = takeStandardWatches(watches, type, path);
  return taken || watches.persistent.has(path) || isBelowRecursive(watches.recursive, path);
}

function takeStandardWatches(watches: Watches, type: number, path: string): boolean {
  switch (type) {
    case WatchType.created:
    case WatchType.changed: {
      const data = watches.data.delete(path);
      return watches.exist.delete(path) || data;
    }
    case WatchType.deleted: {
      const data = watches.data.delete(path);
      const exist = watches.exist.delete(path);
      return watches.child.delete(path) || data || exist;
    }
    case WatchType.children:
      return watches.child.delete(path);
    default:
      return false;
  }
}

function isBelowRecursive(recursive: ReadonlySet<string>, path: string): boolean {
  if (recursive.size === 0) return false;
  for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    if (recursive.has(at)) return true;
  }
  return recursive.has("/");
}

/** The server has dropped all that it had of a type: 1 children, 2 data, 3 any. */
function forgetWatches(watches: Watches, path: string, type: number): void {
  if (type !== 2) watches.child.delete(path);
  if (type !== 1) {
    watches.data.delete(path);
    watches.exist.delete(path);
  }
  if (type === 3) {
    watches.persistent.delete(path);
    watches.recursive.delete(path);
  }
}

/** The request that sets all watches again at another server, or null when there are none. */
export function watchesToSet(watches: Watches, relativeZxid: Zxid): Operation | null {
  const { data, exist, child, persistent, recursive } = watches;
  const lasting = persistent.size + recursive.size;
  if (data.size + exist.size + child.size + lasting === 0) return null;
  return {
    kind: "setWatches",
    type: lasting === 0 ? 101 : 105,
    relativeZxid,
    data: [...data],
    exist: [...exist],
    child: [...child],
    persistent: [...persistent],
    recursive: [...recursive],
  };
}
