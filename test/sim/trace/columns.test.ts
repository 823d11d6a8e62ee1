import { expect, test } from "vitest";
import {
  addRow,
  BLOCK_ROWS,
  createColumns,
  rowAt,
  rowsThroughTurn,
  rowsUntil,
  type Columns,
} from "../../../sim/trace/columns.ts";
import { RowKind } from "../../../sim/trace/row.ts";

function columnsOf(rows: number): Columns {
  const columns = createColumns();
  for (let row = 0; row < rows; row++) {
    addRow(columns, row >> 1, row * 10, RowKind.sent, 1, 2, BigInt(-row), row, -1, 3, row);
  }
  return columns;
}

test("a row reads back as it was added, across the edge of a block", () => {
  const columns = columnsOf(BLOCK_ROWS + 3);

  expect(rowAt(columns, BLOCK_ROWS + 1)).toEqual({
    turn: (BLOCK_ROWS + 1) >> 1,
    atUs: (BLOCK_ROWS + 1) * 10,
    kind: RowKind.sent,
    who: 1,
    peer: 2,
    zxid: BigInt(-BLOCK_ROWS - 1),
    a: BLOCK_ROWS + 1,
    b: -1,
    c: 3,
    link: BLOCK_ROWS + 1,
  });
  expect(() => rowAt(columns, 3 * BLOCK_ROWS)).toThrow(RangeError);
});

test("an instant counts what happened at it, and nothing later", () => {
  const columns = columnsOf(BLOCK_ROWS + 3);

  expect(rowsUntil(columns, -1)).toBe(0);
  expect(rowsUntil(columns, 0)).toBe(1);
  expect(rowsUntil(columns, 25)).toBe(3);
  expect(rowsUntil(columns, BLOCK_ROWS * 10)).toBe(BLOCK_ROWS + 1);
  expect(rowsUntil(columns, Infinity)).toBe(BLOCK_ROWS + 3);
});

test("a turn ends after its last row", () => {
  const columns = columnsOf(7);

  expect(rowsThroughTurn(columns, 0)).toBe(2);
  expect(rowsThroughTurn(columns, 2)).toBe(6);
  expect(rowsThroughTurn(columns, 9)).toBe(7);
});
