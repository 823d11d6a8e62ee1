import type { ConnId } from "../message.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Sessions } from "../session/tracker.ts";
import type { Identity } from "../tree/acl.ts";
import { createWatches, type Watches } from "../tree/watches.ts";
import type { Operation } from "./operation.ts";
import type { SaslExchange } from "./sasl-digest.ts";

/** One client connection. */
export type ClientConn = {
  readonly conn: ConnId;
  /** Where it comes from, as the world writes it: limits are counted by it. */
  readonly address: string;
  sessionId: SessionId;
  timeoutMs: number;
  stage: "new" | "connecting" | "established" | "closing";
  heardMs: number;
  /** Who it is; replaced, never changed, so that a request keeps those it was sent with. */
  identities: readonly Identity[];
  /** What its ConnectRequest said; null from a client that does not know the question. */
  readOnly: boolean | null;
  /** Its session is known to this server alone. */
  local: boolean;
  /** Requests with an xid above 0 that have come and are not answered. */
  outstandingCount: number;
  /** The world was asked to read no more from it for now. */
  paused: boolean;
  /** Where it stands with SASL; null before its first token. */
  sasl: SaslExchange | null;
};

/** A request that has to wait in front of the pipeline, since when. */
export type ThrottledRequest = {
  readonly conn: ConnId;
  readonly xid: number;
  readonly op: Operation;
  readonly sinceMs: number;
};

/** Tokens that ConnectRequests take, and the chance that one is dropped all the same. */
export type ConnectBucket = {
  tokens: number;
  filledMs: number;
  dropChance: number;
  changedMs: number;
};

/** The connections of this server's clients, and their watches. */
export type Clients = {
  readonly byConn: Map<ConnId, ClientConn>;
  /** The connection that holds a session here. */
  readonly bySession: Map<SessionId, ConnId>;
  /** Connections from each address. */
  readonly countByAddress: Map<string, number>;
  /** Requests that wait in front of the pipeline, oldest first; empty unless `requestsMax` is set. */
  readonly throttled: ThrottledRequest[];
  readonly bucket: ConnectBucket;
  readonly watches: Watches;
  /** The sum of what is outstanding on all connections. */
  outstandingCount: number;
  /** The next new session's id; 0 until the first one. */
  nextSessionId: SessionId;
  /** Sessions that only this server knows; null until the first one. */
  localSessions: Sessions | null;
};

export function createClients(): Clients {
  return {
    byConn: new Map(),
    bySession: new Map(),
    countByAddress: new Map(),
    throttled: [],
    bucket: { tokens: 0, filledMs: -Infinity, dropChance: 0, changedMs: 0 },
    watches: createWatches(),
    outstandingCount: 0,
    nextSessionId: 0n as SessionId,
    localSessions: null,
  };
}
