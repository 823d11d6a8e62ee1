import type { Database } from "../tree/database.ts";
import { parentKeyOf } from "../tree/path.ts";
import { ErrorCode } from "./error-code.ts";
import { lookUp, type ChangeRecord, type Pending, type PresentChange } from "./pending.ts";
import { isPermitted } from "./permission.ts";
import type { WriteRequest } from "./write-request.ts";

/** What each kind of write asks of the znode it is about, or of that one's parent. */

export function lookUpParent(
  database: Database,
  pending: Pending,
  path: string,
): PresentChange | null {
  const parentKey = parentKeyOf(path);
  return parentKey === null ? null : lookUp(database, pending, parentKey);
}

/** 0, or why the client may not do `wanted` there. */
export function permissionErr(
  { acl }: ChangeRecord,
  wanted: number,
  request: WriteRequest,
): number {
  if (acl === null) return ErrorCode.marshallingError;
  const permitted = isPermitted(request.options, acl, wanted, request.identities);
  return permitted ? ErrorCode.ok : ErrorCode.noAuth;
}

/** −1 is any version; −2 is not. */
export function isWantedVersion(wanted: number, version: number): boolean {
  return wanted === -1 || wanted === version;
}
