import type { Acl } from "../tree/acl.ts";
import { OPEN_ACL_ID } from "../tree/acl-table.ts";
import type { Database } from "../tree/database.ts";
import { namesInOrder } from "../tree/name-set.ts";
import type { NodeRecord } from "../tree/node-record.ts";
import { childCount, type Tree, type Znode } from "../tree/tree.ts";
import type { SessionTouch, SnapshotPiece } from "../zab/packet.ts";
import type { Zxid } from "../zxid.ts";

export type AclEntry = { readonly id: number; readonly acl: readonly Acl[] };

/** Children of one znode as they were when it was copied, and which is next. */
type Branch = { readonly path: string; readonly names: readonly string[]; next: number };

/**
 * A copy of the database under way, parents before children. The tree goes on changing between two steps:
 * each znode is copied at one instant, the set of them is not. Replaying everything after `zxid` mends that.
 */
export type SnapshotWalk = {
  /** The last transaction that the copy surely holds. */
  readonly zxid: Zxid;
  /** Empty once the walk is done. */
  readonly branches: Branch[];
  /** Lists that the reader already knows. */
  readonly knownAcls: Set<number>;
  started: boolean;
};

/** Labels the copy; nothing is copied yet. */
export function beginWalk(database: Database): SnapshotWalk {
  return {
    zxid: database.lastZxid,
    branches: [{ path: "", names: [""], next: 0 }],
    knownAcls: new Set([OPEN_ACL_ID]),
    started: false,
  };
}

export function isWalkDone(walk: SnapshotWalk): boolean {
  return walk.branches.length === 0;
}

/**
 * Copies up to `maxNodes` znodes more. A reader knows no ACL that came into use after the label: a znode made since
 * with such a one is left out, with all below it, and one given such a one since is copied as open to everybody.
 * Nobody reads either before the replay has made it or mended it.
 */
export function walkNodes(walk: SnapshotWalk, tree: Tree, maxNodes: number): NodeRecord[] {
  const nodes: NodeRecord[] = [];
  const branches = walk.branches;
  while (nodes.length < maxNodes) {
    const branch = branches.at(-1);
    if (branch === undefined) break;
    const name = branch.names[branch.next++];
    if (name === undefined) {
      branches.pop();
      continue;
    }
    const znode = tree.nodes.get(name === "" ? "" : `${branch.path}/${name}`);
    if (znode === undefined) continue; // deleted since its parent was copied
    const { record } = znode;
    if (walk.knownAcls.has(record.aclId)) nodes.push(record);
    else if (record.czxid > walk.zxid) continue;
    else nodes.push({ ...record, aclId: OPEN_ACL_ID });
    enter(branches, znode);
  }
  while (branches.length > 0 && isSpent(branches.at(-1))) branches.pop();
  return nodes;
}

/** The next piece of the SNAP stream. Sessions and the lists in use come with the first one. */
export function nextPiece(walk: SnapshotWalk, database: Database, maxNodes: number): SnapshotPiece {
  const { tree } = database;
  const first = !walk.started;
  walk.started = true;
  const sessions = first ? sessionsOf(database) : null;
  const acls = first ? newAcls(walk, tree, tree.acls.lists.keys()) : null;
  const nodes = walkNodes(walk, tree, maxNodes);
  return { kind: "SNAPPIECE", sessions, acls, nodes, last: isWalkDone(walk) };
}

export function sessionsOf(database: Database): SessionTouch[] {
  const sessions: SessionTouch[] = [];
  for (const [sessionId, timeoutMs] of database.sessions) sessions.push({ sessionId, timeoutMs });
  return sessions;
}

/** The lists among `ids` that were not given out before. One that is gone already is left out. */
export function newAcls(walk: SnapshotWalk, tree: Tree, ids: Iterable<number>): AclEntry[] {
  const entries: AclEntry[] = [];
  for (const id of ids) {
    const acl = walk.knownAcls.has(id) ? undefined : tree.acls.lists.get(id);
    if (acl === undefined) continue;
    walk.knownAcls.add(id);
    entries.push({ id, acl });
  }
  return entries;
}

function enter(branches: Branch[], znode: Znode): void {
  if (childCount(znode) === 0 || znode.children === null) return;
  branches.push({ path: znode.record.path, names: namesInOrder(znode.children), next: 0 });
}

function isSpent(branch: Branch | undefined): boolean {
  return branch !== undefined && branch.next >= branch.names.length;
}
