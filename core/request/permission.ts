import type { ServerOptions } from "../options.ts";
import type { Acl, Identity } from "../tree/acl.ts";
import { isInRange } from "./ip-range.ts";

/**
 * May somebody with these identities do what any of `perms` allows, where `acl` holds?
 * An empty list allows everything, and so does an identity of scheme `super`.
 *
 * @param perms bits of Permission; one in common with an entry is enough
 * @see ZooKeeper, server/ZooKeeperServer.java (checkACL)
 */
export function isPermitted(
  options: ServerOptions,
  acl: readonly Acl[],
  perms: number,
  identities: readonly Identity[],
): boolean {
  for (const entry of acl) {
    if ((entry.perms & perms) !== 0 && isMeant(options, entry, identities)) return true;
  }
  return acl.length === 0 || options.skipAcl || isSuper(identities);
}

/** Does an entry speak of one of these identities? */
function isMeant(options: ServerOptions, entry: Acl, identities: readonly Identity[]): boolean {
  const { scheme, id } = entry;
  if (scheme === "world" && id === "anyone") return true;
  for (const identity of identities) {
    if (identity.scheme === scheme && matches(options, scheme, identity.id, id)) return true;
  }
  return false;
}

/** @see ZooKeeper, server/auth (matches of each AuthenticationProvider) */
function matches(options: ServerOptions, scheme: string, is: string, wanted: string): boolean {
  switch (scheme) {
    case "digest":
      return is === wanted;
    case "ip":
      return isInRange(is, wanted);
    case "sasl":
      return is === wanted || is === "super";
    case "x509":
      return is === wanted || is === options.x509SuperUser;
    default:
      return false;
  }
}

function isSuper(identities: readonly Identity[]): boolean {
  for (const { scheme } of identities) if (scheme === "super") return true;
  return false;
}
