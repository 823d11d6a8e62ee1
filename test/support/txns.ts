import type { SessionId } from "../../core/session/session-id.ts";
import { encodeTxn } from "../../core/storage/txn-record.ts";
import { OPEN_ACL, type Acl } from "../../core/tree/acl.ts";
import { OpCode, type Txn, type TxnBody } from "../../core/txn.ts";
import { toZxid } from "../../core/zxid.ts";

/** A transaction with quiet defaults: its type follows from its body, its time from its zxid. */
export function makeTxn(
  zxid: number,
  body: TxnBody,
  {
    session = 1,
    type = typeOf(body),
    digest = null,
  }: { session?: number; type?: number; digest?: bigint | null } = {},
): Txn {
  const header = {
    clientId: BigInt(session) as SessionId,
    cxid: zxid,
    zxid: toZxid(BigInt(zxid)),
    timeMs: 1000 + zxid,
    type,
  };
  return encodeTxn(header, body, digest);
}

export function creates(
  path: string,
  parentCversion: number,
  {
    data = null,
    ephemeral = false,
    acl = OPEN_ACL,
  }: { data?: Uint8Array | null; ephemeral?: boolean; acl?: readonly Acl[] } = {},
): TxnBody {
  return { kind: "create", path, data, acl, ephemeral, parentCversion };
}

export function typeOf(body: TxnBody): number {
  return OpCode[body.kind];
}
