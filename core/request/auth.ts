import { sha1 } from "@noble/hashes/legacy.js";
import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import type { Identity } from "../tree/acl.ts";
import { base64 } from "../wire/base64.ts";
import { decodeUtf8 } from "../wire/utf8.ts";
import { ZERO_ZXID } from "../zxid.ts";
import type { ClientConn } from "./clients-state.ts";
import { ErrorCode } from "./error-code.ts";
import type { Operation, Result } from "./operation.ts";
import { closeClient, sendReplyAt } from "./reply.ts";

/**
 * Who a connection is. Its address it has from the start, its certificate's name where there is one; the rest it
 * proves by `auth` and `sasl`. Answers are given when the request is read, with zxid 0: they may overtake others.
 * @see spec client-protocol 8.3 to 8.6; ZooKeeper, server/auth
 */
export function firstIdentities(
  server: Server,
  address: string,
  proven: readonly Identity[],
): readonly Identity[] {
  const identities: Identity[] = [{ scheme: "ip", id: address }];
  for (const { scheme, id } of proven) {
    if (scheme === "x509" && id === server.config.options.x509SuperUser) {
      identities.push({ scheme: "super", id });
    }
    identities.push({ scheme, id });
  }
  return identities;
}

/** An auth packet: what it proves is added, or the connection ends. */
export function authReceived(
  server: Server,
  client: ClientConn,
  xid: number,
  { scheme, auth }: Extract<Operation, { kind: "auth" }>,
  out: ServerEffect[],
): void {
  const proven = identitiesOf(server, client, scheme, auth);
  if (proven === null) {
    out.push({ kind: "warned", text: `Authentication failed for scheme: ${scheme}` });
    refuseClient(server, client, xid, ErrorCode.authFailed, null, out);
    return;
  }
  for (const identity of proven) addIdentity(client, identity);
  sendReplyAt(server, client.conn, xid, ZERO_ZXID, ErrorCode.ok, null, out);
}

/** The list is a new one, so that requests on their way keep those they were sent with. */
export function addIdentity(client: ClientConn, { scheme, id }: Identity): void {
  if (client.identities.some((known) => known.scheme === scheme && known.id === id)) return;
  client.identities = [...client.identities, { scheme, id }];
}

/** Has the connection proved one of the schemes that this server asks for? */
export function isAuthenticated(server: Server, client: ClientConn): boolean {
  const { requiredSchemes } = server.config.options;
  if (requiredSchemes.length === 0) return true;
  return client.identities.some(({ scheme }) => requiredSchemes.includes(scheme));
}

/** Answers with an error, and hangs up. */
export function refuseClient(
  server: Server,
  client: ClientConn,
  xid: number,
  err: number,
  result: Result | null,
  out: ServerEffect[],
): void {
  sendReplyAt(server, client.conn, xid, ZERO_ZXID, err, result, out);
  closeClient(server, client.conn, out);
}

/** `user:` and the digest of `user:password`. The whole of what was sent is hashed, with or without a colon. */
export function digestId(credentials: Uint8Array): string {
  const text = decodeUtf8(credentials, 0, credentials.length);
  const colon = text.indexOf(":");
  const user = colon < 0 ? text : text.slice(0, colon);
  return `${user}:${base64(sha1(credentials))}`;
}

/** What an auth packet proves; null when nothing. `world`, `super` and `sasl` cannot be had in this way. */
function identitiesOf(
  server: Server,
  client: ClientConn,
  scheme: string | null,
  auth: Uint8Array | null,
): readonly Identity[] | null {
  switch (scheme) {
    case "ip":
      return [{ scheme: "ip", id: client.address }];
    case "digest": {
      if (auth === null) return null;
      const id = digestId(auth);
      const digest = { scheme: "digest", id };
      if (id !== server.config.options.superDigest) return [digest];
      return [{ scheme: "super", id: "" }, digest];
    }
    case "x509": {
      const names = client.identities.filter((identity) => identity.scheme === "x509");
      return names.length === 0 ? null : names;
    }
    default:
      return null;
  }
}
