import { atOf, blockOf, placeIn } from "../../sim/trace/columns.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { Trace } from "../../sim/trace/trace.ts";

/**
 * Which rows of a trace could have had a part in what some rows show: what each of them did before, and what it had
 * heard from others, and so on (Lamport's happened-before). Rows that are nobody's are part of everything that
 * comes after them.
 *
 * @param roots indexes of rows
 * @returns a byte for each row up to the last root, 1 for those that belong to the past
 */
export function causalPast(trace: Trace, roots: readonly number[]): Uint8Array {
  const end = Math.max(-1, ...roots) + 1;
  const sentAt = rowsOfMessages(trace, end);
  const past = new Uint8Array(end);
  /** By whom: everything up to this row. */
  const lastOf = new Map<number, number>();
  const reach = (who: number, row: number): void => {
    lastOf.set(who, Math.max(row, lastOf.get(who) ?? -1));
  };
  for (const root of roots) reach(whoOf(trace, root), root);
  for (let row = end - 1; row >= 0; row--) {
    const who = whoOf(trace, row);
    if (who !== 0 && row > (lastOf.get(who) ?? -1)) continue;
    past[row] = 1;
    const block = blockOf(trace.columns, row);
    if (block.kind[placeIn(row)] !== RowKind.heard) continue;
    const sent = sentAt.get(block.link[placeIn(row)]!);
    if (sent !== undefined) reach(whoOf(trace, sent), sent);
  }
  return past;
}

/** The rows of one instant and turn that `row` is part of: what one event did. */
export function isSameTurn(trace: Trace, row: number, other: number): boolean {
  const { columns } = trace;
  if (atOf(columns, row) !== atOf(columns, other)) return false;
  return blockOf(columns, row).turn[placeIn(row)] === blockOf(columns, other).turn[placeIn(other)];
}

function whoOf(trace: Trace, row: number): number {
  return blockOf(trace.columns, row).who[placeIn(row)]!;
}

function rowsOfMessages(trace: Trace, end: number): Map<number, number> {
  const rows = new Map<number, number>();
  for (let row = 0; row < end; row++) {
    const block = blockOf(trace.columns, row);
    const at = placeIn(row);
    if (block.kind[at] === RowKind.sent) rows.set(block.link[at]!, row);
  }
  return rows;
}
