import type { Acl } from "./acl.ts";
import { eachOf } from "./several.ts";
import {
  createWatchTable,
  dropWatch,
  dropWatcher,
  putWatch,
  takeWatchers,
  watchersAt,
  WatchMode,
  type WatchTable,
} from "./watch-table.ts";

/** What a watch event says happened, as numbered on the wire. */
export const TriggerType = {
  created: 1,
  deleted: 2,
  dataChanged: 3,
  childrenChanged: 4,
} as const;

/** Something that watches wait for, and where. Paths are those of clients: the root is "/". */
export type Trigger = {
  readonly type: number;
  readonly path: string;
  /** Of the znode at `path`, when it happened: only who may read it is told. Null: nobody knows the list. */
  readonly acl: readonly Acl[] | null;
};

/**
 * The watches of one server's own clients. A watcher is a connection; nothing of this survives it.
 * Data watches are left by getData and exists, child watches by getChildren, both by addWatch.
 */
export type Watches = { readonly data: WatchTable; readonly child: WatchTable };

export function createWatches(): Watches {
  return { data: createWatchTable(), child: createWatchTable() };
}

/** Leaves a watch that fires once. */
export function addWatch(
  watches: Watches,
  table: "data" | "child",
  path: string,
  watcher: number,
): void {
  putWatch(watches[table], path, watcher, WatchMode.standard);
}

/** Leaves a watch that stays, in both tables. No znode need be there. */
export function addPersistentWatch(
  watches: Watches,
  path: string,
  watcher: number,
  recursive: boolean,
): void {
  const mode = recursive ? WatchMode.recursive : WatchMode.persistent;
  putWatch(watches.child, path, watcher, mode);
  putWatch(watches.data, path, watcher, mode);
}

/** Takes back a watch of any mode at exactly this path; false when there was none. */
export function removeWatch(
  watches: Watches,
  table: "data" | "child",
  path: string,
  watcher: number,
): boolean {
  return dropWatch(watches[table], path, watcher);
}

/**
 * Fires the watches that wait for `triggers`, in order; standard ones are used up. A delete fires the data
 * watches, then those child watches whose watcher was not just told.
 *
 * @see spec client-protocol 6.3; ZooKeeper, server/DataTree.java, server/watch/WatchManager.java
 */
export function triggerWatches(
  watches: Watches,
  triggers: readonly Trigger[],
  emit: (watcher: number, trigger: Trigger) => void,
): void {
  const { data, child } = watches;
  if (data.watchCount === 0 && child.watchCount === 0) return;
  for (const trigger of triggers) {
    const { type, path } = trigger;
    if (type === TriggerType.childrenChanged) {
      takeWatchers(child, path, false)?.forEach((watcher) => emit(watcher, trigger));
      continue;
    }
    const told = takeWatchers(data, path, true);
    told?.forEach((watcher) => emit(watcher, trigger));
    if (type !== TriggerType.deleted) continue;
    const rest = takeWatchers(child, path, true);
    if (rest === null) continue;
    const already = new Set(told);
    for (const watcher of rest) if (!already.has(watcher)) emit(watcher, trigger);
  }
}

/** Forgets everything that `watcher` waits for: its connection is closed. */
export function removeWatcher(watches: Watches, watcher: number): void {
  dropWatcher(watches.data, watcher);
  dropWatcher(watches.child, watcher);
}

/** Does anybody watch exactly this path? */
export function isWatched(watches: Watches, table: "data" | "child", path: string): boolean {
  return watches[table].byPath.has(path);
}

/** The number of (path, watcher) pairs of both tables. */
export function watchCount(watches: Watches): number {
  return watches.data.watchCount + watches.child.watchCount;
}

/** What operators are shown of a table. Watchers whose watches have fired are counted until they go. */
export function watchSummary(table: WatchTable): {
  readonly watcherCount: number;
  readonly pathCount: number;
  readonly watchCount: number;
} {
  const { byWatcher, byPath } = table;
  return {
    watcherCount: byWatcher.size,
    pathCount: byPath.size,
    watchCount: table.watchCount,
  };
}

/** Each watcher of a table and the paths that it watches. */
export function* pathsByWatcher(table: WatchTable): Generator<[number, Iterable<string>]> {
  for (const [watcher, paths] of table.byWatcher)
    yield [watcher, paths === null ? [] : eachOf(paths)];
}

/** Each path of a table and who watches it. */
export function* watchersByPath(table: WatchTable): Generator<[string, readonly number[]]> {
  for (const path of table.byPath.keys()) yield [path, watchersAt(table, path)];
}
