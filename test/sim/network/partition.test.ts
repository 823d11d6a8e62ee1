import { expect, test } from "vitest";
import { bridge, halves, ring, type Wall } from "../../../sim/network/partition.ts";

const hosts = (count: number): string[] => Array.from({ length: count }, (_, at) => `h${at + 1}`);

/** Whom each host hears besides itself. */
function heard(names: readonly string[], walls: readonly Wall[]): string[] {
  return names.map((receiver) => {
    const from = names.filter(
      (sender) => sender !== receiver && !walls.some(([a, b]) => a === sender && b === receiver),
    );
    return `${receiver}: ${from.join(" ")}`;
  });
}

test("halves see nothing of each other", () => {
  expect(heard(hosts(5), halves(hosts(5)))).toEqual([
    "h1: h2",
    "h2: h1",
    "h3: h4 h5",
    "h4: h3 h5",
    "h5: h3 h4",
  ]);
});

test("the middle of a bridge sees both halves, and they see only it", () => {
  expect(heard(hosts(5), bridge(hosts(5)))).toEqual([
    "h1: h2 h3",
    "h2: h1 h3",
    "h3: h1 h2 h4 h5",
    "h4: h3 h5",
    "h5: h3 h4",
  ]);
});

test("on a ring of five each hears its neighbours, and is heard by them", () => {
  expect(heard(hosts(5), ring(hosts(5)))).toEqual([
    "h1: h2 h5",
    "h2: h1 h3",
    "h3: h2 h4",
    "h4: h3 h5",
    "h5: h1 h4",
  ]);
});

test.each([2, 3, 4, 5, 6, 7])(
  "of a ring of %d each hears a majority, and each another",
  (count) => {
    const majorities = heard(hosts(count), ring(hosts(count)));

    for (const line of majorities) expect(line.split(" ").length).toBe((count >> 1) + 1);
    const sets = majorities.map((line) => line.replace(":", "").split(" ").sort().join(" "));
    // Of two each hears both: there is no other majority.
    expect(new Set(sets).size).toBe(count === 2 ? 1 : count);
  },
);

test("a shape keeps the order that it is given", () => {
  expect(heard(["c", "a", "b"], bridge(["c", "a", "b"]))).toEqual(["c: a", "a: c b", "b: a"]);
});
