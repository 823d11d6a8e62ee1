import { DEFECTS, type Defect } from "../core/defects.ts";
import { CHECK_NAMES } from "../sim/check/catalogue.ts";
import { runHuntSeed } from "./hunt/hunt-seed.ts";
import type { Violation } from "./run/outcome.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { shippedScenario } from "./shipped.ts";
import { simulate } from "./simulate.ts";

/** A historic bug: the defect that brings it back, and a scenario in which it shows. */
export type Bug = { readonly defect: Defect; readonly scenario: Scenario };

/** All of them, in the order of their table. */
export function shippedBugs(): readonly Bug[] {
  return DEFECTS.flatMap((defect) => {
    const number = defect.id.slice(defect.id.lastIndexOf("-") + 1);
    const scenario = shippedScenario(`${number}-${defect.slug}`);
    return scenario === null ? [] : [{ defect, scenario }];
  });
}

/** What becomes of a bug's scenario with its defect, and without. */
export type Demonstration = {
  readonly firesWithDefect: boolean;
  readonly quietWithout: boolean;
  /** The first property that is violated, and at which event; null and 0 where none is. */
  readonly check: string | null;
  readonly events: number;
  /** In the whole scenario. */
  readonly faults: number;
};

export function demonstrate({ defect, scenario }: Bug): Demonstration {
  const { violations, faults } = simulate(scenario, { defects: [defect.id] }).outcome;
  const first = violations.find(isOfProperty);
  return {
    firesWithDefect: first !== undefined,
    quietWithout: simulate(scenario).outcome.ok,
    check: first?.check ?? null,
    events: first?.event ?? 0,
    faults: Object.values(faults).reduce((sum, count) => sum + count, 0),
  };
}

/** How long the general swarm took to find a bug: runs of seeds 1, 2, 3 …, and seconds of this machine. */
export type Search = { readonly seedsToFind: number; readonly secondsToFind: number };

/**
 * Looks for a bug at random, one seed after the other.
 *
 * @param limitMs the search is given up then
 * @param pause called between two seeds; ends the search when it says so
 * @returns null when it was not found
 */
export async function search(
  { defect }: Bug,
  limitMs: number,
  pause: (seed: number) => Promise<boolean>,
): Promise<Search | null> {
  const beganMs = performance.now();
  for (let seed = 1; performance.now() - beganMs < limitMs; seed++) {
    const job = { seed: String(seed), defects: [defect.id], scenario: null };
    if (runHuntSeed(job).finding !== null) {
      const secondsToFind = (performance.now() - beganMs) / 1000;
      return { seedsToFind: seed, secondsToFind };
    }
    if (await pause(seed)) return null;
  }
  return null;
}

/** Beside properties, expectations and steps of a scenario may come to nothing. */
function isOfProperty({ check }: Violation): boolean {
  return Object.hasOwn(CHECK_NAMES, check.slice(0, check.indexOf(" ")));
}
