import type { Zxid } from "../zxid.ts";

/** The four server states, spelled as ZooKeeper spells them. */
export type ServerState = "LOOKING" | "FOLLOWING" | "LEADING" | "OBSERVING";

/** The first message on an election connection, from the side that opened it. */
export type Hello = { readonly kind: "hello"; readonly sid: number; readonly address: string };

/**
 * A vote on its way to another server, and the state of the server that sends it.
 * A server that may not be elected proposes leader and zxid Long.MIN_VALUE ({@link NO_LEADER}).
 */
export type Notification = {
  readonly kind: "notification";
  readonly state: ServerState;
  readonly leader: number;
  readonly zxid: Zxid;
  readonly electionEpoch: number;
  readonly peerEpoch: number;
  /** The text of the configuration, which ends in its version; version 0 is the static configuration. */
  readonly config: string;
};

/** Stands for the sid Long.MIN_VALUE of a vote that names nobody. */
export const NO_LEADER = -1;

export type ElectionMessage = Hello | Notification;
