import { CRC_START, crcByte, crcBytes, crcValue } from "../storage/checksum.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import type { NodeRecord } from "./node-record.ts";

/**
 * The digest of a whole tree: the sum of its znodes' 32-bit digests, here `high · 2^52 + low`
 * with 0 ≤ low < 2^52, so that a change costs no bigint and equal sums are equal records.
 */
export type DigestSum = { low: number; high: number };

const LOW_RANGE = 4_503_599_627_370_496;
const TWO_32 = 4_294_967_296;

/** Adds a node's digest, or with a minus takes it away. */
export function addToDigest(sum: DigestSum, delta: number): void {
  const low = sum.low + delta;
  if (low < 0) {
    sum.low = low + LOW_RANGE;
    sum.high--;
  } else if (low >= LOW_RANGE) {
    sum.low = low - LOW_RANGE;
    sum.high++;
  } else {
    sum.low = low;
  }
}

/** The sum modulo 2^64, signed, as records and snapshots carry it. */
export function digestValue(sum: DigestSum): bigint {
  if (sum.high === 0) return BigInt(sum.low);
  return BigInt.asIntN(64, (BigInt(sum.high) << 52n) + BigInt(sum.low));
}

/** The Stat part of what is hashed; filled anew each time. */
const stat = new Uint8Array(60);
const statView = new DataView(stat.buffer);

/**
 * CRC-32 of path, data and Stat as an unsigned number. Everything below /zookeeper counts 0,
 * because quota usage and configuration differ between servers; the root's path counts as empty.
 *
 * @see ZooKeeper, server/DigestCalculator.java
 */
export function nodeDigest(node: NodeRecord): number {
  const path = node.path;
  if (path.charCodeAt(1) === 0x7a && path.startsWith("/zookeeper/")) return 0;
  let crc = pathCrc(path);
  const data = node.data;
  if (data !== null) crc = crcBytes(crc, data, 0, data.length);
  statView.setBigInt64(0, node.czxid);
  statView.setBigInt64(8, node.mzxid);
  statView.setBigInt64(16, node.pzxid);
  statView.setInt32(24, Math.floor(node.ctime / TWO_32));
  statView.setUint32(28, node.ctime >>> 0);
  statView.setInt32(32, Math.floor(node.mtime / TWO_32));
  statView.setUint32(36, node.mtime >>> 0);
  statView.setInt32(40, node.version);
  statView.setInt32(44, node.cversion);
  statView.setInt32(48, node.aversion);
  statView.setBigInt64(52, node.ephemeralOwner);
  return crcValue(crcBytes(crc, stat, 0, 60));
}

function pathCrc(path: string): number {
  let crc = CRC_START;
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    if (unit >= 0x80) {
      const rest = encodeUtf8(path.slice(i));
      return crcBytes(crc, rest, 0, rest.length);
    }
    crc = crcByte(crc, unit);
  }
  return crc;
}
