import * as fc from "fast-check";
import type { Case } from "../case.ts";
import { ensembles } from "./ensembles.ts";
import { faultSchedules } from "./fault-schedules.ts";
import { workloads } from "./workloads.ts";

/** Whole cases: an ensemble, what its clients do, what befalls it, and the seed of all that is left to chance. */
export function cases(
  parts: Partial<{
    readonly [Part in "ensemble" | "workload" | "faults"]: fc.Arbitrary<Case[Part]>;
  }> = {},
): fc.Arbitrary<Case> {
  return fc.record({
    ensemble: parts.ensemble ?? ensembles(),
    workload: parts.workload ?? workloads(),
    faults: parts.faults ?? faultSchedules(),
    seed: fc.nat(999_999).map(String),
  });
}
