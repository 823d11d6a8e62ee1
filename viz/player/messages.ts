import { blockOf, placeIn } from "../../sim/trace/columns.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { Trace } from "../../sim/trace/trace.ts";

export const Fate = { flying: 0, heard: 1, lost: 2 } as const;

/** Not reached yet: longer than any run. */
const NEVER = Infinity;
const CHUNK = 256;

/** Every message of a trace, from sent to its end, in the order of sending; columns, as there may be a million. */
export type MessageTable = {
  count: number;
  sentRow: Uint32Array;
  endRow: Uint32Array;
  fate: Uint8Array;
  code: Uint8Array;
  from: Int16Array;
  to: Int16Array;
  sentUs: Float64Array;
  endUs: Float64Array;
  /** When it came to stand at a wall, and when it went on; NEVER, if not. */
  heldUs: Float64Array;
  releasedUs: Float64Array;
  /** The latest end in each run of {@link CHUNK} messages: what a window skips by. */
  chunkEndUs: Float64Array;
  /** Message + 1 by row, 0 for rows about none. */
  ofRow: Uint32Array;
  /** Message by id. */
  readonly byId: Map<number, number>;
};

export function createMessageTable(rows: number): MessageTable {
  return { count: 0, ...columnsOf(1024), ofRow: new Uint32Array(rows), byId: new Map() };
}

/** Takes a row of kind sent, heard, lost, held or released into the table. */
export function addMessageRow(table: MessageTable, trace: Trace, row: number): void {
  const block = blockOf(trace.columns, row);
  const at = placeIn(row);
  const kind = block.kind[at] as number;
  const id = block.link[at] as number;
  const atUs = block.at[at] as number;
  if (kind === RowKind.sent) {
    if (table.count === table.sentRow.length) grow(table);
    const index = table.count++;
    table.sentRow[index] = row;
    table.code[index] = block.a[at] as number;
    table.from[index] = block.who[at] as number;
    table.to[index] = block.peer[at] as number;
    table.sentUs[index] = atUs;
    table.endUs[index] = NEVER;
    table.heldUs[index] = NEVER;
    table.releasedUs[index] = NEVER;
    table.byId.set(id, index);
    table.ofRow[row] = index + 1;
    return;
  }
  const index = table.byId.get(id);
  if (index === undefined) return;
  table.ofRow[row] = index + 1;
  if (kind === RowKind.held) {
    if (table.heldUs[index] === NEVER) table.heldUs[index] = atUs;
    return;
  }
  if (kind === RowKind.released) {
    table.releasedUs[index] = atUs;
    return;
  }
  table.endRow[index] = row;
  table.endUs[index] = atUs;
  table.fate[index] = kind === RowKind.heard ? Fate.heard : Fate.lost;
}

/** Ends the building: from here on windows can be asked for. */
export function closeMessageTable(table: MessageTable): void {
  table.chunkEndUs = new Float64Array(Math.ceil(table.count / CHUNK));
  for (let index = 0; index < table.count; index++) {
    const chunk = Math.floor(index / CHUNK);
    const endUs = table.endUs[index] as number;
    if (endUs > (table.chunkEndUs[chunk] as number)) table.chunkEndUs[chunk] = endUs;
  }
}

/** Calls `visit` for every message that was under way at some instant of the window, until it returns false. */
export function visitMessages(
  table: MessageTable,
  fromUs: number,
  toUs: number,
  visit: (index: number) => boolean,
): void {
  const last = sentUntil(table, toUs);
  for (let chunk = 0; chunk * CHUNK < last; chunk++) {
    if ((table.chunkEndUs[chunk] as number) < fromUs) continue;
    const end = Math.min(last, (chunk + 1) * CHUNK);
    for (let index = chunk * CHUNK; index < end; index++) {
      if ((table.endUs[index] as number) >= fromUs && !visit(index)) return;
    }
  }
}

/** How many messages were sent at `atUs` or before. */
export function sentUntil(table: MessageTable, atUs: number): number {
  let low = 0;
  let high = table.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table.sentUs[middle] as number) <= atUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Sized = Omit<MessageTable, "count" | "ofRow" | "byId">;

function columnsOf(size: number): Sized {
  return {
    sentRow: new Uint32Array(size),
    endRow: new Uint32Array(size),
    fate: new Uint8Array(size),
    code: new Uint8Array(size),
    from: new Int16Array(size),
    to: new Int16Array(size),
    sentUs: new Float64Array(size),
    endUs: new Float64Array(size),
    heldUs: new Float64Array(size),
    releasedUs: new Float64Array(size),
    chunkEndUs: new Float64Array(0),
  };
}

function grow(table: MessageTable): void {
  const larger = columnsOf(table.sentRow.length * 2);
  larger.sentRow.set(table.sentRow);
  larger.endRow.set(table.endRow);
  larger.fate.set(table.fate);
  larger.code.set(table.code);
  larger.from.set(table.from);
  larger.to.set(table.to);
  larger.sentUs.set(table.sentUs);
  larger.endUs.set(table.endUs);
  larger.heldUs.set(table.heldUs);
  larger.releasedUs.set(table.releasedUs);
  Object.assign(table, larger);
}
