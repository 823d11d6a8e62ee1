import { expect, test } from "vitest";
import { isValidPath, parentKeyOf, sequentialPath } from "../../../core/tree/path.ts";

test.each(["/", "/a", "/a/b", "/...", "/a b", "/ü", "/\u00a0", "/\ud7ff", "/\uf900", "/\uffef"])(
  "%j is a path",
  (path) => {
    expect(isValidPath(path)).toBe(true);
  },
);

test.each([
  "",
  "a",
  "a/b",
  "/a/",
  "//",
  "//a",
  "/a//b",
  "/.",
  "/..",
  "/a/.",
  "/a/../b",
  "/\u0000",
  "/\u001f",
  "/\u007f",
  "/\u009f",
  "/\ud800",
  "/\u{1f600}",
  "/\uf8ff",
  "/\ufff0",
  "/\uffff",
])("%j is not a path", (path) => {
  expect(isValidPath(path)).toBe(false);
});

test("the parent of a znode below the root is the root, which has none", () => {
  expect([parentKeyOf("/a"), parentKeyOf("/a/b"), parentKeyOf("/a/"), parentKeyOf("a")]).toEqual([
    "",
    "/a",
    "/a",
    null,
  ]);
});

test("sequential names have ten digits, a sign included", () => {
  expect([
    sequentialPath("/", 3),
    sequentialPath("/n-", 2147483647),
    sequentialPath("/n-", -5),
  ]).toEqual(["/0000000003", "/n-2147483647", "/n--000000005"]);
});
