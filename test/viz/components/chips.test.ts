import * as fc from "fast-check";
import { expect, test } from "vitest";
import { layChips, type Chip } from "../../../viz/components/chips.ts";
import { messageAt, type MessageMark } from "../../../viz/components/field-messages.ts";

const chip = (id: number, letter: string, x: number): Chip => ({
  id,
  letter,
  at: [x, 0],
  family: "zab",
});

test("where two chips would touch the ping yields its letter to the vote", () => {
  const laid = layChips([chip(1, "·", 0), chip(2, "N", 8), chip(3, "A", 60)]);

  expect(laid.map(({ id, dot }) => [id, dot])).toEqual([
    [1, true],
    [2, false],
    [3, false],
  ]);
});

test("no two letters touch, and no chip is left out", () => {
  const anyChips = fc.uniqueArray(
    fc.record({ id: fc.nat(), letter: fc.constantFrom("N", "P", "A", "C", "·"), x: fc.nat(200) }),
    { selector: ({ id }) => id },
  );
  fc.assert(
    fc.property(anyChips, (given) => {
      const laid = layChips(given.map(({ id, letter, x }) => chip(id, letter, x)));
      expect(laid.length).toBe(given.length);
      const letters = laid.filter(({ dot }) => !dot).map(({ at }) => at[0]);
      letters.sort((a, b) => a - b);
      letters.slice(1).forEach((x, index) => expect(x - (letters[index] ?? 0)).toBeGreaterThan(18));
    }),
  );
});

test("the nearest line is the one that is meant, and far from all lines none is", () => {
  const mark = (index: number, y: number): MessageMark => ({
    index,
    family: "zab",
    quiet: false,
    from: [0, y],
    to: [100, y],
    end: "heard",
  });
  const marks = [mark(1, 0), mark(2, 10)];

  expect(messageAt(marks, [50, 3])?.index).toBe(1);
  expect(messageAt(marks, [50, 8])?.index).toBe(2);
  expect(messageAt(marks, [50, 40])).toBeNull();
  expect(messageAt(marks, [-20, 0])).toBeNull();
});
