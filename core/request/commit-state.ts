import type { ConnId } from "../message.ts";
import { createRing, type Ring } from "../ring.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Identity } from "../tree/acl.ts";
import type { Txn } from "../txn.ts";
import type { Operation } from "./operation.ts";

/** A request of an own client, waiting for its turn. */
export type LocalRequest = {
  readonly conn: ConnId;
  readonly sessionId: SessionId;
  readonly cxid: number;
  readonly op: Operation;
  /** Who the client was when it asked. */
  readonly identities: readonly Identity[];
  /** It has to wait until it is committed (a write), or until the leader has answered (a sync). */
  readonly awaits: boolean;
};

/** What the commit thread works off, in order: commits, and syncs that the leader has answered. */
export type CommitItem =
  | { readonly kind: "txn"; readonly txn: Txn }
  | { readonly kind: "sync"; readonly sessionId: SessionId; readonly cxid: number };

/** The commit pipeline (CommitProcessor) of one server. */
export type CommitQueue = {
  readonly items: Ring<CommitItem>;
  awake: boolean;
  /** Requests of own clients by session, in order; the first one waits for its commit. */
  readonly waiting: Map<SessionId, LocalRequest[]>;
};

export function createCommitQueue(): CommitQueue {
  return { items: createRing(), awake: false, waiting: new Map() };
}
