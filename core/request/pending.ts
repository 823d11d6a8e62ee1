import type { SessionId } from "../session/session-id.ts";
import { findAcl } from "../tree/acl-table.ts";
import type { Acl } from "../tree/acl.ts";
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
  /**
   * Who may do what to it, as far as checks go: a setAcl counts only once it is applied, as in the real server.
   * The list is here by itself because the table forgets lists that no applied znode uses. Null where a snapshot
   * named a list that there is not.
   */
  readonly acl: readonly Acl[] | null;
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
  /** What of the queue is settled; means nothing while that is empty. */
  settled: Zxid;
  /**
   * The last change of each znode; a settled one means nothing any more. Made anew when the queue is packed: a Map that
   * is emptied and filled for ever leaves a chain of tables behind, all of them alive until the next full collection.
   */
  newest: Map<string, ChangeRecord>;
  /** Of the whole tree after all of `queue`; means nothing while that is empty. */
  readonly digest: DigestSum;
};

/** Settled records that the queue drags along before it is packed. */
const SETTLED_MAX = 256;

export function createPending(): Pending {
  return {
    queue: [],
    head: 0,
    settled: UNTRUSTED_ZXID,
    newest: new Map(),
    digest: { low: 0, high: 0 },
  };
}

/** Drops the changes that the transactions up to `zxid`, now applied, have made. */
export function settle(pending: Pending, zxid: Zxid): void {
  const { queue } = pending;
  if (queue.length === 0) return;
  pending.settled = zxid;
  while (pending.head < queue.length && (queue[pending.head] as ChangeRecord).zxid <= zxid) {
    pending.head++;
  }
  const isDrained = pending.head === queue.length;
  if (pending.head < (isDrained ? 1 : SETTLED_MAX)) return;
  if (isDrained) queue.length = 0;
  else queue.splice(0, pending.head);
  pending.head = 0;
  pending.newest = new Map();
  for (const change of queue) pending.newest.set(change.key, change);
}

/** A change whose znode is there. */
export type PresentChange = ChangeRecord & { readonly node: NodeRecord };

/** The znode as it will be after all that is pending; null where there will be none. */
export function lookUp(database: Database, pending: Pending, key: string): PresentChange | null {
  const change = pending.newest.get(key);
  if (change !== undefined && change.zxid > pending.settled)
    return isPresent(change) ? change : null;
  const { tree } = database;
  const znode = tree.nodes.get(key);
  if (znode === undefined) return null;
  return {
    zxid: UNTRUSTED_ZXID,
    key,
    node: znode.record,
    childCount: childCount(znode),
    acl: findAcl(tree.acls, znode.record.aclId),
    digest: znode.digest,
  };
}

/** A znode will be there that is not. */
export function pushCreated(
  database: Database,
  pending: Pending,
  node: NodeRecord,
  acl: readonly Acl[],
): void {
  const digest = nodeDigest(node);
  push(
    database,
    pending,
    { zxid: node.czxid, key: node.path, node, childCount: 0, acl, digest },
    0,
  );
}

/** A znode will have its next record, and perhaps another number of children. */
export function pushChanged(
  database: Database,
  pending: Pending,
  zxid: Zxid,
  before: ChangeRecord,
  node: NodeRecord,
  children: number,
): void {
  const { key, acl } = before;
  const digest = node === before.node ? before.digest : nodeDigest(node);
  push(database, pending, { zxid, key, node, childCount: children, acl, digest }, before.digest);
}

/** A znode will be gone. */
export function pushDeleted(
  database: Database,
  pending: Pending,
  zxid: Zxid,
  before: ChangeRecord,
): void {
  const { key, acl } = before;
  push(database, pending, { zxid, key, node: null, childCount: 0, acl, digest: 0 }, before.digest);
}

/** A place to go back to. It holds as long as nothing is settled. */
export type PendingMark = { readonly length: number; readonly digest: DigestSum };

export function markPending({ queue, digest }: Pending): PendingMark {
  return { length: queue.length, digest: { low: digest.low, high: digest.high } };
}

/** Takes back every change since the mark, so that what was the last change of a znode is so again. */
export function rollBack(pending: Pending, mark: PendingMark): void {
  const { queue, newest } = pending;
  const undone = new Set<string>();
  while (queue.length > mark.length) undone.add((queue.pop() as ChangeRecord).key);
  for (const key of undone) newest.delete(key);
  for (let i = queue.length - 1; i >= pending.head && undone.size > 0; i--) {
    const change = queue[i] as ChangeRecord;
    if (undone.delete(change.key)) newest.set(change.key, change);
  }
  pending.digest.low = mark.digest.low;
  pending.digest.high = mark.digest.high;
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

function push(
  database: Database,
  pending: Pending,
  change: ChangeRecord,
  digestBefore: number,
): void {
  if (pending.queue.length === 0) {
    const { low, high } = database.tree.digest;
    pending.digest.low = low;
    pending.digest.high = high;
  }
  addToDigest(pending.digest, change.digest - digestBefore);
  pending.queue.push(change);
  pending.newest.set(change.key, change);
}

function isPresent(change: ChangeRecord): change is PresentChange {
  return change.node !== null;
}
