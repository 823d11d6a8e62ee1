import type { SnapshotWriter } from "./snapshot-file.ts";

/** The snapshot being written in the background, or by a server that begins to lead. */
export type SnapshotTask = {
  readonly why: "roll" | "leading";
  readonly writer: SnapshotWriter;
  /** Every znode is copied; it waits for the log to be durable as far as the copy goes. */
  copied: boolean;
};
