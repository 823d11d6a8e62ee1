/** What a watch event says happened, as numbered on the wire. */
export const TriggerType = {
  created: 1,
  deleted: 2,
  dataChanged: 3,
  childrenChanged: 4,
} as const;

/** Something that watches wait for, and where. Paths are those of clients: the root is "/". */
export type Trigger = { readonly type: number; readonly path: string };

/** Data watches are left by getData and exists, child watches by getChildren. */
export type WatchTable = "data" | "child";

/** One kind of one-shot watch: who waits at a path, and where a watcher waits. Each is the other's index. */
type WatchIndex = {
  readonly watchers: Map<string, Set<number>>;
  readonly paths: Map<number, Set<string>>;
};

/** The watches of one server's own clients. A watcher is a connection; nothing of this survives it. */
export type Watches = { readonly data: WatchIndex; readonly child: WatchIndex };

export function createWatches(): Watches {
  return {
    data: { watchers: new Map(), paths: new Map() },
    child: { watchers: new Map(), paths: new Map() },
  };
}

/** Leaves a watch; a second one of the same watcher at the same place changes nothing. */
export function addWatch(watches: Watches, table: WatchTable, path: string, watcher: number): void {
  const { watchers, paths } = watches[table];
  const here = watchers.get(path);
  if (here === undefined) watchers.set(path, new Set([watcher]));
  else here.add(watcher);
  const mine = paths.get(watcher);
  if (mine === undefined) paths.set(watcher, new Set([path]));
  else mine.add(path);
}

/**
 * Fires the watches that wait for `triggers`, in order, and uses them up. A delete fires the data watches,
 * then those child watches of the same path whose watcher was not just told.
 *
 * @see ZooKeeper, server/DataTree.java (createNode, deleteNode, setData), server/watch/WatchManager.java
 */
export function triggerWatches(
  watches: Watches,
  triggers: readonly Trigger[],
  emit: (watcher: number, type: number, path: string) => void,
): void {
  if (watches.data.watchers.size === 0 && watches.child.watchers.size === 0) return;
  for (const { type, path } of triggers) {
    if (type === TriggerType.childrenChanged) {
      takeWatchers(watches.child, path)?.forEach((watcher) => emit(watcher, type, path));
      continue;
    }
    const told = takeWatchers(watches.data, path);
    told?.forEach((watcher) => emit(watcher, type, path));
    if (type === TriggerType.deleted) {
      takeWatchers(watches.child, path)?.forEach((watcher) => {
        if (told === null || !told.has(watcher)) emit(watcher, type, path);
      });
    }
  }
}

/** Forgets everything that `watcher` waits for: its connection is closed. */
export function removeWatcher(watches: Watches, watcher: number): void {
  removeFrom(watches.data, watcher);
  removeFrom(watches.child, watcher);
}

/** The number of (path, watcher) pairs. */
export function watchCount(watches: Watches): number {
  let count = 0;
  for (const paths of watches.data.paths.values()) count += paths.size;
  for (const paths of watches.child.paths.values()) count += paths.size;
  return count;
}

function removeFrom(index: WatchIndex, watcher: number): void {
  for (const path of index.paths.get(watcher) ?? []) {
    const here = index.watchers.get(path);
    here?.delete(watcher);
    if (here?.size === 0) index.watchers.delete(path);
  }
  index.paths.delete(watcher);
}

/** Ends the watch at `path` and returns who waited there, null if nobody. */
function takeWatchers(index: WatchIndex, path: string): Set<number> | null {
  const here = index.watchers.get(path);
  if (here === undefined) return null;
  index.watchers.delete(path);
  for (const watcher of here) {
    const mine = index.paths.get(watcher);
    mine?.delete(path);
    if (mine?.size === 0) index.paths.delete(watcher);
  }
  return here;
}
