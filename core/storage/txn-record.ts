import type { SessionId } from "../session/session-id.ts";
import type { Txn, TxnBody, TxnHeader } from "../txn.ts";
import { JuteReader, JuteWriter } from "../wire/jute.ts";
import { toZxid } from "../zxid.ts";
import { adler32 } from "./checksum.ts";
import { DIGEST_BYTES, DIGEST_VERSION, readBody, writeBody } from "./txn-body.ts";

/** i64 checksum and i32 length before an entry, and one byte after it. */
export const FRAME_HEAD_BYTES = 12;
export const END_OF_RECORD = 0x42;

/** One for all: encoding never nests and never waits. */
const scratch = new JuteWriter(1024);

/**
 * Makes the transaction and its log record: i64 Adler-32 of the entry, i32 length, entry, 0x42.
 *
 * @param digest of the whole tree after the transaction, or null for a record without one
 */
export function encodeTxn(header: TxnHeader, body: TxnBody, digest: bigint | null): Txn {
  const writer = scratch;
  writer.reset();
  writer.long(0n);
  writer.int(0);
  writer.long(header.clientId);
  writer.int(header.cxid);
  writer.long(header.zxid);
  writer.longNumber(header.timeMs);
  writer.int(header.type);
  writeBody(writer, body);
  if (digest !== null) {
    writer.int(DIGEST_VERSION);
    writer.long(digest);
  }
  const end = writer.length;
  writer.patchLong(0, adler32(writer.peek(), FRAME_HEAD_BYTES, end));
  writer.patchInt(8, end - FRAME_HEAD_BYTES);
  writer.byte(END_OF_RECORD);
  return makeTxn(header, body, digest, writer.toBytes());
}

/**
 * Reads an entry as a proposal carries it, and frames the very bytes as its log record:
 * what was received is what is logged, even where it would be encoded differently here.
 *
 * @throws JuteError when it does not decode
 */
export function decodeTxnEntry(entry: Uint8Array): Txn {
  const record = new Uint8Array(FRAME_HEAD_BYTES + entry.length + 1);
  const view = new DataView(record.buffer);
  view.setUint32(4, adler32(entry));
  view.setInt32(8, entry.length);
  record.set(entry, FRAME_HEAD_BYTES);
  record[record.length - 1] = END_OF_RECORD;
  return decodeTxnRecord(record);
}

/** Reads a framed record whose checksum and end are already known to be right. It is kept, not copied. */
export function decodeTxnRecord(record: Uint8Array): Txn {
  const reader = new JuteReader(entryOf(record));
  const header: TxnHeader = {
    clientId: reader.long() as SessionId,
    cxid: reader.int(),
    zxid: toZxid(reader.long()),
    timeMs: reader.longNumber(),
    type: reader.int(),
  };
  const body = readBody(reader, header.type);
  return makeTxn(header, body, readDigest(reader), record);
}

/** The entry within a framed record, which is what travels in a proposal. A view, not a copy. */
export function entryOf(record: Uint8Array): Uint8Array {
  return record.subarray(FRAME_HEAD_BYTES, record.length - 1);
}

/** A digest is known only by there being bytes left for it; another version of it cannot be compared. */
function readDigest(reader: JuteReader): bigint | null {
  if (reader.remaining < DIGEST_BYTES) return null;
  const version = reader.int();
  const digest = reader.long();
  return version === DIGEST_VERSION ? digest : null;
}

function makeTxn(header: TxnHeader, body: TxnBody, digest: bigint | null, record: Uint8Array): Txn {
  return Object.freeze({
    clientId: header.clientId,
    cxid: header.cxid,
    zxid: header.zxid,
    timeMs: header.timeMs,
    type: header.type,
    body,
    digest,
    record,
  });
}
