import type { Database } from "../tree/database.ts";
import type { Configuration } from "../ensemble/configuration.ts";
import type { SessionId } from "../session/session-id.ts";
import type { ConnId } from "../message.ts";
import type { Txn } from "../txn.ts";
import type { Zxid } from "../zxid.ts";
import type { QuorumPacket } from "./packet.ts";
import type { Truncating } from "./truncating-state.ts";

export type LearnerStage =
  /** Opening the connection, up to five times. */
  | "connecting"
  /** FOLLOWERINFO is sent; waits for LEADERINFO. */
  | "info"
  /** ACKEPOCH is sent; waits for DIFF, TRUNC or SNAP. */
  | "sync"
  /** Receiving what it lacks, up to NEWLEADER. */
  | "receiving"
  /** NEWLEADER is acked; waits for UPTODATE. */
  | "adopted"
  | "broadcast";

/** Everything that exists only while this server follows or observes. */
export type Learner = {
  readonly leader: number;
  readonly observer: boolean;
  conn: ConnId;
  stage: LearnerStage;
  triesLeft: number;
  /** The leader's epoch, once LEADERINFO told it. */
  epoch: number;
  mode: "DIFF" | "TRUNC" | "SNAP" | null;
  /** The main thread waits for the disk: packets queue up. */
  busy: boolean;
  readonly inbox: QuorumPacket[];
  /** Proposals received and not yet committed, in order. */
  readonly pending: Txn[];
  /** zxids committed and not yet acted on (only until UPTODATE). */
  readonly committed: Zxid[];
  /** The tree that SNAP brings, while it arrives, or that a TRUNC goes back to; and the snapshot's zxid. */
  incoming: Database | null;
  snapZxid: Zxid;
  truncating: Truncating | null;
  /** Snapshots that claim to be newer than the leader's history: removed once that is in place. */
  stale: string[];
  /** The tree in memory is the leader's and not yet on disk: it must not outlive this role. */
  unsaved: boolean;
  lastQueued: Zxid;
  heardMs: number;
  silenceMs: number;
  /** Sessions touched since the last PING was answered. */
  touched: Map<SessionId, number>;
  /** The configuration that NEWLEADER brought: in force from UPTODATE on. */
  configuration: Configuration | null;
  /** Own clients that wait for REVALIDATE, by session. */
  readonly revalidating: Map<SessionId, ConnId>;
  /** Own clients' syncs, in the order in which they were asked for. */
  readonly syncs: { readonly sessionId: SessionId; readonly cxid: number }[];
};
