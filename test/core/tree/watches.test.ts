import { beforeEach, expect, test } from "vitest";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import { applyTxn } from "../../../core/tree/apply.ts";
import { createTree, type Tree } from "../../../core/tree/tree.ts";
import {
  addPersistentWatch,
  addWatch,
  createWatches,
  pathsByWatcher,
  removeWatcher,
  triggerWatches,
  watchCount,
  watchSummary,
  type Watches,
} from "../../../core/tree/watches.ts";
import type { TxnBody } from "../../../core/txn.ts";
import { creates, makeTxn } from "../../support/txns.ts";

let tree: Tree;
let watches: Watches;
let zxid: number;

beforeEach(() => {
  tree = createTree();
  watches = createWatches();
  zxid = 0;
});

test("a create tells who waits for the znode, then who waits for children of its parent", () => {
  addWatch(watches, "child", "/", 1);
  addWatch(watches, "data", "/a", 2);

  expect(fired(creates("/a", 1))).toEqual(["2: 1 /a", "1: 4 /"]);
});

test("a delete tells data watchers, then the other child watchers, then the parent's", () => {
  fired(creates("/p", 1));
  fired(creates("/p/a", 1));
  addWatch(watches, "child", "/p", 1);
  addWatch(watches, "child", "/p/a", 2);
  addWatch(watches, "data", "/p/a", 3);
  addWatch(watches, "child", "/p/a", 3);

  expect(fired({ kind: "delete", path: "/p/a" })).toEqual(["3: 2 /p/a", "2: 2 /p/a", "1: 4 /p"]);
  expect(watchCount(watches)).toBe(0);
});

test("setData tells data watchers only, even when the data stay the same", () => {
  fired(creates("/a", 1));
  addWatch(watches, "data", "/a", 1);
  addWatch(watches, "child", "/a", 2);
  addWatch(watches, "child", "/", 3);

  expect(fired({ kind: "setData", path: "/a", data: null, version: 1 })).toEqual(["1: 3 /a"]);
});

test("setACL and a write that failed tell nobody", () => {
  fired(creates("/a", 1));
  addWatch(watches, "data", "/a", 1);
  addWatch(watches, "child", "/", 1);

  expect(fired({ kind: "setAcl", path: "/a", acl: [], version: 1 })).toEqual([]);
  expect(fired(creates("/a", 1))).toEqual([]);
  expect(fired({ kind: "error", err: -101 })).toEqual([]);
  expect(watchCount(watches)).toBe(2);
});

test("a watch fires once", () => {
  addWatch(watches, "child", "/", 1);

  expect(fired(creates("/a", 1))).toEqual(["1: 4 /"]);
  expect(fired(creates("/b", 2))).toEqual([]);
});

test("two watches of one watcher at one place are one", () => {
  fired(creates("/a", 1));
  addWatch(watches, "data", "/a", 1);
  addWatch(watches, "data", "/a", 1);

  expect(watchCount(watches)).toBe(1);
  expect(fired({ kind: "setData", path: "/a", data: null, version: 1 })).toEqual(["1: 3 /a"]);
});

test("a child watch does not hear of the data, nor a data watch of children", () => {
  fired(creates("/p", 1));
  addWatch(watches, "child", "/p", 1);
  addWatch(watches, "data", "/p", 2);

  expect(fired(creates("/p/a", 1))).toEqual(["1: 4 /p"]);
});

test("closing a session fires for each of its znodes", () => {
  fired(creates("/p", 1));
  fired(creates("/p/a", 1, { ephemeral: true }));
  fired(creates("/p/b", 2, { ephemeral: true }));
  addWatch(watches, "data", "/p/a", 1);
  addWatch(watches, "data", "/p/b", 1);
  addWatch(watches, "child", "/p", 1);

  expect(fired({ kind: "closeSession", paths: ["/p/b", "/p/a"] })).toEqual([
    "1: 2 /p/b",
    "1: 4 /p",
    "1: 2 /p/a",
  ]);
});

test("a watcher that is gone is forgotten everywhere, and others are not", () => {
  addWatch(watches, "data", "/a", 1);
  addWatch(watches, "child", "/", 1);
  addWatch(watches, "child", "/", 2);

  removeWatcher(watches, 1);

  expect(watchCount(watches)).toBe(1);
  expect(fired(creates("/a", 1))).toEqual(["2: 4 /"]);
  removeWatcher(watches, 2);
  expect(watches).toEqual(createWatches());
});

test("a persistent watch stays, and hears of data and children", () => {
  fired(creates("/p", 1));
  addPersistentWatch(watches, "/p", 1, false);

  expect(fired(creates("/p/a", 1))).toEqual(["1: 4 /p"]);
  expect(fired({ kind: "setData", path: "/p", data: null, version: 1 })).toEqual(["1: 3 /p"]);
  expect(fired({ kind: "setData", path: "/p/a", data: null, version: 1 })).toEqual([]);
  expect(fired({ kind: "delete", path: "/p/a" })).toEqual(["1: 4 /p"]);
  expect(fired({ kind: "delete", path: "/p" })).toEqual(["1: 2 /p"]);
  expect(fired(creates("/p", 1))).toEqual(["1: 1 /p"]);
});

test("a recursive watch hears of everything below, but not of lists of children", () => {
  fired(creates("/p", 1));
  addPersistentWatch(watches, "/p", 1, true);

  expect(fired(creates("/p/a", 1))).toEqual(["1: 1 /p/a"]);
  expect(fired(creates("/p/a/b", 1))).toEqual(["1: 1 /p/a/b"]);
  expect(fired({ kind: "setData", path: "/p", data: null, version: 1 })).toEqual(["1: 3 /p"]);
  expect(fired({ kind: "delete", path: "/p/a/b" })).toEqual(["1: 2 /p/a/b"]);
  expect(fired(creates("/pa", 2))).toEqual([]);
});

test("a recursive watch of the root hears of every znode, the root too", () => {
  addPersistentWatch(watches, "/", 1, true);

  expect(fired(creates("/p", 1))).toEqual(["1: 1 /p"]);
  expect(fired({ kind: "setData", path: "/", data: null, version: 1 })).toEqual(["1: 3 /"]);
});

test("a watcher of several places above is told once", () => {
  fired(creates("/p", 1));
  addPersistentWatch(watches, "/", 1, true);
  addPersistentWatch(watches, "/p", 1, true);
  addWatch(watches, "data", "/p/a", 1);
  addPersistentWatch(watches, "/p", 2, true);

  expect(fired(creates("/p/a", 1))).toEqual(["1: 1 /p/a", "2: 1 /p/a"]);
  expect(fired({ kind: "delete", path: "/p/a" })).toEqual(["1: 2 /p/a", "2: 2 /p/a"]);
});

test("a standard watch takes the place of a persistent one in its table, as recorded from 3.8", () => {
  fired(creates("/p", 1));
  addPersistentWatch(watches, "/p", 1, false);
  addWatch(watches, "data", "/p", 1);

  const set = { kind: "setData", path: "/p", data: null, version: 1 } as const;
  expect(fired(set)).toEqual(["1: 3 /p"]);
  expect(fired(set)).toEqual([]);
  expect(fired(creates("/p/a", 1))).toEqual(["1: 4 /p"]);
});

test("a recursive watch takes the place of a standard one, as recorded from 3.8", () => {
  fired(creates("/p", 1));
  addWatch(watches, "data", "/p", 1);
  addPersistentWatch(watches, "/p", 1, true);

  const set = { kind: "setData", path: "/p", data: null, version: 1 } as const;
  expect(fired(set)).toEqual(["1: 3 /p"]);
  expect(fired(set)).toEqual(["1: 3 /p"]);
  expect(watchCount(watches)).toBe(2);
});

test("a watcher whose watches have fired is counted until it goes, as recorded from 3.8", () => {
  addWatch(watches, "data", "/a", 1);
  addWatch(watches, "data", "/b", 2);
  fired(creates("/a", 1));

  expect(watchSummary(watches.data)).toEqual({ watcherCount: 2, pathCount: 1, watchCount: 1 });
  expect([...pathsByWatcher(watches.data)]).toEqual([
    [1, []],
    [2, ["/b"]],
  ]);
  removeWatcher(watches, 1);
  expect(watchSummary(watches.data).watcherCount).toBe(1);
});

test("many watchers at one place, and many places of one watcher, leave nothing behind", () => {
  for (let n = 1; n <= 12; n++) {
    addWatch(watches, "data", "/a", n);
    addWatch(watches, "child", `/${n}`, 99);
  }

  expect(fired(creates("/a", 1))).toHaveLength(12);
  for (let n = 1; n <= 12; n++) addWatch(watches, "data", "/a", n);
  for (let n = 1; n <= 12; n++) removeWatcher(watches, n);
  removeWatcher(watches, 99);

  expect(watches).toEqual(createWatches());
});

test("every event carries the list of its own znode, a deleted one's as it was", () => {
  const secret = [{ perms: 2, scheme: "world", id: "anyone" }];
  applyTxn(tree, makeTxn(++zxid, creates("/s", 1, { acl: secret })));
  const { triggers: made } = applyTxn(tree, makeTxn(++zxid, creates("/s/a", 1)));
  applyTxn(tree, makeTxn(++zxid, { kind: "delete", path: "/s/a" }));
  const { triggers: gone } = applyTxn(tree, makeTxn(++zxid, { kind: "delete", path: "/s" }));

  expect(made).toEqual([
    { type: 1, path: "/s/a", acl: OPEN_ACL },
    { type: 4, path: "/s", acl: secret },
  ]);
  expect(gone).toEqual([
    { type: 2, path: "/s", acl: secret },
    { type: 4, path: "/", acl: OPEN_ACL },
  ]);
});

function fired(body: TxnBody): string[] {
  const events: string[] = [];
  const { triggers } = applyTxn(tree, makeTxn(++zxid, body));
  triggerWatches(watches, triggers, (watcher, { type, path }) => {
    events.push(`${watcher}: ${type} ${path}`);
  });
  return events;
}
