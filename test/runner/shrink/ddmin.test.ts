import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ddmin } from "../../../runner/shrink/ddmin.ts";

test("of many items exactly those remain without which nothing fails", () => {
  fc.assert(
    fc.property(fc.nat(60), fc.uniqueArray(fc.nat(60), { maxLength: 5 }), (length, wanted) => {
      const items = Array.from({ length }, (_, index) => index);
      const needed = wanted.filter((item) => item < length).sort((a, b) => a - b);

      const left = ddmin(items, (kept) => needed.every((item) => kept.includes(item)));

      expect(left).toEqual(needed);
    }),
  );
});

test("what fails in several ways is left with one of them", () => {
  const left = ddmin([1, 2, 3, 4, 5, 6, 7, 8], (kept) => kept.includes(2) !== kept.includes(7));

  expect(left).toHaveLength(1);
});

test("a hundred items of which two are needed take fewer than eighty tries", () => {
  let tries = 0;
  const items = Array.from({ length: 100 }, (_, index) => index);

  ddmin(items, (kept) => {
    tries++;
    return kept.includes(31) && kept.includes(77);
  });

  expect(tries).toBeLessThan(80);
});
