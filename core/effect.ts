import type { TimerName, ThreadName } from "./event.ts";
import type { ServerState } from "./election/notification.ts";
import type { ConnId, Message, Port } from "./message.ts";
import type { Remark } from "./remark.ts";
import type { Txn } from "./txn.ts";
import type { Zxid } from "./zxid.ts";

/** Everything a server asks of the world, in the order in which it must be done. */
export type ServerEffect =
  // network
  | { readonly kind: "send"; readonly conn: ConnId; readonly message: Message }
  | {
      readonly kind: "connect";
      readonly conn: ConnId;
      readonly port: Port;
      readonly address: string;
    }
  | { readonly kind: "close"; readonly conn: ConnId }
  /**
   * Read no more from this client, or go on. What was read before may still be handed in, but costs memory.
   * A closed connection needs no resuming.
   */
  | { readonly kind: "pauseReading"; readonly conn: ConnId }
  | { readonly kind: "resumeReading"; readonly conn: ConnId }
  | { readonly kind: "listen"; readonly port: Port }
  | { readonly kind: "unlisten"; readonly port: Port }
  // time and threads
  | {
      readonly kind: "arm";
      readonly timer: TimerName;
      readonly of: number;
      readonly afterMs: number;
    }
  | { readonly kind: "disarm"; readonly timer: TimerName; readonly of: number }
  | { readonly kind: "wake"; readonly thread: ThreadName; readonly of: number }
  // disk: all names are relative to version-2/; what is written is in the page cache until a sync
  | { readonly kind: "append"; readonly file: string; readonly txns: readonly Txn[] }
  /** The file is at least this long from here on; zeros fill it. */
  | { readonly kind: "allocate"; readonly file: string; readonly lengthBytes: number }
  /** Replaces or creates a whole file. */
  | { readonly kind: "write"; readonly file: string; readonly bytes: Uint8Array }
  /** Adds bytes behind what was written to a file. */
  | { readonly kind: "extend"; readonly file: string; readonly bytes: Uint8Array }
  | { readonly kind: "rename"; readonly file: string; readonly to: string }
  | { readonly kind: "remove"; readonly file: string }
  | { readonly kind: "truncate"; readonly file: string; readonly lengthBytes: number }
  /** Answered by `synced` when all that was written to these files before is durable. */
  | { readonly kind: "sync"; readonly files: readonly string[]; readonly ticket: number }
  | { readonly kind: "list"; readonly ticket: number }
  | { readonly kind: "read"; readonly files: readonly string[]; readonly ticket: number }
  // configuration
  /**
   * To be kept, durable before what follows it is done: the text goes to the file of its version, or, while it is not
   * known to be committed, to the one for the next configuration. Ports and addresses are those of the new text.
   */
  | {
      readonly kind: "configured";
      readonly version: Zxid;
      readonly text: string;
      readonly committed: boolean;
    }
  // the end
  /** The process ends. Codes are those of the real server: 1, 10, 12, 13, 14. */
  | { readonly kind: "exit"; readonly code: number; readonly reason: string }
  | Observation;

/**
 * What a server says about itself, for logs, traces and checkers. The world may ignore all of it:
 * a driver that drops these changes nothing.
 */
export type Observation =
  /** The database was read from disk. */
  | {
      readonly kind: "recovered";
      readonly zxid: Zxid;
      readonly txnCount: number;
      readonly digest: bigint;
    }
  | { readonly kind: "elected"; readonly leader: number; readonly electionEpoch: number }
  /** A role begins, or has ended (LOOKING). */
  | { readonly kind: "became"; readonly state: ServerState; readonly reason: string }
  /** A leader fixed its epoch with a quorum of accepted epochs / of epoch acks. */
  | { readonly kind: "epochFixed"; readonly epoch: number }
  | { readonly kind: "epochAcked"; readonly epoch: number }
  /** A leader collected a quorum of NEWLEADER acks. */
  | { readonly kind: "established"; readonly epoch: number }
  /** How a leader brings a learner up to date. */
  | {
      readonly kind: "syncChosen";
      readonly learner: number;
      readonly mode: "DIFF" | "TRUNC" | "SNAP";
      readonly peerZxid: Zxid;
      readonly zxid: Zxid;
    }
  /** A learner's history is the one that NEWLEADER closed, and durable. */
  | { readonly kind: "historyAdopted"; readonly epoch: number }
  /** Clients are served from here on. */
  | { readonly kind: "serving"; readonly epoch: number }
  /** A leader proposed this transaction. */
  | { readonly kind: "proposed"; readonly txn: Txn }
  /** A leader committed it. */
  | { readonly kind: "committed"; readonly txn: Txn }
  /** It was applied to the tree as committed. */
  | { readonly kind: "delivered"; readonly txn: Txn; readonly digest: bigint }
  /** The tree was replaced by the leader's, which stands for everything up to zxid. */
  | { readonly kind: "snapshotDelivered"; readonly zxid: Zxid }
  /** It was applied because it is in the own log, committed or not (a role ended). */
  | { readonly kind: "fastForwarded"; readonly txn: Txn; readonly digest: bigint }
  /** The log was cut: nothing above zxid is left. */
  | { readonly kind: "truncated"; readonly zxid: Zxid }
  | { readonly kind: "sessionExpired"; readonly sessionId: bigint }
  | Remark
  /** Something worth a line in a log. */
  | { readonly kind: "warned"; readonly text: string };
