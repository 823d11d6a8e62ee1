import { ALL_PERMISSIONS, OPEN_ACL, type Acl } from "./acl.ts";

/**
 * The access control lists in use, each once, under ids that only grow. A list goes when its last znode
 * goes; −1 stands for {@link OPEN_ACL} and needs no entry, but only built-in znodes use it.
 */
export type AclTable = {
  readonly lists: Map<number, readonly Acl[]>;
  readonly ids: Map<string, number>;
  readonly useCounts: Map<number, number>;
  lastId: number;
};

export const OPEN_ACL_ID = -1;

export function createAclTable(): AclTable {
  return { lists: new Map(), ids: new Map(), useCounts: new Map(), lastId: 0 };
}

export function cloneAclTable(table: AclTable): AclTable {
  return {
    lists: new Map(table.lists),
    ids: new Map(table.ids),
    useCounts: new Map(table.useCounts),
    lastId: table.lastId,
  };
}

/** The id of `acl`, which has one user more from here on. */
export function useAcl(table: AclTable, acl: readonly Acl[]): number {
  const key = keyOfAcl(acl);
  let id = table.ids.get(key);
  if (id === undefined) {
    id = ++table.lastId;
    loadAcl(table, id, acl);
  }
  keepAcl(table, id);
  return id;
}

/** One user more of a list that a znode names by its id. */
export function keepAcl(table: AclTable, id: number): void {
  if (id === OPEN_ACL_ID) return;
  table.useCounts.set(id, (table.useCounts.get(id) ?? 0) + 1);
}

/** One user less; the last one takes the list along. */
export function releaseAcl(table: AclTable, id: number): void {
  if (id === OPEN_ACL_ID) return;
  const count = (table.useCounts.get(id) ?? 1) - 1;
  if (count > 0) table.useCounts.set(id, count);
  else dropAcl(table, id);
}

/** Enters a list under the id that a snapshot gives it. Nobody uses it yet. */
export function loadAcl(table: AclTable, id: number, acl: readonly Acl[]): void {
  table.lists.set(id, acl);
  table.ids.set(keyOfAcl(acl), id);
  if (id > table.lastId) table.lastId = id;
}

/** Drops the lists that no znode uses, as after a load. */
export function purgeAcls(table: AclTable): void {
  for (const id of [...table.lists.keys()]) if (!table.useCounts.has(id)) dropAcl(table, id);
}

/**
 * The list with this id.
 *
 * @throws Error for an id that no list has: a snapshot may hold such a znode, and a real server serves it until this
 */
export function aclOfId(table: AclTable, id: number): readonly Acl[] {
  const acl = findAcl(table, id);
  if (acl === null) throw new Error(`Failed to fetch acls for ${id}`);
  return acl;
}

/** The list with this id, null for an id that no list has. */
export function findAcl(table: AclTable, id: number): readonly Acl[] | null {
  return id === OPEN_ACL_ID ? OPEN_ACL : (table.lists.get(id) ?? null);
}

function dropAcl(table: AclTable, id: number): void {
  const acl = table.lists.get(id);
  table.useCounts.delete(id);
  table.lists.delete(id);
  if (acl === undefined) return;
  const key = keyOfAcl(acl);
  if (table.ids.get(key) === id) table.ids.delete(key);
}

const OPEN_KEY = "31\0world\0anyone\0";

/** Two lists are the same when they have the same entries in the same order. */
function keyOfAcl(acl: readonly Acl[]): string {
  const first = acl[0];
  if (
    acl.length === 1 &&
    first?.perms === ALL_PERMISSIONS &&
    first.scheme === "world" &&
    first.id === "anyone"
  ) {
    return OPEN_KEY;
  }
  let key = "";
  for (const entry of acl) key += `${entry.perms}\0${entry.scheme}\0${entry.id}\0`;
  return key;
}
