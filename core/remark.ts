import type { Member } from "./config.ts";
import type { Notification, ServerState } from "./election/notification.ts";
import type { ZabPhase } from "./server-state.ts";
import type { Zxid } from "./zxid.ts";

/**
 * Observations that only a log needs, made where {@link ServerConfig.talkative} asks for them: data, whose words are
 * the log's.
 * @see spec election-and-zab 10
 */
export type Remark =
  /** A round of an election begins, with this server's own last zxid. */
  | { readonly kind: "electionStarted"; readonly zxid: Zxid }
  /** A voter's notification, the own ones included; `state` is the receiver's. */
  | {
      readonly kind: "heard";
      readonly sid: number;
      readonly notification: Notification;
      readonly state: ServerState;
    }
  /** Nothing came for a while; the next wait is this long. */
  | { readonly kind: "electionWait"; readonly ms: number }
  | { readonly kind: "electionTook"; readonly ms: number; readonly state: ServerState }
  /** State and its finer parts; `sync` is null while nobody is brought up to date. */
  | {
      readonly kind: "stateDetail";
      readonly state: ServerState;
      readonly phase: ZabPhase;
      readonly sync: "DIFF" | "TRUNC" | "SNAP" | null;
    }
  /** An election connection could not be kept or opened, or came, or went. */
  | {
      readonly kind: "electionLink";
      readonly what: "dropped" | "unreachable" | "broken" | "received";
      readonly sid: number;
      readonly address: string;
    }
  /** A learner has introduced itself; it is no member where `member` is null. */
  | {
      readonly kind: "learnerFound";
      readonly sid: number;
      readonly member: Member | null;
      readonly configVersion: Zxid;
    }
  /** What a leader looks at before it chooses how to bring a learner up to date. */
  | {
      readonly kind: "synchronizing";
      readonly learner: number;
      readonly max: Zxid;
      readonly min: Zxid;
      readonly last: Zxid;
      readonly peer: Zxid;
    }
  /** What a learner is brought up to date with, and the packets that end it. */
  | {
      readonly kind: "syncTold";
      readonly packet: "DIFF" | "TRUNC" | "SNAP" | "NEWLEADER" | "UPTODATE";
      readonly zxid: Zxid;
    }
  /** A leader is established by these servers. */
  | { readonly kind: "supported"; readonly sids: readonly number[]; readonly zxid: Zxid }
  /** A role begins to end. */
  | { readonly kind: "roleEnded"; readonly state: ServerState; readonly reason: string };
