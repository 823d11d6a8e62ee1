import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shippedFiles } from "../../runner/generate.ts";
import { parseScenario } from "../../runner/scenario/parse.ts";
import { simulate } from "../../runner/simulate.ts";

/*
 * What hunts have found in the core, in the checks or in the programs of clients, shrunk. Each file says at its head what
 * was wrong; none may come back.
 */

const FOLDER = "test/golden/hunted";

test.each(shippedFiles(FOLDER).map(([path]) => path))("%s breaks nothing any more", (path) => {
  const text = readFileSync(`${FOLDER}/${path}`, "utf8");
  const scenario = parseScenario(text, path, () => null);

  expect(simulate(scenario).outcome.violations).toEqual([]);
});
