import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rewrite } from "../support/transcript.ts";

/**
 * Each transcript is commands and the whole answer of an ensemble to them. A change of the protocol shows here as a
 * diff of behaviour, to be read line by line. To write the answers anew after a change that is meant:
 *
 *   UPDATE_TRANSCRIPTS=1 npx vitest run test/core/transcripts.test.ts
 */
const FOLDER = new URL("../golden/transcripts/", import.meta.url);

const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));

test("there are transcripts", () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(6);
});

test.each(NAMES)("%s goes as written", (name) => {
  const file = new URL(name, FOLDER);
  const written = readFileSync(file, "utf8");

  const { text, violations } = rewrite(written);
  if (process.env["UPDATE_TRANSCRIPTS"] === "1") writeFileSync(file, text);

  expect(violations).toEqual([]);
  expect(text).toBe(process.env["UPDATE_TRANSCRIPTS"] === "1" ? text : written);
});
