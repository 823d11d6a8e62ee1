import { NO_DEFECTS, type Defects } from "../defects.ts";
import type { Txn } from "../txn.ts";
import { counterOf, epochOf, type Zxid } from "../zxid.ts";

/** How a learner is brought up to date: an optional cut, then proposals that are committed, or the whole tree. */
export type SyncChoice =
  | { readonly mode: "SNAP" }
  | { readonly mode: "TRUNC" | "DIFF"; readonly zxid: Zxid; readonly txns: readonly Txn[] };

/** What the leader has to choose from. */
export type History = {
  /** lastProcessedZxid of the leader's tree. */
  readonly last: Zxid;
  /** The newest committed transactions, in order, without holes. */
  readonly committed: readonly Txn[];
};

const SNAP: SyncChoice = { mode: "SNAP" };

/**
 * Chooses from memory alone.
 *
 * @returns null where only the log files can tell
 * @see spec election-and-zab 5.2; ZooKeeper, server/quorum/LearnerHandler.java (syncFollower)
 */
export function chooseFromMemory(
  history: History,
  peer: Zxid,
  defects: Defects = NO_DEFECTS,
): SyncChoice | null {
  const { last, committed } = history;
  const min = committed[0]?.zxid ?? last;
  const max = committed.at(-1)?.zxid ?? last;
  if (peer === last) return { mode: "DIFF", zxid: peer, txns: [] };
  if (peer > max && counterOf(peer) !== 0) return { mode: "TRUNC", zxid: max, txns: [] };
  if (peer > max) return SNAP;
  if (peer < min) return null;
  if (defects.diffWithoutTrunc) return diffBehind(committed, peer, max);
  return walk(committed, peer, max);
}

/**
 * Chooses with what the log files hold in front of the committed transactions in memory.
 * The two together must reach back to the learner's own last transaction without a hole
 * (ZOOKEEPER-2099, 2846, 2418); else only the whole tree will do.
 *
 * @param logged transactions of the log files, in order, the learner's last one among them
 */
export function chooseFromLogs(history: History, logged: readonly Txn[], peer: Zxid): SyncChoice {
  const { last, committed } = history;
  const min = committed[0]?.zxid;
  const start = logged.findIndex((txn) => txn.zxid === peer);
  if (start < 0) return SNAP;
  const reach = min ?? last;
  const older = logged.slice(start).filter((txn) => txn.zxid < reach || min === undefined);
  const all = min === undefined ? older : [...older, ...committed];
  const usable = all.filter((txn) => txn.zxid <= (committed.at(-1)?.zxid ?? last));
  if (!isContinuous(usable)) return SNAP;
  return walk(usable, peer, usable.at(-1)?.zxid ?? last);
}

/** Within an epoch counters follow each other; an epoch begins with counter 1. */
function isContinuous(txns: readonly Txn[]): boolean {
  for (let index = 1; index < txns.length; index++) {
    const previous = (txns[index - 1] as Txn).zxid;
    const { zxid } = txns[index] as Txn;
    if (zxid === previous + 1n) continue;
    if (epochOf(zxid) <= epochOf(previous) || counterOf(zxid) !== 1) return false;
  }
  return true;
}

/** What is newer than the learner's last transaction, whether or not that is one of these (ZOOKEEPER-1154). */
function diffBehind(txns: readonly Txn[], peer: Zxid, max: Zxid): SyncChoice {
  return { mode: "DIFF", zxid: max, txns: txns.filter(({ zxid }) => zxid > peer) };
}

/** Spec 5.3: skip what the learner has, cut what it has alone, send the rest. */
function walk(txns: readonly Txn[], peer: Zxid, max: Zxid): SyncChoice {
  let previous: Zxid | null = null;
  for (let index = 0; index < txns.length; index++) {
    const { zxid } = txns[index] as Txn;
    if (zxid < peer) {
      previous = zxid;
      continue;
    }
    if (zxid === peer) return { mode: "DIFF", zxid: max, txns: txns.slice(index + 1) };
    if (counterOf(peer) === 0) return { mode: "DIFF", zxid: max, txns: txns.slice(index) };
    // The learner has something at this place that nobody else has: a cut must not cross an epoch.
    if (previous === null || epochOf(zxid) !== epochOf(peer)) return SNAP;
    return { mode: "TRUNC", zxid: previous, txns: txns.slice(index) };
  }
  return counterOf(peer) === 0 ? { mode: "DIFF", zxid: max, txns: [] } : SNAP;
}
