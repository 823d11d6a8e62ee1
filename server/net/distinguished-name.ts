import type { Identity } from "../../core/tree/acl.ts";

/**
 * Who a certificate says its owner is: the subject as RFC 2253 has it, the last part of the name first.
 *
 * @param der the certificate
 * @see ZooKeeper, server/auth/X509AuthenticationProvider.java; Java, X500Principal (getName)
 */
export function certificateIdentity(der: Uint8Array): Identity {
  return { scheme: "x509", id: subjectOf(der) };
}

/** @throws RangeError for what is no certificate */
export function subjectOf(der: Uint8Array): string {
  const certificate = itemAt(der, 0);
  const body = itemAt(der, certificate.start);
  // Version (which may be missing), serial number, algorithm, issuer, validity, subject.
  const parts = itemsIn(der, body);
  const subject = parts[parts[0]?.tag === VERSION ? 5 : 4];
  if (subject === undefined) throw new RangeError("a certificate of nobody");
  return itemsIn(der, subject)
    .map((part) =>
      itemsIn(der, part)
        .map((pair) => attributeText(der, pair))
        .join("+"),
    )
    .toReversed()
    .join(",");
}

type Item = {
  readonly tag: number;
  readonly at: number;
  readonly start: number;
  readonly end: number;
};

const VERSION = 0xa0;

/** The attributes that RFC 2253 has names for; all others are their number, and what they are in hexadecimal. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "CN"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["2.5.4.6", "C"],
  ["2.5.4.9", "STREET"],
  ["0.9.2342.19200300.100.1.25", "DC"],
  ["0.9.2342.19200300.100.1.1", "UID"],
]);

/** How the bytes of each kind of string are meant. */
const ENCODINGS: ReadonlyMap<number, string> = new Map([
  [12, "utf-8"],
  [19, "latin1"],
  [20, "latin1"],
  [22, "latin1"],
  [27, "latin1"],
  [30, "utf-16be"],
]);

function attributeText(der: Uint8Array, pair: Item): string {
  const [type, value] = itemsIn(der, pair);
  if (type === undefined || value === undefined) throw new RangeError("half an attribute");
  const oid = oidText(der.subarray(type.start, type.end));
  const name = NAMES.get(oid);
  const encoding = ENCODINGS.get(value.tag);
  if (name === undefined || encoding === undefined) {
    return `${name ?? oid}=#${Buffer.from(der.subarray(value.at, value.end)).toString("hex")}`;
  }
  return `${name}=${escaped(textOf(der.subarray(value.start, value.end), encoding))}`;
}

function textOf(bytes: Uint8Array, encoding: string): string {
  if (encoding !== "utf-16be") return new TextDecoder(encoding).decode(bytes);
  return Buffer.from(bytes).swap16().toString("utf16le");
}

/** As Java escapes: these anywhere, and spaces at both ends. */
function escaped(text: string): string {
  const marked = text
    .replaceAll(/[,=+<>#;"\\]/g, String.raw`\$&`)
    .replaceAll("\0", String.raw`\00`);
  return marked
    .replace(/^[ \r]+/, (spaces) => spaces.replaceAll(/./gs, String.raw`\$&`))
    .replace(/(?<=[^ \r\\])[ \r]+$/, (spaces) => spaces.replaceAll(/./gs, String.raw`\$&`));
}

function oidText(bytes: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = numbers;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - 40 * root, ...rest].join(".");
}

function itemsIn(der: Uint8Array, { start, end }: Item): Item[] {
  const items: Item[] = [];
  for (let at = start; at < end;) {
    const item = itemAt(der, at);
    items.push(item);
    at = item.end;
  }
  return items;
}

/** One tag, length and value of DER. */
function itemAt(der: Uint8Array, at: number): Item {
  const tag = der[at];
  let length = der[at + 1] ?? 0;
  let start = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    length = 0;
    for (const byte of der.subarray(start, start + count)) length = length * 256 + byte;
    start += count;
  }
  const end = start + length;
  if (tag === undefined || end > der.length) throw new RangeError("DER that ends too early");
  return { tag, at, start, end };
}
