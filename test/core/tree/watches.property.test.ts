import * as fc from "fast-check";
import { expect, test } from "vitest";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import {
  addPersistentWatch,
  addWatch,
  createWatches,
  isWatched,
  pathsByWatcher,
  removeWatch,
  removeWatcher,
  triggerWatches,
  TriggerType,
  watchCount,
  watchersByPath,
  watchSummary,
  type Watches,
} from "../../../core/tree/watches.ts";

// Spec client-protocol 6.2, 6.3; WatchManager.java of 3.8.0.

type Table = "data" | "child";
type Mode = "standard" | "persistent" | "recursive";

/** One list, looked through for everything. */
type Model = { watches: { table: Table; path: string; watcher: number; mode: Mode }[] };

type Move =
  | {
      readonly kind: "watch";
      readonly table: Table;
      readonly path: string;
      readonly watcher: number;
    }
  | {
      readonly kind: "persist";
      readonly recursive: boolean;
      readonly path: string;
      readonly watcher: number;
    }
  | {
      readonly kind: "remove";
      readonly table: Table;
      readonly path: string;
      readonly watcher: number;
    }
  | { readonly kind: "gone"; readonly watcher: number }
  | { readonly kind: "trigger"; readonly type: number; readonly path: string };

// Few places, and more watchers than a short list holds: collisions are where the bugs live.
const PATHS = ["/", "/a", "/a/b", "/a/b/c", "/ab"];
const anyPath = fc.constantFrom(...PATHS);
const anyTable = fc.constantFrom<Table>("data", "child");
const anyWatcher = fc.integer({ min: -2, max: 12 });
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("watch" as const),
      table: anyTable,
      path: anyPath,
      watcher: anyWatcher,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("persist" as const),
      recursive: fc.boolean(),
      path: anyPath,
      watcher: anyWatcher,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("remove" as const),
      table: anyTable,
      path: anyPath,
      watcher: anyWatcher,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("gone" as const), watcher: anyWatcher }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("trigger" as const),
      type: fc.integer({ min: TriggerType.created, max: TriggerType.childrenChanged }),
      path: anyPath,
    }),
  },
);

test("watches of all modes come, fire and go as in a list that is looked through", () => {
  fc.assert(
    fc.property(fc.array(anyMove, { maxLength: 200 }), (moves) => {
      const watches = createWatches();
      const model: Model = { watches: [] };
      for (const move of moves) expect(outcome(watches, move)).toEqual(modelled(model, move));
      expectSame(watches, model);

      for (let watcher = -2; watcher <= 12; watcher++) removeWatcher(watches, watcher);
      expect(watches).toEqual(createWatches());
    }),
  );
});

function expectSame(watches: Watches, model: Model): void {
  expect(watchCount(watches)).toBe(model.watches.length);
  for (const table of ["data", "child"] as const) {
    const there = model.watches.filter((watch) => watch.table === table);
    const places = there.map(({ path, watcher }) => `${watcher} ${path}`).sort();
    expect(watchSummary(watches[table])).toMatchObject({
      pathCount: new Set(there.map(({ path }) => path)).size,
      watchCount: there.length,
    });
    expect(
      [...pathsByWatcher(watches[table])]
        .flatMap(([watcher, paths]) => Array.from(paths, (path) => `${watcher} ${path}`))
        .sort(),
    ).toEqual(places);
    expect(
      [...watchersByPath(watches[table])]
        .flatMap(([path, watchers]) => watchers.map((watcher) => `${watcher} ${path}`))
        .sort(),
    ).toEqual(places);
    for (const path of PATHS) {
      expect(isWatched(watches, table, path)).toBe(there.some((watch) => watch.path === path));
    }
  }
}

/** Events in the order of their steps, but within one step in the order of watchers, which is nobody's business. */
function outcome(watches: Watches, move: Move): unknown {
  switch (move.kind) {
    case "watch":
      return addWatch(watches, move.table, move.path, move.watcher);
    case "persist":
      return addPersistentWatch(watches, move.path, move.watcher, move.recursive);
    case "remove":
      return removeWatch(watches, move.table, move.path, move.watcher);
    case "gone":
      return removeWatcher(watches, move.watcher);
    case "trigger": {
      const told: number[] = [];
      triggerWatches(watches, [{ ...move, acl: OPEN_ACL }], (watcher) => told.push(watcher));
      return told.sort((a, b) => a - b);
    }
  }
}

function modelled(model: Model, move: Move): unknown {
  switch (move.kind) {
    case "watch":
      put(model, move.table, move.path, move.watcher, "standard");
      return undefined;
    case "persist": {
      const mode = move.recursive ? "recursive" : "persistent";
      put(model, "data", move.path, move.watcher, mode);
      put(model, "child", move.path, move.watcher, mode);
      return undefined;
    }
    case "remove":
      return drop(model, move.table, move.path, move.watcher);
    case "gone":
      model.watches = model.watches.filter(({ watcher }) => watcher !== move.watcher);
      return undefined;
    case "trigger": {
      const { type, path } = move;
      const tables: Table[] =
        type === TriggerType.childrenChanged
          ? ["child"]
          : type === TriggerType.deleted
            ? ["data", "child"]
            : ["data"];
      const told = new Set(tables.flatMap((table) => fire(model, table, type, path)));
      return [...told].sort((a, b) => a - b);
    }
  }
}

function fire(model: Model, table: Table, type: number, path: string): number[] {
  const told = model.watches.filter((watch) => {
    if (watch.table !== table) return false;
    if (watch.mode !== "recursive") return watch.path === path;
    const isBelow = watch.path === "/" || path === watch.path || path.startsWith(`${watch.path}/`);
    return isBelow && type !== TriggerType.childrenChanged;
  });
  model.watches = model.watches.filter(
    (watch) => watch.mode !== "standard" || !told.includes(watch),
  );
  return told.map(({ watcher }) => watcher);
}

function put(model: Model, table: Table, path: string, watcher: number, mode: Mode): void {
  drop(model, table, path, watcher);
  model.watches.push({ table, path, watcher, mode });
}

function drop(model: Model, table: Table, path: string, watcher: number): boolean {
  const before = model.watches.length;
  model.watches = model.watches.filter(
    (watch) => watch.table !== table || watch.path !== path || watch.watcher !== watcher,
  );
  return model.watches.length < before;
}
