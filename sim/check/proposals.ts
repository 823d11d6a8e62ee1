import type { Txn } from "../../core/txn.ts";
import { counterOf, epochOf, type Zxid } from "../../core/zxid.ts";
import type { Checks, Leadership } from "./checks.ts";
import { isSameTxn, ROOT, zxidAt } from "./history.ts";

/** The node at which a leadership proposed `zxid`, or {@link ROOT}. */
export function proposalAt(checks: Checks, leadership: Leadership, zxid: Zxid): number {
  const first = leadership.proposals[0];
  if (first === undefined || epochOf(zxid) !== leadership.epoch) return ROOT;
  const at = counterOf(zxid) - counterOf(zxidAt(checks.history, first));
  const node = leadership.proposals[at];
  return node !== undefined && zxidAt(checks.history, node) === zxid ? node : ROOT;
}

/** Where `txn` was proposed in broadcast, or {@link ROOT}: same zxid and same bytes. */
export function whereProposed(checks: Checks, txn: Txn): number {
  for (const leadership of checks.leaderships) {
    const node = proposalAt(checks, leadership, txn.zxid);
    const proposed = checks.history.txns[node];
    if (proposed && isSameTxn(proposed, txn)) return node;
  }
  return ROOT;
}

/** The node at which anything was proposed under this zxid, or {@link ROOT}. */
export function whereUsed(checks: Checks, zxid: Zxid): number {
  for (const leadership of checks.leaderships) {
    const node = proposalAt(checks, leadership, zxid);
    if (node !== ROOT) return node;
  }
  return ROOT;
}
