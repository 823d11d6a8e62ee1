import { expect, test } from "vitest";
import type { Scenario } from "../../runner/scenario/scenario.ts";
import { SHIPPED_NAMES, shippedScenario } from "../../runner/shipped.ts";
import { simulate } from "../../runner/simulate.ts";
import { OTHER_SEED, pinHashes, pinnedHashes, type PinnedHashes } from "./pinned-hashes.ts";

const update = process.env["UPDATE_GOLDEN"] === "1";
const pinned = pinnedHashes();
const found: PinnedHashes = {};

test.for(SHIPPED_NAMES)("%s comes to its pinned hashes, twice", (name) => {
  const scenario = shipped(name);
  const hashOf = (seed: string): string => simulate(scenario, { seed }).outcome.traceHash;

  const own = hashOf(scenario.seed);
  const other = hashOf(OTHER_SEED);

  expect(hashOf(scenario.seed)).toBe(own);
  expect(other).not.toBe(own);
  found[name] = { own, other };
  if (update) pinHashes({ ...pinned, ...found });
  else expect({ own, other }).toEqual(pinned[name]);
});

test("every pin is of a scenario that is shipped", () => {
  expect(Object.keys(pinnedHashes()).sort()).toEqual([...SHIPPED_NAMES].sort());
});

function shipped(name: string): Scenario {
  const scenario = shippedScenario(name);
  if (scenario === null) throw new Error(`no scenario ${name}`);
  return scenario;
}
