import { keepAcl, loadAcl, purgeAcls } from "../tree/acl-table.ts";
import { createDatabase, type Database } from "../tree/database.ts";
import type { NodeRecord } from "../tree/node-record.ts";
import { nameOf, parentKeyOf } from "../tree/path.ts";
import { loadQuotas } from "../tree/quota.ts";
import { addChild, createBareTree, putNode } from "../tree/tree.ts";
import { JuteError } from "../wire/jute.ts";
import { clearRing } from "../ring.ts";
import type { SessionTouch, SnapshotPiece } from "../zab/packet.ts";
import type { Zxid } from "../zxid.ts";
import type { AclEntry } from "./snapshot-walk.ts";

/**
 * A database to load into: without a znode, labelled with the zxid of the snapshot.
 * It is not usable before its last piece.
 */
export function createIncoming(zxid: Zxid): Database {
  const database = createDatabase();
  database.tree = createBareTree();
  database.lastZxid = zxid;
  return database;
}

/**
 * Adds a piece of the SNAP stream. The first one, known by its sessions, empties the database before.
 *
 * @throws JuteError when the pieces do not make a tree
 */
export function addPiece(database: Database, piece: SnapshotPiece): void {
  if (piece.sessions !== null) {
    database.tree = createBareTree();
    clearRing(database.committedLog);
    loadSessions(database, piece.sessions);
  }
  if (piece.acls !== null) loadAcls(database, piece.acls);
  for (const node of piece.nodes) loadNode(database, node);
  if (piece.last) endLoad(database);
}

export function loadSessions(database: Database, sessions: readonly SessionTouch[]): void {
  database.sessions.clear();
  for (const { sessionId, timeoutMs } of sessions) database.sessions.set(sessionId, timeoutMs);
}

export function loadAcls(database: Database, entries: readonly AclEntry[]): void {
  for (const { id, acl } of entries) loadAcl(database.tree.acls, id, acl);
}

/** Adds one znode below its parent, which must be there already. */
export function loadNode(database: Database, node: NodeRecord): void {
  const tree = database.tree;
  const parentKey = node.path === "" ? null : parentKeyOf(node.path);
  const parent = parentKey === null ? undefined : tree.nodes.get(parentKey);
  if (parent === undefined && node.path !== "") {
    throw new JuteError(
      `Invalid Datatree, unable to find parent ${parentKey} of path ${node.path}`,
    );
  }
  keepAcl(tree.acls, node.aclId);
  putNode(tree, node);
  if (parent !== undefined) addChild(parent, nameOf(node.path));
}

/** Drops the lists that nothing uses, and counts what quotas are about; a tree without a root is none. */
export function endLoad(database: Database): void {
  if (!database.tree.nodes.has("")) throw new JuteError("Invalid Datatree, it has no root");
  purgeAcls(database.tree.acls);
  loadQuotas(database.tree);
}
