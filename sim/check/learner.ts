import type { ConnId, Message } from "../../core/message.ts";
import type { Txn } from "../../core/txn.ts";
import { epochOf, formatZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { report, type Checks } from "./checks.ts";
import {
  extend,
  isPrefix,
  isSameTxn,
  NO_NODE,
  NO_SLOT,
  prefixUpTo,
  ROOT,
  zxidAt,
} from "./history.ts";
import { keepOldLog, type Watch } from "./watch.ts";

/** A learner opens a connection to a leader: what was agreed on the last one is over. */
export function linkBegun(checks: Checks, watch: Watch, conn: ConnId, address: string): void {
  linkEnded(watch, watch.leaderConn);
  watch.leaderConn = conn;
  watch.leader = checks.byQuorumAddress.get(address) ?? -1;
  watch.linkEpoch = 0;
  watch.linkStart = ZERO_ZXID;
  watch.received = watch.log;
  watch.receivedCommitted = watch.log;
  watch.newLeaderCovers = watch.log;
  watch.replacing = false;
  watch.newLeaderAcked = false;
  watch.following = NO_SLOT;
  watch.adopted = NO_SLOT;
}

/** A connection is gone, seen from this side. Threads may still write to the one with the leader. */
export function linkEnded(watch: Watch, conn: ConnId): void {
  if (conn === watch.leaderConn) {
    if (conn !== 0 && watch.linkEpoch > 0) watch.oldLinks.set(conn, watch.linkEpoch);
    watch.leaderConn = 0;
    watch.upToDate = false;
  } else watch.learners.delete(conn);
}

/** What a leader sends to its learner. */
export function heardByLearner(checks: Checks, watch: Watch, message: Message): void {
  const { history } = checks;
  switch (message.kind) {
    case "PROPOSAL":
      watch.received = sent(checks, watch.received, message.txn);
      return;
    case "COMMIT":
    case "COMMITANDACTIVATE":
      commitHeard(checks, watch, message.zxid);
      return;
    case "INFORM":
    case "INFORMANDACTIVATE":
      watch.received = sent(checks, watch.received, message.txn);
      watch.receivedCommitted = watch.received;
      return;
    case "LEADERINFO":
      watch.linkEpoch = epochOf(message.zxid);
      watch.linkStart = message.zxid;
      return;
    case "DIFF":
      beginAt(watch, watch.log);
      return;
    case "TRUNC": {
      const kept = prefixUpTo(history, watch.log, message.zxid);
      if (kept !== watch.log) keepOldLog(watch, kept, history.depth);
      beginAt(watch, kept);
      return;
    }
    case "SNAP":
      beginAt(watch, snapOf(checks, watch));
      return;
    case "NEWLEADER":
      watch.following = leadershipOf(checks, watch.leader, epochOf(message.zxid));
      watch.newLeaderCovers = watch.receivedCommitted;
      return;
    case "UPTODATE":
      upToDateHeard(checks, watch);
      return;
    default:
  }
}

/** The history that its leader's SNAP stands for. */
export function snapOf(checks: Checks, watch: Watch): number {
  if (watch.leader < 0) return watch.log;
  const node = checks.snapSent[watch.leader * checks.watches.length + watch.index]!;
  return node === NO_NODE ? watch.log : node;
}

/** ACKEPOCH, counted or not, promises to follow no earlier epoch. S3: it is no promise before it is durable. */
export function promiseSent(checks: Checks, watch: Watch, conn: ConnId): void {
  if (conn !== watch.leaderConn) return;
  watch.promised = Math.max(watch.promised, watch.linkEpoch);
  if (!watch.votes || watch.acceptedEpoch >= watch.linkEpoch) return;
  report(
    checks,
    "S3",
    watch.sid,
    `server ${watch.sid} acks epoch ${watch.linkEpoch} while its durable acceptedEpoch is ${watch.acceptedEpoch}`,
  );
}

/**
 * S3 and S10. What counts is when the ack leaves, not when it arrives.
 *
 * S10 is asked of voters only: an observer's acks promise nothing. The first ack of NEWLEADER stands for
 * what the leader sent *as committed* (with a COMMIT) in front of NEWLEADER: that is all of the initial history.
 * A proposal that was still outstanding when the learner joined gets its own ack later.
 */
export function ackSent(checks: Checks, watch: Watch, conn: ConnId, zxid: Zxid): void {
  const isCurrent = conn === watch.leaderConn;
  const epoch = isCurrent ? watch.linkEpoch : (watch.oldLinks.get(conn) ?? watch.promised);
  if (epoch < watch.promised) {
    report(
      checks,
      "S3",
      watch.sid,
      `server ${watch.sid} acks ${formatZxid(zxid)} to the leader of epoch ${epoch} after its promise to epoch ${watch.promised}`,
    );
  }
  if (!isCurrent) return;
  if (zxid !== watch.linkStart) judgeAck(checks, watch, zxid);
  else if (!watch.newLeaderAcked) newLeaderAcked(checks, watch);
}

/** S10, first part: everything received up to `zxid` is durable. */
function judgeAck(checks: Checks, watch: Watch, zxid: Zxid): void {
  const { history } = checks;
  const { durable, received } = watch;
  if (!watch.votes) return;
  if (zxidAt(history, durable) === zxid && isPrefix(history, durable, received)) return;
  const acked = prefixUpTo(history, received, zxid);
  if (zxidAt(history, acked) === zxid && isPrefix(history, acked, durable)) return;
  report(
    checks,
    "S10",
    watch.sid,
    `server ${watch.sid} acks ${formatZxid(zxid)}; durable is ${formatZxid(zxidAt(history, durable))}, received ${formatZxid(zxidAt(history, received))}`,
  );
}

/** S10, second part, and S6 and S2 for the history that this server now has. */
function newLeaderAcked(checks: Checks, watch: Watch): void {
  const { history } = checks;
  watch.newLeaderAcked = true;
  watch.replacing = false;
  watch.oldLog = NO_NODE;
  const name = `server ${watch.sid} acks NEWLEADER of epoch ${watch.linkEpoch}`;
  const durable = formatZxid(zxidAt(history, watch.durable));
  if (watch.votes && !isPrefix(history, watch.newLeaderCovers, watch.durable)) {
    const received = formatZxid(zxidAt(history, watch.newLeaderCovers));
    report(checks, "S10", watch.sid, `${name}; durable is ${durable}, received ${received}`);
  }
  if (watch.votes && watch.currentEpoch !== watch.linkEpoch) {
    report(checks, "S10", watch.sid, `${name}; its durable currentEpoch is ${watch.currentEpoch}`);
  }
  if (epochOf(zxidAt(history, watch.log)) > watch.currentEpoch) {
    const last = formatZxid(zxidAt(history, watch.log));
    report(
      checks,
      "S2",
      watch.sid,
      `${name} with a history up to ${last} and currentEpoch ${watch.currentEpoch}`,
    );
  }
  if (watch.following === NO_SLOT) return;
  watch.adopted = watch.following;
  judgeAdopted(checks, watch, name);
}

/** S6: I[e] ≤ H ≤ I[e]·B[e]. An observer may still lack the end of I[e] on its disk, for nobody counts on it. */
function judgeAdopted(checks: Checks, watch: Watch, name: string): void {
  const { history } = checks;
  const { initial, head, leader } = checks.leaderships[watch.adopted]!;
  const hasInitial = !watch.votes || isPrefix(history, initial, watch.log);
  if (hasInitial && isPrefix(history, watch.log, head)) return;
  const last = formatZxid(zxidAt(history, watch.log));
  const range = `${formatZxid(zxidAt(history, initial))} … ${formatZxid(zxidAt(history, head))}`;
  report(
    checks,
    "S6",
    watch.sid,
    `${name} with a history up to ${last}, not one of ${range} as server ${checks.watches[leader]!.sid} has them`,
  );
}

/** S12 in broadcast. Before UPTODATE commits of what SNAP already brought are usual, and ignored. */
function commitHeard(checks: Checks, watch: Watch, zxid: Zxid): void {
  const { history } = checks;
  const { received, receivedCommitted } = watch;
  const next = history.first[receivedCommitted]!;
  const isOnly = next !== 0 && history.next[next] === 0;
  if (isOnly && zxidAt(history, next) === zxid && isPrefix(history, next, received)) {
    watch.receivedCommitted = next;
    return;
  }
  const node = prefixUpTo(history, received, zxid);
  const isReceived = zxidAt(history, node) === zxid;
  const isNext = history.parent[node] === receivedCommitted && node !== ROOT;
  if (watch.upToDate && !(isReceived && isNext)) {
    const last = formatZxid(zxidAt(history, receivedCommitted));
    report(
      checks,
      "S12",
      watch.sid,
      `server ${watch.sid} gets COMMIT ${formatZxid(zxid)} after ${last}; it has proposals up to ${formatZxid(zxidAt(history, received))}`,
    );
  }
  if (isReceived && isPrefix(history, receivedCommitted, node)) watch.receivedCommitted = node;
}

/** S15: a leader lets its learners serve once it is established itself. */
function upToDateHeard(checks: Checks, watch: Watch): void {
  watch.upToDate = true;
  const leadership = checks.leaderships[watch.following];
  if (leadership === undefined || leadership.established) return;
  const leader = checks.watches[leadership.leader]!.sid;
  report(
    checks,
    "S15",
    watch.sid,
    `server ${watch.sid} gets UPTODATE of epoch ${leadership.epoch}, in which server ${leader} is not established`,
  );
}

/** What was sent so far, and `txn`; what is sent again changes nothing. */
function sent(checks: Checks, received: number, txn: Txn): number {
  const { history } = checks;
  if (history.txns[received] === txn) return received;
  const next = history.first[received]!;
  if (next !== 0 && history.txns[next] === txn) return next;
  if (txn.zxid <= zxidAt(history, received)) {
    const node = prefixUpTo(history, received, txn.zxid);
    if (node !== ROOT && isSameTxn(history.txns[node]!, txn)) return received;
  }
  return extend(history, received, txn);
}

function beginAt(watch: Watch, node: number): void {
  watch.received = node;
  watch.receivedCommitted = node;
}

function leadershipOf(checks: Checks, leader: number, epoch: number): number {
  const { leaderships } = checks;
  for (let slot = leaderships.length - 1; slot >= 0; slot--) {
    const leadership = leaderships[slot]!;
    if (leadership.leader === leader && leadership.epoch === epoch) return slot;
  }
  return NO_SLOT;
}
