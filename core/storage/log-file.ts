import type { Txn } from "../txn.ts";
import { copyRecord, FIELD_MAX_BYTES, JuteError, JuteWriter } from "../wire/jute.ts";
import { adler32 } from "./checksum.ts";
import { decodeTxnRecord, END_OF_RECORD, FRAME_HEAD_BYTES } from "./txn-record.ts";

export { logName, parseName } from "./file-name.ts";

const LOG_MAGIC = 0x5a4b4c47;
const LOG_VERSION = 2;
const LOG_HEADER_BYTES = 16;
/** A log file grows when less than this is left of it. */
const ROOM_BYTES = 4096;

/** What every log file begins with: "ZKLG", version 2, database id 0. */
export const LOG_HEADER: Uint8Array = makeLogHeader();

/**
 * Why reading stopped. All three are ordinary, and reading goes on with the next file:
 * the file ended, inside a record or not; zeros followed; a record did not end as records do.
 */
export type LogEnd = "eof" | "zeros" | "partial";

type LogScan =
  /** `endBytes` is where the last good record ends. */
  | { readonly kind: "read"; readonly endBytes: number; readonly end: LogEnd }
  /** A server does not start with this file. */
  | { readonly kind: "refused"; readonly message: string };

/** The same, with all transactions; those of a refused file are what came before the fault. */
export type LogRead = LogScan & { readonly txns: readonly Txn[] };

/**
 * Reads a log file at once: one may have more transactions than there is room for twice.
 *
 * @param name for messages
 */
export function readLog(bytes: Uint8Array, name: string): LogRead {
  const txns: Txn[] = [];
  const scan = scanLog(bytes, name, (txn) => {
    txns.push(txn);
  });
  return { ...scan, txns };
}

/**
 * Reads a log file, one transaction after the other. One that is all zeros had its length, and nothing else, on disk when the power failed: no sync
 * was ever answered for it. A real server does not start with such a file.
 *
 * @param name for messages
 * @see ZooKeeper, server/persistence/FileTxnLog.java (FileTxnIterator)
 */
export function scanLog(bytes: Uint8Array, name: string, take: (txn: Txn) => void): LogScan {
  if (bytes.length < LOG_HEADER_BYTES) return { kind: "refused", message: "EOFException" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getInt32(0);
  if (magic === 0 && isZeros(bytes)) {
    return { kind: "read", endBytes: LOG_HEADER_BYTES, end: "zeros" };
  }
  if (magic !== LOG_MAGIC) {
    const message = `Transaction log: ${name} has invalid magic number ${magic} != ${LOG_MAGIC}`;
    return { kind: "refused", message };
  }

  let at = LOG_HEADER_BYTES;
  for (;;) {
    const entryAt = at + FRAME_HEAD_BYTES;
    if (entryAt > bytes.length) return { kind: "read", endBytes: at, end: "eof" };
    const lengthBytes = view.getInt32(at + 8);
    if (lengthBytes === 0) return { kind: "read", endBytes: at, end: "zeros" };
    if (lengthBytes < 0 || lengthBytes > FIELD_MAX_BYTES) {
      return { kind: "refused", message: `Unreasonable length = ${lengthBytes}` };
    }
    const endAt = entryAt + lengthBytes;
    if (endAt >= bytes.length) return { kind: "read", endBytes: at, end: "eof" };
    if (bytes[endAt] !== END_OF_RECORD) return { kind: "read", endBytes: at, end: "partial" };
    const isIntact =
      view.getInt32(at) === 0 && view.getUint32(at + 4) === adler32(bytes, entryAt, endAt);
    if (!isIntact) return { kind: "refused", message: "CRC check failed" };
    const txn = decode(copyRecord(bytes, at, endAt + 1));
    if (typeof txn === "string") return { kind: "refused", message: txn };
    take(txn);
    at = endAt + 1;
  }
}

/** The transaction in a framed record, or what is wrong with it. */
function decode(record: Uint8Array): Txn | string {
  try {
    return decodeTxnRecord(record);
  } catch (error) {
    if (error instanceof JuteError) return error.message;
    throw error;
  }
}

/**
 * The length that a log file shall have before something is appended at `positionBytes`: it grows by whole
 * steps, ahead of need, so that an fsync need not write its length each time. 0 bytes of step switch it off.
 *
 * @see ZooKeeper, server/persistence/FilePadding.java
 */
export function paddedLength(
  positionBytes: number,
  fileBytes: number,
  preAllocBytes: number,
): number {
  if (preAllocBytes <= 0 || positionBytes + ROOM_BYTES < fileBytes) return fileBytes;
  if (positionBytes <= fileBytes) return fileBytes + preAllocBytes;
  const lengthBytes = positionBytes + preAllocBytes;
  return lengthBytes - (lengthBytes % preAllocBytes);
}

function isZeros(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function makeLogHeader(): Uint8Array {
  const writer = new JuteWriter(LOG_HEADER_BYTES);
  writer.int(LOG_MAGIC);
  writer.int(LOG_VERSION);
  writer.long(0n);
  return writer.toBytes();
}
