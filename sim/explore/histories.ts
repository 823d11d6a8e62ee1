import type { Tree } from "../../core/tree/tree.ts";
import { formatZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";

/**
 * Histories by number: equal numbers for equal histories. A node is a transaction at its place, and the node
 * before it. Number 0 is the empty history.
 */
export type Histories = {
  readonly parents: number[];
  readonly depths: number[];
  readonly zxids: Zxid[];
  /** The digest of the tree with this history, from whoever had it first; null while nobody had. */
  readonly digests: (bigint | null)[];
  readonly children: Map<string, number>;
};

export function createHistories(): Histories {
  return { parents: [0], depths: [0], zxids: [ZERO_ZXID], digests: [null], children: new Map() };
}

/** A history with one more transaction, told from others by a text. */
export function extendHistory(
  histories: Histories,
  node: number,
  zxid: Zxid,
  text: string,
): number {
  const key = `${node} ${zxid} ${text}`;
  const known = histories.children.get(key);
  if (known !== undefined) return known;
  const next = histories.parents.length;
  histories.parents.push(node);
  histories.depths.push(histories.depths[node]! + 1);
  histories.zxids.push(zxid);
  histories.digests.push(null);
  histories.children.set(key, next);
  return next;
}

/** The history that made a tree: in a search every transaction creates a znode, and none is ever deleted. */
export function historyOfTree(histories: Histories, tree: Tree): number {
  const created: { readonly zxid: Zxid; readonly path: string }[] = [];
  for (const [path, { record }] of tree.nodes) {
    if (record.czxid > ZERO_ZXID && !path.startsWith("/zookeeper"))
      created.push({ zxid: record.czxid, path });
  }
  created.sort((a, b) => (a.zxid < b.zxid ? -1 : 1));
  let node = 0;
  for (const { zxid, path } of created) node = extendHistory(histories, node, zxid, path);
  return node;
}

export function isPrefixOf({ parents, depths }: Histories, a: number, b: number): boolean {
  let at = b;
  while (depths[at]! > depths[a]!) at = parents[at]!;
  return at === a;
}

/** Is the transaction with this zxid in it? */
export function includes({ parents, zxids }: Histories, node: number, zxid: Zxid): boolean {
  let at = node;
  while (at !== 0 && zxids[at]! > zxid) at = parents[at]!;
  return at !== 0 && zxids[at] === zxid;
}

/** Do two histories agree up to the last zxid that both of them have? */
export function isLogMatch(histories: Histories, a: number, b: number): boolean {
  if (a === b || a === 0 || b === 0) return true;
  const { parents, zxids } = histories;
  // From the end on, down to a zxid that is in both.
  let one = a;
  let other = b;
  while (one !== 0 && other !== 0 && zxids[one] !== zxids[other]) {
    if (zxids[one]! > zxids[other]!) one = parents[one]!;
    else other = parents[other]!;
  }
  return one === other || one === 0 || other === 0;
}

export function printHistory({ parents, zxids }: Histories, node: number): string {
  const list: string[] = [];
  for (let at = node; at !== 0; at = parents[at]!) list.unshift(formatZxid(zxids[at]!));
  return list.length === 0 ? "nothing" : list.join(" ");
}
