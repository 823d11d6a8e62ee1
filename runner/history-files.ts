import type { FileContent } from "../core/event.ts";
import { encodeEpoch } from "../core/storage/epoch-file.ts";
import { logName, snapshotName } from "../core/storage/file-name.ts";
import { LOG_HEADER } from "../core/storage/log-file.ts";
import { beginSnapshot, continueSnapshot, finishSnapshot } from "../core/storage/snapshot-file.ts";
import { encodeTxn } from "../core/storage/txn-record.ts";
import { concatBytes } from "../core/bytes.ts";
import { NO_SESSION } from "../core/session/session-id.ts";
import { OPEN_ACL } from "../core/tree/acl.ts";
import { applyToDatabase, createDatabase, type Database } from "../core/tree/database.ts";
import { treeDigest } from "../core/tree/tree.ts";
import { OpCode, type Txn, type TxnBody, type TxnHeader } from "../core/txn.ts";
import { encodeUtf8 } from "../core/wire/utf8.ts";
import { counterOf, epochOf, formatZxid, makeZxid, toZxid, ZERO_ZXID } from "../core/zxid.ts";
import type { DiskHistory } from "./scenario/scenario.ts";

/** The znode that a history is made of: created first, then set by every transaction. */
const PATH = "/history";

/** A minute before the wall clock of a simulation begins: 2026-01-01T00:00:00Z. */
const TIME_MS = 1_767_225_540_000;

/**
 * The files that a server with this history has in its version-2/: an empty snapshot, one log, and both epochs.
 * Every zxid stands for the same transaction in every history, so that servers may differ in how far they got,
 * and never in what they got.
 */
export function historyFiles(history: DiskHistory): FileContent[] {
  const empty = createDatabase();
  const snapshot = beginSnapshot(empty);
  continueSnapshot(snapshot, empty, Infinity);
  const files = [
    { name: snapshotName(ZERO_ZXID), bytes: finishSnapshot(snapshot, empty) },
    { name: "acceptedEpoch", bytes: encodeEpoch(history.acceptedEpoch) },
    { name: "currentEpoch", bytes: encodeEpoch(history.currentEpoch) },
  ];
  const txns = historyTxns(history.lastZxids);
  const first = txns[0];
  if (first !== undefined) {
    const bytes = concatBytes([LOG_HEADER, ...txns.map(({ record }) => record)]);
    files.push({ name: logName(first.zxid), bytes });
  }
  return files;
}

/** Counters 1, 2, 3 … of each epoch, up to its last zxid. */
export function historyTxns(lastZxids: readonly bigint[]): Txn[] {
  const database = createDatabase();
  const txns: Txn[] = [];
  for (const last of lastZxids) {
    const zxid = toZxid(last);
    for (let counter = 1; counter <= counterOf(zxid); counter++) {
      txns.push(nextTxn(database, epochOf(zxid), counter, txns.length));
    }
  }
  return txns;
}

function nextTxn(database: Database, epoch: number, counter: number, index: number): Txn {
  const zxid = makeZxid(epoch, counter);
  const data = encodeUtf8(formatZxid(zxid));
  const body: TxnBody =
    index === 0
      ? { kind: "create", path: PATH, data, acl: OPEN_ACL, ephemeral: false, parentCversion: 1 }
      : { kind: "setData", path: PATH, data, version: index };
  const header: TxnHeader = {
    clientId: NO_SESSION,
    cxid: index,
    zxid,
    timeMs: TIME_MS + index,
    type: index === 0 ? OpCode.create : OpCode.setData,
  };
  applyToDatabase(database, encodeTxn(header, body, null), 0);
  return encodeTxn(header, body, treeDigest(database.tree));
}
