import { expect, test } from "vitest";
import { cloneTableSize, hashOrder } from "../../../core/tree/hash-order.ts";
import {
  addName,
  copyNameSet,
  createNameSet,
  deleteName,
  javaClone,
  namesInOrder,
  type NameSet,
} from "../../../core/tree/name-set.ts";

// Recorded from a real server: captures children-order and ephemeral-close-order.
const CHILDREN = [
  ...["zeta", "alpha", "node-10", "node-2", "b", "a", "lock-0000000003", "lock-0000000001"],
  ...["lock-0000000002", "member_x", "q", "Z"],
];
const RECORDED_CHILDREN = [
  "zeta",
  "a",
  "q",
  "b",
  "alpha",
  "node-2",
  "lock-0000000001",
  "member_x",
  "Z",
  "node-10",
  "lock-0000000003",
  "lock-0000000002",
];
const RECORDED_AFTER_DELETES = [
  "zeta",
  "a",
  "q",
  "node-2",
  "alpha",
  "lock-0000000001",
  "member_x",
  "Z",
  "node-10",
  "lock-0000000003",
  "lock-0000000002",
];
const EPHEMERALS = ["e0", "e1", "e2", "e3", "e4", "e5", "zz", "member-0000000001"];
const CLOSED = ["e3", "e2", "e5", "zz", "e4", "e1", "e0", "member-0000000001"];

test("children are listed as a real server lists them", () => {
  expect(namesInOrder(childSet(CHILDREN))).toEqual(RECORDED_CHILDREN);
});

test("a name that went and came back stands behind the others of its bucket", () => {
  const set = childSet(CHILDREN);
  deleteName(set, "alpha");
  deleteName(set, "b");
  addName(set, "alpha");

  expect(namesInOrder(set)).toEqual(RECORDED_AFTER_DELETES);
});

test("the paths of a closing session go in the order of a clone", () => {
  const set = createNameSet();
  for (const name of EPHEMERALS) addName(set, `/g/${name}`);

  expect(namesInOrder(javaClone(set))).toEqual(CLOSED.map((name) => `/g/${name}`));
});

test("sets that were larger once show it, as recorded from a real server", () => {
  const ephemerals = createNameSet();
  const children = childSet(["c"]);
  for (let i = 0; i < 30; i++) addName(ephemerals, `/b/e${i}`);
  for (let i = 0; i < 30; i++) addName(children, `e${i}`);
  for (let i = 0; i < 30; i++) {
    if (i % 3 !== 0) deleteName(ephemerals, `/b/e${i}`);
    if (i % 3 !== 0) deleteName(children, `e${i}`);
  }

  expect(namesInOrder(javaClone(ephemerals)).join(" ")).toBe(
    "/b/e27 /b/e15 /b/e9 /b/e24 /b/e0 /b/e12 /b/e21 /b/e3 /b/e6 /b/e18",
  );
  expect(namesInOrder(children).join(" ")).toBe("e12 e15 e18 c e21 e24 e0 e27 e3 e6 e9");
});

test("a table doubles beyond three quarters and never shrinks", () => {
  const set = childSet(["a", "b", "c", "d", "e", "f"]);
  expect(set.tableSize).toBe(8);
  addName(set, "g");
  expect(set.tableSize).toBe(16);
  for (const name of "bcdefg") deleteName(set, name);
  expect(set.tableSize).toBe(16);
});

test.each([
  [0, 16],
  [1, 2],
  [2, 4],
  [3, 8],
  [5, 8],
  [6, 16],
  [12, 32],
  [13, 32],
])("a clone of %i has %i buckets", (count, size) => {
  expect(cloneTableSize(count)).toBe(size);
});

test("names of one bucket stay in the order given, and all names stay", () => {
  // Java's hashes: "Aa" and "BB" are both 2112.
  expect(hashOrder(["BB", "C", "Aa", "B"], 2)).toEqual(["BB", "Aa", "B", "C"]);
  expect(hashOrder(["Aa", "BB"], 1)).toEqual(["Aa", "BB"]);
});

test("characters beyond the BMP count as their two UTF-16 units", () => {
  // "\ud83d\ude00".hashCode() is 1772899, its bucket of 16 is 8; "i" is 105, bucket 9; "g" is 103, bucket 7.
  expect(hashOrder(["i", "\u{1f600}", "g"], 16)).toEqual(["g", "\u{1f600}", "i"]);
});

test("a copy goes on by itself, and the order shown before a change does not change", () => {
  const set = childSet(["a", "b"]);
  const shown = namesInOrder(set);
  const copy = copyNameSet(set);

  addName(set, "c");

  expect(shown).toEqual(["a", "b"]);
  expect(namesInOrder(copy)).toEqual(["a", "b"]);
  expect(namesInOrder(set)).toEqual(["a", "b", "c"]);
});

function childSet(names: readonly string[]): NameSet {
  const set = createNameSet(8);
  for (const name of names) addName(set, name);
  return set;
}
