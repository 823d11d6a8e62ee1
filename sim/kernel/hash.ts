/**
 * A rolling 64-bit hash as two 32-bit lanes: equal runs give equal hashes, and a run that differs in one bit
 * gives another. Not against an adversary. The steps are those of MurmurHash3 (x86, one word to both
 * lanes, with different constants), and the end is its finalizer: public domain, Austin Appleby.
 */
export type RollingHash = Int32Array;

export function createHash(): RollingHash {
  return Int32Array.of(0x5a6f_6f74, 0x726f_7065); // "Zoot", "rope"
}

/** Mixes in 32 bits; higher ones are ignored. */
export function mix(hash: RollingHash, word32: number): void {
  let word = Math.imul(word32, 0xcc9e_2d51);
  word = (word << 15) | (word >>> 17);
  let lo = hash[0]! ^ Math.imul(word, 0x1b87_3593);
  lo = (lo << 13) | (lo >>> 19);
  lo = (Math.imul(lo, 5) + 0xe654_6b64) | 0;
  let hi = hash[1]! ^ Math.imul(word, 0x239b_961b);
  hi = (hi << 17) | (hi >>> 15);
  hash[0] = lo;
  hash[1] = (Math.imul(hi, 5) + lo) | 0;
}

/** Mixes in a whole number, −2^53 … 2^53. */
export function mixNumber(hash: RollingHash, value: number): void {
  if (value === (value | 0)) {
    mix(hash, value);
    mix(hash, value >> 31);
  } else {
    mix(hash, (value % 0x1_0000_0000) | 0);
    mix(hash, Math.floor(value / 0x1_0000_0000));
  }
}

/** Mixes in 64 bits of a zxid or a session id; higher ones are ignored. */
export function mixBigint(hash: RollingHash, value: bigint): void {
  mix(hash, Number(BigInt.asIntN(32, value)));
  mix(hash, Number(BigInt.asIntN(32, value >> 32n)));
}

/** Mixes in the length and the UTF-16 code units, two to a word. */
export function mixText(hash: RollingHash, text: string): void {
  const { length } = text;
  mix(hash, length);
  let index = 1;
  for (; index < length; index += 2)
    mix(hash, (text.charCodeAt(index - 1) << 16) | text.charCodeAt(index));
  if (index === length) mix(hash, text.charCodeAt(index - 1));
}

/** Mixes in the length and the bytes, four to a word. */
export function mixBytes(hash: RollingHash, bytes: Uint8Array): void {
  const { length } = bytes;
  mix(hash, length);
  let index = 3;
  for (; index < length; index += 4) {
    mix(
      hash,
      bytes[index]! |
        (bytes[index - 1]! << 8) |
        (bytes[index - 2]! << 16) |
        (bytes[index - 3]! << 24),
    );
  }
  let rest = 0;
  for (index -= 3; index < length; index++) rest = (rest << 8) | bytes[index]!;
  if ((length & 3) !== 0) mix(hash, rest);
}

/** 16 hexadecimal digits for what was mixed in so far. The hash itself goes on unchanged. */
export function printHash(hash: RollingHash): string {
  const lo = finalize(hash[0]! ^ finalize(hash[1]!));
  const hi = finalize(hash[1]! + lo);
  return hexOf(hi) + hexOf(lo);
}

function finalize(lane: number): number {
  let word = lane ^ (lane >>> 16);
  word = Math.imul(word, 0x85eb_ca6b);
  word ^= word >>> 13;
  word = Math.imul(word, 0xc2b2_ae35);
  return word ^ (word >>> 16);
}

function hexOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
