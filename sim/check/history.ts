import type { Txn } from "../../core/txn.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";

/**
 * All histories that any server ever had, as one tree: a node is one transaction *at its place*, so that a
 * node number stands for a whole history, equal numbers for equal histories, and "is a prefix of" for
 * "is an ancestor of". Columns of one table, grown by doubling; nodes are never removed.
 */
export type History = {
  size: number;
  parent: Int32Array;
  /** First child and next sibling; 0 is none, for the root is nobody's child. */
  first: Int32Array;
  next: Int32Array;
  depth: Int32Array;
  /** An ancestor some way up, so placed that any ancestor is O(log depth) away (a skew-binary list). */
  jump: Int32Array;
  /** The leadership that proposed this node in broadcast, {@link NO_SLOT} where none did. */
  slot: Int32Array;
  /** Not a Uint8Array: clones share those. */
  flags: Int8Array;
  readonly txns: (Txn | null)[];
  /** Digest of the tree after this node, from whoever applied it first. */
  readonly digests: (bigint | null)[];
  /** Sessions after this node, from whoever applied it first; {@link UNKNOWN} before. */
  sessionCounts: Int32Array;
};

export const ROOT = 0;
export const NO_NODE = -1;
export const NO_SLOT = -1;
export const UNKNOWN = -1;

/** On the committed trunk. */
export const COMMITTED = 1;
/** On the trunk of what was delivered. */
export const DELIVERED = 2;
/** Delivered beside the trunk, and reported. */
export const STRAY = 4;
/** On a disk before the run: who proposed it is not known. */
export const GIVEN = 8;

export function createHistory(): History {
  const history: History = {
    size: 1,
    parent: new Int32Array(1024),
    first: new Int32Array(1024),
    next: new Int32Array(1024),
    depth: new Int32Array(1024),
    jump: new Int32Array(1024),
    slot: new Int32Array(1024),
    flags: new Int8Array(1024),
    txns: [null],
    digests: [null],
    sessionCounts: new Int32Array(1024),
  };
  history.sessionCounts[ROOT] = UNKNOWN;
  history.slot[ROOT] = NO_SLOT;
  history.flags[ROOT] = COMMITTED | DELIVERED;
  return history;
}

/** Last zxid of a history; 0 for the empty one. */
export function zxidAt(history: History, node: number): Zxid {
  return history.txns[node]?.zxid ?? ZERO_ZXID;
}

/** The history `node` followed by `txn`, or 0 if nobody had that yet. */
export function childOf(history: History, node: number, txn: Txn): number {
  const { first, next, txns } = history;
  for (let child = first[node]!; child !== 0; child = next[child]!) {
    if (txns[child] === txn) return child;
  }
  for (let child = first[node]!; child !== 0; child = next[child]!) {
    if (!isSameTxn(txns[child]!, txn)) continue;
    // Read back from a disk it is a new object; whoever gets it from there brings that one.
    txns[child] = txn;
    return child;
  }
  return 0;
}

/** The history `node` followed by `txn`. */
export function extend(history: History, node: number, txn: Txn): number {
  const known = childOf(history, node, txn);
  return known !== 0 ? known : addChild(history, node, txn);
}

/** Is history `a` a prefix of history `b`? */
export function isPrefix(history: History, a: number, b: number): boolean {
  const { depth, slot } = history;
  if (a === b) return true;
  if (depth[a]! >= depth[b]!) return false;
  // What one leadership proposed is one line.
  if (slot[a] === slot[b] && slot[a] !== NO_SLOT) return true;
  return prefixOfLength(history, b, depth[a]!) === a;
}

/** The first `length` transactions of a history that has at least as many. */
export function prefixOfLength(history: History, node: number, length: number): number {
  const { depth, jump, parent } = history;
  while (depth[node]! > length) {
    const far = jump[node]!;
    node = depth[far]! >= length ? far : parent[node]!;
  }
  return node;
}

/** What is left of a history when everything above `zxid` is cut off. */
export function prefixUpTo(history: History, node: number, zxid: Zxid): number {
  const { jump, parent } = history;
  while (node !== ROOT && zxidAt(history, node) > zxid) {
    const far = jump[node]!;
    node = zxidAt(history, far) > zxid ? far : parent[node]!;
  }
  return node;
}

/** The longest common prefix of two histories. */
export function commonPrefix(history: History, a: number, b: number): number {
  const { depth, jump, parent } = history;
  if (depth[a]! > depth[b]!) a = prefixOfLength(history, a, depth[b]!);
  else b = prefixOfLength(history, b, depth[a]!);
  // Equal depths have jumps of equal length.
  while (a !== b) {
    const apart = jump[a] !== jump[b];
    a = apart ? jump[a]! : parent[a]!;
    b = apart ? jump[b]! : parent[b]!;
  }
  return a;
}

/** Equal zxid and equal bytes; nearly always the same object. */
export function isSameTxn(a: Txn, b: Txn): boolean {
  if (a === b) return true;
  if (a.zxid !== b.zxid || a.record.length !== b.record.length) return false;
  for (let at = 0; at < a.record.length; at++) if (a.record[at] !== b.record[at]) return false;
  return true;
}

function addChild(history: History, node: number, txn: Txn): number {
  if (history.size === history.parent.length) grow(history);
  const child = history.size++;
  const { parent, first, next, depth, jump, slot } = history;
  parent[child] = node;
  next[child] = first[node]!;
  first[node] = child;
  depth[child] = depth[node]! + 1;
  const far = jump[node]!;
  const farther = jump[far]!;
  const farDepth = depth[far]!;
  const isEven = 2 * farDepth === depth[node]! + depth[farther]!;
  jump[child] = isEven ? farther : node;
  slot[child] = NO_SLOT;
  history.txns.push(txn);
  history.digests.push(null);
  history.sessionCounts[child] = UNKNOWN;
  return child;
}

function grow(history: History): void {
  history.parent = doubled(history.parent);
  history.first = doubled(history.first);
  history.next = doubled(history.next);
  history.depth = doubled(history.depth);
  history.jump = doubled(history.jump);
  history.slot = doubled(history.slot);
  history.sessionCounts = doubled(history.sessionCounts);
  const flags = new Int8Array(history.flags.length * 2);
  flags.set(history.flags);
  history.flags = flags;
}

function doubled(column: Int32Array): Int32Array {
  const wider = new Int32Array(column.length * 2);
  wider.set(column);
  return wider;
}

/** The longer of two histories of which one is a prefix of the other. */
export function deeper(history: History, a: number, b: number): number {
  return history.depth[a]! >= history.depth[b]! ? a : b;
}
