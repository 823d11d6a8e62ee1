import { formatZxid } from "../../core/zxid.ts";
import { report, type Checks } from "./checks.ts";
import { COMMITTED, commonPrefix, isPrefix, NO_SLOT, prefixOfLength, zxidAt } from "./history.ts";
import { holdersOf, mayKeep, sidsOf } from "./quorum-set.ts";
import type { Watch } from "./watch.ts";

/**
 * Enters a history into C. There is one committed history: two that part from one another hold the
 * same places with other bytes or other predecessors (S8).
 */
export function markCommitted(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  if ((history.flags[node]! & COMMITTED) !== 0) return;
  if (!isPrefix(history, checks.committed, node)) {
    const shared = formatZxid(zxidAt(history, commonPrefix(history, checks.committed, node)));
    const other = formatZxid(zxidAt(history, checks.committed));
    report(
      checks,
      "S8",
      watch.sid,
      `server ${watch.sid} commits ${formatZxid(zxidAt(history, node))}; committed before was ${other}, and they share only what is up to ${shared}`,
    );
    return;
  }
  for (let at = node; at !== checks.committed; at = history.parent[at]!) {
    history.flags[at]! |= COMMITTED;
  }
  checks.committed = node;
}

/** S4: what is committed is durable on a quorum of voters. `how` says what made it so. */
export function judgeHolders(checks: Checks, watch: Watch, node: number, how: string): void {
  const holders = holdersOf(checks, node);
  if (mayKeep(checks, holders, node)) return;
  report(
    checks,
    "S4",
    watch.sid,
    `${formatZxid(zxidAt(checks.history, node))} ${how} by server ${watch.sid}, and is durable on [${sidsOf(checks, holders).join(", ")}] only`,
  );
}

/** S4, after `watch` has by its own doing lost something that was durable: do the others still make a quorum? */
export function stillKept(checks: Checks, watch: Watch, durableBefore: number): void {
  const { history } = checks;
  if (watch.durable === durableBefore) return;
  const committed = commonPrefix(history, checks.committed, durableBefore);
  if (isPrefix(history, committed, watch.durable)) return;
  judgeHolders(checks, watch, committed, "is committed, was just given up");
}

/**
 * S14: a leader that was deposed and does not know it may commit on acks that were under way. Everything
 * that it commits must be part of what the later leaders began with.
 */
export function judgeDeposed(checks: Checks, watch: Watch, node: number): void {
  const { history, leaderships, established } = checks;
  if (established.at(-1) === watch.leading || watch.leading === NO_SLOT) return;
  const own = leaderships[watch.leading]!;
  for (const slot of established) {
    const later = leaderships[slot]!;
    if (later.epoch <= own.epoch || isPrefix(history, node, later.initial)) continue;
    report(
      checks,
      "S14",
      watch.sid,
      `server ${watch.sid}, deposed leader of epoch ${own.epoch}, commits ${formatZxid(zxidAt(history, node))}, with which server ${checks.watches[later.leader]!.sid} did not begin epoch ${later.epoch}`,
    );
    return;
  }
}

/** The part of the committed history that was proposed before `epoch`. */
export function committedBefore(checks: Checks, epoch: number): number {
  return partBefore(checks, checks.committed, epoch);
}

/** The part of a history that was proposed before `epoch`. */
export function partBefore(checks: Checks, node: number, epoch: number): number {
  const { history, leaderships } = checks;
  let at = node;
  for (let slot = history.slot[at]!; slot !== NO_SLOT; slot = history.slot[at]!) {
    const leadership = leaderships[slot]!;
    if (leadership.epoch < epoch) break;
    at = prefixOfLength(history, at, history.depth[leadership.initial]!);
  }
  return at;
}
