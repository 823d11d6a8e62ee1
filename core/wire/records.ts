import type { SentAcl } from "../request/operation.ts";
import type { SessionId } from "../session/session-id.ts";
import { OPEN_ACL, type Acl, type Identity } from "../tree/acl.ts";
import type { Stat } from "../tree/stat.ts";
import { toZxid } from "../zxid.ts";
import { JuteError, JuteWriter, type JuteReader } from "./jute.ts";

/** What nearly every create carries: one entry, `world:anyone`, everything allowed. */
const OPEN_ACL_BYTES: Uint8Array = bytesOfOpenAcl();

/** Reads an ACL as it was sent; null where the vector is. */
export function readSentAcl(reader: JuteReader): readonly SentAcl[] | null {
  if (reader.skipIf(OPEN_ACL_BYTES)) return OPEN_ACL;
  const count = reader.count();
  if (count < 0) return null;
  const acl: SentAcl[] = [];
  for (let left = count; left > 0; left--) {
    acl.push({ perms: reader.int(), scheme: reader.string(), id: reader.string() });
  }
  return acl;
}

export function writeSentAcl(writer: JuteWriter, acl: readonly SentAcl[] | null): void {
  if (acl === null) {
    writer.int(-1);
    return;
  }
  writer.int(acl.length);
  for (let i = 0; i < acl.length; i++) {
    const entry = acl[i] as SentAcl;
    writer.int(entry.perms);
    writer.string(entry.scheme);
    writer.string(entry.id);
  }
}

/** Reads an ACL that a server made: it has no nulls. */
export function readAcl(reader: JuteReader): readonly Acl[] {
  if (reader.skipIf(OPEN_ACL_BYTES)) return OPEN_ACL;
  const acl: Acl[] = [];
  for (let left = reader.count(); left > 0; left--) {
    acl.push({ perms: reader.int(), scheme: reader.text(), id: reader.text() });
  }
  return acl;
}

/** A vector of strings, none of them null. */
export function readStrings(reader: JuteReader): readonly string[] {
  const count = reader.count();
  if (count < 0) throw new JuteError("null vector");
  const strings: string[] = [];
  for (let left = count; left > 0; left--) strings.push(reader.text());
  return strings;
}

export function writeStrings(writer: JuteWriter, strings: readonly string[]): void {
  writer.int(strings.length);
  for (let i = 0; i < strings.length; i++) writer.string(strings[i] as string);
}

export function readIdentities(reader: JuteReader): readonly Identity[] {
  const identities: Identity[] = [];
  for (let left = reader.count(); left > 0; left--) {
    identities.push({ scheme: reader.text(), id: reader.text() });
  }
  return identities;
}

export function writeIdentities(writer: JuteWriter, identities: readonly Identity[]): void {
  writer.int(identities.length);
  for (const { scheme, id } of identities) {
    writer.string(scheme);
    writer.string(id);
  }
}

export function readStat(reader: JuteReader): Stat {
  return {
    czxid: toZxid(reader.long()),
    mzxid: toZxid(reader.long()),
    ctime: reader.longNumber(),
    mtime: reader.longNumber(),
    version: reader.int(),
    cversion: reader.int(),
    aversion: reader.int(),
    ephemeralOwner: reader.long() as SessionId,
    dataLength: reader.int(),
    numChildren: reader.int(),
    pzxid: toZxid(reader.long()),
  };
}

export function writeStat(writer: JuteWriter, stat: Stat): void {
  writer.long(stat.czxid);
  writer.long(stat.mzxid);
  writer.longNumber(stat.ctime);
  writer.longNumber(stat.mtime);
  writer.int(stat.version);
  writer.int(stat.cversion);
  writer.int(stat.aversion);
  writer.long(stat.ephemeralOwner);
  writer.int(stat.dataLength);
  writer.int(stat.numChildren);
  writer.long(stat.pzxid);
}

function bytesOfOpenAcl(): Uint8Array {
  const writer = new JuteWriter(32);
  writeSentAcl(writer, OPEN_ACL);
  return writer.toBytes();
}
