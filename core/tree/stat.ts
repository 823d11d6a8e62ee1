import type { SessionId } from "../session/session-id.ts";
import type { Zxid } from "../zxid.ts";

/** What a client sees of a znode; field names are ZooKeeper's. Times are in ms of the leader's wall clock. */
export type Stat = {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** 0 unless the znode is ephemeral. */
  readonly ephemeralOwner: SessionId;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: Zxid;
};
