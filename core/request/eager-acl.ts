import type { Server } from "../server-state.ts";
import type { Identity } from "../tree/acl.ts";
import { findAcl } from "../tree/acl-table.ts";
import { Permission } from "../tree/acl.ts";
import { keyOf, parentKeyOf } from "../tree/path.ts";
import type { Operation } from "./operation.ts";
import { isPermitted } from "./permission.ts";

/**
 * May the write be forwarded, as far as this server's own tree can tell? Only asked with `enableEagerACLCheck`,
 * and only in an ensemble: a refusal spares the leader a transaction. What is not there yet the leader judges.
 *
 * @see spec client-protocol 8.7; ZooKeeper, server/ZooKeeperServer.java (authWriteRequest)
 */
export function isForwarded(
  server: Server,
  identities: readonly Identity[],
  op: Operation,
): boolean {
  if (server.config.standalone || (server.leader === null && server.learner === null)) return true;
  switch (op.kind) {
    case "create":
      // Containers and TTL znodes were forgotten here.
      if (op.type > 15) return true;
      return mayBe(server, parentKeyOf(op.path), Permission.create, identities);
    case "delete":
      return mayBe(server, parentKeyOf(op.path), Permission.delete, identities);
    case "setData":
      return mayBe(server, keyOf(op.path), Permission.write, identities);
    case "setAcl":
      return mayBe(server, keyOf(op.path), Permission.admin, identities);
    default:
      return true;
  }
}

function mayBe(
  { database, config }: Server,
  key: string | null,
  wanted: number,
  identities: readonly Identity[],
): boolean {
  const tree = database?.tree;
  const znode = key === null ? undefined : tree?.nodes.get(key);
  if (tree === undefined || znode === undefined) return true;
  const acl = findAcl(tree.acls, znode.record.aclId);
  return acl === null || isPermitted(config.options, acl, wanted, identities);
}
