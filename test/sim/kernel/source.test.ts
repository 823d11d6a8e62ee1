import { expect, test } from "vitest";
import { drawAt, openSource, wordAt } from "../../../sim/kernel/source.ts";
import { makeTable } from "../../../sim/kernel/stream.ts";

const SOURCE = openSource("zootrope/42/network", "zk1 zk2:2888 1 out");

test("the words of a source are what they have always been", () => {
  expect([0, 1, 2, 3].map((nth) => wordAt(SOURCE, 2, nth))).toEqual([
    1614896449, 1532801717, 3750748780, 1762791528,
  ]);
});

test("the word of an address does not hang on which others were asked for", () => {
  const alone = wordAt(SOURCE, 3, 17);

  for (let nth = 0; nth < 17; nth++) wordAt(SOURCE, 3, nth);

  expect(wordAt(SOURCE, 3, 17)).toBe(alone);
});

test("sources of other names, other places and other numbers give other words", () => {
  const words = new Set<number>();
  for (const name of ["zk1 zk2:2888 1 out", "zk1 zk2:2888 2 out", "zk2 zk1:2888 1 out"]) {
    const source = openSource("zootrope/42/network", name);
    for (let place = 0; place < 20; place++) {
      for (let nth = 0; nth < 50; nth++) words.add(wordAt(source, place, nth));
    }
  }

  // 3,000 words of 32 bits: one pair in a thousand such sets would be equal by chance.
  expect(words.size).toBe(3000);
});

test.each(["places", "numbers"])("words are even and unrelated along %s", (along) => {
  const table = makeTable([[1, 0, 15]]);
  const pairs = new Int32Array(256);
  let before = 0;
  for (let index = 0; index < 51_200; index++) {
    const drawn =
      along === "places" ? drawAt(SOURCE, index, 1, table) : drawAt(SOURCE, 1, index, table);
    if (index > 0) pairs[before * 16 + drawn]!++;
    before = drawn;
  }

  // 200 of each pair expected; 5 standard deviations are 71.
  expect(Math.min(...pairs)).toBeGreaterThan(129);
  expect(Math.max(...pairs)).toBeLessThan(271);
});
