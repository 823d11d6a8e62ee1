import { expect, test } from "vitest";
import { SHIPPED_NAMES, shippedScenario } from "../../runner/shipped.ts";
import { simulate } from "../../runner/simulate.ts";
import { OTHER_SEED, pinnedHashes } from "./pinned-hashes.ts";

test.for(SHIPPED_NAMES)("%s runs the same when every message is bytes on its way", (name) => {
  const scenario = shippedScenario(name);
  if (scenario === null) throw new Error(`no scenario ${name}`);
  const hashOf = (seed: string): string =>
    simulate(scenario, { seed, bytes: true }).outcome.traceHash;

  expect({ own: hashOf(scenario.seed), other: hashOf(OTHER_SEED) }).toEqual(pinnedHashes()[name]);
});
