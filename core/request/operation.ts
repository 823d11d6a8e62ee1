import type { SessionId } from "../session/session-id.ts";
import type { Acl, Identity } from "../tree/acl.ts";
import type { Stat } from "../tree/stat.ts";
import type { Zxid } from "../zxid.ts";

/** An entry of an access control list as a client sent it. What is wrong with it is judged with the request. */
export type SentAcl = {
  readonly perms: number;
  readonly scheme: string | null;
  readonly id: string | null;
};

/** One create, in any of its four forms. */
export type CreateOp = {
  readonly kind: "create";
  /** 1 create, 15 create2, 19 createContainer, 21 createTTL; the first answers the path, the others also its Stat. */
  readonly type: 1 | 15 | 19 | 21;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly SentAcl[] | null;
  /** 0 … 6: persistent, ephemeral, sequential, both, container, TTL, sequential TTL. */
  readonly flags: number;
  /** ms; −1 in all forms but createTTL. */
  readonly ttlMs: number;
};

export type DeleteOp = {
  readonly kind: "delete";
  readonly path: string;
  readonly version: number;
};

export type SetDataOp = {
  readonly kind: "setData";
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly version: number;
};

export type SetAclOp = {
  readonly kind: "setAcl";
  readonly path: string;
  readonly acl: readonly SentAcl[] | null;
  /** Compared with aversion. */
  readonly version: number;
};

/** Only ever a part of a multi. */
export type CheckOp = { readonly kind: "check"; readonly path: string; readonly version: number };

export type MultiOp = CreateOp | DeleteOp | SetDataOp | CheckOp;

export type ExistsOp = {
  readonly kind: "exists";
  readonly path: string;
  readonly watch: boolean;
};

export type GetDataOp = {
  readonly kind: "getData";
  readonly path: string;
  readonly watch: boolean;
};

export type GetChildrenOp = {
  readonly kind: "getChildren";
  /** 12 (getChildren2) also answers the parent's Stat. */
  readonly type: 8 | 12;
  readonly path: string;
  readonly watch: boolean;
};

export type SetWatchesOp = {
  readonly kind: "setWatches";
  /** 105 (setWatches2) has the last two lists; they are empty in 101. */
  readonly type: 101 | 105;
  readonly relativeZxid: Zxid;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent: readonly string[];
  readonly recursive: readonly string[];
};

export type ReconfigOp = {
  readonly kind: "reconfig";
  readonly joining: string | null;
  readonly leaving: string | null;
  readonly members: string | null;
  /** The version that the present configuration must have; −1 is any. */
  readonly fromVersion: bigint;
};

/** What a client asks for. `type` is the number on the wire where one shape serves two. */
export type Operation =
  | CreateOp
  | DeleteOp
  | SetDataOp
  | SetAclOp
  | { readonly kind: "multi"; readonly ops: readonly MultiOp[] }
  | ReconfigOp
  | ExistsOp
  | GetDataOp
  | GetChildrenOp
  | { readonly kind: "getAcl"; readonly path: string }
  | { readonly kind: "getAllChildrenNumber"; readonly path: string }
  /** Null, blank or `/` is all of the session's ephemerals. */
  | { readonly kind: "getEphemerals"; readonly prefix: string | null }
  /** A list of writes, which decodes as well, is refused with −5 and an empty multi as its result. */
  | { readonly kind: "multiRead"; readonly ops: readonly (GetDataOp | GetChildrenOp | MultiOp)[] }
  | { readonly kind: "sync"; readonly path: string | null }
  | SetWatchesOp
  /** `type` 1 children, 2 data, 3 any. */
  | { readonly kind: "checkWatches"; readonly path: string; readonly type: number }
  | { readonly kind: "removeWatches"; readonly path: string; readonly type: number }
  /** `mode` 0 persistent, 1 persistent and recursive. */
  | { readonly kind: "addWatch"; readonly path: string; readonly mode: number }
  | { readonly kind: "whoAmI" }
  | { readonly kind: "ping" }
  | { readonly kind: "closeSession" }
  // Answered by the connection itself, ahead of everything that waits.
  | { readonly kind: "auth"; readonly scheme: string | null; readonly auth: Uint8Array | null }
  | { readonly kind: "sasl"; readonly token: Uint8Array | null }
  // What a connection carried that is not one of these.
  /** A known type whose body does not decode: answered −5, and by a write with a zxid spent on it. */
  | { readonly kind: "malformed"; readonly type: number; readonly body: Uint8Array }
  /** Answered −6, and the connection is closed. */
  | { readonly kind: "unknown"; readonly type: number }
  // Never sent by a client.
  /** What a ConnectRequest for a new session becomes in the pipeline. */
  | { readonly kind: "createSession"; readonly timeoutMs: number }
  /** The leader's own: an empty container or an outlived TTL znode goes. */
  | { readonly kind: "deleteContainer"; readonly path: string };

/** The first message of a client connection. */
export type ConnectRequest = {
  readonly kind: "connect";
  readonly lastZxidSeen: Zxid;
  readonly timeoutMs: number;
  /** 0 asks for a new session. */
  readonly sessionId: SessionId;
  readonly password: Uint8Array | null;
  /** Will a server without a quorum do? Null from clients older than 3.4, which do not know the question. */
  readonly readOnly: boolean | null;
};

/** The server's answer; `timeoutMs` 0 says that the session is gone. */
export type ConnectResponse = {
  readonly kind: "connectResponse";
  readonly timeoutMs: number;
  readonly sessionId: SessionId;
  readonly password: Uint8Array;
  /** Null for a client that did not ask. */
  readonly readOnly: boolean | null;
};

export type Request = { readonly kind: "request"; readonly xid: number; readonly op: Operation };

export type Result =
  | { readonly kind: "path"; readonly path: string | null }
  | { readonly kind: "created"; readonly path: string; readonly stat: Stat }
  | { readonly kind: "stat"; readonly stat: Stat }
  | { readonly kind: "data"; readonly data: Uint8Array | null; readonly stat: Stat }
  | { readonly kind: "children"; readonly children: readonly string[]; readonly stat: Stat | null }
  | { readonly kind: "acl"; readonly acl: readonly Acl[]; readonly stat: Stat }
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "paths"; readonly paths: readonly string[] }
  /** Of a multi and of a multiRead. */
  | { readonly kind: "multi"; readonly results: readonly MultiResult[] }
  | { readonly kind: "identities"; readonly identities: readonly Identity[] }
  /** Of addWatch: one int 0. */
  | { readonly kind: "watchAdded" }
  | { readonly kind: "token"; readonly token: Uint8Array | null };

/** What became of one part of a multi; `type` is the one in its header, −1 where `err` stands for a result. */
export type MultiResult = {
  readonly type: number;
  readonly err: number;
  readonly result: Result | null;
};

/**
 * `err` is 0 or one of {@link ErrorCode}; a reply with an error has no result, but for two oddities
 * (a failed SASL token, a write within a multiRead).
 */
export type Reply = {
  readonly kind: "reply";
  readonly xid: number;
  readonly zxid: Zxid;
  readonly err: number;
  readonly result: Result | null;
};

/** The xid of every answer to a ping. */
export const PING_XID = -2;

/** A watch firing: type 1 created, 2 deleted, 3 changed, 4 child; state 3 connected. */
export type WatchEvent = {
  readonly kind: "watchEvent";
  readonly type: number;
  readonly state: number;
  readonly path: string;
};

export type ClientToServer = ConnectRequest | Request;
export type ServerToClient = ConnectResponse | Reply | WatchEvent;
