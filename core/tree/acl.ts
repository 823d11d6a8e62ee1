/** Permission bits of an ACL entry: READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16. */
const READ = 1;
export const ALL_PERMISSIONS = 31;

/** One entry of an access control list. */
export type Acl = { readonly perms: number; readonly scheme: string; readonly id: string };

/** Who a connection is: `ip` and an address from the start, and whatever it has proved since. */
export type Identity = { readonly scheme: string; readonly id: string };

/** `world:anyone`, everything allowed. */
export const OPEN_ACL: readonly Acl[] = Object.freeze([
  Object.freeze({ perms: ALL_PERMISSIONS, scheme: "world", id: "anyone" }),
]);
/** `world:anyone` may read; the ACL of `/zookeeper/config`. */
export const READ_ACL: readonly Acl[] = Object.freeze([
  Object.freeze({ perms: READ, scheme: "world", id: "anyone" }),
]);
