import type { FileInfo } from "../event.ts";
import type { RecoveryPlan } from "../storage/recovery.ts";
import type { Zxid } from "../zxid.ts";

/** A TRUNC under way: where to, what is on disk, and which files decide whether it can be done. */
export type Truncating = {
  readonly zxid: Zxid;
  files: readonly FileInfo[];
  plan: RecoveryPlan | null;
};
