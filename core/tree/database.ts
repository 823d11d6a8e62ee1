import { addLast, copyRing, createRing, takeFirst, type Ring } from "../ring.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Txn } from "../txn.ts";
import { ZERO_ZXID, type Zxid } from "../zxid.ts";
import { applyTxn, type ApplyResult } from "./apply.ts";
import { cloneTree, createTree, type Tree } from "./tree.ts";

/** What a server knows of the ensemble's data: everything that snapshot and log bring back. */
export type Database = {
  tree: Tree;
  /** Every session of the ensemble and its timeout in ms. */
  readonly sessions: Map<SessionId, number>;
  /** The last transaction applied, or −1 for an empty database that may not vote. */
  lastZxid: Zxid;
  /** The last transactions applied, oldest first: what a learner that is a little behind can be sent. */
  readonly committedLog: Ring<Txn>;
};

/** The database of a server that has seen no transaction. */
export function createDatabase(): Database {
  return {
    tree: createTree(),
    sessions: new Map(),
    lastZxid: ZERO_ZXID,
    committedLog: createRing(),
  };
}

/** A database of its own with the same contents; records and transactions are shared. */
export function cloneDatabase(database: Database): Database {
  return {
    tree: cloneTree(database.tree),
    sessions: new Map(database.sessions),
    lastZxid: database.lastZxid,
    committedLog: copyRing(database.committedLog),
  };
}

/**
 * Applies one transaction: sessions, tree, last zxid, committed log, in this order.
 * Replay at start, synchronization with a leader and commit all come through here, because in the past
 * each way that had a routine of its own forgot something (ZOOKEEPER-1367, 3127, 3144, 4925).
 *
 * @param commitLogCount committed transactions to keep; one more stays, as in the real server
 */
export function applyToDatabase(database: Database, txn: Txn, commitLogCount: number): ApplyResult {
  applyToSessions(database, txn);
  const result = applyToTree(database, txn);
  remember(database, txn, commitLogCount);
  return result;
}

export function applyToSessions(database: Database, txn: Txn): void {
  const body = txn.body;
  if (body.kind === "createSession") database.sessions.set(txn.clientId, body.timeoutMs);
  else if (body.kind === "closeSession") database.sessions.delete(txn.clientId);
}

export function applyToTree(database: Database, txn: Txn): ApplyResult {
  const result = applyTxn(database.tree, txn);
  if (txn.zxid > database.lastZxid) database.lastZxid = txn.zxid;
  return result;
}

/** Adds to the committed log. */
export function remember({ committedLog }: Database, txn: Txn, commitLogCount: number): void {
  addLast(committedLog, txn);
  if (committedLog.length > commitLogCount + 1) takeFirst(committedLog);
}
