import { Permission } from "../tree/acl.ts";
import { withData } from "../tree/change.ts";
import type { Database } from "../tree/database.ts";
import { isValidPath, keyOf } from "../tree/path.ts";
import { ErrorCode } from "./error-code.ts";
import type { SetDataOp } from "./operation.ts";
import { lookUp, pushChanged, type Pending } from "./pending.ts";
import { quotaErr } from "./quota-check.ts";
import type { Decision, WriteRequest } from "./write-request.ts";
import { isWantedVersion, permissionErr } from "./written-node.ts";

export function decideSetData(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: SetDataOp,
): Decision {
  if (request.sessionErr !== ErrorCode.ok) return request.sessionErr;
  if (!isValidPath(op.path)) return ErrorCode.badArguments;
  const change = lookUp(database, pending, keyOf(op.path));
  if (change === null) return ErrorCode.noNode;
  const authErr = permissionErr(change, Permission.write, request);
  if (authErr !== ErrorCode.ok) return authErr;
  if (request.options.enforceQuota) {
    const growthBytes = (op.data?.length ?? 0) - (change.node.data?.length ?? 0);
    const err = quotaErr(database.tree, op.path, growthBytes, 0);
    if (err !== ErrorCode.ok) return err;
  }
  if (!isWantedVersion(op.version, change.node.version)) return ErrorCode.badVersion;

  const { zxid, timeMs } = request;
  const version = (change.node.version + 1) | 0;
  const node = withData(change.node, op.data, version, zxid, timeMs);
  pushChanged(database, pending, zxid, change, node, change.childCount);
  return { kind: "setData", path: op.path, data: op.data, version };
}
