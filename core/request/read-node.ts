import type { ServerOptions } from "../options.ts";
import { findAcl } from "../tree/acl-table.ts";
import { Permission, type Acl, type Identity } from "../tree/acl.ts";
import { descendantCount } from "../tree/descendants.ts";
import { childNames, nodeAt, statOfNode, type Tree, type Znode } from "../tree/tree.ts";
import { ErrorCode } from "./error-code.ts";
import type { Result } from "./operation.ts";
import { isPermitted } from "./permission.ts";

/** Who reads what. */
export type Reader = {
  readonly tree: Tree;
  readonly options: ServerOptions;
  readonly identities: readonly Identity[];
};

/**
 * The reads that need a permission. Each is the result or an error code, and a path that no znode can have is
 * just missing: reads judge no syntax.
 *
 * @see spec client-protocol 3.5, 4.2; ZooKeeper, server/FinalRequestProcessor.java
 */

export function readData(reader: Reader, path: string): Result | number {
  const znode = findAllowed(reader, path, Permission.read);
  if (typeof znode === "number") return znode;
  return { kind: "data", data: znode.record.data, stat: statOfNode(znode) };
}

/** @param withStat the parent's Stat, too, as getChildren2 */
export function readChildren(reader: Reader, path: string, withStat: boolean): Result | number {
  const znode = findAllowed(reader, path, Permission.read);
  if (typeof znode === "number") return znode;
  const stat = withStat ? statOfNode(znode) : null;
  return { kind: "children", children: childNames(znode), stat };
}

export function readDescendantCount(reader: Reader, path: string): Result | number {
  const znode = findAllowed(reader, path, Permission.read);
  if (typeof znode === "number") return znode;
  return { kind: "count", count: descendantCount(reader.tree, path) };
}

/** Whoever may not change the list sees users, but not what proves them. */
export function readAcl({ tree, options, identities }: Reader, path: string): Result | number {
  const znode = nodeAt(tree, path);
  if (znode === undefined) return ErrorCode.noNode;
  const acl = findAcl(tree.acls, znode.record.aclId);
  if (acl === null) return ErrorCode.marshallingError;
  const stat = statOfNode(znode);
  if (isPermitted(options, acl, Permission.admin, identities)) return { kind: "acl", acl, stat };
  if (!isPermitted(options, acl, Permission.read, identities)) return ErrorCode.noAuth;
  return { kind: "acl", acl: acl.map(withoutSecret), stat };
}

/** The znode at `path`, or why it may not be looked at. A list that no snapshot brought is nobody's fault here. */
function findAllowed(reader: Reader, path: string, perms: number): Znode | number {
  const { tree, options, identities } = reader;
  const znode = nodeAt(tree, path);
  if (znode === undefined) return ErrorCode.noNode;
  const acl = findAcl(tree.acls, znode.record.aclId);
  if (acl === null) return ErrorCode.marshallingError;
  return isPermitted(options, acl, perms, identities) ? znode : ErrorCode.noAuth;
}

/** `user:x` for a digest, whatever stands behind its first colon. */
function withoutSecret(entry: Acl): Acl {
  const { perms, scheme, id } = entry;
  const colon = id.indexOf(":");
  if (scheme !== "digest" || colon < 0) return entry;
  return { perms, scheme, id: `${id.slice(0, colon)}:x` };
}
