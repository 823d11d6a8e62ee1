import type { RecoveryPlan } from "../storage/recovery.ts";
import type { Zxid } from "../zxid.ts";

/** A TRUNC under way: where to, the snapshots that are beyond it, and which files decide whether it can be done. */
export type Truncating = {
  readonly zxid: Zxid;
  beyond: readonly string[];
  plan: RecoveryPlan | null;
};
