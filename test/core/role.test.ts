import { expect, test } from "vitest";
import { itemsOf } from "../../core/ring.ts";
import { z } from "../support/effect-text.ts";
import {
  accept,
  answerDisk,
  forget,
  hold,
  pass,
  receive,
  release,
  restart,
  saidBy,
  sentBy,
  tell,
  wake,
} from "../support/machine.ts";
import {
  asks,
  ballot,
  connects,
  create,
  elected,
  following,
  hear,
  joins,
  leaderOf,
  leading,
  learner,
  offersItself,
  opensSession,
  proposesAndCommits,
  requests,
  setData,
  told,
} from "../support/roles.ts";
import { run, txnOf } from "../support/txn-run.ts";

// Spec election-and-zab 6.6, 7.4, 8.3; known-bugs 2845, 4712, 3642, 3598.

test("a role ends at once for all who are connected, and for the disk when it is drained", () => {
  const machine = following();
  hold(machine, "disk");
  for (const txn of run(2, 1, 2)) told(machine, { kind: "PROPOSAL", txn });
  forget(machine);

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

  expect(saidBy(machine, "became", "fastForwarded")).toEqual([]);
  expect(machine.server.serving).toBe(false);
  expect(machine.server.state).toBe("FOLLOWING");
  release(machine);
  expect(saidBy(machine, "became", "fastForwarded", "append")).toEqual([
    "append log.200000001 2.2",
    "fastForwarded 2.1",
    "fastForwarded 2.2",
    "LOOKING Disconnected from leader",
  ]);
});

// ZOOKEEPER-4712: nothing of an old leader is logged behind what a new one brings.
test("what the old leader has proposed is all in the log before the server votes", () => {
  const machine = following();
  hold(machine, "logger");
  for (const txn of run(2, 1, 3)) told(machine, { kind: "PROPOSAL", txn });
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  expect(machine.server.election.round).toBe(4);

  release(machine);

  expect(machine.server.election).toMatchObject({ round: 5, proposal: { zxid: z(2, 3) } });
  expect(machine.server.log.queue).toHaveLength(0);
  expect(restart(machine).server.database?.lastZxid).toBe(z(2, 3));
});

test("while it leaves, nothing that becomes durable is acked any more", () => {
  const machine = following();
  hold(machine, "disk");
  told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  forget(machine);

  release(machine);

  expect(sentBy(machine).filter((line) => line.includes("ACK"))).toEqual([]);
});

test("while it leaves, it answers others in its old role", () => {
  const machine = following();
  hold(machine, "disk");
  told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  forget(machine);

  hear(machine, 2, ballot(2, { round: 9 }));

  expect(sentBy(machine)).toEqual(["to 2: FOLLOWING 3 (2, 1.5) round 4"]);
});

test("what was committed and not applied is applied from the log, in order and once", () => {
  const machine = following();
  hold(machine, "commit");
  for (const txn of run(2, 1, 3)) told(machine, { kind: "PROPOSAL", txn });
  for (const counter of [1, 2]) told(machine, { kind: "COMMIT", zxid: z(2, counter) });
  wake(machine, "commit");
  expect(saidBy(machine, "delivered")).toEqual(["delivered 2.1"]);

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  release(machine);

  expect(saidBy(machine, "delivered", "fastForwarded")).toEqual([
    "fastForwarded 2.2",
    "fastForwarded 2.3",
  ]);
  const kept = itemsOf(machine.server.database!.committedLog).map(({ zxid }) => zxid);
  expect(kept.slice(-3)).toEqual([z(2, 1), z(2, 2), z(2, 3)]);
});

test("a leader that steps down closes its port, its learners, its clients and its timers", () => {
  const { machine, one } = leading();
  joins(machine, 2);
  connects(machine, "client");
  forget(machine);
  tell(machine, { kind: "disconnected", conn: one });
  machine.server.leader!.tick = 100;

  pass(machine, 200);

  const lines = saidBy(machine, "unlisten", "close", "disarm", "became");
  expect(lines).toEqual(
    expect.arrayContaining([
      "close client",
      "unlisten quorum",
      "close learner 2",
      "disarm halfTick",
      "disarm expire",
      "disarm learnerSilence",
    ]),
  );
  expect(lines.findIndex((line) => line.startsWith("LOOKING"))).toBeGreaterThan(
    lines.indexOf("disarm expire"),
  );
  expect(machine.server.leader).toBeNull();
  expect([...machine.timers.values()].map(({ timer }) => timer)).not.toContain("halfTick");
});

test("a leader that steps down forgets what it had proposed and keeps what it had logged", () => {
  const { machine, one } = leading();
  opensSession(machine, one);
  requests(machine, one, setData("/history"), { cxid: 2 });
  forget(machine);

  pass(machine, 2000);

  expect(saidBy(machine, "fastForwarded")).toEqual(["fastForwarded 2.2"]);
  expect(machine.server.election.proposal).toMatchObject({ zxid: z(2, 2), peerEpoch: 2 });
});

test("a former leader without a transaction of its own votes with the start of its epoch", () => {
  const { machine } = leading();

  pass(machine, 2000);

  expect(machine.server.election.proposal.zxid).toBe(z(2, 0));
});

test("a leader that leaves takes in no learner, and no packet of one", () => {
  const { machine, one } = leading();
  opensSession(machine, one);
  hold(machine, "disk");
  requests(machine, one, setData("/history"), { cxid: 2 });
  pass(machine, 2000);
  expect(machine.server.leaving).toBe(true);
  forget(machine);

  learner(machine, 2);
  receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
  pass(machine, 500);

  expect(saidBy(machine, "close", "committed", "send")).toEqual(["close learner 2"]);
});

test("a leader that leaves does not wait for logs that were read for a learner", () => {
  const machine = elected(undefined, { commitLogCount: 2 });
  offersItself(machine, 1);
  pass(machine, 500);
  hold(machine, "disk");
  offersItself(machine, 2, { zxid: z(1, 1) });
  expect(machine.asked).toHaveLength(1);

  pass(machine, 1500);

  expect(machine.server.state).toBe("LOOKING");
});

test("a leader that leaves commits nothing any more, though its own log was all that was missing", () => {
  const { machine, one } = leading();
  opensSession(machine, one);
  hold(machine, "disk");
  requests(machine, one, setData("/history"), { cxid: 2 });
  receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
  pass(machine, 2000);
  expect(machine.server.leaving).toBe(true);

  release(machine);

  expect(saidBy(machine, "committed", "delivered", "fastForwarded")).toEqual(["fastForwarded 2.2"]);
});

test("a role ends once, whatever else goes wrong while it does", () => {
  const machine = following();
  hold(machine, "disk");
  told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

  pass(machine, 5000);
  release(machine);

  expect(saidBy(machine, "became")).toEqual(["LOOKING Disconnected from leader"]);
});

test("a snapshot that was being taken is given up with the role: what follows may be uncommitted", () => {
  const machine = following({ snapCount: 2 });
  hold(machine, "snapshot");
  for (const txn of run(2, 1, 3)) {
    told(machine, { kind: "PROPOSAL", txn });
    told(machine, { kind: "COMMIT", zxid: txn.zxid });
  }
  expect(machine.server.snapshotTask).not.toBeNull();
  told(machine, { kind: "PROPOSAL", txn: txnOf(2, 4) });
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  forget(machine);

  release(machine);

  expect(saidBy(machine, "write").filter((line) => line.includes("snapshot"))).toEqual([]);
});

test("a candidate without a quorum votes again, a round later", () => {
  const machine = elected();

  pass(machine, 2000);

  expect(saidBy(machine, "became")).toEqual([
    "LOOKING Timeout while waiting for epoch from quorum",
  ]);
  expect(machine.server.election.round).toBe(2);
});

test("clients of a follower that lost its leader are hung up on, their requests unanswered", () => {
  const machine = following();
  const client = connects(machine, "client");
  const { sessionId } = machine.server.clients.byConn.get(client)!;
  const body = { kind: "createSession", timeoutMs: 4000 } as const;
  proposesAndCommits(machine, txnOf(2, 1, body, { session: sessionId, cxid: 0 }));
  asks(machine, client, 1, create("/a"));
  forget(machine);

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

  expect(saidBy(machine, "close", "send").slice(0, 1)).toEqual(["close client"]);
  expect(machine.server.commits.waiting.size).toBe(0);
  const late = accept(machine, "client", "late");
  receive(machine, late, {
    kind: "connect",
    lastZxidSeen: z(0, 0),
    timeoutMs: 4000,
    sessionId: 0n as never,
    password: new Uint8Array(16),
    readOnly: false,
  });
  expect(saidBy(machine, "close")).toEqual(["close late"]);
});

test("an answer of the disk for a role that has ended changes nothing in the next one", () => {
  const machine = following();
  hold(machine, "disk");
  told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });
  const { ticket } = machine.asked[0]!;
  answerDisk(machine);
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  forget(machine);

  tell(machine, { kind: "synced", ticket });

  expect(machine.out).toEqual([]);
});
