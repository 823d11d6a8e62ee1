import type { SessionId } from "../../../core/session/session-id.ts";
import type { Stat } from "../../../core/tree/stat.ts";
import type { TxnBody, TxnHeader } from "../../../core/txn.ts";
import { ZERO_ZXID, type Zxid } from "../../../core/zxid.ts";

/**
 * What every znode was after each transaction: written anew from the documentation of the tree, and not with the
 * core's own functions, since it is what those are held against. A read at any zxid can be asked for later on.
 */
export type Model = { readonly nodes: Map<string, Node> };

/** A znode's past. It stays when the znode is gone. */
export type Node = {
  /** Ascending by `since`. */
  readonly versions: Version[];
  /** Names of the children after the last transaction. */
  readonly children: Set<string>;
  /** How the names came and went, so that earlier sets can be told from the last. */
  readonly moves: Move[];
  /** The last transaction that ended a session and took a child of this away with it; 0 for none. */
  closedBelow: Zxid;
};

/** Frozen, so that clones share it. */
export type Version = {
  readonly since: Zxid;
  /** Null where there is no znode. */
  readonly stat: Stat | null;
  readonly data: Uint8Array | null;
};

export type Move = { readonly since: Zxid; readonly name: string; readonly came: boolean };

const NO_OWNER = 0n as SessionId;

/** The tree before the first transaction; what is below /zookeeper changes without any, and is not modelled. */
export function createModel(): Model {
  const nodes = new Map<string, Node>();
  const root = createNode();
  root.children.add("zookeeper");
  nodes.set("/", root);
  put(root, ZERO_ZXID, new Uint8Array(0), {
    czxid: ZERO_ZXID,
    mzxid: ZERO_ZXID,
    ctime: 0,
    mtime: 0,
    version: 0,
    cversion: -1,
    aversion: 0,
    ephemeralOwner: NO_OWNER,
    dataLength: 0,
    numChildren: 1,
    pzxid: ZERO_ZXID,
  });
  return { nodes };
}

/** Is this part of the tree that the model knows about? */
export function isModelled(path: string): boolean {
  return path !== "/zookeeper" && !path.startsWith("/zookeeper/");
}

/** The last version of what is at `path`; null where nothing ever was. */
export function latest(model: Model, path: string): Version | null {
  return model.nodes.get(path)?.versions.at(-1) ?? null;
}

/** What was at `path` after transaction `zxid`; null where nothing ever had been. */
export function versionAt(model: Model, path: string, zxid: Zxid): Version | null {
  const versions = model.nodes.get(path)?.versions;
  if (versions === undefined) return null;
  // Reads are nearly always of the present, or of what it was a moment ago.
  for (let at = versions.length - 1, steps = 0; at >= 0 && steps < NEAR; at--, steps++) {
    if (versions[at]!.since <= zxid) return versions[at]!;
  }
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (versions[middle]!.since <= zxid) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : versions[low - 1]!;
}

/** Were these, in any order, the names of the children after transaction `zxid`? */
export function hadChildren(node: Node, zxid: Zxid, names: readonly string[]): boolean {
  const { children, moves } = node;
  const undone = new Map<string, boolean>();
  let count = children.size;
  for (let at = moves.length - 1; at >= 0 && moves[at]!.since > zxid; at--) {
    const { name, came } = moves[at]!;
    undone.set(name, !came);
    count += came ? -1 : 1;
  }
  if (names.length !== count || new Set(names).size !== count) return false;
  if (undone.size === 0) return names.every((name) => children.has(name));
  return names.every((name) => undone.get(name) ?? children.has(name));
}

/** Carries out a committed transaction. What it cannot do it leaves out: that is for {@link expectedOf} to say. */
export function applyBody(model: Model, header: TxnHeader, body: TxnBody): void {
  switch (body.kind) {
    case "setData":
      setData(model, header, body.path, body.data);
      break;
    case "create":
      create(model, header, body.path, body.data, body.ephemeral ? header.clientId : NO_OWNER);
      break;
    case "createContainer":
    case "createTtl":
      // Clients do not see who owns these.
      create(model, header, body.path, body.data, NO_OWNER);
      break;
    case "delete":
      remove(model, header, body.path);
      break;
    case "setAcl":
      setAcl(model, header, body.path);
      break;
    case "multi":
      if (body.txns.some((part) => part.body.kind === "error")) break;
      for (const part of body.txns) applyBody(model, header, part.body);
      break;
    case "createSession":
    case "closeSession":
    case "check":
    case "error":
      break;
  }
}

/** A session ends: of the znodes that it once made, those that are still its own go with it. */
export function removeOwned(model: Model, header: TxnHeader, paths: Iterable<string>): void {
  for (const path of paths) {
    if (latest(model, path)?.stat?.ephemeralOwner !== header.clientId) continue;
    remove(model, header, path);
    const parent = model.nodes.get(parentOf(path));
    if (parent !== undefined) parent.closedBelow = header.zxid;
  }
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/** How many children were ever created here: what the next sequential one is called. */
export function createsOf({ cversion, numChildren }: Stat): number {
  return (cversion + numChildren) / 2;
}

function create(
  model: Model,
  { zxid, timeMs }: TxnHeader,
  path: string,
  data: Uint8Array | null,
  owner: SessionId,
): void {
  const parent = model.nodes.get(parentOf(path));
  const above = parent?.versions.at(-1)?.stat;
  if (parent === undefined || above === undefined || above === null) return;
  let node = model.nodes.get(path);
  if (node === undefined) model.nodes.set(path, (node = createNode()));
  if (node.versions.at(-1)?.stat) return;
  put(node, zxid, data, {
    czxid: zxid,
    mzxid: zxid,
    ctime: timeMs,
    mtime: timeMs,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: owner,
    dataLength: data?.length ?? 0,
    numChildren: 0,
    pzxid: zxid,
  });
  moved(parent, above, zxid, path, true);
}

function remove(model: Model, { zxid }: TxnHeader, path: string): void {
  const node = model.nodes.get(path);
  const parent = model.nodes.get(parentOf(path));
  const above = parent?.versions.at(-1)?.stat;
  if (node?.versions.at(-1)?.stat && parent !== undefined && above) {
    put(node, zxid, null, null);
    moved(parent, above, zxid, path, false);
  }
}

/** What clients see as cversion counts every child that came or went. */
function moved(parent: Node, stat: Stat, zxid: Zxid, path: string, came: boolean): void {
  const name = path.slice(path.lastIndexOf("/") + 1);
  parent.moves.push(Object.freeze({ since: zxid, name, came }));
  if (came) parent.children.add(name);
  else parent.children.delete(name);
  put(parent, zxid, parent.versions.at(-1)!.data, {
    ...stat,
    cversion: stat.cversion + 1,
    numChildren: stat.numChildren + (came ? 1 : -1),
    pzxid: zxid,
  });
}

function setData(
  model: Model,
  { zxid, timeMs }: TxnHeader,
  path: string,
  data: Uint8Array | null,
): void {
  const node = model.nodes.get(path);
  const stat = node?.versions.at(-1)?.stat;
  if (node === undefined || !stat) return;
  put(node, zxid, data, {
    czxid: stat.czxid,
    mzxid: zxid,
    ctime: stat.ctime,
    mtime: timeMs,
    version: stat.version + 1,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: stat.ephemeralOwner,
    dataLength: data?.length ?? 0,
    numChildren: stat.numChildren,
    pzxid: stat.pzxid,
  });
}

function setAcl(model: Model, { zxid }: TxnHeader, path: string): void {
  const node = model.nodes.get(path);
  const last = node?.versions.at(-1);
  if (node === undefined || !last?.stat) return;
  put(node, zxid, last.data, { ...last.stat, aversion: last.stat.aversion + 1 });
}

function put(node: Node, since: Zxid, data: Uint8Array | null, stat: Stat | null): void {
  if (stat !== null) Object.freeze(stat);
  node.versions.push(Object.freeze({ since, stat, data }));
}

function createNode(): Node {
  return { versions: [], children: new Set(), moves: [], closedBelow: ZERO_ZXID };
}

/** Versions that are looked at one by one before the search by halves. */
const NEAR = 8;
