import { historyTxns } from "../../runner/history-files.ts";
import type { SessionId } from "../../core/session/session-id.ts";
import { encodeTxn } from "../../core/storage/txn-record.ts";
import { OpCode, type Txn, type TxnBody } from "../../core/txn.ts";
import { epochOf, makeZxid, counterOf, type Zxid } from "../../core/zxid.ts";

/** The transactions of a history from `from` to `last`, both included; the same as those on disk. */
export function txnsOf(lastZxids: readonly Zxid[], from: Zxid): Txn[] {
  return historyTxns(lastZxids).filter(({ zxid }) => zxid >= from);
}

/** One transaction of any kind, by session 7 unless said otherwise. */
export function txnOf(
  epoch: number,
  counter: number,
  body: TxnBody = { kind: "setData", path: "/history", data: null, version: 1 },
  { session = 7n, cxid = counter }: { session?: bigint; cxid?: number } = {},
): Txn {
  const zxid = makeZxid(epoch, counter);
  const type = OpCode[body.kind];
  return encodeTxn(
    { clientId: session as SessionId, cxid, zxid, timeMs: 1_767_225_600_000, type },
    body,
    null,
  );
}

/** Consecutive transactions `epoch`.`from` … `epoch`.`to`. */
export function run(epoch: number, from: number, to: number): Txn[] {
  const txns: Txn[] = [];
  for (let counter = from; counter <= to; counter++) txns.push(txnOf(epoch, counter));
  return txns;
}

export function zxidsOf(txns: readonly Txn[]): string[] {
  return txns.map(({ zxid }) => `${epochOf(zxid)}.${counterOf(zxid)}`);
}
