import type { SessionId } from "../session/session-id.ts";
import type { Zxid } from "../zxid.ts";

/** A znode as a snapshot stores it and as SNAP sends it. The root's path is "" here. Never changed once made. */
export type NodeRecord = {
  readonly path: string;
  readonly data: Uint8Array | null;
  /** Index into the ACL table; −1 is `world:anyone`, everything allowed, and needs no entry. */
  readonly aclId: number;
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  /** The number of creates below; what a client sees is derived from it. */
  readonly cversion: number;
  readonly aversion: number;
  /** 0, a session, Long.MIN_VALUE (container), or 0xff… (TTL). */
  readonly ephemeralOwner: SessionId;
  readonly pzxid: Zxid;
};
