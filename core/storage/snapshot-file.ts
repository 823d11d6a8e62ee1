import { concatBytes } from "../bytes.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Acl } from "../tree/acl.ts";
import type { Database } from "../tree/database.ts";
import { treeDigest } from "../tree/tree.ts";
import { JuteError, JuteReader, JuteWriter } from "../wire/jute.ts";
import type { SessionTouch } from "../zab/packet.ts";
import { toZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { ADLER_START, adler32 } from "./checksum.ts";
import { readNode, writeNode } from "./node-codec.ts";
import { createIncoming, endLoad, loadAcls, loadNode, loadSessions } from "./snapshot-load.ts";
import {
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
  /** Is there a section with the digest? */
  readonly digests: boolean;
  /** What is encoded and not yet taken, in order; never changed once made. */
  readonly chunks: Uint8Array[];
  /** Bytes of `chunks`. */
  chunkBytes: number;
  /** Adler-32 of everything encoded so far. */
  adler: number;
};

/** Labels a snapshot with the last transaction applied and copies sessions and ACLs. The label is `walk.zxid`. */
export function beginSnapshot(database: Database, digests: boolean = true): SnapshotWriter {
  const walk = beginWalk(database);
  const acls = newAcls(walk, database.tree, database.tree.acls.lists.keys());
  const writer: SnapshotWriter = { walk, digests, chunks: [], chunkBytes: 0, adler: ADLER_START };
  addChunk(writer, encodeHead(sessionsOf(database), acls));
  return writer;
}

/**
 * Copies up to `maxNodes` znodes more; true when all are copied.
 *
 * The table of ACLs is written already. A znode whose list is younger than that was made or changed by a transaction
 * that is replayed over the snapshot: one that was made since is left out, one that was changed gets the
 * list that needs no entry until then.
 */
export function continueSnapshot(
  writer: SnapshotWriter,
  database: Database,
  maxNodes: number,
): boolean {
  const { walk } = writer;
  const nodes = walkNodes(walk, database.tree, maxNodes);
  const chunk = new JuteWriter(Math.max(64, nodes.length * 128));
  for (const node of nodes) writeNode(chunk, node);
  addChunk(writer, chunk.toBytes());
  return isWalkDone(walk);
}

/** Adds what comes last: the digest that the tree has now, and the seals. */
export function sealSnapshot(writer: SnapshotWriter, database: Database): void {
  const end = new JuteWriter(64);
  end.string("/");
  let adler = seal(end, 0, writer.adler);
  if (writer.digests) {
    const digestAt = end.length;
    const hasHistory = database.lastZxid > ZERO_ZXID;
    end.long(hasHistory ? database.lastZxid : 0n);
    end.int(DIGEST_VERSION);
    end.long(hasHistory ? treeDigest(database.tree) : 0n);
    adler = seal(end, digestAt, adler);
  }
  addChunk(writer, end.toBytes());
}

/** Takes out what is encoded so far. */
export function takeChunks(writer: SnapshotWriter): Uint8Array {
  writer.chunkBytes = 0;
  return concatBytes(writer.chunks.splice(0));
}

/** Everything that was not taken yet, sealed: the whole file of a small tree. */
export function finishSnapshot(writer: SnapshotWriter, database: Database): Uint8Array {
  sealSnapshot(writer, database);
  return takeChunks(writer);
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
  let sealed = checkSeal(reader, bytes, SEALED_NOTHING);

  const left = reader.remaining;
  const hasDigest = left >= DIGEST_SECTION_BYTES;
  const hasZxid = left === ZXID_SECTION_BYTES || left >= DIGEST_SECTION_BYTES + ZXID_SECTION_BYTES;
  if (left > 0 && !hasDigest && !hasZxid) throw new JuteError("EOFException");
  const digest = hasDigest ? readDigest(reader) : null;
  if (hasDigest) sealed = checkSeal(reader, bytes, sealed);
  const lastProcessedZxid = hasZxid ? toZxid(reader.long()) : null;
  if (hasZxid) checkSeal(reader, bytes, sealed);
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

/** The Adler-32 of the bytes before a position. */
type Sealed = { readonly adler: number; readonly position: number };

const SEALED_NOTHING: Sealed = { adler: ADLER_START, position: 0 };

/** A seal covers all bytes before it, earlier seals included. Returns how far that was. */
function checkSeal(reader: JuteReader, bytes: Uint8Array, before: Sealed): Sealed {
  const { position } = reader;
  const adler = adler32(bytes, before.position, position, before.adler);
  if (reader.long() !== BigInt(adler)) throw new JuteError("CRC corruption");
  reader.string();
  return { adler, position };
}

function addChunk(writer: SnapshotWriter, chunk: Uint8Array): void {
  writer.chunks.push(chunk);
  writer.chunkBytes += chunk.length;
  writer.adler = adler32(chunk, 0, chunk.length, writer.adler);
}

function encodeHead(sessions: readonly SessionTouch[], acls: readonly AclEntry[]): Uint8Array {
  const writer = new JuteWriter();
  writer.int(SNAPSHOT_MAGIC);
  writer.int(SNAPSHOT_VERSION);
  writer.long(-1n);
  writer.int(sessions.length);
  for (const { sessionId, timeoutMs } of sessions) {
    writer.long(sessionId);
    writer.int(timeoutMs);
  }
  writer.int(acls.length);
  for (const { id, acl } of acls) {
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

/** A digest made by another rule, or one of a tree without history, cannot be compared. */
function readDigest(reader: JuteReader): SnapshotDigest | null {
  const zxid = toZxid(reader.long());
  const version = reader.int();
  const digest = reader.long();
  return zxid === ZERO_ZXID || version !== DIGEST_VERSION ? null : { zxid, version, digest };
}
