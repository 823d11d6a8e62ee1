import type { ConnId, Message, Port } from "./message.ts";
import type { Identity } from "./tree/acl.ts";

/** The timers that a server arms. `of` in an event says whose: a sid, a connection, or 0. */
export type TimerName =
  /** FLE: wait for the next notification; grows from 200 ms to 60 s. */
  | "notification"
  /** FLE: 200 ms of silence after a quorum agrees. */
  | "finalize"
  /** Connection manager, of a sid: giving up on opening an election connection. */
  | "electionConnect"
  /** Connection manager, of a connection: giving up on a silent acceptor's initial message. */
  | "hello"
  /** Observer: the random pause before it looks for a leader again. */
  | "observerPause"
  /** Learner: the pause between two tries to reach the leader, and the limit on all of them. */
  | "learnerRetry"
  | "learnerConnect"
  /** Learner: nothing heard from the leader. */
  | "leaderSilence"
  /** Leader: half a tick. */
  | "halfTick"
  /** Leader: waiting for a quorum of epochs, epoch acks or NEWLEADER acks. */
  | "quorumWait"
  /** Leader, of a connection: nothing heard from a learner. */
  | "learnerSilence"
  /** The next bucket of sessions to expire; 0 is the leader's, 1 any server's own local ones. */
  | "expire"
  /** Logging thread: more may come before the flush. */
  | "flush"
  /** Leader: the next look for containers and TTL znodes that have outlived their use, or its next find. */
  | "containers"
  /** Server, of a connection: a client that says nothing. */
  | "clientSilence"
  /** Looking for a leader in vain: from here on reads are served. */
  | "readOnlyWait";

/** The threads of a real server whose interleaving can be seen. Each step of one is an event of its own. */
export type ThreadName =
  /** PrepRequestProcessor: validates writes, assigns zxids. */
  | "prep"
  /** SyncRequestProcessor: appends, then flushes. */
  | "logger"
  /** CommitProcessor and what follows: applies, answers. */
  | "commit"
  /** LearnerHandler, of a connection: one step of bringing a learner up to date. */
  | "handler"
  /** The background snapshot: a few znodes a step. */
  | "snapshot";

export type FileInfo = { readonly name: string; readonly lengthBytes: number };
/** A compressed snapshot is handed over as what it holds, or with the reason why that cannot be told. */
export type FileContent = {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly broken?: string;
};

/** Everything that can happen to a server. */
export type ServerEvent =
  | { readonly kind: "received"; readonly conn: ConnId; readonly message: Message }
  | { readonly kind: "woke"; readonly thread: ThreadName; readonly of: number }
  /** The sync, load or read with this ticket is done. */
  | { readonly kind: "synced"; readonly ticket: number }
  | { readonly kind: "fired"; readonly timer: TimerName; readonly of: number }
  /** `from` is the other side's address without its port; `identities` what its certificate proves. */
  | {
      readonly kind: "accepted";
      readonly port: Port;
      readonly conn: ConnId;
      readonly from: string;
      readonly identities?: readonly Identity[];
    }
  | { readonly kind: "connected"; readonly conn: ConnId }
  /** The other side closed or reset it, refused it, or could not be reached. Nothing more comes from it. */
  | { readonly kind: "disconnected"; readonly conn: ConnId }
  /**
   * The process starts. `entropy` seeds its own few draws (0 … 2^32 − 1);
   * wall clock = monotonic clock + `wallOffsetMs`.
   */
  | { readonly kind: "started"; readonly entropy: number; readonly wallOffsetMs: number }
  /** Somebody has set the machine's wall clock. The monotonic one knows nothing of it. */
  | { readonly kind: "clockSet"; readonly wallOffsetMs: number }
  | { readonly kind: "listed"; readonly ticket: number; readonly files: readonly FileInfo[] }
  | { readonly kind: "read"; readonly ticket: number; readonly files: readonly FileContent[] }
  /** A write or sync failed. The process ends, as the real one does. */
  | { readonly kind: "diskFailed"; readonly reason: string }
  /** An orderly stop was asked for. */
  | { readonly kind: "stopped" };
