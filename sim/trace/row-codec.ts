import { BLOCK_ROWS, createBlock, type Block } from "./columns.ts";

/** Seven columns of one varint a row (10 bytes at most), two halves of a zxid, two small ones. */
const ROW_BYTES_MAX = 80;

/** Whether the low half of a 64-bit number comes first in memory, as it does on nearly every machine. */
const LOW_FIRST: boolean = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * A block of rows as bytes: the count, then column after column. Instants and turns are written as steps
 * from the row before, everything else as the difference from the last row *of the same kind*,
 * which makes most of it zero, and so squeezes well.
 */
export function encodeRows(block: Block, rows: number): Uint8Array<ArrayBuffer> {
  const out: Writer = { bytes: new Uint8Array(rows * ROW_BYTES_MAX + 8), at: 0 };
  putVarint(out, rows);
  for (let row = 0; row < rows; row++) out.bytes[out.at++] = block.kind[row] as number;
  let last = 0;
  for (let row = 0; row < rows; row++) {
    const atUs = block.at[row] as number;
    putVarint(out, atUs - last);
    last = atUs;
  }
  last = 0;
  for (let row = 0; row < rows; row++) {
    const turn = block.turn[row] as number;
    putVarint(out, turn - last);
    last = turn;
  }
  const halves = new Int32Array(block.zxid.buffer, block.zxid.byteOffset, block.zxid.length * 2);
  putColumn(out, block.kind, block.who, rows, 1, 0);
  putColumn(out, block.kind, block.peer, rows, 1, 0);
  putColumn(out, block.kind, halves, rows, 2, LOW_FIRST ? 1 : 0);
  putColumn(out, block.kind, halves, rows, 2, LOW_FIRST ? 0 : 1);
  putColumn(out, block.kind, block.a, rows, 1, 0);
  putColumn(out, block.kind, block.b, rows, 1, 0);
  putColumn(out, block.kind, block.c, rows, 1, 0);
  putColumn(out, block.kind, block.link, rows, 1, 0);
  return out.bytes.slice(0, out.at);
}

/** Reads what {@link encodeRows} wrote. Null when the bytes are not that. */
export function decodeRows(bytes: Uint8Array): { block: Block; rows: number } | null {
  const from: Reader = { bytes, at: 0, broken: false };
  const rows = takeVarint(from);
  if (rows < 1 || rows > BLOCK_ROWS || bytes.length < rows * 11) return null;
  // Full blocks only, so that later blocks find their place; the last one may stay part empty.
  const block = createBlock(BLOCK_ROWS);
  for (let row = 0; row < rows; row++) block.kind[row] = bytes[from.at++] as number;
  let last = 0;
  for (let row = 0; row < rows; row++) block.at[row] = last += takeVarint(from);
  last = 0;
  for (let row = 0; row < rows; row++) block.turn[row] = last += takeVarint(from);
  const halves = new Int32Array(block.zxid.buffer, block.zxid.byteOffset, block.zxid.length * 2);
  takeColumn(from, block.kind, block.who, rows, 1, 0);
  takeColumn(from, block.kind, block.peer, rows, 1, 0);
  takeColumn(from, block.kind, halves, rows, 2, LOW_FIRST ? 1 : 0);
  takeColumn(from, block.kind, halves, rows, 2, LOW_FIRST ? 0 : 1);
  takeColumn(from, block.kind, block.a, rows, 1, 0);
  takeColumn(from, block.kind, block.b, rows, 1, 0);
  takeColumn(from, block.kind, block.c, rows, 1, 0);
  takeColumn(from, block.kind, block.link, rows, 1, 0);
  return from.broken || from.at !== bytes.length ? null : { block, rows };
}

type Column = Int16Array | Int32Array | Uint32Array;
type Writer = { readonly bytes: Uint8Array<ArrayBuffer>; at: number };
type Reader = { readonly bytes: Uint8Array; at: number; broken: boolean };

function putColumn(
  out: Writer,
  kinds: Uint8Array,
  column: Column,
  rows: number,
  stride: number,
  offset: number,
): void {
  const lastOfKind = new Int32Array(256);
  for (let row = 0; row < rows; row++) {
    const kind = kinds[row] as number;
    const value = column[row * stride + offset] as number;
    const step = (value - (lastOfKind[kind] as number)) | 0;
    lastOfKind[kind] = value;
    // Zigzag: small steps in either direction become small numbers.
    putVarint(out, ((step << 1) ^ (step >> 31)) >>> 0);
  }
}

function takeColumn(
  from: Reader,
  kinds: Uint8Array,
  column: Column,
  rows: number,
  stride: number,
  offset: number,
): void {
  const lastOfKind = new Int32Array(256);
  for (let row = 0; row < rows; row++) {
    const kind = kinds[row] as number;
    const packed = takeVarint(from);
    const step = (packed >>> 1) ^ -(packed & 1);
    const value = ((lastOfKind[kind] as number) + step) | 0;
    lastOfKind[kind] = value;
    column[row * stride + offset] = value;
  }
}

/** Seven bits a byte, low ones first, the eighth says that more follow; up to 2^53. */
function putVarint(out: Writer, value: number): void {
  let rest = value;
  while (rest >= 0x8000_0000) {
    out.bytes[out.at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    out.bytes[out.at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out.bytes[out.at++] = rest;
}

function takeVarint(from: Reader): number {
  const { bytes } = from;
  let byte = bytes[from.at++] as number;
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  let weight = 128;
  for (let count = 1; count < 8; count++) {
    if (from.at >= bytes.length) break;
    byte = bytes[from.at++] as number;
    value += (byte & 0x7f) * weight;
    if (byte < 0x80) return value;
    weight *= 128;
  }
  from.broken = true;
  return 0;
}
