import type { Row } from "./row.ts";

/** Rows a block; a power of two, so that a row's place is a shift and a mask. */
export const BLOCK_ROWS = 8192;
const BLOCK_BITS = 13;
const BLOCK_MASK = BLOCK_ROWS - 1;

/** A run of rows, one typed array a column. Every block but the last is full. */
export type Block = {
  readonly at: Float64Array<ArrayBuffer>;
  readonly turn: Uint32Array<ArrayBuffer>;
  readonly kind: Uint8Array<ArrayBuffer>;
  readonly who: Int16Array<ArrayBuffer>;
  readonly peer: Int16Array<ArrayBuffer>;
  readonly zxid: BigInt64Array<ArrayBuffer>;
  readonly a: Int32Array<ArrayBuffer>;
  readonly b: Int32Array<ArrayBuffer>;
  readonly c: Int32Array<ArrayBuffer>;
  readonly link: Uint32Array<ArrayBuffer>;
};

/** All rows of a trace. It only ever grows; `at` and `turn` never fall from row to row. */
export type Columns = {
  rows: number;
  readonly blocks: Block[];
  /** The block that is being filled; empty before the first row. */
  tail: Block;
};

export function createColumns(): Columns {
  return { rows: 0, blocks: [], tail: createBlock(0) };
}

/** All columns lie in one buffer, the wide ones first, so that each begins where its numbers may. */
export function createBlock(rows: number): Block {
  const buffer = new ArrayBuffer(rows * 41);
  return {
    at: new Float64Array(buffer, 0, rows),
    zxid: new BigInt64Array(buffer, rows * 8, rows),
    turn: new Uint32Array(buffer, rows * 16, rows),
    a: new Int32Array(buffer, rows * 20, rows),
    b: new Int32Array(buffer, rows * 24, rows),
    c: new Int32Array(buffer, rows * 28, rows),
    link: new Uint32Array(buffer, rows * 32, rows),
    who: new Int16Array(buffer, rows * 36, rows),
    peer: new Int16Array(buffer, rows * 38, rows),
    kind: new Uint8Array(buffer, rows * 40, rows),
  };
}

/** Appends a row; allocates only when a block is full. The columns are told in row.ts. */
export function addRow(
  columns: Columns,
  turn: number,
  atUs: number,
  kind: number,
  who: number,
  peer: number,
  zxid: bigint,
  a: number,
  b: number,
  c: number,
  link: number,
): void {
  const at = columns.rows & BLOCK_MASK;
  if (at === 0) grow(columns);
  const tail = columns.tail;
  tail.at[at] = atUs;
  tail.turn[at] = turn;
  tail.kind[at] = kind;
  tail.who[at] = who;
  tail.peer[at] = peer;
  // A new block is zeros: most rows leave most of these as they are.
  if (zxid !== 0n) tail.zxid[at] = zxid;
  if (a !== 0) tail.a[at] = a;
  if (b !== 0) tail.b[at] = b;
  if (c !== 0) tail.c[at] = c;
  if (link !== 0) tail.link[at] = link;
  columns.rows++;
}

/** Appends a block that was read from a file. Only the last one may be less than full. */
export function addBlock(columns: Columns, block: Block, rows: number): void {
  if ((columns.rows & BLOCK_MASK) !== 0) throw new Error("a block follows one that is not full");
  columns.blocks.push(block);
  columns.tail = block;
  columns.rows += rows;
}

/** The block of a row. With {@link placeIn} this is how loops read columns without allocating. */
export function blockOf(columns: Columns, row: number): Block {
  const block = columns.blocks[row >> BLOCK_BITS];
  if (block === undefined) throw new RangeError(`row ${row} is not in 0 … ${columns.rows - 1}`);
  return block;
}

export function placeIn(row: number): number {
  return row & BLOCK_MASK;
}

export function atOf(columns: Columns, row: number): number {
  return blockOf(columns, row).at[row & BLOCK_MASK] as number;
}

export function turnOf(columns: Columns, row: number): number {
  return blockOf(columns, row).turn[row & BLOCK_MASK] as number;
}

/** One row as a record: for looking at, not for loops over a whole trace. */
export function rowAt(columns: Columns, row: number): Row {
  const block = blockOf(columns, row);
  const at = row & BLOCK_MASK;
  return {
    turn: block.turn[at] as number,
    atUs: block.at[at] as number,
    kind: block.kind[at] as number,
    who: block.who[at] as number,
    peer: block.peer[at] as number,
    zxid: block.zxid[at] as bigint,
    a: block.a[at] as number,
    b: block.b[at] as number,
    c: block.c[at] as number,
    link: block.link[at] as number,
  };
}

/** How many rows happened at `atUs` or before. */
export function rowsUntil(columns: Columns, atUs: number): number {
  let low = 0;
  let high = columns.rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (atOf(columns, middle) <= atUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many rows belong to turns up to and including `turn`. */
export function rowsThroughTurn(columns: Columns, turn: number): number {
  let low = 0;
  let high = columns.rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (turnOf(columns, middle) <= turn) low = middle + 1;
    else high = middle;
  }
  return low;
}

function grow(columns: Columns): void {
  columns.tail = createBlock(BLOCK_ROWS);
  columns.blocks.push(columns.tail);
}
