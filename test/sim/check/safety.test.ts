import { expect, test } from "vitest";
import type { ServerEffect } from "../../../core/effect.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import type { Txn } from "../../../core/txn.ts";
import { makeZxid, ZERO_ZXID } from "../../../core/zxid.ts";
import { diskDamaged } from "../../../sim/check/damage.ts";
import { clientAcknowledged } from "../../../sim/check/turn.ts";
import {
  ack,
  brokenIn,
  commitNext,
  connect,
  crash,
  deliver,
  digestOf,
  discover,
  ensembleOf,
  establish,
  flush,
  handle,
  hears,
  join,
  keepEpoch,
  lead,
  log,
  look,
  peer,
  promise,
  propose,
  recoveredWith,
  says,
  settle,
  start,
  synchronize,
  toLeader,
  txnAt,
  upToDate,
  write,
  type Ensemble,
} from "../../support/check-ensemble.ts";

const SESSION = 7n as SessionId;

/** Server 3 leads 1 and 2; one write is everywhere. */
function inBroadcast(): Ensemble {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  write(ensemble, 3);
  return ensemble;
}

/** The leader and server 2 have a proposal durable that server 1 has not seen. */
function withTail(ensemble: Ensemble): void {
  log(ensemble, 3, [propose(ensemble, 3)]);
  flush(ensemble, 3);
  handle(ensemble, 2);
}

test("S1: two servers with a quorum of epoch acks in one epoch", () => {
  const ensemble = inBroadcast();
  says(ensemble, 2, [{ kind: "epochAcked", epoch: 1 }]);
  expect(brokenIn(ensemble)).toEqual(["S1"]);
});

test("S1: an epoch that two servers fix, and only one gets acked, is no violation", () => {
  const ensemble = ensembleOf(3);
  says(ensemble, 2, [{ kind: "epochFixed", epoch: 1 }]);
  lead(ensemble, 3, [1]);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("S2: an epoch file is replaced by an older one", () => {
  const ensemble = inBroadcast();
  const bytes = new TextEncoder().encode("0");
  says(ensemble, 1, [
    { kind: "write", file: "acceptedEpoch", bytes },
    { kind: "sync", files: ["acceptedEpoch"], ticket: 99 },
  ]);
  expect(brokenIn(ensemble)).toEqual([]);
  says(ensemble, 1, [], { kind: "synced", ticket: 99 });
  expect(brokenIn(ensemble)).toEqual(["S2"]);
});

test("S2: a learner acks NEWLEADER with a history that its currentEpoch does not cover", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  const txn = write(ensemble, 3);
  connect(ensemble, 1, 3);
  promise(ensemble, 1, 1);
  hears(ensemble, 1, { kind: "DIFF", zxid: txn.zxid });
  hears(ensemble, 1, { kind: "NEWLEADER", zxid: makeZxid(1, 0), config: "" });
  log(ensemble, 1, [txn]);
  flush(ensemble, 1);
  expect(brokenIn(ensemble)).toEqual([]);
  ack(ensemble, 1, makeZxid(1, 0));
  expect(brokenIn(ensemble)).toEqual(["S10", "S2"]);
});

test("S2: a server in a role shows a currentEpoch above its acceptedEpoch", () => {
  const ensemble = inBroadcast();
  peer(ensemble, 1).face.currentEpoch = 2;
  says(ensemble, 1, []);
  expect(brokenIn(ensemble)).toEqual(["S2"]);
});

test("S2: a leader logs in an epoch that its own disk does not know", () => {
  const ensemble = ensembleOf(1);
  peer(ensemble, 1).face.state = "LEADING";
  keepEpoch(ensemble, 1, "acceptedEpoch", 1);
  says(ensemble, 1, [
    { kind: "epochAcked", epoch: 1 },
    { kind: "established", epoch: 1 },
  ]);
  peer(ensemble, 1).face.currentEpoch = 1;
  expect(brokenIn(ensemble)).toEqual(["S10"]);
  log(ensemble, 1, [propose(ensemble, 1)]);
  expect(brokenIn(ensemble)).toEqual(["S10", "S2"]);
});

test("S2: a process that has not read its epochs yet shows nothing", () => {
  const ensemble = inBroadcast();
  crash(ensemble, 1);
  const { face } = peer(ensemble, 1);
  const { acceptedEpoch, currentEpoch } = face;
  Object.assign(face, { acceptedEpoch: 0, currentEpoch: 0 });
  says(ensemble, 1, [{ kind: "list", ticket: 1 }], STARTED);
  expect(brokenIn(ensemble)).toEqual([]);
  start(ensemble, 1);
  expect(brokenIn(ensemble)).toEqual(["S2"]);
  expect({ acceptedEpoch, currentEpoch }).toEqual({ acceptedEpoch: 1, currentEpoch: 1 });
});

test("S3: a promise is given, and an epoch led, before it is durable", () => {
  const ensemble = ensembleOf(3);
  connect(ensemble, 1, 3);
  hears(ensemble, 1, { kind: "LEADERINFO", zxid: makeZxid(1, 0) });
  const message = { kind: "ACKEPOCH", zxid: ZERO_ZXID, epoch: 0 } as const;
  says(ensemble, 1, [{ kind: "send", conn: peer(ensemble, 1).conn, message }]);
  expect(brokenIn(ensemble)).toEqual(["S3"]);

  const other = ensembleOf(3);
  says(other, 3, [{ kind: "epochAcked", epoch: 1 }]);
  expect(brokenIn(other)).toEqual(["S3"]);
});

test("S3: a renamed epoch file is durable once it is synced under its name", () => {
  const ensemble = ensembleOf(3);
  const bytes = new TextEncoder().encode("1");
  const file = "acceptedEpoch.tmp";
  says(ensemble, 3, [
    { kind: "write", file, bytes },
    { kind: "sync", files: [file], ticket: 9 },
  ]);
  const renamed: ServerEffect = { kind: "rename", file, to: "acceptedEpoch" };
  says(ensemble, 3, [renamed], { kind: "synced", ticket: 9 });
  says(ensemble, 3, [{ kind: "epochAcked", epoch: 1 }]);
  expect(brokenIn(ensemble)).toEqual(["S3"]);
});

test("S3: an ack to the leader of an epoch after the promise to a later one", () => {
  const ensemble = inBroadcast();
  const { conn } = peer(ensemble, 1);
  look(ensemble, 1);
  connect(ensemble, 1, 2);
  promise(ensemble, 1, 2);
  const message = { kind: "ACK", zxid: makeZxid(1, 1) } as const;
  says(ensemble, 1, [{ kind: "send", conn, message }]);
  expect(brokenIn(ensemble)).toEqual(["S3"]);
});

test("S3: an ack that was under way before the promise is no violation", () => {
  const ensemble = inBroadcast();
  const { leaderConn } = peer(ensemble, 1);
  look(ensemble, 1);
  connect(ensemble, 1, 2);
  promise(ensemble, 1, 2);
  const message = { kind: "ACK", zxid: makeZxid(1, 1) } as const;
  says(ensemble, 3, [], { kind: "received", conn: leaderConn, message });
  expect(brokenIn(ensemble)).toEqual([]);
});

test("S4: a commit that is not durable on a quorum", () => {
  const ensemble = inBroadcast();
  const txn = propose(ensemble, 3);
  for (const sid of [1, 2]) toLeader(ensemble, sid, { kind: "ACK", zxid: txn.zxid });
  says(ensemble, 3, [{ kind: "committed", txn }]);
  expect(brokenIn(ensemble)).toEqual(["S4"]);
});

test("S4: a leader that is established without something committed", () => {
  const ensemble = ensembleOf(5);
  lead(ensemble, 5, [3, 4]);
  write(ensemble, 5);
  for (const sid of [5, 4]) crash(ensemble, sid);
  look(ensemble, 3);
  lead(ensemble, 2, [1, 3]);
  expect(brokenIn(ensemble)).toContain("S4");
});

test("S4: two damaged disks are nobody's fault, what others make of them is", () => {
  const ensemble = inBroadcast();
  for (const sid of [2, 3]) {
    crash(ensemble, sid);
    diskDamaged(ensemble.checks, sid, "any part", true);
    Object.assign(peer(ensemble, sid), { log: [], durable: 0 });
    Object.assign(peer(ensemble, sid).face, { acceptedEpoch: 0, currentEpoch: 0 });
    start(ensemble, sid);
  }
  expect(brokenIn(ensemble)).toEqual([]);

  look(ensemble, 1);
  lead(ensemble, 3, [1, 2]);
  expect(brokenIn(ensemble)).toContain("S4");
  expect(brokenIn(ensemble)).toContain("S13");
});

test("S5: the initial histories of two established leaders part from one another", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  withTail(ensemble);
  crash(ensemble, 3);
  crash(ensemble, 2);
  start(ensemble, 2);
  lead(ensemble, 2, [1]);
  for (const sid of [1, 2]) look(ensemble, sid);
  says(ensemble, 1, [{ kind: "truncated", zxid: ZERO_ZXID }]);
  Object.assign(peer(ensemble, 1), { log: [], tree: [], durable: 0 });
  lead(ensemble, 1, [2]);
  expect(brokenIn(ensemble)).toContain("S5");
});

test("S6: the old logger writes a stale proposal after the server has joined the next leader", () => {
  const ensemble = inBroadcast();
  const stale = propose(ensemble, 3);
  crash(ensemble, 3);
  for (const sid of [1, 2]) look(ensemble, sid);
  lead(ensemble, 2, [1]);
  log(ensemble, 1, [stale]);
  expect(brokenIn(ensemble)).toEqual(["S6"]);
});

test("S6: the logger of a server that has lost its leader may still drain", () => {
  const ensemble = inBroadcast();
  const stale = propose(ensemble, 3);
  hears(ensemble, 1, { kind: "PROPOSAL", txn: stale });
  const { conn, face } = peer(ensemble, 1);
  face.serving = false;
  says(ensemble, 1, [{ kind: "close", conn }]);
  log(ensemble, 1, [stale]);
  flush(ensemble, 1);
  crash(ensemble, 3);
  lead(ensemble, 1, [2]);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("S6: a learner that acks NEWLEADER with a tail its leader does not have", () => {
  const ensemble = inBroadcast();
  withTail(ensemble);
  crash(ensemble, 3);
  for (const sid of [1, 2]) look(ensemble, sid);
  discover(ensemble, 1, [2]);
  hears(ensemble, 2, { kind: "DIFF", zxid: makeZxid(1, 1) });
  hears(ensemble, 2, { kind: "NEWLEADER", zxid: makeZxid(2, 0), config: "" });
  keepEpoch(ensemble, 2, "currentEpoch", 2);
  ack(ensemble, 2, makeZxid(2, 0));
  expect(brokenIn(ensemble)).toEqual(["S6"]);
});

test("S7: a serving server delivers before anybody committed", () => {
  const ensemble = inBroadcast();
  propose(ensemble, 3);
  handle(ensemble, 1);
  deliver(ensemble, 1, peer(ensemble, 1).log[1]!);
  expect(brokenIn(ensemble)).toEqual(["S7"]);
});

test("S7: a learner that is brought up to date applies what its leader will only commit by being established", () => {
  const ensemble = inBroadcast();
  withTail(ensemble);
  crash(ensemble, 3);
  look(ensemble, 1);
  discover(ensemble, 2, [1]);
  synchronize(ensemble, 1);
  crash(ensemble, 2);
  expect(peer(ensemble, 1).tree).toHaveLength(2);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("S7: a server delivers something of an epoch without all that the epoch began with", () => {
  const ensemble = inBroadcast();
  withTail(ensemble);
  crash(ensemble, 3);
  lead(ensemble, 2, [1]);
  start(ensemble, 3);
  const { face } = peer(ensemble, 3);
  connect(ensemble, 3, 2);
  promise(ensemble, 3, 2);
  says(ensemble, 3, [{ kind: "truncated", zxid: makeZxid(1, 1) }]);
  face.serving = true;
  hears(ensemble, 3, { kind: "UPTODATE" });
  expect(brokenIn(ensemble)).toEqual(["S13"]);
  deliver(ensemble, 3, write(ensemble, 2));
  expect(brokenIn(ensemble)).toContain("S7");
});

test("S8: the same zxid with other bytes in a log", () => {
  const ensemble = inBroadcast();
  propose(ensemble, 3);
  log(ensemble, 1, [txnAt(1, 2, "other")]);
  expect(brokenIn(ensemble)).toContain("S8");
});

test("S8: two leaders commit histories that part from one another", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  write(ensemble, 3);
  crash(ensemble, 3);
  lead(ensemble, 1, [2]);
  expect(brokenIn(ensemble)).not.toContain("S8");
  write(ensemble, 1);
  expect(brokenIn(ensemble)).toContain("S8");
});

test("S8: a committed zxid with other predecessors in a log", () => {
  const ensemble = inBroadcast();
  write(ensemble, 3);
  look(ensemble, 1);
  crash(ensemble, 1);
  diskDamaged(ensemble.checks, 1, "any part", true);
  Object.assign(peer(ensemble, 1), { log: [], durable: 0 });
  start(ensemble, 1);
  connect(ensemble, 1, 3);
  log(ensemble, 1, [peer(ensemble, 3).log[1]!]);
  expect(brokenIn(ensemble)).toContain("S8");
});

test("S9: a client was told of a write that nobody committed", () => {
  const ensemble = inBroadcast();
  const { zxid } = propose(ensemble, 3);
  clientAcknowledged(ensemble.checks, { zxid: makeZxid(1, 1), sessionId: SESSION, cxid: 1 });
  expect(brokenIn(ensemble)).toEqual([]);
  clientAcknowledged(ensemble.checks, { zxid, sessionId: SESSION, cxid: 2 });
  expect(brokenIn(ensemble)).toEqual(["S9"]);
});

test("S9: a client was told of somebody else's write", () => {
  const ensemble = inBroadcast();
  clientAcknowledged(ensemble.checks, { zxid: makeZxid(1, 1), sessionId: SESSION, cxid: 9 });
  expect(brokenIn(ensemble)).toEqual(["S9"]);
});

test("S9: a leader serves without an acknowledged write", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  const { zxid } = write(ensemble, 3);
  clientAcknowledged(ensemble.checks, { zxid, sessionId: SESSION, cxid: 1 });
  crash(ensemble, 3);
  lead(ensemble, 1, [2]);
  expect(brokenIn(ensemble)).toContain("S9");
});

test("S10: an ack before the sync", () => {
  const ensemble = inBroadcast();
  const txn = propose(ensemble, 3);
  hears(ensemble, 1, { kind: "PROPOSAL", txn });
  log(ensemble, 1, [txn]);
  ack(ensemble, 1, txn.zxid);
  expect(brokenIn(ensemble)).toEqual(["S10"]);
});

test("S10: one sync may answer for several proposals, and only for what was written before it", () => {
  const ensemble = inBroadcast();
  const txns = [propose(ensemble, 3), propose(ensemble, 3), propose(ensemble, 3)] as const;
  for (const txn of txns) hears(ensemble, 1, { kind: "PROPOSAL", txn });
  log(ensemble, 1, txns.slice(0, 2));
  says(ensemble, 1, [{ kind: "sync", files: ["log.100000001"], ticket: 99 }]);
  log(ensemble, 1, txns.slice(2));
  says(ensemble, 1, [], { kind: "synced", ticket: 99 });
  for (const { zxid } of txns.slice(0, 2)) ack(ensemble, 1, zxid);
  expect(brokenIn(ensemble)).toEqual([]);

  ack(ensemble, 1, txns[2].zxid);
  expect(brokenIn(ensemble)).toEqual(["S10"]);
});

test("S10: a log file that was rolled has to be synced too", () => {
  for (const files of [["log.200000001"], ["log.100000001", "log.200000001"]]) {
    const ensemble = inBroadcast();
    const [first, second] = [propose(ensemble, 3), propose(ensemble, 3)];
    for (const txn of [first, second]) hears(ensemble, 1, { kind: "PROPOSAL", txn });
    log(ensemble, 1, [first]);
    says(ensemble, 1, [{ kind: "append", file: "log.200000001", txns: [second] }]);
    says(ensemble, 1, [{ kind: "sync", files, ticket: 99 }]);
    says(ensemble, 1, [], { kind: "synced", ticket: 99 });
    ack(ensemble, 1, second.zxid);
    expect(brokenIn(ensemble)).toEqual(files.length === 1 ? ["S10"] : []);
  }
});

test("S10: NEWLEADER is acked before the DIFF is durable (ZOOKEEPER-4646)", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  const txn = write(ensemble, 3);
  connect(ensemble, 1, 3);
  promise(ensemble, 1, 1);
  hears(ensemble, 1, { kind: "DIFF", zxid: txn.zxid });
  hears(ensemble, 1, { kind: "PROPOSAL", txn });
  hears(ensemble, 1, { kind: "COMMIT", zxid: txn.zxid });
  hears(ensemble, 1, { kind: "NEWLEADER", zxid: makeZxid(1, 0), config: "" });
  keepEpoch(ensemble, 1, "currentEpoch", 1);
  log(ensemble, 1, [txn]);
  ack(ensemble, 1, makeZxid(1, 0));
  expect(brokenIn(ensemble)).toEqual(["S10"]);
});

test("S10: a proposal that is outstanding while a learner joins need not be durable at NEWLEADER", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  write(ensemble, 3);
  withTail(ensemble);
  join(ensemble, 1, 3);
  commitNext(ensemble, 3);
  for (const sid of [1, 2]) settle(ensemble, sid);
  expect(peer(ensemble, 1).tree).toHaveLength(2);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("S10: NEWLEADER is acked while the epoch is only in its temporary file", () => {
  const ensemble = ensembleOf(3);
  discover(ensemble, 3, [1]);
  hears(ensemble, 1, { kind: "NEWLEADER", zxid: makeZxid(1, 0), config: "" });
  const bytes = new TextEncoder().encode("1");
  says(ensemble, 1, [{ kind: "write", file: "currentEpoch.tmp", bytes }]);
  ack(ensemble, 1, makeZxid(1, 0));
  expect(brokenIn(ensemble)).toEqual(["S10"]);
});

test("S10: SNAP's snapshot is on disk but not durable when NEWLEADER is acked (ZOOKEEPER-2872)", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  const { zxid } = write(ensemble, 3);
  connect(ensemble, 1, 3);
  promise(ensemble, 1, 1);
  const conn = peer(ensemble, 1).leaderConn;
  says(ensemble, 3, [{ kind: "send", conn, message: { kind: "SNAP", zxid } }]);
  hears(ensemble, 1, { kind: "SNAP", zxid }, [{ kind: "snapshotDelivered", zxid }]);
  const file = `snapshot.${zxid.toString(16)}`;
  says(ensemble, 1, [{ kind: "write", file, bytes: new Uint8Array() }]);
  hears(ensemble, 1, { kind: "NEWLEADER", zxid: makeZxid(1, 0), config: "" });
  keepEpoch(ensemble, 1, "currentEpoch", 1);
  ack(ensemble, 1, makeZxid(1, 0));
  expect(brokenIn(ensemble)).toEqual(["S10"]);
});

test("S10: one sync may make SNAP's snapshot and what was appended behind it durable", () => {
  const ensemble = inBroadcast();
  log(ensemble, 1, [propose(ensemble, 3)]);
  look(ensemble, 1);
  const [first, second] = [peer(ensemble, 3).log[0]!, peer(ensemble, 3).proposed[1]!];
  connect(ensemble, 1, 3);
  promise(ensemble, 1, 1);
  const conn = peer(ensemble, 1).leaderConn;
  const { zxid } = first;
  says(ensemble, 3, [{ kind: "send", conn, message: { kind: "SNAP", zxid } }]);
  hears(ensemble, 1, { kind: "SNAP", zxid }, [{ kind: "snapshotDelivered", zxid }]);
  hears(ensemble, 1, { kind: "PROPOSAL", txn: second });
  hears(ensemble, 1, { kind: "COMMIT", zxid: second.zxid });
  hears(ensemble, 1, { kind: "NEWLEADER", zxid: makeZxid(1, 0), config: "" });
  const [file, to] = ["tmp.snapshot.100000001", "snapshot.100000001"] as const;
  says(ensemble, 1, [
    { kind: "write", file, bytes: new Uint8Array() },
    { kind: "rename", file, to },
    { kind: "append", file: "log.100000002", txns: [second] },
    { kind: "sync", files: ["log.100000002", to], ticket: 99 },
  ]);
  says(ensemble, 1, [], { kind: "synced", ticket: 99 });
  ack(ensemble, 1, makeZxid(1, 0));
  expect(brokenIn(ensemble)).toEqual([]);
});

test("S11: a leader commits with its own vote only, and it has not synced", () => {
  const ensemble = inBroadcast();
  const txn = propose(ensemble, 3);
  log(ensemble, 3, [txn]);
  handle(ensemble, 1);
  says(ensemble, 3, [{ kind: "committed", txn }]);
  expect(brokenIn(ensemble)).toContain("S11");
});

test("S11: a server commits that is not established as leader", () => {
  const ensemble = inBroadcast();
  says(ensemble, 1, [{ kind: "committed", txn: propose(ensemble, 3) }]);
  expect(brokenIn(ensemble)).toEqual(["S11"]);
});

test("S11: two followers make a quorum before the leader's own sync is done", () => {
  const ensemble = inBroadcast();
  const txn = propose(ensemble, 3);
  log(ensemble, 3, [txn]);
  for (const sid of [1, 2]) handle(ensemble, sid);
  expect(commitNext(ensemble, 3)).toBe(true);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("S11: observers do not count", () => {
  const ensemble = ensembleOf(3, 2);
  discover(ensemble, 3, [4, 5]);
  for (const sid of [4, 5]) synchronize(ensemble, sid);
  establish(ensemble, 3);
  expect(brokenIn(ensemble)).toContain("S11");
});

test("S11: a commit out of turn", () => {
  const ensemble = inBroadcast();
  const txns = [propose(ensemble, 3), propose(ensemble, 3)] as const;
  log(ensemble, 3, txns);
  flush(ensemble, 3);
  for (const sid of [1, 2]) settle(ensemble, sid);
  says(ensemble, 3, [{ kind: "committed", txn: txns[1] }]);
  expect(brokenIn(ensemble)).toEqual(["S11"]);
});

test("S12: a COMMIT that is not for the oldest pending proposal", () => {
  const ensemble = inBroadcast();
  const txns = [propose(ensemble, 3), propose(ensemble, 3)] as const;
  for (const txn of txns) hears(ensemble, 1, { kind: "PROPOSAL", txn });
  hears(ensemble, 1, { kind: "COMMIT", zxid: txns[0].zxid });
  expect(brokenIn(ensemble)).toEqual([]);
  hears(ensemble, 1, { kind: "COMMIT", zxid: txns[0].zxid });
  expect(brokenIn(ensemble)).toEqual(["S12"]);
});

test("S12: a follower ends itself over a COMMIT", () => {
  const ensemble = inBroadcast();
  says(ensemble, 1, [{ kind: "exit", code: 12, reason: "committing 0x2 but 0x1 is next" }]);
  expect(brokenIn(ensemble)).toEqual(["S12"]);
});

test("S13: a truncation takes a committed transaction", () => {
  const ensemble = inBroadcast();
  look(ensemble, 1);
  says(ensemble, 1, [{ kind: "truncated", zxid: ZERO_ZXID }]);
  expect(brokenIn(ensemble)).toEqual(["S13"]);
});

test("S13: a truncation of what was never committed is what it is for", () => {
  const ensemble = inBroadcast();
  log(ensemble, 3, [propose(ensemble, 3)]);
  flush(ensemble, 3);
  crash(ensemble, 3);
  lead(ensemble, 2, [1]);
  start(ensemble, 3);
  join(ensemble, 3, 2);
  expect(peer(ensemble, 3).log).toHaveLength(1);
  expect(brokenIn(ensemble)).toEqual([]);
});

/** Server 3 has its proposal acked by server 1, does not know yet, and server 2 takes over with that of `successor`. */
function deposed(successor: number, other: number): Ensemble {
  const ensemble = inBroadcast();
  log(ensemble, 3, [propose(ensemble, 3)]);
  flush(ensemble, 3);
  handle(ensemble, 1);
  for (const sid of [1, 2]) look(ensemble, sid);
  lead(ensemble, successor, [other]);
  return ensemble;
}

test("S14: a deposed leader commits something that its successor began without", () => {
  const ensemble = deposed(2, 1);
  says(ensemble, 3, [{ kind: "committed", txn: peer(ensemble, 3).proposed[1]! }]);
  expect(brokenIn(ensemble)).toContain("S14");
});

test("S14: a deposed leader may commit on acks that were under way, if its successor has it", () => {
  const ensemble = deposed(1, 2);
  expect(commitNext(ensemble, 3)).toBe(true);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("S15: a follower serves before UPTODATE", () => {
  const ensemble = ensembleOf(3);
  discover(ensemble, 3, [1, 2]);
  synchronize(ensemble, 1);
  peer(ensemble, 1).face.serving = true;
  says(ensemble, 1, []);
  expect(brokenIn(ensemble)).toEqual(["S15"]);
});

test("S15: a follower goes on serving when its connection is gone", () => {
  const ensemble = inBroadcast();
  const { conn } = peer(ensemble, 1);
  says(ensemble, 1, [], { kind: "disconnected", conn });
  expect(brokenIn(ensemble)).toEqual(["S15"]);
});

test("S15: a follower serves before it has applied its epoch's initial history (ZOOKEEPER-3023)", () => {
  const ensemble = inBroadcast();
  withTail(ensemble);
  crash(ensemble, 3);
  look(ensemble, 2);
  discover(ensemble, 2, [1]);
  const txn = peer(ensemble, 2).log[1]!;
  hears(ensemble, 1, { kind: "DIFF", zxid: txn.zxid });
  hears(ensemble, 1, { kind: "PROPOSAL", txn });
  hears(ensemble, 1, { kind: "COMMIT", zxid: txn.zxid });
  hears(ensemble, 1, { kind: "NEWLEADER", zxid: makeZxid(2, 0), config: "" });
  log(ensemble, 1, [txn]);
  flush(ensemble, 1);
  keepEpoch(ensemble, 1, "currentEpoch", 2);
  ack(ensemble, 1, makeZxid(2, 0));
  establish(ensemble, 2);
  expect(brokenIn(ensemble)).toEqual([]);
  upToDate(ensemble, 1);
  expect(brokenIn(ensemble)).toEqual(["S15"]);
});

test("S15: UPTODATE from a leader that is not established", () => {
  const ensemble = ensembleOf(3);
  discover(ensemble, 3, [1]);
  synchronize(ensemble, 1);
  upToDate(ensemble, 1);
  expect(brokenIn(ensemble)).toEqual(["S15"]);
});

test("S16: equal histories give different trees", () => {
  const ensemble = inBroadcast();
  const txn = write(ensemble, 3);
  crash(ensemble, 1);
  start(ensemble, 1);
  expect(brokenIn(ensemble)).toEqual([]);
  crash(ensemble, 2);
  const { zxid } = txn;
  says(ensemble, 2, [{ kind: "recovered", zxid, txnCount: 2, digest: 5n }], STARTED);
  expect(brokenIn(ensemble)).toEqual(["S16"]);
  expect(ensemble.checks.violations[0]?.message).toContain("0x100000002");
});

test("S16: a disk gives back less than was durable, or more than was written", () => {
  for (const counter of [0, 2]) {
    const ensemble = inBroadcast();
    crash(ensemble, 1);
    const txns = counter === 0 ? [] : [...peer(ensemble, 1).log, txnAt(1, 2)];
    says(ensemble, 1, [recoveredWith(txns)], STARTED);
    expect(brokenIn(ensemble)).toEqual(["S16"]);
  }
});

test("S16: of what was written and not durable, any part may be there after a crash", () => {
  for (const kept of [0, 1, 2]) {
    const ensemble = inBroadcast();
    log(ensemble, 1, [propose(ensemble, 3), propose(ensemble, 3)]);
    crash(ensemble, 1, kept);
    start(ensemble, 1);
    expect(brokenIn(ensemble)).toEqual([]);
  }
});

test("S16: a truncation that was not durable may be undone by a crash, but not after NEWLEADER is acked", () => {
  for (const acked of [false, true]) {
    const ensemble = inBroadcast();
    log(ensemble, 3, [propose(ensemble, 3)]);
    flush(ensemble, 3);
    const before = [...peer(ensemble, 3).log];
    crash(ensemble, 3);
    lead(ensemble, 2, [1]);
    start(ensemble, 3);
    if (acked) join(ensemble, 3, 2);
    else says(ensemble, 3, [{ kind: "truncated", zxid: makeZxid(1, 1) }]);
    crash(ensemble, 3);
    says(ensemble, 3, [recoveredWith(before)], STARTED);
    expect(brokenIn(ensemble)).toEqual(acked ? ["S16"] : []);
  }
});

test("S16: a crash in the middle of a truncation leaves the log cut or not, and nothing shorter", () => {
  for (const counter of [0, 1, 2]) {
    const ensemble = inBroadcast();
    log(ensemble, 3, [propose(ensemble, 3)]);
    flush(ensemble, 3);
    const before = [...peer(ensemble, 3).log];
    crash(ensemble, 3);
    lead(ensemble, 2, [1]);
    start(ensemble, 3);
    connect(ensemble, 3, 2);
    promise(ensemble, 3, 2);
    hears(ensemble, 3, { kind: "TRUNC", zxid: makeZxid(1, 1) });
    crash(ensemble, 3);
    says(ensemble, 3, [recoveredWith(before.slice(0, counter))], STARTED);
    expect(brokenIn(ensemble)).toEqual(counter === 0 ? ["S16"] : []);
  }
});

test("S16: a tree from a snapshot that was cut while it changed is compared once it has caught up", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  const first = write(ensemble, 3);
  connect(ensemble, 1, 3);
  promise(ensemble, 1, 1);
  const conn = peer(ensemble, 1).leaderConn;
  says(ensemble, 3, [{ kind: "send", conn, message: { kind: "SNAP", zxid: first.zxid } }]);
  const [second, third] = [write(ensemble, 3), write(ensemble, 3)];
  const piece = { kind: "SNAPPIECE", sessions: null, acls: null, nodes: [], last: true } as const;
  says(ensemble, 3, [{ kind: "send", conn, message: piece }]);
  hears(ensemble, 1, { kind: "SNAP", zxid: first.zxid });
  hears(ensemble, 1, piece, [{ kind: "snapshotDelivered", zxid: first.zxid }]);
  says(ensemble, 1, [{ kind: "delivered", txn: second, digest: 5n }]);
  expect(brokenIn(ensemble)).toEqual([]);
  says(ensemble, 1, [{ kind: "delivered", txn: third, digest: 5n }]);
  expect(brokenIn(ensemble)).toEqual(["S16"]);
});

test("S16: a leader whose tree was not brought up to its log (ZOOKEEPER-2845)", () => {
  const ensemble = inBroadcast();
  withTail(ensemble);
  const { conn, face } = peer(ensemble, 2);
  Object.assign(peer(ensemble, 2), { leader: 0 });
  crash(ensemble, 3);
  face.serving = false;
  says(ensemble, 2, [], { kind: "disconnected", conn });
  discover(ensemble, 2, [1]);
  expect(brokenIn(ensemble)).toEqual(["S16"]);
});

test("S16: a server catches up with something that is not in its log", () => {
  const ensemble = inBroadcast();
  look(ensemble, 1);
  const txn = propose(ensemble, 3);
  const digest = digestOf([...peer(ensemble, 1).log, txn]);
  says(ensemble, 1, [{ kind: "fastForwarded", txn, digest }]);
  expect(brokenIn(ensemble)).toEqual(["S16"]);
});

test("S17: equal histories give session tables of different sizes", () => {
  const ensemble = inBroadcast();
  peer(ensemble, 1).face.database.sessions.set(SESSION, 4000);
  expect(brokenIn(ensemble)).toEqual([]);
  write(ensemble, 3);
  expect(brokenIn(ensemble)).toEqual(["S17"]);
});

test("S17: what opens or closes a session does not reach the table (ZOOKEEPER-1367)", () => {
  const bodies = [{ kind: "createSession", timeoutMs: 4000 }, { kind: "closeSession" }] as const;
  for (const isThere of [true, false]) {
    for (const body of bodies) {
      const ensemble = inBroadcast();
      for (const { face } of ensemble.servers) {
        if (isThere) face.database.sessions.set(SESSION, 4000);
      }
      const txn = committedBy(ensemble, 3, 2);
      const digest = digestOf([...peer(ensemble, 2).tree, txn]);
      says(ensemble, 2, [{ kind: "delivered", txn: { ...txn, body } as Txn, digest }]);
      expect(brokenIn(ensemble)).toEqual(
        isThere === (body.kind === "createSession") ? [] : ["S17"],
      );
    }
  }
});

/** A transaction that server `sid` knows to be committed, and has not applied. */
function committedBy(ensemble: Ensemble, leader: number, sid: number): Txn {
  const txn = propose(ensemble, leader);
  log(ensemble, leader, [txn]);
  flush(ensemble, leader);
  settle(ensemble, sid);
  commitNext(ensemble, leader);
  return txn;
}

const STARTED = { kind: "started", entropy: 0, wallOffsetMs: 0 } as const;
