import type { Operation } from "../request/operation.ts";
import { ErrorCode } from "../request/error-code.ts";
import type { Zxid } from "../zxid.ts";

/** Types of watch events, as numbered on the wire. */
export const WatchType = { created: 1, deleted: 2, changed: 3, children: 4 } as const;

/**
 * The watches that a client left at its server, by table. One-shot: an event takes them away.
 * A server forgets them with the connection, so the client sets them again at the next one.
 */
export type Watches = {
  readonly data: Set<string>;
  readonly exist: Set<string>;
  readonly child: Set<string>;
};

export function noWatches(): Watches {
  return { data: new Set(), exist: new Set(), child: new Set() };
}

export function clearWatches(watches: Watches): void {
  watches.data.clear();
  watches.exist.clear();
  watches.child.clear();
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
    default:
      break;
  }
}

/** Takes away the watches that an event fires; false when there were none, and nobody is to be told. */
export function takeWatches(watches: Watches, type: number, path: string): boolean {
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

/** The request that sets all watches again at another server, or null when there are none. */
export function watchesToSet(watches: Watches, relativeZxid: Zxid): Operation | null {
  if (watches.data.size + watches.exist.size + watches.child.size === 0) return null;
  return {
    kind: "setWatches",
    type: 101,
    relativeZxid,
    data: [...watches.data],
    exist: [...watches.exist],
    child: [...watches.child],
    persistent: [],
    recursive: [],
  };
}
