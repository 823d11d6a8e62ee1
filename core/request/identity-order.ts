import type { Identity } from "../tree/acl.ts";
import { bucketOf, DEFAULT_TABLE_SIZE, stringHash } from "../tree/hash-order.ts";

/**
 * The identities of a client in the order in which a real server, which keeps them in a concurrent hash set,
 * goes through them. `whoAmI` and the entries that `auth` becomes show it.
 */
export function identityOrder(identities: readonly Identity[]): readonly Identity[] {
  if (identities.length < 2) return identities;
  // This set doubles when it is three quarters full, not beyond.
  let tableSize = DEFAULT_TABLE_SIZE;
  while (identities.length >= tableSize * 0.75) tableSize *= 2;
  const bucket = (identity: Identity): number => bucketOf(identityHash(identity), tableSize);
  return identities.toSorted((a, b) => bucket(a) - bucket(b));
}

/** As jute generates it for a record of two strings. */
function identityHash({ scheme, id }: Identity): number {
  const first = (Math.imul(17, 37) + stringHash(scheme)) | 0;
  return (Math.imul(first, 37) + stringHash(id)) | 0;
}
