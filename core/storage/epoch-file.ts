import { decodeUtf8, encodeUtf8 } from "../wire/utf8.ts";

export type EpochRead =
  | { readonly kind: "epoch"; readonly epoch: number }
  | { readonly kind: "refused"; readonly message: string };

const LONG = /^[+-]?[0-9]+$/;
const LONG_LIMIT = 1n << 63n;

/** The content of currentEpoch and acceptedEpoch: decimal digits, nothing after them. */
export function encodeEpoch(epoch: number): Uint8Array {
  return encodeUtf8(String(epoch));
}

/**
 * Reads an epoch file: its first line, which must be a whole number and nothing else.
 *
 * @param name as it shall appear in the message
 * @see ZooKeeper, server/quorum/QuorumPeer.java (readLongFromFile)
 */
export function decodeEpoch(bytes: Uint8Array, name: string): EpochRead {
  const text = decodeUtf8(bytes, 0, bytes.length);
  const line = text === "" ? null : (text.split(/\r\n|\r|\n/, 1)[0] ?? "");
  if (line === null || !LONG.test(line) || !isLong(BigInt(line.replace("+", "")))) {
    return { kind: "refused", message: `Found ${line} in ${name}` };
  }
  return { kind: "epoch", epoch: Number(line) };
}

function isLong(value: bigint): boolean {
  return value >= -LONG_LIMIT && value < LONG_LIMIT;
}
