import { Permission } from "../tree/acl.ts";
import { withDelete } from "../tree/change.ts";
import type { Database } from "../tree/database.ts";
import { ownerKind } from "../tree/owner.ts";
import { hasParentPart, RESERVED_PATHS } from "../tree/path.ts";
import { ErrorCode } from "./error-code.ts";
import type { DeleteOp } from "./operation.ts";
import { lookUp, pushChanged, pushDeleted, type Pending, type PresentChange } from "./pending.ts";
import type { Decision, WriteRequest } from "./write-request.ts";
import { isWantedVersion, lookUpParent, permissionErr } from "./written-node.ts";

/** The path of a delete is not judged, only looked for; permission is the parent's to give. */
export function decideDelete(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: DeleteOp,
): Decision {
  if (request.sessionErr !== ErrorCode.ok) return request.sessionErr;
  if (!isDeletable(op.path)) return ErrorCode.badArguments;
  const parent = lookUpParent(database, pending, op.path);
  if (parent === null) return ErrorCode.noNode;
  const authErr = permissionErr(parent, Permission.delete, request);
  if (authErr !== ErrorCode.ok) return authErr;
  const change = lookUp(database, pending, op.path);
  if (change === null) return ErrorCode.noNode;
  if (!isWantedVersion(op.version, change.node.version)) return ErrorCode.badVersion;
  if (change.childCount > 0) return ErrorCode.notEmpty;
  return pushDelete(database, pending, request, parent, change);
}

/**
 * The leader's own: nobody's session, nobody's permission. An empty znode goes even if it is no container
 * any more; it lost a race, and the real server says the same.
 */
export function decideDeleteContainer(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  path: string,
): Decision {
  if (!isDeletable(path)) return ErrorCode.badArguments;
  const parent = lookUpParent(database, pending, path);
  const change = lookUp(database, pending, path);
  if (parent === null || change === null) return ErrorCode.noNode;
  if (change.childCount > 0) return ErrorCode.notEmpty;
  if (ownerKind(change.node.ephemeralOwner) === "ephemeral") return ErrorCode.badVersion;
  return pushDelete(database, pending, request, parent, change);
}

function isDeletable(path: string): boolean {
  return hasParentPart(path) && !RESERVED_PATHS.has(path);
}

function pushDelete(
  database: Database,
  pending: Pending,
  { zxid }: WriteRequest,
  parent: PresentChange,
  change: PresentChange,
): Decision {
  const parentNode = withDelete(parent.node, zxid);
  pushChanged(database, pending, zxid, parent, parentNode, parent.childCount - 1);
  pushDeleted(database, pending, zxid, change);
  return { kind: "delete", path: change.key };
}
