import { epochOf, formatZxid } from "../../core/zxid.ts";
import { report, type Checks } from "./checks.ts";
import {
  COMMITTED,
  commonPrefix,
  DELIVERED,
  GIVEN,
  isPrefix,
  NO_SLOT,
  prefixOfLength,
  ROOT,
  STRAY,
  zxidAt,
} from "./history.ts";
import { whereProposed } from "./proposals.ts";
import type { Watch } from "./watch.ts";

/**
 * D grows: `node` is what a server that serves has delivered.
 *
 * What is applied while a server is brought up to date, or read back from its own log, is not a delivery
 * yet, because its leader may still fail to be established and nobody has seen it. It becomes one, as a
 * whole, when the server begins to serve. All deliveries ever made have to lie on one line; D of a server that
 * has crashed since stays part of it.
 */
export function delivered(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  if ((history.flags[node]! & DELIVERED) !== 0) return;
  if (history.parent[node] === checks.delivered) advance(checks, watch, node);
  else if (isPrefix(history, checks.delivered, node)) {
    const length = history.depth[node]!;
    for (let at = history.depth[checks.delivered]! + 1; at <= length; at++) {
      advance(checks, watch, prefixOfLength(history, node, at));
    }
  } else judgeStray(checks, watch, node);
}

/** The first server to deliver `node`. */
function advance(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  history.flags[node]! |= DELIVERED;
  checks.delivered = node;
  if (history.slot[node] === NO_SLOT) judgePlace(checks, watch, node);
  else if (history.slot[history.parent[node]!] !== history.slot[node])
    judgeOrder(checks, watch, node);
  if ((history.flags[node]! & COMMITTED) === 0) judgeUncommitted(checks, watch, node);
  judgeLate(checks, watch, node);
}

/** Z2, and what else is wrong with the branch. */
function judgeStray(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  const shared = commonPrefix(history, checks.delivered, node);
  const last = formatZxid(zxidAt(history, shared));
  const other = formatZxid(
    zxidAt(history, prefixOfLength(history, checks.delivered, history.depth[shared]! + 1)),
  );
  const first = prefixOfLength(history, node, history.depth[shared]! + 1);
  report(
    checks,
    "Z2",
    watch.sid,
    `server ${watch.sid} has delivered ${formatZxid(zxidAt(history, first))} after ${last}, where others have delivered ${other}`,
  );
  for (
    let at = node;
    at !== shared && (history.flags[at]! & STRAY) === 0;
    at = history.parent[at]!
  ) {
    history.flags[at]! |= STRAY;
    judgePlace(checks, watch, at);
    const proposed = whereProposed(checks, history.txns[at]!);
    const flags = proposed === ROOT ? 0 : history.flags[proposed]!;
    if ((flags & DELIVERED) === 0) judgeAgreement(checks, watch, at);
    if ((flags & COMMITTED) === 0) judgeUncommitted(checks, watch, at);
  }
}

/** Z1, Z4, Z5, S7 of one delivered transaction that need not be where it was proposed. */
function judgePlace(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  const txn = history.txns[node]!;
  const name = `server ${watch.sid} delivers ${formatZxid(txn.zxid)}`;
  judgeOrder(checks, watch, node);
  if ((history.flags[node]! & GIVEN) !== 0) return;
  const proposed = whereProposed(checks, txn);
  if (proposed === ROOT) {
    report(checks, "Z1", watch.sid, `${name}, which no leader has proposed like that`);
  } else if (!followsInEpoch(checks, node, proposed)) {
    const before = formatZxid(zxidAt(history, history.parent[node]!));
    const leader = checks.watches[checks.leaderships[history.slot[proposed]!]!.leader]!.sid;
    report(
      checks,
      "Z4",
      watch.sid,
      `${name} after ${before}, without what server ${leader} proposed before it`,
    );
  }
  for (const slot of checks.established) {
    const { epoch, initial, leader } = checks.leaderships[slot]!;
    if (epoch !== epochOf(txn.zxid) || isPrefix(history, initial, node)) continue;
    const begun = `${formatZxid(zxidAt(history, initial))}, with which server ${checks.watches[leader]!.sid} began it`;
    report(checks, "S7", watch.sid, `${name} of epoch ${epoch} without all of ${begun}`);
  }
}

/** Z4: its predecessor is of an earlier epoch and it is the first of its own, or they were proposed in a row. */
function followsInEpoch(checks: Checks, node: number, proposed: number): boolean {
  const { history, leaderships } = checks;
  const zxid = zxidAt(history, node);
  const before = zxidAt(history, history.parent[node]!);
  if (epochOf(before) === epochOf(zxid)) return before + 1n === zxid;
  return leaderships[history.slot[proposed]!]!.proposals[0] === proposed;
}

/** Z5: epochs never decrease, and with Z4 zxids increase. */
function judgeOrder(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  const zxid = zxidAt(history, node);
  const before = zxidAt(history, history.parent[node]!);
  if (before < zxid) return;
  report(
    checks,
    "Z5",
    watch.sid,
    `server ${watch.sid} delivers ${formatZxid(zxid)} after ${formatZxid(before)}`,
  );
}

/** Z3: of this and what was delivered elsewhere in its place, some server must have delivered both. */
function judgeAgreement(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  const last = formatZxid(zxidAt(history, checks.delivered));
  report(
    checks,
    "Z3",
    watch.sid,
    `server ${watch.sid} has delivered ${formatZxid(zxidAt(history, node))}, which nobody has who delivered ${last}`,
  );
}

/** S7: what a serving server delivers was committed by a leader before. */
function judgeUncommitted(checks: Checks, watch: Watch, node: number): void {
  const { history } = checks;
  report(
    checks,
    "S7",
    watch.sid,
    `server ${watch.sid} delivers ${formatZxid(zxidAt(history, node))}; committed is ${formatZxid(zxidAt(history, checks.committed))}`,
  );
}

/** Z6, second half: news from an old epoch is only what the leaders since have begun with. */
function judgeLate(checks: Checks, watch: Watch, node: number): void {
  const { history, leaderships, established } = checks;
  const newest = established.at(-1);
  if (newest === undefined || history.slot[node] === newest) return;
  const epoch = epochOf(zxidAt(history, node));
  for (const slot of established) {
    const later = leaderships[slot]!;
    if (later.epoch <= epoch || isPrefix(history, node, later.initial)) continue;
    report(
      checks,
      "Z6",
      watch.sid,
      `server ${watch.sid} delivers ${formatZxid(zxidAt(history, node))}, with which server ${checks.watches[later.leader]!.sid} did not begin epoch ${later.epoch}`,
    );
    return;
  }
}
