import { ErrorCode } from "../request/error-code.ts";
import type { SessionId } from "../session/session-id.ts";
import { OpCode, type SubTxn, type Txn, type TxnBody, type TxnHeader } from "../txn.ts";
import { findAcl, releaseAcl, useAcl } from "./acl-table.ts";
import type { Acl } from "./acl.ts";
import { newNode, withAcl, withCreate, withData, withDelete } from "./change.ts";
import { namesInOrder } from "./name-set.ts";
import { CONTAINER_OWNER, NO_OWNER, ttlOwner } from "./owner.ts";
import type { Zxid } from "../zxid.ts";
import { keyOf, nameOf, parentKeyOf, pathOf } from "./path.ts";
import { quotaChanged, quotaCreated, quotaDeleted } from "./quota.ts";
import type { Stat } from "./stat.ts";
import {
  addChild,
  hasChild,
  putNode,
  removeChild,
  removeNode,
  replaceRecord,
  statOfNode,
  type Tree,
  type Znode,
} from "./tree.ts";
import { TriggerType, type Trigger } from "./watches.ts";

/** What applying a transaction did. `triggers` are in the order in which they fire. */
export type ApplyResult = {
  readonly err: number;
  readonly path: string | null;
  readonly stat: Stat | null;
  readonly triggers: readonly Trigger[];
  /** Of a multi: what became of each of its operations. Null for all others. */
  readonly parts: readonly PartResult[] | null;
};

/** One operation of a multi; `type` is −1 in one that failed, and then in all of them. */
export type PartResult = {
  readonly type: number;
  readonly err: number;
  readonly path: string | null;
  readonly stat: Stat | null;
};

/**
 * Applies one transaction. Applying it again over its own effects, or over those of later ones, ends in the
 * same tree: that is what replay over a fuzzy snapshot does, and why it may ignore every error given here.
 *
 * @throws OwnerError for a TTL that no server accepts; a real one dies of it
 * @see ZooKeeper, server/DataTree.java (processTxn)
 */
export function applyTxn(tree: Tree, txn: Txn): ApplyResult {
  return applyBody(tree, txn, txn.type, txn.body);
}

function applyBody(tree: Tree, header: TxnHeader, type: number, body: TxnBody): ApplyResult {
  switch (body.kind) {
    case "setData":
      return setData(tree, header, body.path, body.data, body.version);
    case "create": {
      const owner = body.ephemeral ? header.clientId : NO_OWNER;
      return create(tree, header, type, body.path, body.data, body.acl, owner, body.parentCversion);
    }
    case "createContainer":
      return create(
        tree,
        header,
        type,
        body.path,
        body.data,
        body.acl,
        CONTAINER_OWNER,
        body.parentCversion,
      );
    case "createTtl": {
      const owner = ttlOwner(body.ttlMs);
      return create(tree, header, type, body.path, body.data, body.acl, owner, body.parentCversion);
    }
    case "delete": {
      const triggers: Trigger[] = [];
      const err = deleteNode(tree, header, body.path, triggers);
      return { err, path: body.path, stat: null, triggers, parts: null };
    }
    case "setAcl":
      return setAcl(tree, body.path, body.acl, body.version);
    case "closeSession":
      return closeSession(tree, header, body.paths);
    case "multi":
      return applyMulti(tree, header, body.txns);
    case "error":
      return failed(body.err);
    case "createSession":
    case "check":
      return NOTHING_DONE;
  }
}

function setData(
  tree: Tree,
  header: TxnHeader,
  path: string,
  data: Uint8Array | null,
  version: number,
): ApplyResult {
  const znode = tree.nodes.get(keyOf(path));
  if (znode === undefined) return failed(ErrorCode.noNode);
  const before = znode.record.data;
  replaceRecord(tree, znode, withData(znode.record, data, version, header.zxid, header.timeMs));
  const stat = statOfNode(znode);
  quotaChanged(tree, path, (data?.length ?? 0) - (before?.length ?? 0));
  const acl = findAcl(tree.acls, znode.record.aclId);
  const triggers = [{ type: TriggerType.dataChanged, path: pathOf(path), acl }];
  return { err: ErrorCode.ok, path, stat, triggers, parts: null };
}

function create(
  tree: Tree,
  header: TxnHeader,
  type: number,
  path: string,
  data: Uint8Array | null,
  acl: readonly Acl[],
  owner: SessionId,
  parentCversion: number,
): ApplyResult {
  const parentKey = parentKeyOf(path);
  const parent = parentKey === null ? undefined : tree.nodes.get(parentKey);
  if (parentKey === null || parent === undefined) return failed(ErrorCode.noNode);
  const name = nameOf(path);
  const exists = hasChild(parent, name);

  // A snapshot may have the child and not yet the parent's count of it. Only type 1 makes up for that;
  // with the others the parent was copied after the create.
  if (!exists || type === OpCode.create) {
    replaceRecord(tree, parent, withCreate(parent.record, parentCversion, header.zxid));
  }
  if (exists) {
    repeatAcl(tree, header, path, acl);
    return failed(ErrorCode.nodeExists);
  }

  const aclId = useAcl(tree.acls, acl);
  const znode = putNode(tree, newNode(path, data, aclId, owner, header.zxid, header.timeMs));
  addChild(parent, name);
  // A plain create answers its path only. The Stat is that of what was asked for: usage is filled in behind it.
  const stat = type === OpCode.create ? null : statOfNode(znode);
  quotaCreated(tree, path, data);
  const triggers = [
    { type: TriggerType.created, path, acl },
    childrenChanged(tree, parentKey, parent),
  ];
  return { err: ErrorCode.ok, path, stat, triggers, parts: null };
}

/**
 * A znode copied by a real server may name a list that came into being behind the copy's table, under an id that
 * means nothing here, or something else: the create that comes again says what it is. A setACL since then will.
 */
function repeatAcl(tree: Tree, header: TxnHeader, path: string, acl: readonly Acl[]): void {
  const znode = tree.nodes.get(path);
  if (znode === undefined || znode.record.czxid !== header.zxid) return;
  const { aclId, aversion } = znode.record;
  if (aversion !== 0) return;
  const id = useAcl(tree.acls, acl);
  releaseAcl(tree.acls, aclId);
  if (id !== aclId) replaceRecord(tree, znode, withAcl(znode.record, id, aversion));
}

/** Even where the znode is gone already, its name goes and the parent's pzxid moves. */
function deleteNode(tree: Tree, header: TxnHeader, path: string, triggers: Trigger[]): number {
  const parentKey = parentKeyOf(path);
  const parent = parentKey === null ? undefined : tree.nodes.get(parentKey);
  if (parentKey === null || parent === undefined || path === "/") return ErrorCode.noNode;
  removeChild(parent, nameOf(path));
  replaceRecord(tree, parent, withDelete(parent.record, header.zxid));

  const znode = tree.nodes.get(path);
  if (znode === undefined) return ErrorCode.noNode;
  const acl = findAcl(tree.acls, znode.record.aclId);
  removeNode(tree, znode);
  quotaDeleted(tree, path, znode.record.data);
  triggers.push({ type: TriggerType.deleted, path, acl }, childrenChanged(tree, parentKey, parent));
  return ErrorCode.ok;
}

function childrenChanged(tree: Tree, key: string, { record }: Znode): Trigger {
  const acl = findAcl(tree.acls, record.aclId);
  return { type: TriggerType.childrenChanged, path: pathOf(key), acl };
}

/** Changes neither mzxid nor mtime, and fires nothing. */
function setAcl(tree: Tree, path: string, acl: readonly Acl[], version: number): ApplyResult {
  const znode = tree.nodes.get(keyOf(path));
  if (znode === undefined) return failed(ErrorCode.noNode);
  const oldId = znode.record.aclId;
  const aclId = useAcl(tree.acls, acl);
  releaseAcl(tree.acls, oldId);
  replaceRecord(tree, znode, withAcl(znode.record, aclId, version));
  const stat = statOfNode(znode);
  return { err: ErrorCode.ok, path, stat, triggers: NO_TRIGGERS, parts: null };
}

/** First what the leader listed, then whatever the session still owns here; all of it without a list. */
function closeSession(tree: Tree, header: TxnHeader, paths: readonly string[] | null): ApplyResult {
  const triggers: Trigger[] = [];
  if (paths !== null) for (const path of paths) deleteNode(tree, header, path, triggers);
  const rest = tree.ephemerals.get(header.clientId);
  if (rest !== undefined) {
    for (const path of namesInOrder(rest)) deleteNode(tree, header, path, triggers);
    // A znode whose parent is gone cannot be deleted; it must not stay with a session that is.
    tree.ephemerals.delete(header.clientId);
  }
  return { err: ErrorCode.ok, path: null, stat: null, triggers, parts: null };
}

/** Deletes what is left of a session that no longer exists, as a close by transaction `zxid` would have. */
export function closeSessionOf(tree: Tree, clientId: SessionId, zxid: Zxid): void {
  closeSession(tree, { clientId, cxid: 0, zxid, timeMs: 0, type: OpCode.closeSession }, null);
}

/** A multi that failed has an error in it, and then none of its parts is applied. */
function applyMulti(tree: Tree, header: TxnHeader, txns: readonly SubTxn[]): ApplyResult {
  if (txns.some(({ body }) => body.kind === "error")) return failedMulti(txns);
  const triggers: Trigger[] = [];
  const parts: PartResult[] = [];
  let err: number = ErrorCode.ok;
  for (const { type, body } of txns) {
    const result = applyBody(tree, header, type, body);
    for (const trigger of result.triggers) triggers.push(trigger);
    if (err === ErrorCode.ok) err = result.err;
    parts.push({ type, err: result.err, path: result.path, stat: result.stat });
  }
  return { err, path: null, stat: null, triggers, parts };
}

/** Operations before the one that failed have error 0, which is still an error. */
function failedMulti(txns: readonly SubTxn[]): ApplyResult {
  let err: number = ErrorCode.ok;
  const parts = txns.map(({ body }): PartResult => {
    const partErr = body.kind === "error" ? body.err : ErrorCode.ok;
    if (err === ErrorCode.ok) err = partErr;
    return { type: OpCode.error, err: partErr, path: null, stat: null };
  });
  return { err, path: null, stat: null, triggers: NO_TRIGGERS, parts };
}

const NO_TRIGGERS: readonly Trigger[] = Object.freeze([]);
const NOTHING_DONE: ApplyResult = Object.freeze({
  err: ErrorCode.ok,
  path: null,
  stat: null,
  triggers: NO_TRIGGERS,
  parts: null,
});

function failed(err: number): ApplyResult {
  return { err, path: null, stat: null, triggers: NO_TRIGGERS, parts: null };
}
