import seedrandom from "seedrandom";
import { expect, test } from "vitest";
import { clone } from "../../../sim/kernel/clone.ts";
import {
  createStreams,
  draw,
  integer,
  makeTable,
  oneIn,
  openStream,
  pick,
  streamOf,
  word,
} from "../../../sim/kernel/stream.ts";

function times<T>(count: number, next: () => T): T[] {
  return Array.from({ length: count }, next);
}

test.each([
  ["42", "network", [857221963, 3667862378, 1022714294, 1934948297]],
  ["42", "disk", [8909806, 1884121218, 3491889930, 1825050075]],
  ["43", "network", [2539336630, 2192954519, 2629751424, 1154346789]],
])("seed %s, stream %s: the first words are what they have always been", (seed, name, words) => {
  const stream = openStream(seed, name);

  expect(times(4, () => word(stream))).toEqual(words);
});

test("what is drawn from the words is what it has always been", () => {
  const stream = openStream("42", "golden");
  const table = makeTable([
    [90, 100, 300],
    [9, 300, 2_000],
    [1, 2_000, 20_000],
  ]);

  expect(times(8, () => integer(stream, 1, 6))).toEqual([3, 6, 1, 2, 5, 2, 4, 6]);
  expect(times(8, () => draw(stream, table))).toEqual([284, 126, 268, 236, 163, 1682, 233, 243]);
  expect(times(8, () => oneIn(stream, 3))).toEqual([
    false,
    false,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(times(8, () => pick(stream, ["a", "b", "c"]))).toEqual([
    "c",
    "b",
    "c",
    "b",
    "b",
    "b",
    "b",
    "b",
  ]);
  expect(times(600, () => word(stream)).at(-1)).toBe(5955647);
});

test("a stream is seedrandom's xor4096 under its label, block after block", () => {
  const stream = openStream("5", "disk");
  const generator = seedrandom.xor4096("zootrope/5/disk");

  expect(times(1000, () => word(stream))).toEqual(times(1000, () => generator.int32() >>> 0));
});

test("a stream is not moved by draws from another", () => {
  const alone = streamOf(createStreams("7"), "network");
  const streams = createStreams("7");
  const among = streamOf(streams, "network");

  const expected = times(1000, () => word(alone));
  const heard = times(1000, () => {
    word(streamOf(streams, "disk"));
    return word(among);
  });

  expect(heard).toEqual(expected);
  expect(streamOf(streams, "network")).toBe(among);
});

test("neighbouring seeds and names give unrelated streams", () => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 1000; seed++) {
    firsts.add(word(openStream(`${seed}`, "a")));
    firsts.add(word(openStream(`${seed}`, "b")));
  }

  expect(firsts.size).toBe(2000);
});

test("a clone goes on with the original's draws, from anywhere in a block", () => {
  const streams = createStreams("9");
  const stream = streamOf(streams, "network");
  for (const already of [0, 1, 255, 256, 300]) {
    times(already, () => word(stream));
    const copy = clone(streams);
    const heard = times(1000, () => word(streamOf(copy, "network")));

    expect(times(1000, () => word(stream))).toEqual(heard);
  }
});

test("an integer is drawn from both ends and everything between, evenly", () => {
  const stream = openStream("1", "even");
  const counts = [0, 0, 0, 0];

  for (let draws = 0; draws < 40_000; draws++) counts[integer(stream, -1, 2) + 1]! += 1;

  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

test("a table is drawn from by its weights, and every row from end to end", () => {
  const stream = openStream("1", "table");
  const table = makeTable([
    [3, 0, 1],
    [1, 10, 10],
  ]);
  const counts = new Map<number, number>();

  for (let draws = 0; draws < 40_000; draws++) {
    const value = draw(stream, table);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  expect([...counts.keys()].sort((a, b) => a - b)).toEqual([0, 1, 10]);
  expect(Math.abs(counts.get(0)! - 15_000)).toBeLessThan(500);
  expect(Math.abs(counts.get(10)! - 10_000)).toBeLessThan(500);
});

test("one in 0 never happens, one in 1 always", () => {
  const stream = openStream("1", "one-in");

  expect(times(100, () => oneIn(stream, 0))).not.toContain(true);
  expect(times(100, () => oneIn(stream, 1))).not.toContain(false);
});

test.each([
  ["a negative number", [[1, -1, 5]]],
  ["a row without weight", [[0, 1, 5]]],
  ["a fraction", [[1, 0.5, 5]]],
  ["a row that ends before it begins", [[1, 6, 5]]],
  ["no rows", []],
] as const)("a table with %s is refused", (_, rows) => {
  expect(() => makeTable(rows)).toThrow(RangeError);
});
