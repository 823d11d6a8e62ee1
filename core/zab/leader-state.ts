import type { Cleaner } from "../request/cleaner-state.ts";
import { itemAt, type Ring } from "../ring.ts";
import type { Quorum } from "../election/quorum.ts";
import type { Operation } from "../request/operation.ts";
import type { Pending } from "../request/pending.ts";
import type { Sessions } from "../session/tracker.ts";
import type { SessionId } from "../session/session-id.ts";
import type { SnapshotWalk } from "../storage/snapshot-walk.ts";
import type { ConnId } from "../message.ts";
import type { Identity } from "../tree/acl.ts";
import type { Txn } from "../txn.ts";
import type { Zxid } from "../zxid.ts";
import type { QuorumPacket } from "./packet.ts";

/** A transaction on its way to a quorum, or to two while a reconfiguration is pending. `acks` holds voters only. */
export type Proposal = {
  readonly txn: Txn;
  readonly acks: number[];
  readonly quorum: Quorum;
  /** Of the configuration that is proposed, by this proposal or by one in front of it. */
  readonly next: Quorum | null;
};

/** Where the handler of one learner has got to (spec 4.5). */
export type HandlerStage =
  /** Waits for FOLLOWERINFO or OBSERVERINFO. */
  | "info"
  /** Waits for a quorum to fix the epoch. */
  | "epoch"
  /** LEADERINFO is sent; waits for ACKEPOCH. */
  | "ackEpoch"
  /** Waits for a quorum of epoch acks. */
  | "epochAcks"
  /** Chooses how to bring the learner up to date, then does so. */
  | "sync"
  /** NEWLEADER is queued; waits for its ack. */
  | "newLeader"
  /** Acked; waits for a quorum of others. */
  | "acked"
  /** UPTODATE is queued: an ordinary learner. */
  | "broadcast";

/** The leader's side of one learner. */
export type Handler = {
  readonly conn: ConnId;
  sid: number;
  observer: boolean;
  stage: HandlerStage;
  /** The learner's last zxid and epoch, from ACKEPOCH. */
  peerZxid: Zxid;
  /** What it has been given, or had: commits are sent only beyond it, and it serves nobody before. */
  upTo: Zxid;
  /** The newest proposal it acked before NEWLEADER, 0 without one: counted once NEWLEADER is acked. */
  ackedEarly: Zxid;
  /** Does it get new proposals (informs, for an observer)? */
  forwarding: boolean;
  /** Packets wait here until the sender starts. */
  readonly queue: QuorumPacket[];
  sending: boolean;
  /** Packets read before this leader accepts anybody. */
  readonly early: QuorumPacket[];
  mode: "DIFF" | "TRUNC" | "SNAP" | null;
  /** The SNAP stream under way. */
  walk: SnapshotWalk | null;
  /** Waits for log files to be read, 0 when not. */
  readTicket: number;
  /** Tick until which it counts as a supporter. */
  deadlineTick: number;
  heardMs: number;
  silenceMs: number;
  /** The oldest proposal sent and not acked, and when; 0 zxid when none. */
  unackedZxid: Zxid;
  unackedSinceMs: number;
  newestUnackedZxid: Zxid;
  newestUnackedMs: number;
};

/** A request on its way through the leader's prep thread. `owner` is the handler's connection, 0 for own clients. */
export type PrepItem = {
  readonly sessionId: SessionId;
  readonly cxid: number;
  readonly op: Operation;
  /** Who the client was when it asked. */
  readonly identities: readonly Identity[];
  readonly owner: ConnId;
  /** The connection of an own client, 0 otherwise. */
  readonly client: ConnId;
};

/** Everything that exists only while this server is elected. */
export type Leader = {
  /** The epoch once fixed, else the highest asked for so far. */
  epoch: number;
  stage: "loading" | "discovery" | "epochAcks" | "synchronization" | "broadcast" | "failed";
  readonly connecting: Set<number>;
  epochFixed: boolean;
  /** acceptedEpoch is on disk: LEADERINFO may be sent. */
  epochDurable: boolean;
  readonly epochAcks: Set<number>;
  epochAcked: boolean;
  readonly newLeaderAcks: Set<number>;
  /** Own history when the role began: its epoch and last zxid. */
  readonly summaryEpoch: number;
  readonly summaryZxid: Zxid;
  readonly handlers: Map<ConnId, Handler>;
  /** False once a reconfiguration has named somebody else. */
  mayCommit: boolean;
  lastProposed: Zxid;
  lastCommitted: Zxid;
  /** In zxid order, without a gap: see {@link outstandingAt}. */
  readonly outstanding: Ring<Proposal>;
  /** Committed, not yet applied; in zxid order. */
  readonly toBeApplied: Ring<Txn>;
  /** Who waits with a sync for a zxid to commit. */
  readonly syncs: Map<Zxid, ConnId[]>;
  readonly prep: PrepItem[];
  prepAwake: boolean;
  readonly pending: Pending;
  readonly sessions: Sessions;
  cleaner: Cleaner;
  /** Learners that have acked NEWLEADER and wait for what they hold to commit. */
  heldCount: number;
  tick: number;
  evenHalf: boolean;
};

/** The proposal of `zxid`, while it waits for its quorum. */
export function outstandingAt({ outstanding }: Leader, zxid: Zxid): Proposal | undefined {
  const first = itemAt(outstanding, 0);
  return first === undefined || zxid < first.txn.zxid
    ? undefined
    : itemAt(outstanding, Number(zxid - first.txn.zxid));
}
