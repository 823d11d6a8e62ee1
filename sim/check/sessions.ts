import { formatSessionId } from "../../core/session/session-id.ts";
import type { Txn } from "../../core/txn.ts";
import { formatZxid } from "../../core/zxid.ts";
import { report, type Checks } from "./checks.ts";
import type { ServerFace } from "./face.ts";
import { NO_NODE, UNKNOWN, zxidAt } from "./history.ts";
import type { Watch } from "./watch.ts";

/** Applied to the tree in this turn; of interest is whether it opens or closes a session. */
export function sessionTxnApplied(watch: Watch, txn: Txn): void {
  const { kind } = txn.body;
  if (kind === "createSession" || kind === "closeSession") watch.sessionTxns.push(txn);
}

/**
 * S17: equal histories give equal session tables (SESSION-EQ). What a turn has applied must be in the table after
 * it, and its size is that of whoever was here first. So a table can be wrong unseen only where as many sessions
 * are missing in a snapshot as are too many in it.
 */
export function judgeSessions(checks: Checks, watch: Watch, { database }: ServerFace): void {
  const { sessionTxns } = watch;
  if (sessionTxns.length === 0 && watch.tree === watch.sessionsJudgedAt) return;
  if (database === null || watch.down) {
    sessionTxns.length = 0;
    return;
  }
  if (sessionTxns.length > 0) judgeApplied(checks, watch, database.sessions);
  // As with the tree's digest: a table that is ahead of its zxid in parts is compared when that is over.
  if (watch.fuzzyUntil !== NO_NODE) return;
  watch.sessionsJudgedAt = watch.tree;
  const { history } = checks;
  const known = history.sessionCounts[watch.tree]!;
  const { size } = database.sessions;
  if (known === UNKNOWN) history.sessionCounts[watch.tree] = size;
  else if (known !== size) {
    report(
      checks,
      "S17",
      watch.sid,
      `server ${watch.sid} has ${size} sessions at ${formatZxid(zxidAt(history, watch.tree))}; the same history gave ${known} before`,
    );
  }
}

/** The last transaction of each session says whether it is there. */
function judgeApplied(checks: Checks, watch: Watch, sessions: ReadonlyMap<bigint, number>): void {
  const { sessionTxns } = watch;
  const seen = new Set<bigint>();
  for (let txn = sessionTxns.pop(); txn !== undefined; txn = sessionTxns.pop()) {
    if (seen.has(txn.clientId)) continue;
    seen.add(txn.clientId);
    const isOpen = txn.body.kind === "createSession";
    if (sessions.has(txn.clientId) === isOpen) continue;
    const what = isOpen ? "opens, and does not have it" : "closes, and still has it";
    report(
      checks,
      "S17",
      watch.sid,
      `server ${watch.sid} has applied ${formatZxid(txn.zxid)}, which session ${formatSessionId(txn.clientId)} ${what}`,
    );
  }
}
