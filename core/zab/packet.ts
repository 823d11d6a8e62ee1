import type { Operation } from "../request/operation.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Acl, Identity } from "../tree/acl.ts";
import type { NodeRecord } from "../tree/node-record.ts";
import type { Txn } from "../txn.ts";
import type { Zxid } from "../zxid.ts";

/** A session and its negotiated timeout in ms, as PING and REVALIDATE carry it. */
export type SessionTouch = { readonly sessionId: SessionId; readonly timeoutMs: number };

/**
 * What travels on a quorum port. L is a learner, M the leader.
 * The raw stream behind SNAP is cut into pieces, each a step of its own.
 */
export type QuorumPacket =
  /** L → M: zxid is `acceptedEpoch << 32`. */
  | {
      readonly kind: "FOLLOWERINFO";
      readonly zxid: Zxid;
      readonly sid: number;
      readonly configVersion: Zxid;
    }
  | {
      readonly kind: "OBSERVERINFO";
      readonly zxid: Zxid;
      readonly sid: number;
      readonly configVersion: Zxid;
    }
  /** M → L: zxid is `newEpoch << 32`. */
  | { readonly kind: "LEADERINFO"; readonly zxid: Zxid }
  /** L → M: the last logged zxid; epoch is currentEpoch, or −1 for "do not count me". */
  | { readonly kind: "ACKEPOCH"; readonly zxid: Zxid; readonly epoch: number }
  | { readonly kind: "DIFF"; readonly zxid: Zxid }
  | { readonly kind: "TRUNC"; readonly zxid: Zxid }
  | { readonly kind: "SNAP"; readonly zxid: Zxid }
  | SnapshotPiece
  | { readonly kind: "PROPOSAL"; readonly txn: Txn }
  | { readonly kind: "COMMIT"; readonly zxid: Zxid }
  | { readonly kind: "INFORM"; readonly txn: Txn }
  /** A reconfiguration is committed, and `leader` leads from here on. */
  | { readonly kind: "COMMITANDACTIVATE"; readonly zxid: Zxid; readonly leader: number }
  | { readonly kind: "INFORMANDACTIVATE"; readonly txn: Txn; readonly leader: number }
  /** zxid is `epoch << 32`; `config` is the text of the leader's configuration. */
  | { readonly kind: "NEWLEADER"; readonly zxid: Zxid; readonly config: string }
  | { readonly kind: "UPTODATE" }
  | { readonly kind: "ACK"; readonly zxid: Zxid }
  /** M → L without sessions; L → M with those touched since its last answer. */
  | {
      readonly kind: "PING";
      readonly zxid: Zxid;
      readonly sessions: readonly SessionTouch[] | null;
    }
  /** L → M without verdict; M → L with one, and without the timeout: 0. */
  | {
      readonly kind: "REVALIDATE";
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
      readonly valid: boolean | null;
    }
  | { readonly kind: "SYNC" }
  | {
      readonly kind: "REQUEST";
      readonly sessionId: SessionId;
      readonly cxid: number;
      readonly op: Operation;
      readonly identities: readonly Identity[];
    };

/** A run of the SNAP stream: sessions and ACLs with the first, then nodes, parents before children; `last` ends it. */
export type SnapshotPiece = {
  readonly kind: "SNAPPIECE";
  readonly sessions: readonly SessionTouch[] | null;
  readonly acls: readonly { readonly id: number; readonly acl: readonly Acl[] }[] | null;
  readonly nodes: readonly NodeRecord[];
  readonly last: boolean;
};
