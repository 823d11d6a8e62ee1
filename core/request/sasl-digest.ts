import { md5 } from "@noble/hashes/legacy.js";
import { concatBytes } from "../bytes.ts";
import { drawBelow, type Draws } from "../draw.ts";
import { decodeUtf8, encodeUtf8 } from "../wire/utf8.ts";

/**
 * The server's side of DIGEST-MD5, as a client of ZooKeeper meets it: one realm, no protection of what follows.
 * @see RFC 2831; spec client-protocol 8.5; ZooKeeper, util/SecurityUtils.java
 */
const REALM = "zk-sasl-md5";
const DIGEST_URI = "zookeeper/zk-sasl-md5";
const NONCE_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NONCE_LENGTH = 40;

/** How far one connection has got: challenged with a nonce, or done, well or badly. */
export type SaslExchange =
  { readonly kind: "challenged"; readonly nonce: string } | { readonly kind: "done" };

/** The user who has proved who they are, and what proves to them that this server knows the password too. */
export type Proof =
  | { readonly kind: "proved"; readonly user: string; readonly token: Uint8Array }
  | { readonly kind: "failed"; readonly reason: string };

export function drawNonce(draws: Draws): string {
  let nonce = "";
  for (let i = 0; i < NONCE_LENGTH; i++) nonce += NONCE_DIGITS.charAt(drawBelow(draws, 64));
  return nonce;
}

export function challengeOf(nonce: string): Uint8Array {
  return latin1(`realm="${REALM}",nonce="${nonce}",charset=utf-8,algorithm=md5-sess`);
}

/** Judges a client's answer to the challenge. */
export function checkResponse(
  users: ReadonlyMap<string, string>,
  nonce: string,
  token: Uint8Array,
): Proof {
  const said = parseDirectives(token);
  if (said === null) return failed("digest response format violation");
  const charset = said.get("charset");
  if (charset !== undefined && charset !== "utf-8") return failed("incompatible charset value");
  const username = said.get("username") ?? "";
  if (username === "") return failed("missing username");
  if (said.get("realm") !== REALM) return failed("mismatched realm");
  if (said.get("nonce") !== nonce) return failed("mismatched nonce");
  if ((said.get("cnonce") ?? "") === "") return failed("missing cnonce");
  if (!/^0{7}1$/.test(said.get("nc") ?? "")) return failed("nonce count mismatch");
  if ((said.get("qop") ?? "auth") !== "auth") return failed("unsupported quality of protection");
  if (said.get("digest-uri")?.toLowerCase() !== DIGEST_URI) return failed("mismatched URI");

  const user = charset === undefined ? username : fromUtf8(username);
  const password = users.get(user);
  if (password === undefined) {
    return failed(`cannot acquire password for ${user} in realm : ${REALM}`);
  }
  const expected = responseOf(said, user, password, "AUTHENTICATE");
  if (!sameText(expected, said.get("response") ?? "")) return failed("mismatched response");
  const token2 = latin1(`rspauth=${responseOf(said, user, password, "")}`);
  return { kind: "proved", user, token: token2 };
}

/**
 * The digest that proves the password; 32 lower-case hexadecimal digits (RFC 2831, 2.1.2.1).
 *
 * @param method `AUTHENTICATE` for what a client says, nothing for the server's answer
 */
function responseOf(
  said: ReadonlyMap<string, string>,
  user: string,
  password: string,
  method: "AUTHENTICATE" | "",
): string {
  const [nonce, cnonce, uri] = [said.get("nonce"), said.get("cnonce"), said.get("digest-uri")];
  const authzid = said.get("authzid");
  const secret = md5(
    concatBytes([passwordBytes(user), latin1(`:${REALM}:`), passwordBytes(password)]),
  );
  const rest = latin1(`:${nonce}:${cnonce}${authzid === undefined ? "" : `:${authzid}`}`);
  const session = hex(md5(concatBytes([secret, rest])));
  const request = hex(md5(latin1(`${method}:${uri}`)));
  const qop = said.get("qop") ?? "auth";
  return hex(md5(latin1(`${session}:${nonce}:${said.get("nc")}:${cnonce}:${qop}:${request}`)));
}

/**
 * `name=value` and `name="value"`, separated by commas. Bytes stay what they are: a character a byte.
 * Null when there is anything else in it, or a name twice.
 */
function parseDirectives(token: Uint8Array): Map<string, string> | null {
  let text = "";
  for (const byte of token) text += String.fromCharCode(byte);
  const directives = new Map<string, string>();
  const directive = /[\s,]*([^\s,="]+)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s,"]*))\s*(?:,|$)/y;
  while (directive.lastIndex < text.length) {
    const found = directive.exec(text);
    if (found === null) return null;
    const [, name = "", quoted, plain = ""] = found;
    if (directives.has(name)) return null;
    directives.set(name, quoted === undefined ? plain : quoted.replaceAll(/\\([^])/g, "$1"));
  }
  return directives;
}

/** Names and passwords enter the digest a byte a character where that is possible, else as UTF-8. */
function passwordBytes(text: string): Uint8Array {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return encodeUtf8(text);
  return latin1(text);
}

function fromUtf8(text: string): string {
  const bytes = latin1(text);
  return decodeUtf8(bytes, 0, bytes.length);
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Takes as long whether they differ early or late. */
function sameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

function failed(reason: string): Proof {
  return { kind: "failed", reason: `DIGEST-MD5: ${reason}` };
}
