import type { SessionId } from "../session/session-id.ts";
import type { Zxid } from "../zxid.ts";
import type { NodeRecord } from "./node-record.ts";

/**
 * How each change turns one znode record into the next. Validation predicts with the same functions
 * that applying uses, so a predicted digest cannot drift from the real one.
 */

/** A new znode; a create gives all three zxids and both times the same values. */
export function newNode(
  path: string,
  data: Uint8Array | null,
  aclId: number,
  owner: SessionId,
  zxid: Zxid,
  timeMs: number,
): NodeRecord {
  return {
    path,
    data,
    aclId,
    czxid: zxid,
    mzxid: zxid,
    ctime: timeMs,
    mtime: timeMs,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: owner,
    pzxid: zxid,
  };
}

/** Data written by a transaction; `version` is the new one. */
export function withData(
  node: NodeRecord,
  data: Uint8Array | null,
  version: number,
  zxid: Zxid,
  timeMs: number,
): NodeRecord {
  return {
    path: node.path,
    data,
    aclId: node.aclId,
    czxid: node.czxid,
    mzxid: zxid,
    ctime: node.ctime,
    mtime: timeMs,
    version,
    cversion: node.cversion,
    aversion: node.aversion,
    ephemeralOwner: node.ephemeralOwner,
    pzxid: node.pzxid,
  };
}

/**
 * A child was created below: cversion and pzxid go together, and only up. A replayed create over a
 * fuzzy snapshot must not take back what later creates and deletes did. −1 counts one up.
 */
export function withCreate(parent: NodeRecord, parentCversion: number, zxid: Zxid): NodeRecord {
  const cversion = parentCversion === -1 ? (parent.cversion + 1) | 0 : parentCversion;
  return cversion > parent.cversion ? withChildren(parent, cversion, zxid) : parent;
}

/** A child was deleted below: cversion counts creates only, so just pzxid goes up. */
export function withDelete(parent: NodeRecord, zxid: Zxid): NodeRecord {
  return zxid > parent.pzxid ? withChildren(parent, parent.cversion, zxid) : parent;
}

/** An ACL set by a transaction; `aversion` is the new one. Neither mzxid nor mtime move. */
export function withAcl(node: NodeRecord, aclId: number, aversion: number): NodeRecord {
  return { ...node, aclId, aversion };
}

function withChildren(node: NodeRecord, cversion: number, pzxid: Zxid): NodeRecord {
  return {
    path: node.path,
    data: node.data,
    aclId: node.aclId,
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctime: node.ctime,
    mtime: node.mtime,
    version: node.version,
    cversion,
    aversion: node.aversion,
    ephemeralOwner: node.ephemeralOwner,
    pzxid,
  };
}
