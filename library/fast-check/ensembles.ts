import * as fc from "fast-check";
import type { EnsembleInput } from "../../runner/scenario/input.ts";

export type EnsembleOptions = {
  /** How many servers may vote, simplest first. */
  readonly servers?: readonly number[];
  /** How many observers may follow them. */
  readonly observers?: readonly number[];
};

/**
 * Ensembles: how many servers, and how soon their logs are cut and their histories forgotten. Shrinks towards the first
 * number of servers, no observers, and ZooKeeper's own settings.
 */
export function ensembles(options: EnsembleOptions = {}): fc.Arbitrary<EnsembleInput> {
  const { servers = [3, 5], observers = [0] } = options;
  return fc
    .record(
      {
        servers: fc.constantFrom(...servers),
        observers: fc.constantFrom(...observers),
        tickMs: fc.constantFrom(2000, 500, 200),
        // Small ones, so that a short run meets snapshots, DIFF, TRUNC and SNAP.
        snapCount: fc.constantFrom(100, 20, 5),
        commitLogCount: fc.constantFrom(100, 10, 2),
      },
      { requiredKeys: ["servers"] },
    )
    .map(plain);
}

/** What stands for nothing is left out. */
function plain(input: EnsembleInput): EnsembleInput {
  if (input.observers !== 0) return input;
  const { observers: _none, ...others } = input;
  return others;
}
