import type { FileInfo } from "../event.ts";
import type { RecoveryPlan } from "./recovery.ts";

/** Reading the database back from disk: what is there, and which snapshots turned out to be broken. */
export type Recovering = {
  /** A process starts; or a role ended whose tree must not outlive it. */
  readonly why: "start" | "unsaved";
  files: readonly FileInfo[];
  plan: RecoveryPlan | null;
  /** Broken snapshots; true for those that looked whole. */
  readonly rejected: Map<string, boolean>;
  /** Files written under a temporary name, to be renamed once they are durable. */
  readonly added: string[];
};
