import type { SessionId } from "../session/session-id.ts";
import { type Zxid, ZERO_ZXID } from "../zxid.ts";
import {
  aclOfId,
  cloneAclTable,
  createAclTable,
  OPEN_ACL_ID,
  releaseAcl,
  useAcl,
  type AclTable,
} from "./acl-table.ts";
import { READ_ACL, type Acl } from "./acl.ts";
import { addToDigest, digestValue, nodeDigest, type DigestSum } from "./digest.ts";
import {
  addName,
  copyNameSet,
  createNameSet,
  deleteName,
  rememberOrder,
  type NameSet,
} from "./name-set.ts";
import type { NodeRecord } from "./node-record.ts";
import { NO_OWNER, ownerKind } from "./owner.ts";
import { keyOf } from "./path.ts";
import type { Stat } from "./stat.ts";

/** A znode in the tree. Its record is replaced, never changed, so snapshots and clones may share it. */
export type Znode = {
  record: NodeRecord;
  /** What the record adds to the digest of the tree. */
  digest: number;
  /** Names of children; null while there never was one. */
  children: NameSet | null;
};

/** Everything that transactions change, but for sessions. Plain data; {@link cloneTree} copies it. */
export type Tree = {
  /** By path, but the root is under "". */
  readonly nodes: Map<string, Znode>;
  readonly acls: AclTable;
  readonly digest: DigestSum;
  /** Characters of all paths and bytes of all data. */
  readonly size: { held: number };
  /** The ephemerals of each session that has some. */
  readonly ephemerals: Map<SessionId, NameSet>;
  readonly containers: Set<string>;
  readonly ttls: Set<string>;
  /** The znodes whose subtrees have a quota. */
  readonly quotas: Set<string>;
};

/** The tree of a server that has seen no transaction: the root, /zookeeper, and quota and config below it. */
export function createTree(): Tree {
  const tree = createBareTree();
  addChild(putNode(tree, builtIn("", OPEN_ACL_ID, 0)), "zookeeper");
  const zookeeper = putNode(tree, builtIn("/zookeeper", OPEN_ACL_ID, 0));
  addChild(zookeeper, "quota");
  addChild(zookeeper, "config");
  putNode(tree, builtIn("/zookeeper/config", useAcl(tree.acls, READ_ACL), -1));
  putNode(tree, builtIn("/zookeeper/quota", OPEN_ACL_ID, 0));
  return tree;
}

/** A tree without any znode, for a snapshot to be read into. */
export function createBareTree(): Tree {
  return {
    nodes: new Map(),
    acls: createAclTable(),
    digest: { low: 0, high: 0 },
    size: { held: 0 },
    ephemerals: new Map(),
    containers: new Set(),
    ttls: new Set(),
    quotas: new Set(),
  };
}

/** A tree of its own with the same contents; the znode records are shared. */
export function cloneTree(tree: Tree): Tree {
  const nodes = new Map<string, Znode>();
  for (const [path, { record, digest, children }] of tree.nodes) {
    nodes.set(path, { record, digest, children: children === null ? null : copyNameSet(children) });
  }
  const ephemerals = new Map<SessionId, NameSet>();
  for (const [owner, paths] of tree.ephemerals) ephemerals.set(owner, copyNameSet(paths));
  return {
    nodes,
    acls: cloneAclTable(tree.acls),
    digest: { low: tree.digest.low, high: tree.digest.high },
    size: { held: tree.size.held },
    ephemerals,
    containers: new Set(tree.containers),
    ttls: new Set(tree.ttls),
    quotas: new Set(tree.quotas),
  };
}

/** The digest of the whole tree modulo 2^64, signed. */
export function treeDigest(tree: Tree): bigint {
  return digestValue(tree.digest);
}

/** The znode at `path`, where "/" and "" both mean the root. */
export function nodeAt(tree: Tree, path: string): Znode | undefined {
  return tree.nodes.get(keyOf(path));
}

/** What a client sees of the znode at `path`; null where there is none. */
export function statOf(tree: Tree, path: string): Stat | null {
  const znode = nodeAt(tree, path);
  return znode === undefined ? null : statOfNode(znode);
}

/** The data at `path`, which may be null too; null where there is no znode. */
export function dataOf(tree: Tree, path: string): Uint8Array | null {
  return nodeAt(tree, path)?.record.data ?? null;
}

/** Names of the children in the order in which a real server lists them. */
export function childNames({ children }: Znode): readonly string[] {
  return children === null ? NO_NAMES : rememberOrder(children);
}

/** Who may do what to the znode at `path`; null where there is none. */
export function aclOf(tree: Tree, path: string): readonly Acl[] | null {
  const znode = nodeAt(tree, path);
  return znode === undefined ? null : aclOfId(tree.acls, znode.record.aclId);
}

/**
 * Clients see creates plus deletes as cversion, where the record counts creates only,
 * and no owner of a container or TTL znode.
 */
export function statOfNode(znode: Znode): Stat {
  const record = znode.record;
  const owner = record.ephemeralOwner;
  const numChildren = childCount(znode);
  return {
    czxid: record.czxid,
    mzxid: record.mzxid,
    ctime: record.ctime,
    mtime: record.mtime,
    version: record.version,
    cversion: (2 * record.cversion - numChildren) | 0,
    aversion: record.aversion,
    ephemeralOwner: owner === NO_OWNER || ownerKind(owner) === "ephemeral" ? owner : NO_OWNER,
    dataLength: record.data === null ? 0 : record.data.length,
    numChildren,
    pzxid: record.pzxid,
  };
}

export function childCount(znode: Znode): number {
  return znode.children === null ? 0 : znode.children.names.size;
}

export function hasChild({ children }: Znode, name: string): boolean {
  return children !== null && children.names.has(name);
}

/**
 * Puts a znode where there should be none, and indexes its owner. The caller has counted it as a user of
 * its ACL, and names it to its parent. One that is there after all (a znode whose parent was deleted
 * over its head while an old delete was replayed) leaves no trace.
 */
export function putNode(tree: Tree, record: NodeRecord): Znode {
  const old = tree.nodes.get(record.path);
  if (old !== undefined) forgetNode(tree, old);
  const znode: Znode = { record, digest: nodeDigest(record), children: null };
  tree.nodes.set(record.path, znode);
  addToDigest(tree.digest, znode.digest);
  tree.size.held += sizeOf(record);
  if (record.ephemeralOwner !== NO_OWNER) indexOwner(tree, record);
  return znode;
}

/** Takes a znode out; its parent still names it. */
export function removeNode(tree: Tree, znode: Znode): void {
  tree.nodes.delete(znode.record.path);
  forgetNode(tree, znode);
}

/** Gives a znode its next record, which has the same path and owner. */
export function replaceRecord(tree: Tree, znode: Znode, record: NodeRecord): void {
  if (record === znode.record) return;
  const digest = nodeDigest(record);
  addToDigest(tree.digest, digest - znode.digest);
  tree.size.held += sizeOf(record) - sizeOf(znode.record);
  znode.record = record;
  znode.digest = digest;
}

export function addChild(parent: Znode, name: string): void {
  parent.children ??= createNameSet(CHILD_TABLE_SIZE);
  addName(parent.children, name);
}

export function removeChild({ children }: Znode, name: string): void {
  if (children !== null) deleteName(children, name);
}

function forgetNode(tree: Tree, znode: Znode): void {
  const record = znode.record;
  addToDigest(tree.digest, -znode.digest);
  tree.size.held -= sizeOf(record);
  releaseAcl(tree.acls, record.aclId);
  if (record.ephemeralOwner !== NO_OWNER) unindexOwner(tree, record);
}

function sizeOf({ path, data }: NodeRecord): number {
  return data === null ? path.length : path.length + data.length;
}

function indexOwner(tree: Tree, record: NodeRecord): void {
  const owner = record.ephemeralOwner;
  switch (ownerKind(owner)) {
    case "ephemeral": {
      let paths = tree.ephemerals.get(owner);
      if (paths === undefined) tree.ephemerals.set(owner, (paths = createNameSet()));
      addName(paths, record.path);
      break;
    }
    case "container":
      tree.containers.add(record.path);
      break;
    case "ttl":
      tree.ttls.add(record.path);
      break;
    case "persistent":
      break;
  }
}

function unindexOwner(tree: Tree, record: NodeRecord): void {
  tree.containers.delete(record.path);
  tree.ttls.delete(record.path);
  const paths = tree.ephemerals.get(record.ephemeralOwner);
  if (paths === undefined) return;
  deleteName(paths, record.path);
  if (paths.names.size === 0) tree.ephemerals.delete(record.ephemeralOwner);
}

const NO_NAMES: readonly string[] = Object.freeze([]);

/** Buckets that a real server makes for the first child. */
const CHILD_TABLE_SIZE = 8;

/** A znode that no transaction made: all zeros, empty data. */
function builtIn(path: string, aclId: number, aversion: number): NodeRecord {
  const never: Zxid = ZERO_ZXID;
  return {
    path,
    data: new Uint8Array(0),
    aclId,
    czxid: never,
    mzxid: never,
    ctime: 0,
    mtime: 0,
    version: 0,
    cversion: 0,
    aversion,
    ephemeralOwner: NO_OWNER,
    pzxid: never,
  };
}
