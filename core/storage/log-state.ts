import { createRing, type Ring } from "../ring.ts";
import type { Txn } from "../txn.ts";
import { UNTRUSTED_ZXID, ZERO_ZXID, type Zxid } from "../zxid.ts";

/** The transaction log and the logging thread (SyncRequestProcessor) of one server. */
export type Log = {
  /** Handed over, not yet appended. Outlives a role only until it is drained. */
  readonly queue: Txn[];
  /** Appended, not yet durable; told on once the sync is done. */
  batch: Txn[];
  /** The sync under way, 0 without one: the thread is blocked. */
  ticket: number;
  awake: boolean;
  /** The file that appends go to; null until the next append opens one. */
  file: string | null;
  fileBytes: number;
  allocatedBytes: number;
  /** Rolled since the last sync: they have to be durable too. */
  readonly rolled: string[];
  /** Appended or durable, and not applied to the tree: what a server catches up with when its role ends. */
  readonly tail: Ring<Txn>;
  lastLogged: Zxid;
  lastSynced: Zxid;
  /** Since the last roll. */
  txnCount: number;
  /** Roll and snapshot when that many are exceeded. */
  rollAfter: number;
  /** The same for bytes. */
  txnBytes: number;
  rollAfterBytes: number;
  /** The timer of a delayed flush runs. */
  delayed: boolean;
  lastFlushMs: number;
  /** The files on disk may serve as history for others from here on; below it they may have holes (ZOOKEEPER-2846). */
  trustedFrom: Zxid;
  /** The newest snapshot that is known to be whole. It is not written again: that could only tear it. */
  newestSnapshot: Zxid;
};

export function createLog(): Log {
  return {
    queue: [],
    batch: [],
    ticket: 0,
    awake: false,
    file: null,
    fileBytes: 0,
    allocatedBytes: 0,
    rolled: [],
    tail: createRing(),
    lastLogged: UNTRUSTED_ZXID,
    lastSynced: UNTRUSTED_ZXID,
    txnCount: 0,
    rollAfter: 0,
    txnBytes: 0,
    rollAfterBytes: Infinity,
    delayed: false,
    lastFlushMs: 0,
    trustedFrom: ZERO_ZXID,
    newestSnapshot: UNTRUSTED_ZXID,
  };
}
