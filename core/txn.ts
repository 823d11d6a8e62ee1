import type { SessionId } from "./session/session-id.ts";
import type { Acl } from "./tree/acl.ts";
import type { Zxid } from "./zxid.ts";

/** Operation and transaction types, as numbered on the wire and in the log. */
export const OpCode = {
  closeSession: -11,
  createSession: -10,
  error: -1,
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  createContainer: 19,
  deleteContainer: 20,
  createTtl: 21,
  checkWatches: 17,
  removeWatches: 18,
  multiRead: 22,
  auth: 100,
  sasl: 102,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  addWatch: 106,
  whoAmI: 107,
} as const;

/** What a transaction does; each carries absolute values, so that replaying one twice changes nothing. */
export type TxnBody =
  | { readonly kind: "createSession"; readonly timeoutMs: number }
  /** `paths` is null where the writer was older than 3.6 or had the list switched off. */
  | { readonly kind: "closeSession"; readonly paths: readonly string[] | null }
  | { readonly kind: "error"; readonly err: number }
  | {
      readonly kind: "create";
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[];
      readonly ephemeral: boolean;
      /** −1 in records older than 3.4. */
      readonly parentCversion: number;
    }
  | {
      readonly kind: "createContainer";
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[];
      readonly parentCversion: number;
    }
  | {
      readonly kind: "createTtl";
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[];
      readonly parentCversion: number;
      readonly ttlMs: number;
    }
  | { readonly kind: "delete"; readonly path: string }
  | {
      readonly kind: "setData";
      readonly path: string;
      readonly data: Uint8Array | null;
      /** The new version. */
      readonly version: number;
    }
  | {
      readonly kind: "setAcl";
      readonly path: string;
      readonly acl: readonly Acl[];
      /** The new aversion. */
      readonly version: number;
    }
  | { readonly kind: "check"; readonly path: string; readonly version: number }
  | { readonly kind: "multi"; readonly txns: readonly SubTxn[] };

/** One operation of a multi; `type` is the number in the record (1 and 15 share a body). */
export type SubTxn = { readonly type: number; readonly body: TxnBody };

/** Who asked for a transaction, and when. `timeMs` is the leader's wall clock. */
export type TxnHeader = {
  readonly clientId: SessionId;
  readonly cxid: number;
  readonly zxid: Zxid;
  readonly timeMs: number;
  readonly type: number;
};

/**
 * One transaction. Frozen when made and shared by every server of a simulation:
 * the bytes are encoded once, by the leader, and logged verbatim by everybody.
 */
export type Txn = TxnHeader & {
  readonly body: TxnBody;
  /** The digest of the whole tree after this transaction, or null where the writer gave none. */
  readonly digest: bigint | null;
  /** The framed log record: i64 Adler-32, i32 length, entry, 0x42. */
  readonly record: Uint8Array;
};
