import type { ConnId } from "../message.ts";
import { addPersistentWatch, isWatched, removeWatch, type Watches } from "../tree/watches.ts";
import { ErrorCode } from "./error-code.ts";

/** Which watches are meant. */
const WatcherType = { children: 1, data: 2, any: 3 } as const;

/** addWatch: 0 is persistent, 1 persistent and recursive. No znode need be there, and the path is not looked at. */
export function addWatchOfMode(watches: Watches, conn: ConnId, path: string, mode: number): number {
  if (mode !== 0 && mode !== 1) return ErrorCode.marshallingError;
  addPersistentWatch(watches, path, conn, mode === 1);
  return ErrorCode.ok;
}

/**
 * checkWatches: is the path watched? By whom is not asked: 3.8 says yes for the watch of any other client, too.
 * A relative path breaks its search, and so does a type that there is not.
 *
 * @see ZooKeeper, server/watch/WatchManager.java (containsWatcher)
 */
export function checkWatches(watches: Watches, path: string, type: number): number {
  if (path !== "" && !path.includes("/")) return ErrorCode.marshallingError;
  const isThere = (table: "data" | "child"): boolean =>
    path !== "" && isWatched(watches, table, path);
  switch (type) {
    case WatcherType.children:
      return isThere("child") ? ErrorCode.ok : ErrorCode.noWatcher;
    case WatcherType.data:
      return isThere("data") ? ErrorCode.ok : ErrorCode.noWatcher;
    case WatcherType.any:
      return isThere("child") || isThere("data") ? ErrorCode.ok : ErrorCode.noWatcher;
    default:
      return ErrorCode.marshallingError;
  }
}

/** removeWatches: takes back the client's own watches at exactly this path. They tell nothing as they go. */
export function removeWatches(watches: Watches, conn: ConnId, path: string, type: number): number {
  switch (type) {
    case WatcherType.children:
      return removeWatch(watches, "child", path, conn) ? ErrorCode.ok : ErrorCode.noWatcher;
    case WatcherType.data:
      return removeWatch(watches, "data", path, conn) ? ErrorCode.ok : ErrorCode.noWatcher;
    case WatcherType.any: {
      const child = removeWatch(watches, "child", path, conn);
      return removeWatch(watches, "data", path, conn) || child ? ErrorCode.ok : ErrorCode.noWatcher;
    }
    default:
      return ErrorCode.marshallingError;
  }
}
