import { beforeEach, expect, test } from "vitest";
import { applyTxn } from "../../../core/tree/apply.ts";
import { createTree, type Tree } from "../../../core/tree/tree.ts";
import {
  addWatch,
  createWatches,
  removeWatcher,
  triggerWatches,
  watchCount,
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

function fired(body: TxnBody): string[] {
  const events: string[] = [];
  const { triggers } = applyTxn(tree, makeTxn(++zxid, body));
  triggerWatches(watches, triggers, (watcher, type, path) => {
    events.push(`${watcher}: ${type} ${path}`);
  });
  return events;
}
