import type { Txn } from "../../core/txn.ts";
import type { Checks } from "./checks.ts";
import { COMMITTED, commonPrefix, DELIVERED, extend, GIVEN, ROOT } from "./history.ts";

/** What the disk of a server holds before a run: all of it durable. */
export type InitialDisk = {
  readonly sid: number;
  readonly txns: readonly Txn[];
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
};

/**
 * Tells the checks of a past that they have not seen, before the first server starts. What all servers have
 * counts as committed and delivered then; what only some have may still have been in flight.
 */
export function layInitialDisks(checks: Checks, disks: readonly InitialDisk[]): void {
  const { history } = checks;
  for (const { sid, txns, acceptedEpoch, currentEpoch } of disks) {
    const watch = checks.bySid.get(sid);
    if (watch === undefined) continue;
    let node = ROOT;
    for (const txn of txns) {
      node = extend(history, node, txn);
      history.flags[node]! |= GIVEN;
    }
    watch.log = node;
    watch.durable = node;
    watch.acceptedEpoch = acceptedEpoch;
    watch.currentEpoch = currentEpoch;
    watch.shownAcceptedEpoch = acceptedEpoch;
    watch.shownCurrentEpoch = currentEpoch;
    watch.promised = acceptedEpoch;
  }
  const shared = checks.watches
    .map(({ log }) => log)
    .reduce((one, other) => commonPrefix(history, one, other));
  for (let at = shared; at !== ROOT; at = history.parent[at]!) {
    history.flags[at]! |= COMMITTED | DELIVERED;
  }
  checks.committed = shared;
  checks.delivered = shared;
}
