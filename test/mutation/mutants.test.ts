import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTANTS } from "./mutants.ts";

test.for(MUTANTS)("$name: the line is still there, once", ({ file, text, becomes }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

  expect(source.split(text)).toHaveLength(2);
  expect(becomes).not.toBe(text);
});

test("no two mutants are called the same", () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});
