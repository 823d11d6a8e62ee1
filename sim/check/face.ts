import type { ServerState } from "../../core/election/notification.ts";

/**
 * What the checks read of a server after each of its turns. Everything else they learn from its events
 * and effects, so that they judge what a server does and not what it thinks.
 */
export type ServerFace = {
  readonly state: ServerState;
  /** From `recovered` on: what is on disk; not yet what is still being written. */
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** Answers clients. */
  readonly serving: boolean;
  /** Null while it is read from disk. */
  readonly database: { readonly sessions: ReadonlyMap<bigint, number> } | null;
};
