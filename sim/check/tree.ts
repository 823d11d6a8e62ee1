import type { Txn } from "../../core/txn.ts";
import { formatZxid, type Zxid } from "../../core/zxid.ts";
import { report, type Checks } from "./checks.ts";
import { delivered } from "./delivery.ts";
import {
  childOf,
  extend,
  isPrefix,
  isSameTxn,
  NO_NODE,
  prefixUpTo,
  ROOT,
  zxidAt,
} from "./history.ts";
import { snapOf } from "./learner.ts";
import { sessionTxnApplied } from "./sessions.ts";
import type { Watch } from "./watch.ts";

/** Applied to the tree as committed. It is a delivery if the server serves; if not, see `delivery.ts`. */
export function applied(checks: Checks, watch: Watch, txn: Txn, digest: bigint): void {
  sessionTxnApplied(watch, txn);
  const node = next(checks, watch, txn);
  if (node === watch.tree) {
    if (!watch.serving) return;
    const last = formatZxid(zxidAt(checks.history, watch.tree));
    report(
      checks,
      "Z5",
      watch.sid,
      `server ${watch.sid} delivers ${formatZxid(txn.zxid)} again after ${last}`,
    );
    return;
  }
  watch.tree = node;
  judgeDigest(checks, watch, digest);
  if (watch.serving) delivered(checks, watch, node);
}

/** Applied because it is in the own log. S16: it must be. */
export function fastForwarded(checks: Checks, watch: Watch, txn: Txn, digest: bigint): void {
  const { history } = checks;
  sessionTxnApplied(watch, txn);
  const node = next(checks, watch, txn);
  if (node === watch.tree) return;
  if (!isPrefix(history, node, watch.log)) {
    const tree = formatZxid(zxidAt(history, watch.tree));
    const log = formatZxid(zxidAt(history, watch.log));
    report(
      checks,
      "S16",
      watch.sid,
      `server ${watch.sid} catches up with ${formatZxid(txn.zxid)} after ${tree}, which its log up to ${log} does not hold there`,
    );
  }
  watch.tree = node;
  judgeDigest(checks, watch, digest);
}

/** SNAP took the place of the tree. */
export function treeReplaced(checks: Checks, watch: Watch, zxid: Zxid): void {
  const { history } = checks;
  const node = prefixUpTo(history, snapOf(checks, watch), zxid);
  const cell = watch.leader * checks.watches.length + watch.index;
  const end = watch.leader < 0 ? NO_NODE : checks.snapEnd[cell]!;
  watch.tree = node;
  watch.fuzzyUntil =
    end !== NO_NODE && end !== node && isPrefix(history, node, end) ? end : NO_NODE;
  watch.replacing = true;
}

/**
 * S16: equal histories give equal trees, so the digest is compared with that of whoever was here first.
 * A tree that came from a snapshot cut while it changed may be ahead of its zxid in parts; it is not
 * compared before it has caught up with the end of that snapshot.
 */
export function judgeDigest(checks: Checks, watch: Watch, digest: bigint): void {
  const { history } = checks;
  const node = watch.tree;
  if (watch.fuzzyUntil !== NO_NODE) {
    if (isPrefix(history, node, watch.fuzzyUntil) && node !== watch.fuzzyUntil) return;
    watch.fuzzyUntil = NO_NODE;
  }
  const known = history.digests[node];
  if (known === null) history.digests[node] = digest;
  else if (known !== digest) {
    const mine = BigInt.asUintN(64, digest).toString(16);
    const theirs = BigInt.asUintN(64, known!).toString(16);
    report(
      checks,
      "S16",
      watch.sid,
      `the tree of server ${watch.sid} at ${formatZxid(zxidAt(history, node))} has digest 0x${mine}; the same history gave 0x${theirs} before`,
    );
  }
}

/** Where the tree is after `txn`; where it was if it already holds it. */
function next(checks: Checks, watch: Watch, txn: Txn): number {
  const { history } = checks;
  const node = childOf(history, watch.tree, txn);
  if (node !== 0) return node;
  if (txn.zxid <= zxidAt(history, watch.tree)) {
    const held = prefixUpTo(history, watch.tree, txn.zxid);
    if (held !== ROOT && isSameTxn(history.txns[held]!, txn)) return watch.tree;
  }
  return extend(history, watch.tree, txn);
}
