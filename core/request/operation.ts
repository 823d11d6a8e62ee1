import type { SessionId } from "../session/session-id.ts";
import type { Acl } from "../tree/acl.ts";
import type { Stat } from "../tree/stat.ts";
import type { Zxid } from "../zxid.ts";

/** What a client asks for. `type` is the number on the wire where one shape serves two. */
export type Operation =
  | {
      readonly kind: "create";
      /** 1 answers the path, 15 (create2) the path and its Stat. */
      readonly type: 1 | 15;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[];
      /** 0 persistent, 1 ephemeral, 2 persistent sequential, 3 ephemeral sequential. */
      readonly flags: number;
    }
  | { readonly kind: "delete"; readonly path: string; readonly version: number }
  | { readonly kind: "exists"; readonly path: string; readonly watch: boolean }
  | { readonly kind: "getData"; readonly path: string; readonly watch: boolean }
  | {
      readonly kind: "setData";
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly version: number;
    }
  | {
      readonly kind: "getChildren";
      readonly type: 8 | 12;
      readonly path: string;
      readonly watch: boolean;
    }
  | { readonly kind: "sync"; readonly path: string }
  | {
      readonly kind: "setWatches";
      readonly relativeZxid: Zxid;
      readonly data: readonly string[];
      readonly exist: readonly string[];
      readonly child: readonly string[];
    }
  | { readonly kind: "ping" }
  | { readonly kind: "closeSession" }
  /** Never sent by a client: what a ConnectRequest for a new session becomes in the pipeline. */
  | { readonly kind: "createSession"; readonly timeoutMs: number };

/** The first message of a client connection. */
export type ConnectRequest = {
  readonly kind: "connect";
  readonly lastZxidSeen: Zxid;
  readonly timeoutMs: number;
  /** 0 asks for a new session. */
  readonly sessionId: SessionId;
  readonly password: Uint8Array;
  readonly readOnly: boolean;
};

/** The server's answer; `timeoutMs` 0 says that the session is gone. */
export type ConnectResponse = {
  readonly kind: "connectResponse";
  readonly timeoutMs: number;
  readonly sessionId: SessionId;
  readonly password: Uint8Array;
  readonly readOnly: boolean;
};

export type Request = { readonly kind: "request"; readonly xid: number; readonly op: Operation };

export type Result =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "created"; readonly path: string; readonly stat: Stat }
  | { readonly kind: "stat"; readonly stat: Stat }
  | { readonly kind: "data"; readonly data: Uint8Array | null; readonly stat: Stat }
  | { readonly kind: "children"; readonly children: readonly string[]; readonly stat: Stat | null };

/** `err` is 0 or one of {@link ErrorCode}; a reply with an error has no result. */
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
