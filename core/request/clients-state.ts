import type { ConnId } from "../message.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Identity } from "../tree/acl.ts";
import { createWatches, type Watches } from "../tree/watches.ts";

/** One client connection. */
export type ClientConn = {
  readonly conn: ConnId;
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
};

/** The connections of this server's clients, and their watches. */
export type Clients = {
  readonly byConn: Map<ConnId, ClientConn>;
  /** The connection that holds a session here. */
  readonly bySession: Map<SessionId, ConnId>;
  readonly watches: Watches;
  /** The next new session's id; 0 until the first one. */
  nextSessionId: SessionId;
};

export function createClients(): Clients {
  return {
    byConn: new Map(),
    bySession: new Map(),
    watches: createWatches(),
    nextSessionId: 0n as SessionId,
  };
}
