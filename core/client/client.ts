import { createDraws, type Draws } from "../draw.ts";
import type { ConnId } from "../message.ts";
import type { Operation } from "../request/operation.ts";
import { NO_SESSION, type SessionId } from "../session/session-id.ts";
import { ZERO_ZXID, type Zxid } from "../zxid.ts";
import type { SessionState } from "./event.ts";
import { noWatches, type Watches } from "./watches.ts";

/** A request of the program, or one of the client's own (ticket {@link OWN_TICKET}). */
export type Pending = { readonly ticket: number; readonly op: Operation; xid: number };

/** The ticket of requests that no program waits for: setWatches, and the closing of the session. */
export const OWN_TICKET = -1;

/** All one client knows. Plain data: cloned at checkpoints. */
export type Client = {
  /** `host:port` of the servers it may use, as configured. */
  readonly addresses: readonly string[];
  readonly requestedTimeoutMs: number;
  state: SessionState;
  sessionId: SessionId;
  password: Uint8Array;
  /** The highest zxid in any reply; a server that has not applied it is refused. */
  lastZxid: Zxid;
  /** Negotiated, or as requested until the first answer. */
  timeoutMs: number;
  /** The addresses in the order in which they are tried, and the index of the one in use. */
  order: string[];
  current: number;
  /** The index that was last reached; coming back to it costs an extra pause. */
  lastReached: number;
  /** No server was reached yet, so that the first tries are made without a pause. */
  isFirstConnect: boolean;
  /** idle: waiting for `retry`, or over; opening: no TCP yet; greeting: no session yet. */
  link: "idle" | "opening" | "greeting" | "attached";
  conn: ConnId;
  lastConn: ConnId;
  /** Monotonic ms. */
  lastSentMs: number;
  lastHeardMs: number;
  lastXid: number;
  /** Not sent yet, oldest first. */
  queued: Pending[];
  /** Sent and not answered, oldest first from `pendingHead`. Replies come in this order. */
  pending: Pending[];
  pendingHead: number;
  readonly watches: Watches;
  /** The session's end was asked for: no server is tried after this one. */
  closing: boolean;
  /** The order of the servers, and the pauses between tries. */
  readonly draws: Draws;
};

export function createClient(addresses: readonly string[], requestedTimeoutMs: number): Client {
  if (addresses.length === 0) throw new RangeError("a client needs at least one address");
  return {
    addresses,
    requestedTimeoutMs,
    state: "none",
    sessionId: NO_SESSION,
    password: new Uint8Array(16),
    lastZxid: ZERO_ZXID,
    timeoutMs: requestedTimeoutMs,
    order: [],
    current: -1,
    lastReached: -1,
    isFirstConnect: true,
    link: "idle",
    conn: 0,
    lastConn: 0,
    lastSentMs: 0,
    lastHeardMs: 0,
    lastXid: 0,
    queued: [],
    pending: [],
    pendingHead: 0,
    watches: noWatches(),
    closing: false,
    draws: createDraws(0),
  };
}

/** ms without a word after which a server is given up: two thirds of the session's timeout. */
export function readTimeoutMs(client: Client): number {
  return Math.floor((client.timeoutMs * 2) / 3);
}

/** ms that one server may take to connect, and again to give the session. */
export function connectTimeoutMs(client: Client): number {
  return Math.max(1, Math.floor(client.timeoutMs / client.addresses.length));
}

const PING_MAX_MS = 10_000;

/** ms of own silence after which a ping goes out. */
export function pingAfterMs(client: Client): number {
  return Math.min(PING_MAX_MS, Math.max(1, Math.floor(readTimeoutMs(client) / 2)));
}
