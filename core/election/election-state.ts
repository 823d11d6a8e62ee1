import type { ConnId } from "../message.ts";
import type { Notification } from "./notification.ts";
import type { HeardVote, Vote } from "./vote.ts";

/** A notification and who sent it, waiting to be looked at. */
export type Heard = { readonly sid: number; readonly notification: Notification };

/** All that one server knows during its election, and the clock that outlives it. */
export type Election = {
  /** The round, ZooKeeper's logicalclock: counts the elections of this process. */
  round: number;
  /** Who this server would elect now. */
  proposal: Vote;
  /** Votes of this round, by sid. */
  readonly received: Map<number, HeardVote>;
  /** Votes of servers that are not looking, by sid. */
  readonly outside: Map<number, HeardVote>;
  /** Received and not yet looked at. Own votes come in here as well. */
  readonly inbox: Heard[];
  /** A quorum agrees; only silence is missing. */
  finalizing: boolean;
  /** ms; the present wait for a notification, doubled each time nothing comes. */
  waitMs: number;
  /** Monotonic ms; when the present wait is over unless a notification comes. */
  waitUntilMs: number;
  startedMs: number;
};

/** What the connection manager knows of one other server. */
export type Peer = {
  readonly sid: number;
  /** Where to reach it; follows what it says of itself in its initial message. */
  address: string;
  /** The one notification that waits to be sent; a newer one replaces it. */
  queued: Notification | null;
  /** Sent again whenever a connection comes up and nothing newer waits. Never forgotten. */
  lastSent: Notification | null;
  /** Has anything ever been sent or queued to it? */
  known: boolean;
  /** The connection that is up, 0 without one. */
  conn: ConnId;
  /** The connection that is being opened, 0 without one. */
  opening: ConnId;
};

/** The connection manager: one election connection a pair of servers, opened by the larger sid. */
export type Connections = {
  readonly peers: Map<number, Peer>;
  /** Who is at the other end of an open connection. */
  readonly sidOf: Map<ConnId, number>;
  /** Connections that came in and have not said whose they are. */
  readonly arrivals: Set<ConnId>;
};
