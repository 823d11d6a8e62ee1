import { eachOf, includes, without, withOne, type Several } from "./several.ts";

/** How long a watch lasts, and where it looks. A watcher has one mode at a path; the last one asked for. */
export const WatchMode = {
  /** Fires once. */
  standard: 0,
  persistent: 1,
  /** Persistent, and meant for everything below as well. */
  recursive: 2,
} as const;

export type WatchMode = (typeof WatchMode)[keyof typeof WatchMode];

/** A watcher and its mode in one number: watcher · 4 + mode. */
type Watch = number;

/**
 * Who waits at a path, and where a watcher waits. A watch of its own takes less than 100 bytes beyond its path:
 * `bench` would not see 100,000 of them.
 */
export type WatchTable = {
  readonly byPath: Map<string, Several<Watch>>;
  /** Null stays for a watcher whose watches have all fired, until it goes: the real server counts it. */
  readonly byWatcher: Map<number, Several<string> | null>;
  /** (path, watcher) pairs. */
  watchCount: number;
  /** Those that are recursive. While there are none, nobody looks at the paths above. */
  recursiveCount: number;
};

export function createWatchTable(): WatchTable {
  return { byPath: new Map(), byWatcher: new Map(), watchCount: 0, recursiveCount: 0 };
}

/** Leaves a watch, or changes the mode of the one that is there. */
export function putWatch(table: WatchTable, path: string, watcher: number, mode: WatchMode): void {
  const here = table.byPath.get(path);
  const old = here === undefined ? null : watchOf(here, watcher);
  const watch = watcher * 4 + mode;
  if (old === watch) return;
  let others = here;
  if (old !== null && here !== undefined) {
    others = without(here, old);
    countOut(table, old);
  } else {
    const paths = table.byWatcher.get(watcher) ?? undefined;
    table.byWatcher.set(watcher, withOne(paths, path));
  }
  table.byPath.set(path, withOne(others, watch));
  table.watchCount++;
  if (mode === WatchMode.recursive) table.recursiveCount++;
}

/** False when there was none. */
export function dropWatch(table: WatchTable, path: string, watcher: number): boolean {
  const here = table.byPath.get(path);
  const watch = here === undefined ? null : watchOf(here, watcher);
  if (here === undefined || watch === null) return false;
  leave(table, path, here, watch);
  forgetPath(table, watcher, path);
  return true;
}

/** Drops all that `watcher` left, in time that depends on nothing else. */
export function dropWatcher(table: WatchTable, watcher: number): void {
  const paths = table.byWatcher.get(watcher);
  if (paths === undefined) return;
  table.byWatcher.delete(watcher);
  if (paths === null) return;
  for (const path of eachOf(paths)) {
    const here = table.byPath.get(path);
    const watch = here === undefined ? null : watchOf(here, watcher);
    if (here !== undefined && watch !== null) leave(table, path, here, watch);
  }
}

/**
 * Who is to be told of something at `path`, each once; null when nobody is. Standard watches there are used up.
 *
 * @param recursives recursive watches hear of it, too: of everything but a change of children
 */
export function takeWatchers(
  table: WatchTable,
  path: string,
  recursives: boolean,
): readonly number[] | null {
  const here = table.byPath.get(path);
  if (here === undefined && (table.recursiveCount === 0 || !recursives)) return null;
  const told: number[] = [];
  if (here !== undefined) takeHere(table, path, here, recursives, told);
  if (table.recursiveCount === 0 || !recursives) return told.length === 0 ? null : told;
  for (let above = pathAbove(path); above !== null; above = pathAbove(above)) {
    const there = table.byPath.get(above);
    if (there !== undefined) addRecursives(there, told);
  }
  return told.length === 0 ? null : [...new Set(told)];
}

/** Those who watch exactly `path`. */
export function watchersAt(table: WatchTable, path: string): number[] {
  const here = table.byPath.get(path);
  return here === undefined ? [] : Array.from(eachOf(here), watcherOf);
}

function takeHere(
  table: WatchTable,
  path: string,
  here: Several<Watch>,
  recursives: boolean,
  told: number[],
): void {
  let standards: Watch[] | null = null;
  for (const watch of eachOf(here)) {
    const mode = modeOf(watch);
    if (mode !== WatchMode.recursive || recursives) told.push(watcherOf(watch));
    if (mode === WatchMode.standard) (standards ??= []).push(watch);
  }
  if (standards === null) return;
  for (const watch of standards) {
    leave(table, path, table.byPath.get(path) ?? watch, watch);
    forgetPath(table, watcherOf(watch), path);
  }
}

function addRecursives(there: Several<Watch>, told: number[]): void {
  for (const watch of eachOf(there)) {
    if (modeOf(watch) === WatchMode.recursive) told.push(watcherOf(watch));
  }
}

/** Takes a watch from its path; its watcher still names the path. */
function leave(table: WatchTable, path: string, here: Several<Watch>, watch: Watch): void {
  const others = without(here, watch);
  if (others === undefined) table.byPath.delete(path);
  else if (others !== here) table.byPath.set(path, others);
  countOut(table, watch);
}

function countOut(table: WatchTable, watch: Watch): void {
  table.watchCount--;
  if (modeOf(watch) === WatchMode.recursive) table.recursiveCount--;
}

function forgetPath(table: WatchTable, watcher: number, path: string): void {
  const paths = table.byWatcher.get(watcher);
  if (paths === undefined || paths === null) return;
  table.byWatcher.set(watcher, without(paths, path) ?? null);
}

function watchOf(here: Several<Watch>, watcher: number): Watch | null {
  for (let mode = 0; mode <= WatchMode.recursive; mode++) {
    if (includes(here, watcher * 4 + mode)) return watcher * 4 + mode;
  }
  return null;
}

function watcherOf(watch: Watch): number {
  return Math.floor(watch / 4);
}

function modeOf(watch: Watch): number {
  return watch - watcherOf(watch) * 4;
}

/** The path above one that a transaction changed; null above the root. */
function pathAbove(path: string): string | null {
  if (path === "/") return null;
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}
