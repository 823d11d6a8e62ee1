import type { ConnId, Message } from "../../core/message.ts";
import type { Txn } from "../../core/txn.ts";
import { counterOf, epochOf, formatZxid, makeZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { report, type Checks, type Leadership } from "./checks.ts";
import {
  committedBefore,
  judgeDeposed,
  judgeHolders,
  markCommitted,
  partBefore,
} from "./commit.ts";
import { childOf, extend, isPrefix, NO_SLOT, prefixUpTo, ROOT, zxidAt } from "./history.ts";
import { proposalAt } from "./proposals.ts";
import { configurationProposed, mayDecide, sidsOf } from "./quorum-set.ts";
import type { Watch } from "./watch.ts";

/** What comes to a server from others than its leader: who they are, and what they ack. */
export function heardByLeader(checks: Checks, watch: Watch, conn: ConnId, message: Message): void {
  if (message.kind === "ACK") {
    const learner = watch.learners.get(conn);
    if (learner === undefined) return;
    if (message.zxid > watch.acks[learner]!) watch.acks[learner] = message.zxid;
    if (watch.leading !== NO_SLOT) newLeaderAckHeard(checks, watch, learner, message.zxid);
  } else if (message.kind === "FOLLOWERINFO" || message.kind === "OBSERVERINFO") {
    const learner = checks.bySid.get(message.sid);
    if (learner !== undefined) watch.learners.set(conn, learner.index);
  }
}

/**
 * An ack of NEWLEADER stands for all that the learner was given in front of it, or had already: proposals of this
 * very leader too, which it kept from an earlier connection and whose acks may have been lost with that.
 */
function newLeaderAckHeard(checks: Checks, watch: Watch, learner: number, zxid: Zxid): void {
  const { history } = checks;
  const { start, head } = checks.leaderships[watch.leading]!;
  if (zxid !== start) return;
  watch.newLeaderAcks |= 1 << learner;
  const { newLeaderCovers } = checks.watches[learner]!;
  const covered = zxidAt(history, newLeaderCovers);
  if (covered > watch.acks[learner]! && isPrefix(history, newLeaderCovers, head)) {
    watch.acks[learner] = covered;
  }
}

/** SNAP stands for the leader's tree as of its zxid; the tree goes on changing until the last piece is cut. */
export function snapSent(
  checks: Checks,
  watch: Watch,
  conn: ConnId,
  message: Extract<Message, { readonly kind: "SNAP" | "SNAPPIECE" }>,
): void {
  const learner = watch.learners.get(conn);
  if (learner === undefined) return;
  const cell = watch.index * checks.watches.length + learner;
  if (message.kind === "SNAP") {
    checks.snapSent[cell] = prefixUpTo(checks.history, watch.tree, message.zxid);
    checks.snapEnd[cell] = watch.tree;
  } else if (message.last) checks.snapEnd[cell] = watch.tree;
}

/**
 * A quorum has acked the epoch: from here on the history of this server is what it brings its learners to.
 * S1 (nobody else may ever do this in the same epoch) and S16 (its tree, which it sends, is its history).
 */
export function leadershipBegun(checks: Checks, watch: Watch, epoch: number): void {
  const { history, leaderships } = checks;
  const earlier = leaderships.find((leadership) => leadership.epoch === epoch);
  if (earlier !== undefined) {
    const other = checks.watches[earlier.leader]!.sid;
    report(
      checks,
      "S1",
      watch.sid,
      `server ${watch.sid} has a quorum for epoch ${epoch}, which server ${other} had before`,
    );
  }
  if (watch.acceptedEpoch < epoch) {
    report(
      checks,
      "S3",
      watch.sid,
      `server ${watch.sid} leads epoch ${epoch} while its durable acceptedEpoch is ${watch.acceptedEpoch}`,
    );
  }
  if (watch.tree !== watch.log) {
    const tree = formatZxid(zxidAt(history, watch.tree));
    const log = formatZxid(zxidAt(history, watch.log));
    report(
      checks,
      "S16",
      watch.sid,
      `server ${watch.sid} leads epoch ${epoch} with a tree up to ${tree} and a log up to ${log}`,
    );
  }
  watch.leading = leaderships.length;
  watch.adopted = watch.leading;
  leaderships.push({
    epoch,
    start: makeZxid(epoch, 0),
    leader: watch.index,
    initial: watch.log,
    head: watch.log,
    proposals: [],
    established: false,
  });
  watch.acks.fill(ZERO_ZXID);
  watch.newLeaderAcks = 0;
}

/** A quorum has acked NEWLEADER: I[e] is committed. S11, S4 in both parts, S5, and Z6 for what is known by now. */
export function leaderEstablished(checks: Checks, watch: Watch, epoch: number): void {
  if (watch.leading === NO_SLOT || checks.leaderships[watch.leading]!.epoch !== epoch) {
    leadershipBegun(checks, watch, epoch);
  }
  const leadership = checks.leaderships[watch.leading]!;
  leadership.established = true;
  leadership.initial = watch.log;
  leadership.head = watch.log;
  watch.leaderCommitted = watch.log;
  if (watch.currentEpoch !== epoch) {
    report(
      checks,
      "S10",
      watch.sid,
      `server ${watch.sid} counts itself for epoch ${epoch} while its durable currentEpoch is ${watch.currentEpoch}`,
    );
  }
  const acked = watch.newLeaderAcks | (1 << watch.index);
  if (!mayDecide(checks, acked, leadership.initial)) {
    const sids = sidsOf(checks, acked).join(", ");
    report(
      checks,
      "S11",
      watch.sid,
      `server ${watch.sid} is established in epoch ${epoch} with NEWLEADER acks of [${sids}] only`,
    );
  }
  judgeCompleteness(checks, watch, leadership);
  judgeNeighbours(checks, watch, leadership);
  judgeHolders(checks, watch, leadership.initial, "is committed as initial history");
  judgePrimary(checks, watch, leadership);
  enter(checks, watch.leading);
  markCommitted(checks, watch, leadership.initial);
}

/** B[e] grows. Z4: without a gap, in its own epoch; Z6: not before it is established with all that was delivered. */
export function leaderProposed(checks: Checks, watch: Watch, txn: Txn): void {
  const { history } = checks;
  const leadership = checks.leaderships[watch.leading];
  const name = `server ${watch.sid} proposes ${formatZxid(txn.zxid)}`;
  if (leadership === undefined || !leadership.established) {
    report(checks, "Z6", watch.sid, `${name} without being established as leader`);
    return;
  }
  const isFirst = leadership.proposals.length === 0;
  const isNext = isFirst
    ? epochOf(txn.zxid) === leadership.epoch && counterOf(txn.zxid) > 0
    : txn.zxid === zxidAt(history, leadership.head) + 1n;
  if (!isNext) {
    const last = formatZxid(zxidAt(history, leadership.head));
    report(checks, "Z4", watch.sid, `${name} in epoch ${leadership.epoch} after ${last}`);
  }
  if (isFirst) judgePrimary(checks, watch, leadership);
  const node = extend(history, leadership.head, txn);
  history.slot[node] = watch.leading;
  leadership.head = node;
  leadership.proposals.push(node);
  configurationProposed(checks, node, txn);
}

/** C grows. S11, S4, S14, S8. */
export function leaderCommitted(checks: Checks, watch: Watch, txn: Txn): void {
  const { history } = checks;
  const leadership = checks.leaderships[watch.leading];
  const name = `server ${watch.sid} commits ${formatZxid(txn.zxid)}`;
  if (leadership === undefined || !leadership.established) {
    report(checks, "S11", watch.sid, `${name} without being established as leader`);
    return;
  }
  let node = childOf(history, watch.leaderCommitted, txn);
  if (node === 0 || history.slot[node] !== watch.leading) {
    const last = formatZxid(zxidAt(history, watch.leaderCommitted));
    report(checks, "S11", watch.sid, `${name} after ${last}, which is not the proposal before it`);
    node = proposalAt(checks, leadership, txn.zxid);
    if (node === ROOT) return;
  }
  watch.leaderCommitted = node;
  const acked = ackersOf(checks, watch, node, txn.zxid);
  if (!mayDecide(checks, acked, node)) {
    report(
      checks,
      "S11",
      watch.sid,
      `${name} with acks of [${sidsOf(checks, acked).join(", ")}] only`,
    );
  }
  judgeHolders(checks, watch, node, "is committed");
  judgeDeposed(checks, watch, node);
  markCommitted(checks, watch, node);
}

/** Acks count for all that came before on the same connection; the leader's own counts after its sync. */
function ackersOf(checks: Checks, watch: Watch, node: number, zxid: Zxid): number {
  const own = isPrefix(checks.history, node, watch.durable) ? 1 << watch.index : 0;
  let acked = own | (checks.damaged & (1 << watch.index));
  for (let at = 0; at < watch.acks.length; at++) if (watch.acks[at]! >= zxid) acked |= 1 << at;
  return acked;
}

/** S4: a leader begins with everything that was committed in earlier epochs. */
function judgeCompleteness(checks: Checks, watch: Watch, { epoch, initial }: Leadership): void {
  const committed = committedBefore(checks, epoch);
  if (isPrefix(checks.history, committed, initial)) return;
  const lost = formatZxid(zxidAt(checks.history, committed));
  const last = formatZxid(zxidAt(checks.history, initial));
  report(
    checks,
    "S4",
    watch.sid,
    `server ${watch.sid} begins epoch ${epoch} with a history up to ${last} that lacks something committed up to ${lost}`,
  );
}

/** S5: initial histories of established leaders are prefixes of one another, in the order of their epochs. */
function judgeNeighbours(checks: Checks, watch: Watch, own: Leadership): void {
  const { history, leaderships } = checks;
  for (const slot of checks.established) {
    const other = leaderships[slot]!;
    const [low, high] = other.epoch < own.epoch ? [other, own] : [own, other];
    if (isPrefix(history, low.initial, high.initial)) continue;
    report(
      checks,
      "S5",
      watch.sid,
      `server ${checks.watches[high.leader]!.sid} begins epoch ${high.epoch} with ${formatZxid(zxidAt(history, high.initial))}, which does not continue ${formatZxid(zxidAt(history, low.initial))}, with which server ${checks.watches[low.leader]!.sid} began epoch ${low.epoch}`,
    );
    return;
  }
}

/** Z6: a primary has everything that anybody delivered from earlier epochs. */
function judgePrimary(checks: Checks, watch: Watch, { epoch, initial }: Leadership): void {
  const { history } = checks;
  const delivered = partBefore(checks, checks.delivered, epoch);
  if (isPrefix(history, delivered, initial)) return;
  report(
    checks,
    "Z6",
    watch.sid,
    `server ${watch.sid} leads epoch ${epoch} from ${formatZxid(zxidAt(history, initial))} without something delivered elsewhere up to ${formatZxid(zxidAt(history, delivered))}`,
  );
}

/** Into the list of established leaderships, in order of epoch; nearly always at its end. */
function enter(checks: Checks, slot: number): void {
  const { established, leaderships } = checks;
  if (established.includes(slot)) return;
  let at = established.length;
  while (at > 0 && leaderships[established[at - 1]!]!.epoch > leaderships[slot]!.epoch) at--;
  established.splice(at, 0, slot);
}
