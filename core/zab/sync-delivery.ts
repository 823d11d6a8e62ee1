import type { Defects } from "../defects.ts";
import type { ServerEffect } from "../effect.ts";
import { deliver, type Apply } from "../request/final.ts";
import type { Server } from "../server-state.ts";
import { applyToDatabase, applyToSessions, applyToTree, remember } from "../tree/database.ts";
import type { Txn } from "../txn.ts";

/** Applies what its leader has committed to a learner that is being brought up to date. */
export function deliverInSync(server: Server, txn: Txn, out: ServerEffect[]): void {
  deliver(server, txn, out, applyInSync(server.config.defects));
}

/**
 * The routine is that of every other commit. Twice it was one of its own, and left something out: the session
 * table (ZOOKEEPER-1367), or the committed log (ZOOKEEPER-4925).
 */
function applyInSync(defects: Defects): Apply {
  const { sessionTxnsSkipTableInDiff, committedListHoleAfterDiff } = defects;
  if (!sessionTxnsSkipTableInDiff && !committedListHoleAfterDiff) return applyToDatabase;
  return (database, txn, commitLogCount) => {
    if (!sessionTxnsSkipTableInDiff) applyToSessions(database, txn);
    const result = applyToTree(database, txn);
    if (!committedListHoleAfterDiff) remember(database, txn, commitLogCount);
    return result;
  };
}
