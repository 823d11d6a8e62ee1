/**
 * Snappy, as the xerial library frames it and Apache ZooKeeper writes it: a header, then blocks of an i32 length and
 * that many compressed bytes, each of which holds up to 32 KiB.
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */

const MAGIC: readonly number[] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
const HEADER_BYTES = 16;
/** Uncompressed bytes of a block; copies within it reach back 16 bits at most. */
export const SNAPPY_BLOCK_BYTES: number = 32 * 1024;
const HASH_BITS = 13;
/** A header may claim more than it has; no block of ours or theirs is near this. */
const BLOCK_MAX_BYTES = 64 << 20;

export class SnappyError extends Error {}

/** What a file begins with: the magic, version 1, compatible with version 1. */
export function snappyHeader(): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  header[11] = 1;
  header[15] = 1;
  return header;
}

export function isSnappy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** One block with its length in front; `bytes` are at most {@link SNAPPY_BLOCK_BYTES}. */
export function snappyBlock(bytes: Uint8Array): Uint8Array {
  const compressed = compressBlock(bytes);
  const block = new Uint8Array(4 + compressed.length);
  new DataView(block.buffer).setInt32(0, compressed.length);
  block.set(compressed, 4);
  return block;
}

/**
 * What a framed stream holds.
 *
 * @throws SnappyError when it is broken
 */
export function snappyDecompress(bytes: Uint8Array): Uint8Array {
  if (!isSnappy(bytes) || bytes.length < HEADER_BYTES) throw new SnappyError("not a snappy stream");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: { readonly from: number; readonly end: number; readonly size: number }[] = [];
  let size = 0;
  for (let at = HEADER_BYTES; at < bytes.length;) {
    if (at + 4 > bytes.length) throw new SnappyError("cut short");
    const length = view.getInt32(at);
    const end = at + 4 + length;
    if (length <= 0 || end > bytes.length) throw new SnappyError("cut short");
    const head = readSize(bytes, at + 4, end);
    blocks.push({ from: head.at, end, size: head.size });
    size += head.size;
    at = end;
  }
  const out = new Uint8Array(size);
  let to = 0;
  for (const block of blocks) {
    expand(bytes, block.from, block.end, out, to, to + block.size);
    to += block.size;
  }
  return out;
}

function readSize(bytes: Uint8Array, from: number, end: number): { at: number; size: number } {
  let size = 0;
  for (let at = from, scale = 1; at < end && at < from + 5; at++, scale *= 128) {
    const byte = bytes[at] as number;
    size += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (size > BLOCK_MAX_BYTES) break;
      return { at: at + 1, size };
    }
  }
  throw new SnappyError("a block has no proper size");
}

function expand(
  bytes: Uint8Array,
  from: number,
  end: number,
  out: Uint8Array,
  start: number,
  stop: number,
): void {
  let at = from;
  let to = start;
  while (at < end) {
    const tag = bytes[at++] as number;
    const kind = tag & 3;
    let length = (tag >>> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const width = length - 60;
        length = littleEndian(bytes, at, width, end) + 1;
        at += width;
      }
      if (at + length > end || to + length > stop) throw new SnappyError("a literal is too long");
      out.set(bytes.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    let offset: number;
    if (kind === 1) {
      length = ((tag >>> 2) & 7) + 4;
      offset = ((tag >>> 5) << 8) | littleEndian(bytes, at, 1, end);
      at++;
    } else {
      const width = kind === 2 ? 2 : 4;
      offset = littleEndian(bytes, at, width, end);
      at += width;
    }
    if (offset === 0 || offset > to - start) throw new SnappyError("a copy from before the block");
    if (to + length > stop) throw new SnappyError("a copy is too long");
    for (const last = to + length; to < last; to++) out[to] = out[to - offset] as number;
  }
  if (to !== stop) throw new SnappyError("a block is shorter than it says");
}

function littleEndian(bytes: Uint8Array, at: number, width: number, end: number): number {
  if (at + width > end) throw new SnappyError("cut short");
  let value = 0;
  for (let n = width - 1; n >= 0; n--) value = value * 256 + (bytes[at + n] as number);
  return value;
}

/** One for all blocks: where bytes with this hash were seen last, plus one. */
const seen = new Uint16Array(1 << HASH_BITS);

/** Greedy, as usual: the last place with the same four bytes is copied from. */
function compressBlock(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const out = new Uint8Array(32 + length + Math.ceil(length / 6));
  let to = 0;
  let size = length;
  for (; size >= 0x80; size >>>= 7) out[to++] = (size & 0x7f) | 0x80;
  out[to++] = size;

  seen.fill(0);
  let literalAt = 0;
  let at = 0;
  while (at + 4 <= length) {
    const word = wordAt(bytes, at);
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = (seen[hash] as number) - 1;
    seen[hash] = at + 1;
    if (candidate < 0 || wordAt(bytes, candidate) !== word) {
      at++;
      continue;
    }
    let end = at + 4;
    while (end < length && bytes[end] === bytes[candidate + end - at]) end++;
    to = writeLiteral(out, to, bytes, literalAt, at);
    to = writeCopy(out, to, at - candidate, end - at);
    at = end;
    literalAt = end;
  }
  to = writeLiteral(out, to, bytes, literalAt, length);
  return out.subarray(0, to);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function writeLiteral(
  out: Uint8Array,
  to: number,
  bytes: Uint8Array,
  from: number,
  end: number,
): number {
  const length = end - from;
  if (length === 0) return to;
  let at = to;
  const last = length - 1;
  if (last < 60) out[at++] = last << 2;
  else if (last < 256) {
    out[at++] = 60 << 2;
    out[at++] = last;
  } else {
    out[at++] = 61 << 2;
    out[at++] = last & 255;
    out[at++] = last >>> 8;
  }
  out.set(bytes.subarray(from, end), at);
  return at + length;
}

/** Copies of up to 64 bytes from up to 65,535 bytes back. */
function writeCopy(out: Uint8Array, to: number, offset: number, length: number): number {
  let at = to;
  for (let left = length; left > 0;) {
    const part = Math.min(left, 64);
    out[at++] = ((part - 1) << 2) | 2;
    out[at++] = offset & 255;
    out[at++] = offset >>> 8;
    left -= part;
  }
  return at;
}
