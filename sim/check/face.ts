import type { ServerState } from "../../core/election/notification.ts";

/**
 * What the checks read of a server after each of its turns. Everything else they learn from its events
 * and effects, so that they judge what a server does and not what it thinks.
 */
export type ServerFace = {
  readonly state: ServerState;
  /** As read from disk, and as renamed into place since; not yet what is still being written. */
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** Answers clients. */
  readonly serving: boolean;
};
