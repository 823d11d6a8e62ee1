import { withDelete } from "../tree/change.ts";
import type { Database } from "../tree/database.ts";
import { ephemeralsOf, lookUp, pushChanged, pushDeleted, type Pending } from "./pending.ts";
import type { Decision, WriteRequest } from "./write-request.ts";
import { lookUpParent } from "./written-node.ts";

/**
 * Not subject to the session checks. A parent's count of children is not lowered, so that its delete fails
 * with notEmpty until the close is applied: the real server does the same.
 */
export function decideCloseSession(
  database: Database,
  pending: Pending,
  { zxid, sessionId, options }: WriteRequest,
): Decision {
  const paths = ephemeralsOf(database, pending, sessionId);
  for (const path of paths) {
    const parent = lookUpParent(database, pending, path);
    if (parent !== null) {
      const node = withDelete(parent.node, zxid);
      pushChanged(database, pending, zxid, parent, node, parent.childCount);
    }
    const change = lookUp(database, pending, path);
    if (change !== null) pushDeleted(database, pending, zxid, change);
  }
  return { kind: "closeSession", paths: options.closeSessionPaths ? paths : null };
}
