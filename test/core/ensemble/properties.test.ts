import { expect, test } from "vitest";
import { readProperties } from "../../../core/ensemble/properties.ts";

/** Key and value of each property, and its line, as java.util.Properties 17 reads the same text. */
function pairs(text: string): [key: string, value: string, line: number][] {
  return readProperties(text, "x").map(({ key, value, line }) => [key, value, line]);
}

test("a key ends at an equals sign, a colon or a blank", () => {
  expect(pairs("a=1\nb:2\nc 3\nd = 4\ne\t:\t5\nf")).toEqual([
    ["a", "1", 1],
    ["b", "2", 2],
    ["c", "3", 3],
    ["d", "4", 4],
    ["e", "5", 5],
    ["f", "", 6],
  ]);
});

test("only the first of two signs ends a key", () => {
  expect(pairs("a==1\nb=:2\nserver.1=h:1:2")).toEqual([
    ["a", "=1", 1],
    ["b", ":2", 2],
    ["server.1", "h:1:2", 3],
  ]);
});

test("comments and empty lines are passed over, and a comment is never continued", () => {
  expect(pairs("# a\\\nb=1\n  ! c=2\n\n \t\nd=#no comment")).toEqual([
    ["b", "1", 2],
    ["d", "#no comment", 6],
  ]);
});

test("a backslash at the end joins lines, an escaped backslash does not", () => {
  expect(pairs("a=1,\\\n   2\nb=c:\\\\\nd=3\\\r\n4")).toEqual([
    ["a", "1,2", 1],
    ["b", "c:\\", 3],
    ["d", "34", 4],
  ]);
});

test("escapes hide what would end a key, and name characters", () => {
  expect(pairs("key\\ with\\=eq : va\\\\l\\u0041\\q\na=x\\ty")).toEqual([
    ["key with=eq", "va\\lAq", 1],
    ["a", "x\ty", 2],
  ]);
});

test("a \\u without four digits is refused at its line", () => {
  expect(() => pairs("a=1\nb=\\u12x4")).toThrow("x:2: expected four hexadecimal digits after \\u");
});
