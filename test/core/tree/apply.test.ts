import { expect, test } from "vitest";
import { applyTxn, type ApplyResult } from "../../../core/tree/apply.ts";
import { keepAcl, loadAcl, purgeAcls } from "../../../core/tree/acl-table.ts";
import { OPEN_ACL, READ_ACL, type Acl } from "../../../core/tree/acl.ts";
import { newNode } from "../../../core/tree/change.ts";
import { NO_OWNER } from "../../../core/tree/owner.ts";
import {
  aclOf,
  addChild,
  createBareTree,
  createTree,
  dataOf,
  nodeAt,
  putNode,
  statOf,
  treeDigest,
  type Tree,
} from "../../../core/tree/tree.ts";
import type { TxnBody } from "../../../core/txn.ts";
import { toZxid } from "../../../core/zxid.ts";
import { creates, makeTxn } from "../../support/txns.ts";

test("a fresh tree has four znodes and the digest that every server knows", () => {
  const tree = createTree();

  expect([...tree.nodes.keys()]).toEqual([
    "",
    "/zookeeper",
    "/zookeeper/config",
    "/zookeeper/quota",
  ]);
  expect(treeDigest(tree)).toBe(1371985504n);
  expect(statOf(tree, "/")).toMatchObject({ cversion: -1, numChildren: 1, dataLength: 0 });
  expect(statOf(tree, "/zookeeper")).toMatchObject({ cversion: -2, numChildren: 2 });
  expect(aclOf(tree, "/zookeeper/config")).toEqual(READ_ACL);
});

test("a create gives the znode its zxid and time, and counts in the parent", () => {
  const tree = createTree();

  const result = apply(tree, 7, creates("/a", 1, { data: new Uint8Array(3) }));

  expect(result).toEqual({
    err: 0,
    path: "/a",
    stat: null,
    triggers: [
      { type: 1, path: "/a", acl: OPEN_ACL },
      { type: 4, path: "/", acl: OPEN_ACL },
    ],
    parts: null,
  });
  expect(statOf(tree, "/a")).toEqual({
    czxid: 7n,
    mzxid: 7n,
    ctime: 1007,
    mtime: 1007,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: 3,
    numChildren: 0,
    pzxid: 7n,
  });
  expect(statOf(tree, "/")).toMatchObject({ cversion: 0, numChildren: 2, pzxid: 7n, mzxid: 0n });
});

test("create2 answers the Stat of what it made", () => {
  const result = applyTxn(createTree(), makeTxn(1, creates("/a", 1), { type: 15 }));

  expect(result.stat).toMatchObject({ czxid: 1n, numChildren: 0 });
});

test("children are listed in the order of their creation", () => {
  const tree = createTree();
  for (const [i, name] of ["b", "a", "c"].entries()) apply(tree, i + 1, creates(`/${name}`, i + 1));

  expect(childrenOfRoot(tree)).toEqual(["zookeeper", "b", "a", "c"]);
});

test("a create without a parent and a second one of the same name change no znode", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", 1, { data: new Uint8Array(1) }));

  expect(apply(tree, 2, creates("/x/y", 1)).err).toBe(-101);
  expect(apply(tree, 3, creates("/a", 1)).err).toBe(-110);
  expect(dataOf(tree, "/a")).toHaveLength(1);
});

test("a replayed create of type 1 raises the parent's cversion over an existing child, never lowers it", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", 1));

  const later = apply(tree, 9, creates("/a", 5));
  const earlier = apply(tree, 8, creates("/a", 4));

  expect([later.err, earlier.err]).toEqual([-110, -110]);
  expect(nodeAt(tree, "/")?.record).toMatchObject({ cversion: 5, pzxid: 9n });
});

test("a replayed create2 leaves the parent of an existing child alone", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", 1));

  applyTxn(tree, makeTxn(9, creates("/a", 5), { type: 15 }));

  expect(nodeAt(tree, "/")?.record).toMatchObject({ cversion: 1, pzxid: 1n });
});

test("a create from before 3.4 counts the parent's cversion up by itself", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", -1));
  apply(tree, 2, creates("/b", -1));

  expect(nodeAt(tree, "/")?.record).toMatchObject({ cversion: 2, pzxid: 2n });
});

test("a delete raises the parent's pzxid and leaves its cversion", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", 1));

  const result = apply(tree, 2, { kind: "delete", path: "/a" });

  expect(result.triggers).toEqual([
    { type: 2, path: "/a", acl: OPEN_ACL },
    { type: 4, path: "/", acl: OPEN_ACL },
  ]);
  expect(nodeAt(tree, "/")?.record).toMatchObject({ cversion: 1, pzxid: 2n });
  expect(statOf(tree, "/")).toMatchObject({ cversion: 1, numChildren: 1 });
});

test("a delete of what is gone still takes the name away and raises pzxid", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", 1));
  tree.nodes.delete("/a");

  const result = apply(tree, 5, { kind: "delete", path: "/a" });

  expect(result).toMatchObject({ err: -101, triggers: [] });
  expect(childrenOfRoot(tree)).toEqual(["zookeeper"]);
  expect(nodeAt(tree, "/")?.record.pzxid).toBe(5n);
});

test("an old delete that is replayed does not lower pzxid", () => {
  const tree = createTree();
  apply(tree, 9, creates("/a", 1));

  apply(tree, 5, { kind: "delete", path: "/b" });

  expect(nodeAt(tree, "/")?.record.pzxid).toBe(9n);
});

test("the root can be written and not deleted", () => {
  const tree = createTree();

  const written = apply(tree, 3, {
    kind: "setData",
    path: "/",
    data: new Uint8Array(2),
    version: 1,
  });

  expect(written.triggers).toEqual([{ type: 3, path: "/", acl: OPEN_ACL }]);
  expect(statOf(tree, "")).toMatchObject({ version: 1, mzxid: 3n, dataLength: 2 });
  expect(apply(tree, 4, { kind: "delete", path: "/" }).err).toBe(-101);
  expect(statOf(tree, "/")).not.toBeNull();
});

test("setData takes version, mzxid and mtime from the transaction and nothing else", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", 1));

  const result = apply(tree, 4, { kind: "setData", path: "/a", data: null, version: 17 });

  expect(result.stat).toMatchObject({ czxid: 1n, mzxid: 4n, mtime: 1004, version: 17, pzxid: 1n });
  expect(result.triggers).toEqual([{ type: 3, path: "/a", acl: OPEN_ACL }]);
});

test("setACL moves aversion only, fires nothing, and lets go of the old list", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", 1));
  const digest = treeDigest(tree);

  const result = apply(tree, 2, { kind: "setAcl", path: "/a", acl: READ_ACL, version: 1 });

  expect(result).toMatchObject({ err: 0, triggers: [] });
  expect(statOf(tree, "/a")).toMatchObject({ aversion: 1, mzxid: 1n, version: 0 });
  expect(aclOf(tree, "/a")).toEqual(READ_ACL);
  expect([...tree.acls.lists.values()]).toEqual([READ_ACL]);
  expect(treeDigest(tree)).not.toBe(digest);
});

test("an access control list lasts as long as a znode uses it, and ids only grow", () => {
  const tree = createTree();
  apply(tree, 1, creates("/a", 1));
  apply(tree, 2, creates("/b", 2));
  const first = nodeAt(tree, "/a")?.record.aclId;
  apply(tree, 3, { kind: "delete", path: "/a" });
  expect(aclOf(tree, "/b")).toEqual(OPEN_ACL);
  apply(tree, 4, { kind: "delete", path: "/b" });
  expect([...tree.acls.lists.values()]).toEqual([READ_ACL]);

  apply(tree, 5, creates("/c", 3));

  expect(first).toBe(2);
  expect(nodeAt(tree, "/c")?.record.aclId).toBe(3);
});

// A real leader sends its lists before its znodes: by the time a znode is sent it may name one that nobody was told.
test("a replayed create gives its znode its list, whatever the id has come to mean", () => {
  const tree = createBareTree();
  loadAcl(tree.acls, 2, READ_ACL);
  putCopied(tree, "", -1, 0);
  putCopied(tree, "/older", -1, 1);
  putCopied(tree, "/newer", 3, 12);
  purgeAcls(tree.acls);

  apply(tree, 11, { kind: "setAcl", path: "/older", acl: READ_ACL, version: 1 });
  apply(tree, 12, creates("/newer", 2, { acl: MINE }));

  expect(aclOf(tree, "/older")).toEqual(READ_ACL);
  expect(aclOf(tree, "/newer")).toEqual(MINE);
});

test("an id that a later setACL gave a znode means nothing to the create before it", () => {
  const tree = createBareTree();
  putCopied(tree, "", -1, 0);
  putCopied(tree, "/changed", 4, 11, 1);
  putCopied(tree, "/made", 4, 13);

  apply(tree, 11, creates("/changed", 1, { acl: MINE }));
  apply(tree, 12, { kind: "setAcl", path: "/changed", acl: READ_ACL, version: 1 });
  apply(tree, 13, creates("/made", 2, { acl: READ_ACL }));

  expect(aclOf(tree, "/changed")).toEqual(READ_ACL);
  expect(aclOf(tree, "/made")).toEqual(READ_ACL);
});

test("closing a session deletes what it lists, then what it still owns", () => {
  const tree = createTree();
  apply(tree, 1, creates("/x", 1, { ephemeral: true }));
  apply(tree, 2, creates("/y", 2, { ephemeral: true }));
  applyTxn(tree, makeTxn(3, creates("/other", 3, { ephemeral: true }), { session: 2 }));

  const result = apply(tree, 4, { kind: "closeSession", paths: ["/gone", "/y"] });

  expect(result.err).toBe(0);
  expect(result.triggers.filter(({ type }) => type === 2)).toEqual([
    { type: 2, path: "/y", acl: OPEN_ACL },
    { type: 2, path: "/x", acl: OPEN_ACL },
  ]);
  expect(childrenOfRoot(tree)).toEqual(["zookeeper", "other"]);
  expect([...tree.ephemerals.keys()]).toEqual([2n]);
  expect(nodeAt(tree, "/")?.record.pzxid).toBe(4n);
});

test("closing a session without a list deletes all that it owns", () => {
  const tree = createTree();
  apply(tree, 1, creates("/x", 1, { ephemeral: true }));

  apply(tree, 2, { kind: "closeSession", paths: null });

  expect(nodeAt(tree, "/x")).toBeUndefined();
  expect(tree.ephemerals.size).toBe(0);
});

test("a closed session owns nothing, not even a znode that lost its parent", () => {
  const tree = createTree();
  apply(tree, 1, creates("/p", 1));
  apply(tree, 2, creates("/p/e", 1, { ephemeral: true }));
  tree.nodes.delete("/p");

  apply(tree, 3, { kind: "closeSession", paths: ["/p/e"] });

  expect(tree.ephemerals.size).toBe(0);
});

test("containers and TTLs are indexed and do not look like ephemerals", () => {
  const tree = createTree();
  apply(tree, 1, {
    kind: "createContainer",
    path: "/c",
    data: null,
    acl: OPEN_ACL,
    parentCversion: 1,
  });
  apply(tree, 2, ttl("/t", 5000));

  expect([...tree.containers, ...tree.ttls]).toEqual(["/c", "/t"]);
  expect(nodeAt(tree, "/c")?.record.ephemeralOwner).toBe(-(2n ** 63n));
  expect(BigInt.asUintN(64, nodeAt(tree, "/t")?.record.ephemeralOwner ?? 0n)).toBe(
    0xff00000000001388n,
  );
  expect(statOf(tree, "/t")?.ephemeralOwner).toBe(0n);

  applyTxn(tree, makeTxn(3, { kind: "delete", path: "/t" }, { type: 20 }));
  expect(tree.ttls.size).toBe(0);
});

test("a TTL of nothing is not applied: a real server dies of it", () => {
  expect(() => apply(createTree(), 1, ttl("/t", -1))).toThrow(
    "ttl must be positive and cannot be larger than: 1099511627775",
  );
});

test("the parts of a multi are applied in order and fire in order", () => {
  const tree = createTree();
  apply(tree, 1, creates("/w", 1));

  const result = apply(tree, 2, {
    kind: "multi",
    txns: [
      { type: 5, body: { kind: "setData", path: "/w", data: null, version: 1 } },
      { type: 1, body: creates("/w/k", 1) },
      { type: 13, body: { kind: "check", path: "/w", version: 2 } },
      { type: 2, body: { kind: "delete", path: "/w/k" } },
    ],
  });

  expect(result.err).toBe(0);
  expect(result.triggers.map(({ type, path }) => `${type} ${path}`)).toEqual([
    "3 /w",
    "1 /w/k",
    "4 /w",
    "2 /w/k",
    "4 /w",
  ]);
});

test("a multi with an error in it changes nothing", () => {
  const tree = createTree();
  const digest = treeDigest(tree);

  const result = apply(tree, 2, {
    kind: "multi",
    txns: [
      { type: 1, body: creates("/a", 1) },
      { type: -1, body: { kind: "error", err: -101 } },
      { type: -1, body: { kind: "error", err: -2 } },
    ],
  });

  expect(result).toMatchObject({ err: -101, triggers: [] });
  expect(treeDigest(tree)).toBe(digest);
});

test("the digests of the annotated directory come out after each of its transactions", () => {
  const tree = createTree();
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const at = (ms: number, zxid: number, body: TxnBody, session = 1n): bigint => {
    const txn = makeTxn(zxid, body);
    applyTxn(tree, { ...txn, timeMs: ms, clientId: session as never });
    return treeDigest(tree);
  };

  expect(at(0x1a1fe4c7ac5, 2, creates("/a", 1, { data: text("hi") }))).toBe(3596361444n);
  expect(at(0x1a1fe4c7add, 4, { kind: "setData", path: "/a", data: text("yo"), version: 1 })).toBe(
    4711899487n,
  );
  expect(at(0x1a1fe4c7ae1, 6, creates("/e", 2, { ephemeral: true }), 0x0100002c8c3c0001n)).toBe(
    8174332751n,
  );
});

const MINE: readonly Acl[] = [{ perms: 31, scheme: "ip", id: "127.0.0.1" }];

/** A znode of a snapshot, with an id that need not be known. */
function putCopied(tree: Tree, path: string, aclId: number, czxid: number, aversion = 0): void {
  const zxid = toZxid(BigInt(czxid));
  const record = newNode(path, null, aclId, NO_OWNER, zxid, 1000 + czxid);
  keepAcl(tree.acls, aclId);
  putNode(tree, { ...record, aversion });
  const root = nodeAt(tree, "/");
  if (path !== "" && root !== undefined) addChild(root, path.slice(1));
}

function apply(tree: Tree, zxid: number, body: TxnBody): ApplyResult {
  return applyTxn(tree, makeTxn(zxid, body));
}

function ttl(path: string, ttlMs: number): TxnBody {
  return { kind: "createTtl", path, data: null, acl: OPEN_ACL, parentCversion: 1, ttlMs };
}

/** Oldest first. */
function childrenOfRoot(tree: Tree): string[] {
  return [...(nodeAt(tree, "/")?.children?.names ?? [])];
}
