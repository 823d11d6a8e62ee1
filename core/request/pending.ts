import type { SessionId } from "../session/session-id.ts";
import type { Database } from "../tree/database.ts";
import { addToDigest, digestValue, nodeDigest, type DigestSum } from "../tree/digest.ts";
import { addName, createNameSet, deleteName, javaClone, namesInOrder } from "../tree/name-set.ts";
import type { NodeRecord } from "../tree/node-record.ts";
import { childCount } from "../tree/tree.ts";
import { UNTRUSTED_ZXID, type Zxid } from "../zxid.ts";

/** A znode as it will be once the transaction `zxid` is applied. */
export type ChangeRecord = {
  /** −1 for a znode as it is in the tree. */
  readonly zxid: Zxid;
  /** The root is "" here, as in the tree. */
  readonly key: string;
  /** Null for a znode that will be gone. A new one does not know its ACL's id yet and says −1. */
  readonly node: NodeRecord | null;
  readonly childCount: number;
  /** What the znode will add to the digest of the tree. */
  readonly digest: number;
};

/**
 * What is decided and not yet applied: writes are validated against the tree with these changes on top,
 * so that they can be pipelined.
 *
 * @see ZooKeeper, server/ZooKeeperServer.java (outstandingChanges)
 */
export type Pending = {
  /** In zxid order; those before `head` are settled. */
  readonly queue: ChangeRecord[];
  head: number;
  /** The last change of each znode. */
  readonly newest: Map<string, ChangeRecord>;
  /** Of the whole tree after all of `queue`; means nothing while that is empty. */
  readonly digest: DigestSum;
};

/** Settled records that the queue drags along before it is packed. */
const SETTLED_MAX = 256;

export function createPending(): Pending {
  return { queue: [], head: 0, newest: new Map(), digest: { low: 0, high: 0 } };
}

/** Drops the changes that the transactions up to `zxid`, now applied, have made. */
export function settle(pending: Pending, zxid: Zxid): void {
  const { queue, newest } = pending;
  for (; pending.head < queue.length; pending.head++) {
    const change = queue[pending.head] as ChangeRecord;
    if (change.zxid > zxid) break;
    if (newest.get(change.key) === change) newest.delete(change.key);
  }
  if (pending.head === queue.length) {
    queue.length = 0;
    pending.head = 0;
  } else if (pending.head >= SETTLED_MAX) {
    queue.splice(0, pending.head);
    pending.head = 0;
  }
}

/** The znode as it will be after all that is pending; null where there will be none. */
export function lookUp(database: Database, pending: Pending, key: string): ChangeRecord | null {
  const change = pending.newest.get(key);
  if (change !== undefined) return change.node === null ? null : change;
  const znode = database.tree.nodes.get(key);
  if (znode === undefined) return null;
  return {
    zxid: UNTRUSTED_ZXID,
    key,
    node: znode.record,
    childCount: childCount(znode),
    digest: znode.digest,
  };
}

/**
 * Adds a change to what is pending. The caller says what the znode added to the digest before.
 *
 * @param node null for a deleted one
 */
export function pushChange(
  database: Database,
  pending: Pending,
  zxid: Zxid,
  key: string,
  node: NodeRecord | null,
  children: number,
  digestBefore: number,
): void {
  if (pending.queue.length === 0) {
    const { low, high } = database.tree.digest;
    pending.digest.low = low;
    pending.digest.high = high;
  }
  const digest = node === null ? 0 : nodeDigest(node);
  addToDigest(pending.digest, digest - digestBefore);
  const change: ChangeRecord = { zxid, key, node, childCount: children, digest };
  pending.queue.push(change);
  pending.newest.set(key, change);
}

/** The digest of the whole tree after all that is pending. */
export function pendingDigest(database: Database, pending: Pending): bigint {
  return digestValue(pending.queue.length === 0 ? database.tree.digest : pending.digest);
}

/**
 * The znodes that will go with a session, in the order in which a real server lists them: its ephemerals in
 * the tree, less and plus what is pending.
 */
export function ephemeralsOf(
  database: Database,
  pending: Pending,
  sessionId: SessionId,
): readonly string[] {
  const inTree = database.tree.ephemerals.get(sessionId);
  const paths = inTree === undefined ? createNameSet() : javaClone(inTree);
  for (let i = pending.head; i < pending.queue.length; i++) {
    const { key, node } = pending.queue[i] as ChangeRecord;
    if (node === null) deleteName(paths, key);
    else if (node.ephemeralOwner === sessionId) addName(paths, key);
  }
  return namesInOrder(paths);
}
