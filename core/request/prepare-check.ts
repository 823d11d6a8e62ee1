import { Permission } from "../tree/acl.ts";
import type { Database } from "../tree/database.ts";
import { isValidPath, keyOf } from "../tree/path.ts";
import { ErrorCode } from "./error-code.ts";
import type { CheckOp } from "./operation.ts";
import { lookUp, type Pending } from "./pending.ts";
import type { Decision, WriteRequest } from "./write-request.ts";
import { isWantedVersion, permissionErr } from "./written-node.ts";

/** A condition within a multi. It changes nothing; applying it does not look again. */
export function decideCheck(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: CheckOp,
): Decision {
  if (request.sessionErr !== ErrorCode.ok) return request.sessionErr;
  if (!isValidPath(op.path)) return ErrorCode.badArguments;
  const change = lookUp(database, pending, keyOf(op.path));
  if (change === null) return ErrorCode.noNode;
  const authErr = permissionErr(change, Permission.read, request);
  if (authErr !== ErrorCode.ok) return authErr;
  const { version } = change.node;
  if (!isWantedVersion(op.version, version)) return ErrorCode.badVersion;
  return { kind: "check", path: op.path, version: (version + 1) | 0 };
}
