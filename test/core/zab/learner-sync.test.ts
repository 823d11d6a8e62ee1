import { describe, expect, test } from "vitest";
import { itemsOf } from "../../../core/ring.ts";
import type { Txn } from "../../../core/txn.ts";
import { createDatabase, applyToDatabase, type Database } from "../../../core/tree/database.ts";
import { beginWalk, nextPiece } from "../../../core/storage/snapshot-walk.ts";
import { treeDigest } from "../../../core/tree/tree.ts";
import { z } from "../../support/effect-text.ts";
import {
  answerDisk,
  forget,
  history,
  hold,
  pass,
  release,
  restart,
  saidBy,
  sentBy,
  stepsOf,
  tell,
  type Machine,
} from "../../support/machine.ts";
import { ballot, hear, joining, leaderOf, offersItself, told } from "../../support/roles.ts";
import { txnOf, txnsOf } from "../../support/txn-run.ts";

// Spec election-and-zab 5.4, as of 3.9.3 and later; Learner.java (syncWithLeader). Server 1 has 1.1 … 1.5.

const PAST = [z(1, 9), z(2, 4)];

describe("DIFF", () => {
  test("proposals and commits are only collected until NEWLEADER", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 7) });

    for (const txn of missing(z(1, 6), z(1, 7))) receiveCommitted(machine, txn);

    expect(machine.out).toEqual([]);
    expect(machine.server.database?.lastZxid).toBe(z(1, 5));
  });

  // ZOOKEEPER-3911, 4643, 4646: history, then epoch, then ack, each durable before the next.
  test("NEWLEADER: append and apply, make durable, write the epoch, make it durable, ack", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 7) });
    for (const txn of missing(z(1, 6), z(1, 7))) receiveCommitted(machine, txn);
    hold(machine, "disk");

    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    expect(saidBy(machine)).toEqual([
      "write log.100000006",
      "append log.100000006 1.6 1.7",
      "delivered 1.6",
      "delivered 1.7",
      "sync log.100000006",
    ]);
    answerDisk(machine);
    expect(stepsOf(machine)).toEqual(["write currentEpoch.tmp 2", "sync currentEpoch.tmp"]);
    answerDisk(machine);
    expect(stepsOf(machine)).toEqual(["rename currentEpoch.tmp currentEpoch", "sync currentEpoch"]);
    expect(machine.server.currentEpoch).toBe(1);
    answerDisk(machine);

    expect(saidBy(machine, "send", "historyAdopted")).toEqual([
      "historyAdopted 2",
      "to leader: ACK 2.0",
    ]);
    expect(machine.server.currentEpoch).toBe(2);
  });

  test("an empty DIFF writes nothing but the epoch", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 5) });

    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

    expect(stepsOf(machine)).toEqual([
      "write currentEpoch.tmp 2",
      "sync currentEpoch.tmp",
      "rename currentEpoch.tmp currentEpoch",
      "sync currentEpoch",
      "to leader: ACK 2.0",
    ]);
  });

  // ZOOKEEPER-4394.
  test("what is proposed and not committed at NEWLEADER stays pending, and is logged after UPTODATE", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 6) });
    const [six, seven, eight] = missing(z(1, 6), z(1, 8)) as [Txn, Txn, Txn];
    receiveCommitted(machine, six);
    told(machine, { kind: "PROPOSAL", txn: seven });
    told(machine, { kind: "PROPOSAL", txn: eight });
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    expect(saidBy(machine, "append", "delivered")).toEqual([
      "append log.100000006 1.6",
      "delivered 1.6",
    ]);

    told(machine, { kind: "COMMIT", zxid: z(1, 7) });
    expect(machine.out).toEqual([]);
    told(machine, { kind: "UPTODATE" });

    expect(saidBy(machine, "serving", "append", "send", "sync", "delivered")).toEqual([
      "serving 2",
      "to leader: ACK 2.0",
      "append log.100000006 1.7 1.8",
      "sync log.100000006",
      "to leader: ACK 1.7",
      "to leader: ACK 1.8",
      "delivered 1.7",
    ]);
    told(machine, { kind: "COMMIT", zxid: z(1, 8) });
    expect(saidBy(machine, "delivered")).toEqual(["delivered 1.8"]);
  });

  // ZOOKEEPER-4685.
  test("transactions of the DIFF are not acked one by one: the first ACK is NEWLEADER's", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 7) });
    for (const txn of missing(z(1, 6), z(1, 7))) receiveCommitted(machine, txn);
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    told(machine, { kind: "UPTODATE" });

    expect(sentBy(machine)).toEqual(["to leader: ACK 2.0", "to leader: ACK 2.0"]);
  });

  // ZOOKEEPER-4925.
  test("what a DIFF brings is remembered for those that this server may lead later", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 7) });
    for (const txn of missing(z(1, 6), z(1, 7))) receiveCommitted(machine, txn);
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

    const kept = itemsOf(machine.server.database!.committedLog).map(({ zxid }) => zxid);
    expect(kept).toEqual([z(1, 1), z(1, 2), z(1, 3), z(1, 4), z(1, 5), z(1, 6), z(1, 7)]);
  });

  // ZOOKEEPER-2355: the header alone moves nothing.
  test("a learner whose leader dies in the middle of a DIFF is where it was", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 9) });
    receiveCommitted(machine, missing(z(1, 6), z(1, 6))[0]!);
    forget(machine);

    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

    expect(machine.server.state).toBe("LOOKING");
    expect(machine.server.election.proposal.zxid).toBe(z(1, 5));
    expect(saidBy(machine, "append", "delivered", "fastForwarded")).toEqual([]);
  });

  test.each([
    ["a counter is left out", z(1, 7)],
    ["it begins an epoch with something other than its first", z(2, 2)],
    ["it goes back", z(1, 5)],
  ])("a leader is left when %s (ZOOKEEPER-2846, 4925)", (_, next) => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: next });

    told(machine, { kind: "PROPOSAL", txn: txnsOf(PAST, next)[0]! });

    expect(machine.server.state).toBe("LOOKING");
    expect(saidBy(machine, "became")[0]).toMatch(/^LOOKING 0x.* does not follow 0x100000005$/);
  });

  test("an epoch may end anywhere, and the next one begins with its first", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(2, 1) });
    receiveCommitted(machine, txnsOf([z(1, 5), z(2, 1)], z(2, 1))[0]!);
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

    expect(saidBy(machine, "delivered")).toEqual(["delivered 2.1"]);
  });

  test("packets behind NEWLEADER wait until the history is durable", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 5) });
    hold(machine, "disk");
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    told(machine, { kind: "UPTODATE" });
    expect(machine.server.serving).toBe(false);

    release(machine);

    expect(machine.server.serving).toBe(true);
  });
});

describe("UPTODATE", () => {
  test("opens for clients, acks again, and makes the vote one of the new epoch (ZOOKEEPER-1732)", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 5) });
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    expect(machine.server.vote.peerEpoch).toBe(1);
    expect(machine.server.serving).toBe(false);
    forget(machine);

    told(machine, { kind: "UPTODATE" });

    expect(saidBy(machine)).toEqual(["serving 2", "to leader: ACK 2.0"]);
    expect(machine.server.vote).toMatchObject({ leader: 3, zxid: z(1, 5), peerEpoch: 2 });
    expect(machine.server.phase).toBe("BROADCAST");
  });

  test("a PING before it is passed over without an answer", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 5) });
    told(machine, { kind: "PING", zxid: z(1, 5), sessions: null });
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    forget(machine);
    told(machine, { kind: "PING", zxid: z(1, 5), sessions: null });

    expect(sentBy(machine)).toEqual([]);
  });

  test("a COMMIT that was collected and does not match the oldest proposal ends the process with 12", () => {
    const machine = joining();
    told(machine, { kind: "DIFF", zxid: z(1, 5) });
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    for (const txn of missing(z(1, 6), z(1, 7))) told(machine, { kind: "PROPOSAL", txn });
    told(machine, { kind: "COMMIT", zxid: z(1, 7) });
    forget(machine);

    told(machine, { kind: "UPTODATE" });

    expect(saidBy(machine, "exit")).toEqual([
      "exit 12: Committing zxid 0x100000007 but next pending txn 0x100000006",
    ]);
  });

  test("an observer logs and applies what it was told of in between, and acks none of it", () => {
    const machine = joining(history([z(1, 5)]), { observers: 1 }, 4);
    told(machine, { kind: "DIFF", zxid: z(1, 5) });
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    told(machine, { kind: "INFORM", txn: missing(z(1, 6), z(1, 6))[0]! });
    forget(machine);

    told(machine, { kind: "UPTODATE" });

    expect(saidBy(machine, "send", "append", "delivered").sort()).toEqual([
      "append log.100000006 1.6",
      "delivered 1.6",
      "to leader: ACK 2.0",
    ]);
  });
});

describe("SNAP", () => {
  test("the leader's tree takes the place of the own one with the last piece, in memory only", () => {
    const machine = joining();
    const theirs = databaseOf(txnsOf([z(1, 9)], z(1, 1)));
    told(machine, { kind: "SNAP", zxid: z(1, 9) });
    for (const piece of piecesOf(theirs, 2)) {
      expect(machine.server.database?.lastZxid).toBe(z(1, 5));
      told(machine, piece);
    }

    expect(saidBy(machine)).toEqual(["snapshotDelivered 1.9"]);
    expect(treeDigest(machine.server.database!.tree)).toBe(treeDigest(theirs.tree));
  });

  test("NEWLEADER: snapshot, durable under another name, cut of what is behind, name, epoch, ack", () => {
    const machine = snapped();
    hold(machine, "disk");

    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    const steps: string[][] = [stepsOf(machine)];
    while (machine.asked.length > 0) {
      answerDisk(machine);
      steps.push(stepsOf(machine));
    }

    expect(steps).toEqual([
      ["write tmp.snapshot.100000009", "sync tmp.snapshot.100000009"],
      ["list"],
      ["rename tmp.snapshot.100000009 snapshot.100000009", "sync snapshot.100000009"],
      ["write currentEpoch.tmp 2", "sync currentEpoch.tmp"],
      ["rename currentEpoch.tmp currentEpoch", "sync currentEpoch"],
      ["to leader: ACK 2.0"],
    ]);
  });

  // ZOOKEEPER-2832: what is logged behind the snapshot would come back at the next start.
  test("a log that goes beyond the snapshot is cut before the snapshot takes its name", () => {
    const machine = snapped(history([z(1, 12)]));

    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

    expect(stepsOf(machine).slice(0, 9)).toEqual([
      "write tmp.snapshot.100000009",
      "sync tmp.snapshot.100000009",
      "list",
      "read log.100000001",
      "truncate log.100000001",
      "sync log.100000001",
      "rename tmp.snapshot.100000009 snapshot.100000009",
      "sync snapshot.100000009",
      "write currentEpoch.tmp 2",
    ]);
    expect(restart(machine).server.database?.lastZxid).toBe(z(1, 9));
  });

  test("snapshots that claim more than the leader has go once the new history is durable", () => {
    const files = history([z(1, 5)]);
    const zero = files.find(({ name }) => name === "snapshot.0")!;
    const machine = snapped([...files, { name: "snapshot.10000000c", bytes: zero.bytes }]);

    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

    const steps = stepsOf(machine);
    expect(steps.indexOf("remove snapshot.10000000c")).toBeGreaterThan(
      steps.indexOf("sync snapshot.100000009"),
    );
    expect(steps.indexOf("remove snapshot.10000000c")).toBeLessThan(
      steps.indexOf("sync currentEpoch.tmp"),
    );
  });

  test("what is committed behind the snapshot goes straight to the tree, and into the snapshot", () => {
    const machine = snapped();
    forget(machine);
    receiveCommitted(machine, txnsOf([z(1, 10)], z(1, 10))[0]!);
    expect(saidBy(machine)).toEqual(["delivered 1.10"]);

    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

    expect(saidBy(machine, "append", "rename")).toEqual([
      "rename tmp.snapshot.10000000a snapshot.10000000a",
      "rename currentEpoch.tmp currentEpoch",
    ]);
    expect(restart(machine).server.database?.lastZxid).toBe(z(1, 10));
  });

  test("what the tree has already is passed over when it comes again behind the stream", () => {
    const machine = snapped();
    forget(machine);

    receiveCommitted(machine, txnsOf([z(1, 9)], z(1, 9))[0]!);

    expect(saidBy(machine)).toEqual([]);
    expect(machine.server.state).toBe("FOLLOWING");
  });

  test("what is proposed and not committed at NEWLEADER is logged after UPTODATE", () => {
    const machine = snapped();
    told(machine, { kind: "PROPOSAL", txn: txnsOf([z(1, 10)], z(1, 10))[0]! });
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    told(machine, { kind: "COMMIT", zxid: z(1, 10) });
    forget(machine);

    told(machine, { kind: "UPTODATE" });

    expect(saidBy(machine, "append", "delivered")).toEqual([
      "append log.10000000a 1.10",
      "delivered 1.10",
    ]);
  });

  // ZOOKEEPER-3642: else the next DIFF would be logged on top of an older disk.
  test("a tree that did not reach the disk does not outlive the role: it is read from disk again", () => {
    const machine = snapped();
    forget(machine);

    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

    expect(saidBy(machine, "recovered", "became")).toEqual([
      "recovered 1.5, 5 replayed",
      "LOOKING Disconnected from leader",
    ]);
    expect(machine.server.election.proposal.zxid).toBe(z(1, 5));
  });

  test("a tree that did reach the disk is kept in memory when the role ends", () => {
    const machine = snapped();
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    forget(machine);

    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

    expect(saidBy(machine, "recovered", "became")).toEqual(["LOOKING Disconnected from leader"]);
    expect(machine.server.election.proposal).toMatchObject({ zxid: z(1, 9), peerEpoch: 2 });
  });

  // ZOOKEEPER-2099, 2846: there is a hole in the log where the snapshot was.
  test("a server that got a tree and leads later does not answer from the log in front of it", () => {
    const machine = snapped();
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    told(machine, { kind: "UPTODATE" });
    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
    const { round } = machine.server.election;
    for (const sid of [2, 3]) hear(machine, sid, ballot(1, { zxid: z(1, 9), epoch: 2, round }));
    pass(machine, 200);
    expect(machine.server.state).toBe("LEADING");
    forget(machine);

    offersItself(machine, 2, { zxid: z(1, 5), accepted: 2 });

    expect(saidBy(machine, "syncChosen")).toEqual(["SNAP for 2 at 1.5 up to 1.9"]);
  });

  test("a leader lost while the snapshot was written leaves the disk as it was", () => {
    const machine = snapped();
    hold(machine, "disk");
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
    release(machine);

    expect(machine.server.state).toBe("LOOKING");
    expect(machine.disk.has("snapshot.100000009")).toBe(false);
    expect(restart(machine).server.database?.lastZxid).toBe(z(1, 5));
  });

  test("a stream that breaks off changes nothing", () => {
    const machine = joining();
    told(machine, { kind: "SNAP", zxid: z(1, 9) });
    told(machine, piecesOf(databaseOf(txnsOf([z(1, 9)], z(1, 1))), 2)[0]!);
    forget(machine);

    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

    expect(machine.server.election.proposal.zxid).toBe(z(1, 5));
    expect(saidBy(machine, "recovered")).toEqual([]);
  });

  test("the leader's sessions come with its tree", () => {
    const theirs = databaseOf([txnOf(1, 1, { kind: "createSession", timeoutMs: 4000 })]);
    const machine = joining();
    told(machine, { kind: "SNAP", zxid: z(1, 1) });
    for (const piece of piecesOf(theirs, 9)) told(machine, piece);

    expect([...machine.server.database!.sessions]).toEqual([[7n, 4000]]);
  });
});

test("session transactions of a DIFF reach the session table (ZOOKEEPER-1367)", () => {
  const machine = joining();
  told(machine, { kind: "DIFF", zxid: z(1, 6) });
  receiveCommitted(machine, txnOf(1, 6, { kind: "createSession", timeoutMs: 4000 }));
  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

  expect([...machine.server.database!.sessions]).toEqual([[7n, 4000]]);
});

test("a role that ends while the log of a DIFF is on its way keeps what it has applied", () => {
  const machine = joining();
  told(machine, { kind: "DIFF", zxid: z(1, 6) });
  receiveCommitted(machine, missing(z(1, 6), z(1, 6))[0]!);
  hold(machine, "disk");
  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
  forget(machine);

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  expect(machine.server.state).toBe("FOLLOWING");
  release(machine);

  expect(sentBy(machine)).not.toContain("to leader: ACK 2.0");
  expect(machine.server.state).toBe("LOOKING");
  expect(machine.server.election.proposal.zxid).toBe(z(1, 6));
  expect(restart(machine).server.database?.lastZxid).toBe(z(1, 6));
});

/** Transactions that server 1 lacks; the same on all disks. */
function missing(from: Txn["zxid"], to: Txn["zxid"]): Txn[] {
  return txnsOf(PAST, from).filter(({ zxid }) => zxid <= to);
}

function receiveCommitted(machine: Machine, txn: Txn): void {
  told(machine, { kind: "PROPOSAL", txn });
  told(machine, { kind: "COMMIT", zxid: txn.zxid });
}

/** Server 1, whose leader has sent its whole tree, at 1.9. */
function snapped(files = history([z(1, 5)])): Machine {
  const machine = joining(files);
  told(machine, { kind: "SNAP", zxid: z(1, 9) });
  for (const piece of piecesOf(databaseOf(txnsOf([z(1, 9)], z(1, 1))), 100)) told(machine, piece);
  forget(machine);
  return machine;
}

function databaseOf(txns: readonly Txn[]): Database {
  const database = createDatabase();
  for (const txn of txns) applyToDatabase(database, txn, 500);
  return database;
}

function piecesOf(database: Database, nodes: number): ReturnType<typeof nextPiece>[] {
  const walk = beginWalk(database);
  const pieces = [nextPiece(walk, database, nodes)];
  while (!pieces.at(-1)!.last) pieces.push(nextPiece(walk, database, nodes));
  return pieces;
}
