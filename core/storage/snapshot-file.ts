import { concatBytes } from "../bytes.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Acl } from "../tree/acl.ts";
import type { Database } from "../tree/database.ts";
import type { NodeRecord } from "../tree/node-record.ts";
import { treeDigest } from "../tree/tree.ts";
import { JuteError, JuteReader, JuteWriter } from "../wire/jute.ts";
import type { SessionTouch } from "../zab/packet.ts";
import { toZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { ADLER_START, adler32 } from "./checksum.ts";
import { createIncoming, endLoad, loadAcls, loadNode, loadSessions } from "./snapshot-load.ts";
import {
  aclsOfNodes,
  beginWalk,
  isWalkDone,
  newAcls,
  sessionsOf,
  walkNodes,
  type AclEntry,
  type SnapshotWalk,
} from "./snapshot-walk.ts";
import { DIGEST_VERSION, readAcl, writeAcl } from "./txn-body.ts";

const SNAPSHOT_MAGIC = 0x5a4b534e;
const SNAPSHOT_VERSION = 2;
/** Below this a file cannot be a snapshot; the real server does not even open it. */
export const SNAPSHOT_MIN_BYTES = 10;
/** Each seal, and so the file, ends with the string "/". */
const TAIL: readonly number[] = [0, 0, 0, 1, 0x2f];
/** Sections after the first seal carry no tag; with their own seals they are this long. */
const DIGEST_SECTION_BYTES = 33;
const ZXID_SECTION_BYTES = 21;

/** The digest of the whole tree when the writing ended, and the transaction it was then at. */
export type SnapshotDigest = {
  readonly zxid: Zxid;
  readonly version: number;
  readonly digest: bigint;
};

export type LoadedSnapshot = {
  readonly database: Database;
  /** Null without such a section, or with one that says that there is none. */
  readonly digest: SnapshotDigest | null;
  /** Written since 3.9; the name of the file still decides. */
  readonly lastProcessedZxid: Zxid | null;
};

/** A snapshot being written: plain data, moved on by {@link continueSnapshot}. */
export type SnapshotWriter = {
  readonly walk: SnapshotWalk;
  readonly sessions: readonly SessionTouch[];
  readonly acls: AclEntry[];
  /** Encoded znodes, a chunk for each step; never changed once made. */
  readonly chunks: Uint8Array[];
};

/** Labels a snapshot with the last transaction applied and copies sessions and ACLs. The label is `walk.zxid`. */
export function beginSnapshot(database: Database): SnapshotWriter {
  const walk = beginWalk(database);
  const acls = newAcls(walk, database.tree, database.tree.acls.lists.keys());
  return { walk, sessions: sessionsOf(database), acls, chunks: [] };
}

/** Copies up to `maxNodes` znodes more; true when all are copied. */
export function continueSnapshot(
  writer: SnapshotWriter,
  database: Database,
  maxNodes: number,
): boolean {
  const nodes = walkNodes(writer.walk, database.tree, maxNodes);
  const chunk = new JuteWriter(Math.max(64, nodes.length * 128));
  for (const node of nodes) writeNode(chunk, node);
  // The table is written last although it stands first, so that it has the lists of znodes made meanwhile.
  for (const entry of aclsOfNodes(writer.walk, database.tree, nodes)) writer.acls.push(entry);
  writer.chunks.push(chunk.toBytes());
  return isWalkDone(writer.walk);
}

/** The whole file, sealed with the digest that the tree has now. */
export function finishSnapshot(writer: SnapshotWriter, database: Database): Uint8Array {
  const parts = [encodeHead(writer), ...writer.chunks];
  const end = new JuteWriter(64);
  end.string("/");
  let adler = ADLER_START;
  for (const part of parts) adler = adler32(part, 0, part.length, adler);
  adler = seal(end, 0, adler);

  const digestAt = end.length;
  const hasHistory = database.lastZxid > ZERO_ZXID;
  end.long(hasHistory ? database.lastZxid : 0n);
  end.int(DIGEST_VERSION);
  end.long(hasHistory ? treeDigest(database.tree) : 0n);
  seal(end, digestAt, adler);
  return concatBytes([...parts, end.toBytes()]);
}

/** Does the file end as a finished snapshot does? One that does not is passed over without a word. */
export function isWholeSnapshot(bytes: Uint8Array): boolean {
  const tailAt = bytes.length - TAIL.length;
  return bytes.length >= SNAPSHOT_MIN_BYTES && TAIL.every((byte, i) => bytes[tailAt + i] === byte);
}

/**
 * Reads a snapshot.
 *
 * @param zxid from the name of the file; it becomes the last zxid of the database
 * @throws JuteError when it is broken; an older one shall be tried
 * @see ZooKeeper, server/persistence/FileSnap.java (deserialize), server/DataTree.java
 */
export function readSnapshot(bytes: Uint8Array, zxid: Zxid): LoadedSnapshot {
  const reader = new JuteReader(bytes);
  const magic = reader.int();
  if (magic !== SNAPSHOT_MAGIC) {
    throw new JuteError(`mismatching magic headers ${magic} !=  ${SNAPSHOT_MAGIC}`);
  }
  reader.int();
  reader.long();
  const database = createIncoming(zxid);
  loadSessions(database, readSessions(reader));
  loadAcls(database, readAcls(reader));
  for (let path = reader.text(); path !== "/"; path = reader.text()) {
    loadNode(database, readNode(reader, path));
  }
  endLoad(database);
  checkSeal(reader, bytes);

  const left = reader.remaining;
  const hasDigest = left >= DIGEST_SECTION_BYTES;
  const hasZxid = left === ZXID_SECTION_BYTES || left >= DIGEST_SECTION_BYTES + ZXID_SECTION_BYTES;
  if (left > 0 && !hasDigest && !hasZxid) throw new JuteError("EOFException");
  const digest = hasDigest ? readDigest(reader) : null;
  if (hasDigest) checkSeal(reader, bytes);
  const lastProcessedZxid = hasZxid ? toZxid(reader.long()) : null;
  if (hasZxid) checkSeal(reader, bytes);
  return { database, digest, lastProcessedZxid };
}

/** i64 Adler-32 of everything so far and the string "/". Returns the checksum with the seal itself. */
function seal(writer: JuteWriter, from: number, adlerBefore: number): number {
  const adler = adler32(writer.peek(), from, writer.length, adlerBefore);
  const sealAt = writer.length;
  writer.longNumber(adler);
  writer.string("/");
  return adler32(writer.peek(), sealAt, writer.length, adler);
}

/** A seal covers all bytes before it, earlier seals included. */
function checkSeal(reader: JuteReader, bytes: Uint8Array): void {
  const expected = adler32(bytes, 0, reader.position);
  if (reader.long() !== BigInt(expected)) throw new JuteError("CRC corruption");
  reader.string();
}

function encodeHead(snapshot: SnapshotWriter): Uint8Array {
  const writer = new JuteWriter();
  writer.int(SNAPSHOT_MAGIC);
  writer.int(SNAPSHOT_VERSION);
  writer.long(-1n);
  writer.int(snapshot.sessions.length);
  for (const { sessionId, timeoutMs } of snapshot.sessions) {
    writer.long(sessionId);
    writer.int(timeoutMs);
  }
  writer.int(snapshot.acls.length);
  for (const { id, acl } of snapshot.acls) {
    writer.longNumber(id);
    writeAcl(writer, acl);
  }
  return writer.toBytes();
}

function readSessions(reader: JuteReader): SessionTouch[] {
  const sessions: SessionTouch[] = [];
  for (let left = reader.int(); left > 0; left--) {
    sessions.push({ sessionId: reader.long() as SessionId, timeoutMs: reader.int() });
  }
  return sessions;
}

function readAcls(reader: JuteReader): { id: number; acl: readonly Acl[] }[] {
  const entries: { id: number; acl: readonly Acl[] }[] = [];
  for (let left = reader.int(); left > 0; left--) {
    entries.push({ id: reader.longNumber(), acl: readAcl(reader) });
  }
  return entries;
}

function writeNode(writer: JuteWriter, node: NodeRecord): void {
  writer.string(node.path);
  writer.buffer(node.data);
  writer.longNumber(node.aclId);
  writer.long(node.czxid);
  writer.long(node.mzxid);
  writer.longNumber(node.ctime);
  writer.longNumber(node.mtime);
  writer.int(node.version);
  writer.int(node.cversion);
  writer.int(node.aversion);
  writer.long(node.ephemeralOwner);
  writer.long(node.pzxid);
}

function readNode(reader: JuteReader, path: string): NodeRecord {
  return {
    path,
    data: reader.buffer(),
    aclId: reader.longNumber(),
    czxid: toZxid(reader.long()),
    mzxid: toZxid(reader.long()),
    ctime: reader.longNumber(),
    mtime: reader.longNumber(),
    version: reader.int(),
    cversion: reader.int(),
    aversion: reader.int(),
    ephemeralOwner: reader.long() as SessionId,
    pzxid: toZxid(reader.long()),
  };
}

/** A digest made by another rule, or one of a tree without history, cannot be compared. */
function readDigest(reader: JuteReader): SnapshotDigest | null {
  const zxid = toZxid(reader.long());
  const version = reader.int();
  const digest = reader.long();
  return zxid === ZERO_ZXID || version !== DIGEST_VERSION ? null : { zxid, version, digest };
}
