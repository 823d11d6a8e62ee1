import type { SnapshotWriter } from "./snapshot-file.ts";

/** The snapshot being written in the background, or by a server that begins to lead. */
export type SnapshotTask = {
  readonly why: "roll" | "leading";
  readonly writer: SnapshotWriter;
  /** Every znode is copied; it waits for the log to be durable as far as the copy goes. */
  copied: boolean;
  /** A part of it is in a temporary file already: it is too large to be written at once. */
  begun: boolean;
  /** Everything is in that file. */
  sealed: boolean;
  /** The sync of that file that is under way, or 0. */
  ticket: number;
  /** Bytes written to it since the last sync. */
  unsyncedBytes: number;
};
