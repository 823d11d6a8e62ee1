import { expect, test } from "vitest";
import { applyTxn } from "../../../core/tree/apply.ts";
import { cloneTree, createTree, type Tree } from "../../../core/tree/tree.ts";
import type { TxnBody } from "../../../core/txn.ts";
import { creates, makeTxn } from "../../support/txns.ts";

test("a tree knows the characters of its paths and the bytes of its data", () => {
  const tree = createTree();
  const fresh = "/zookeeper/zookeeper/config/zookeeper/quota".length;
  expect(tree.size.held).toBe(fresh);

  apply(tree, 1, creates("/a", 1, { data: new Uint8Array(5) }));
  apply(tree, 2, creates("/a/b", 1));
  expect(tree.size.held).toBe(fresh + 2 + 5 + 4);

  const before = cloneTree(tree);
  apply(tree, 3, { kind: "setData", path: "/a", data: new Uint8Array(2), version: 1 });
  apply(tree, 4, { kind: "setData", path: "/a/b", data: null, version: 1 });
  expect(tree.size.held).toBe(fresh + 2 + 2 + 4);
  expect(before.size.held).toBe(fresh + 2 + 5 + 4);

  apply(tree, 5, { kind: "delete", path: "/a/b" });
  apply(tree, 6, { kind: "delete", path: "/a" });
  expect(tree.size.held).toBe(fresh);
});

function apply(tree: Tree, zxid: number, body: TxnBody): void {
  applyTxn(tree, makeTxn(zxid, body));
}
