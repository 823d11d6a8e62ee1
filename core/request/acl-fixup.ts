import type { ServerOptions } from "../options.ts";
import type { Acl, Identity } from "../tree/acl.ts";
import { ErrorCode } from "./error-code.ts";
import { identityOrder } from "./identity-order.ts";
import { parseIpRange } from "./ip-range.ts";
import type { SentAcl } from "./operation.ts";

/** Schemes whose identities `auth` stands for: to have one, a client must have proved something. */
const PROVEN_SCHEMES: ReadonlySet<string> = new Set(["digest", "sasl", "x509"]);

/**
 * Turns the list a client sent into the one to store: entries that repeat go, and `auth` becomes
 * whoever the client has proved to be. Otherwise an error code.
 *
 * @see spec client-protocol 8.2; ZooKeeper, server/PrepRequestProcessor.java (fixupACL)
 */
export function fixUpAcl(
  sent: readonly SentAcl[] | null,
  identities: readonly Identity[],
  options: ServerOptions,
): readonly Acl[] | number {
  if (sent === null || sent.length === 0) return ErrorCode.invalidAcl;
  if (sent.length === 1 && isOpenToAll(sent[0] as SentAcl)) return sent as readonly Acl[];
  if (stumblesOver(sent)) return ErrorCode.marshallingError;
  const acl: Acl[] = [];
  for (let i = 0; i < sent.length; i++) {
    const entry = sent[i] as SentAcl;
    if (sent.findIndex((earlier) => isSame(earlier, entry)) < i) continue;
    const err =
      entry.scheme === "auth"
        ? addProven(acl, entry.perms, identities)
        : addEntry(acl, entry, options);
    if (err !== ErrorCode.ok) return err;
  }
  return acl;
}

/** Looking for repeats, the real server asks a missing scheme or id whether it is like an earlier one. */
function stumblesOver(sent: readonly SentAcl[]): boolean {
  return sent.some(({ perms, scheme, id }, index) => {
    if (scheme !== null && id !== null) return false;
    const isCompared = (earlier: SentAcl): boolean =>
      earlier.perms === perms && (scheme === null || earlier.scheme === scheme);
    return sent.slice(0, index).some(isCompared);
  });
}

/** What the client has proved, with the permissions of the `auth` entry. The entry's own id means nothing. */
function addProven(acl: Acl[], perms: number, identities: readonly Identity[]): number {
  let err: number = ErrorCode.invalidAcl;
  for (const { scheme, id } of identityOrder(identities)) {
    if (!PROVEN_SCHEMES.has(scheme)) continue;
    acl.push({ perms, scheme, id });
    err = ErrorCode.ok;
  }
  return err;
}

function addEntry(acl: Acl[], { perms, scheme, id }: SentAcl, options: ServerOptions): number {
  if (scheme === null) return ErrorCode.invalidAcl;
  // The real server stumbles over a missing id instead of refusing it, where it knows the scheme.
  if (id === null) {
    return isKnown(scheme, options) ? ErrorCode.marshallingError : ErrorCode.invalidAcl;
  }
  if (!isValidId(scheme, id, options)) return ErrorCode.invalidAcl;
  acl.push({ perms, scheme, id });
  return ErrorCode.ok;
}

function isKnown(scheme: string, options: ServerOptions): boolean {
  return (
    scheme === "world" ||
    scheme === "digest" ||
    scheme === "ip" ||
    (scheme === "sasl" && options.saslUsers !== null)
  );
}

function isValidId(scheme: string, id: string, options: ServerOptions): boolean {
  switch (scheme) {
    case "world":
      return id === "anyone";
    case "digest":
      return partCount(id) === 2;
    case "ip":
      return parseIpRange(id) !== null;
    case "sasl":
      return options.saslUsers !== null && isKerberosName(id);
    default:
      return false;
  }
}

/** Parts between colons, but for empty ones at the end: so counts Java's split. */
function partCount(id: string): number {
  const parts = id.split(":");
  while (parts.length > 0 && parts[parts.length - 1] === "") parts.pop();
  return parts.length;
}

/** `service`, `service@REALM` or `service/host@REALM`. */
function isKerberosName(id: string): boolean {
  return !id.includes("@") || /^[^/@]*(\/[^/@]*)?@[^/@]*$/.test(id);
}

function isOpenToAll({ scheme, id }: SentAcl): boolean {
  return scheme === "world" && id === "anyone";
}

function isSame(a: SentAcl, b: SentAcl): boolean {
  return a.perms === b.perms && a.scheme === b.scheme && a.id === b.id;
}
