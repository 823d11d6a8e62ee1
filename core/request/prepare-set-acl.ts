import { Permission } from "../tree/acl.ts";
import { withAcl } from "../tree/change.ts";
import type { Database } from "../tree/database.ts";
import { isValidPath, keyOf } from "../tree/path.ts";
import { fixUpAcl } from "./acl-fixup.ts";
import { ErrorCode } from "./error-code.ts";
import type { SetAclOp } from "./operation.ts";
import { lookUp, pushChanged, type Pending } from "./pending.ts";
import type { Decision, WriteRequest } from "./write-request.ts";
import { isWantedVersion, permissionErr } from "./written-node.ts";

/** The new list rules once it is applied; until then requests are judged by the old one. */
export function decideSetAcl(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: SetAclOp,
): Decision {
  if (request.sessionErr !== ErrorCode.ok) return request.sessionErr;
  if (!isValidPath(op.path)) return ErrorCode.badArguments;
  const acl = fixUpAcl(op.acl, request.identities, request.options);
  if (typeof acl === "number") return acl;
  const change = lookUp(database, pending, keyOf(op.path));
  if (change === null) return ErrorCode.noNode;
  const authErr = permissionErr(change, Permission.admin, request);
  if (authErr !== ErrorCode.ok) return authErr;
  if (!isWantedVersion(op.version, change.node.aversion)) return ErrorCode.badVersion;

  const version = (change.node.aversion + 1) | 0;
  const node = withAcl(change.node, change.node.aclId, version);
  pushChanged(database, pending, request.zxid, change, node, change.childCount);
  return { kind: "setAcl", path: op.path, acl, version };
}
