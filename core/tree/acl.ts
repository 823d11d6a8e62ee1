/** Permission bits of an ACL entry. Those of CREATE and DELETE are asked of the parent. */
export const Permission = { read: 1, write: 2, create: 4, delete: 8, admin: 16 } as const;
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
  Object.freeze({ perms: Permission.read, scheme: "world", id: "anyone" }),
]);
