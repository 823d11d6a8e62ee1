import { expect, test } from "vitest";
import { z } from "../../support/effect-text.ts";
import {
  accept,
  answerDisk,
  forget,
  history,
  hold,
  pass,
  receive,
  release,
  saidBy,
  sentBy,
  stepsOf,
  tell,
  wake,
  type Machine,
} from "../../support/machine.ts";
import {
  ballot,
  elected,
  hear,
  introduces,
  learner,
  leading,
  looking,
  offersItself,
} from "../../support/roles.ts";

// Spec election-and-zab 4.5, 4.6; Leader.java (lead, getEpochToPropose, waitForEpochAck, waitForNewLeaderAck).

// Step 1, 2: before anybody is listened to.

test("an elected server opens its quorum port, and takes a snapshot before discovery", () => {
  const machine = looking(3, history([z(1, 5)]));
  for (const sid of [1, 2]) hear(machine, sid, ballot(3, { zxid: z(1, 5), epoch: 1 }));
  forget(machine);
  hold(machine, "snapshot");

  pass(machine, 200);
  expect(saidBy(machine, "became", "listen", "wake")).toEqual([
    "LEADING elected",
    "listen quorum",
    "wake snapshot",
  ]);
  expect(machine.server.leader?.connecting.size).toBe(0);
  wake(machine, "snapshot");

  expect(saidBy(machine, "write")).toEqual(["write snapshot.100000005"]);
  expect([...machine.server.leader!.connecting]).toEqual([3]);
});

test("a learner that is quick is heard once the snapshot is written", () => {
  const machine = looking(3, history([z(1, 5)]));
  for (const sid of [1, 2]) hear(machine, sid, ballot(3, { zxid: z(1, 5), epoch: 1 }));
  hold(machine, "snapshot");
  pass(machine, 200);
  const conn = learner(machine, 1);
  introduces(machine, conn, 1);
  forget(machine);
  expect(machine.server.leader?.epochFixed).toBe(false);

  release(machine);

  expect(saidBy(machine, "epochFixed", "send")).toEqual([
    "epochFixed 2",
    "to learner 1: LEADERINFO 2.0",
  ]);
});

test("a snapshot that is there already is not written again: that could only tear it", () => {
  const files = [...elected().disk].map(([name, bytes]) => ({ name, bytes }));
  const machine = looking(3, files);
  for (const sid of [1, 2]) hear(machine, sid, ballot(3, { zxid: z(1, 5), epoch: 1 }));

  pass(machine, 200);

  expect(machine.server.leader?.stage).toBe("discovery");
  expect(saidBy(machine, "write")).toEqual([]);
});

test("the quorum port is closed to everybody while a server does not lead", () => {
  const machine = looking(3);

  accept(machine, "quorum", "early");

  expect(saidBy(machine, "close", "send")).toEqual(["close early"]);
});

// Step 3: the epoch.

test("the epoch is one above all that a quorum, this server in it, has accepted", () => {
  const machine = elected();

  introduces(machine, learner(machine, 1), 1, { accepted: 6 });

  expect(saidBy(machine, "epochFixed")).toEqual(["epochFixed 7"]);
});

test("its own accepted epoch counts as well", () => {
  const machine = elected(history([z(1, 5)], { accepted: 9 }));

  introduces(machine, learner(machine, 1), 1, { accepted: 6 });

  expect(saidBy(machine, "epochFixed")).toEqual(["epochFixed 10"]);
});

test("an accepted epoch equal to the one asked for so far raises it (ZOOKEEPER-1343)", () => {
  const machine = elected(history([z(1, 5)]), { voters: 5 }, 5);
  introduces(machine, learner(machine, 1), 1, { accepted: 2 });

  introduces(machine, learner(machine, 2), 2, { accepted: 3 });

  expect(saidBy(machine, "epochFixed")).toEqual(["epochFixed 4"]);
});

test("an observer raises the epoch, and does not make the quorum (ZOOKEEPER-2959)", () => {
  const machine = elected(history([z(1, 5)]), { observers: 1 });

  introduces(machine, learner(machine, 4), 4, { accepted: 8, observer: true });
  expect(saidBy(machine, "epochFixed")).toEqual([]);
  introduces(machine, learner(machine, 1), 1);

  expect(saidBy(machine, "epochFixed")).toEqual(["epochFixed 9"]);
});

test("a learner that comes after the epoch is fixed does not raise it, and is told it at once", () => {
  const machine = elected();
  introduces(machine, learner(machine, 1), 1);
  forget(machine);

  introduces(machine, learner(machine, 2), 2, { accepted: 8 });

  expect(saidBy(machine, "epochFixed", "send")).toEqual(["to learner 2: LEADERINFO 2.0"]);
});

test("acceptedEpoch is durable, file and name, before anybody is told the epoch", () => {
  const machine = elected();
  hold(machine, "disk");

  introduces(machine, learner(machine, 1), 1);
  introduces(machine, learner(machine, 2), 2);
  expect(stepsOf(machine)).toEqual(["write acceptedEpoch.tmp 2", "sync acceptedEpoch.tmp"]);
  answerDisk(machine);
  expect(stepsOf(machine)).toEqual([
    "rename acceptedEpoch.tmp acceptedEpoch",
    "sync acceptedEpoch",
  ]);
  answerDisk(machine);

  expect(stepsOf(machine)).toEqual([
    "to learner 1: LEADERINFO 2.0",
    "to learner 2: LEADERINFO 2.0",
  ]);
});

test("a learner that does not introduce itself as one is sent away", () => {
  const machine = elected();

  receive(machine, learner(machine, 1), { kind: "ACK", zxid: z(1, 0) });

  expect(saidBy(machine, "close", "warned")).toEqual([
    "close learner 1",
    "warned ******* GOODBYE sid:-1 ******** First packet ACK is not FOLLOWERINFO or OBSERVERINFO!",
  ]);
});

// Step 5: the epoch acks.

test("a quorum of epoch acks is needed before anybody is brought up to date", () => {
  const machine = elected();
  const one = learner(machine, 1);
  introduces(machine, one, 1);
  forget(machine);

  receive(machine, one, { kind: "ACKEPOCH", zxid: z(1, 5), epoch: 1 });

  expect(saidBy(machine, "epochAcked", "syncChosen")).toEqual([
    "epochAcked 2",
    "DIFF for 1 at 1.5 up to 1.5",
  ]);
});

test.each([
  ["of a later epoch", 2, z(1, 2)],
  ["of the same epoch and longer", 1, z(1, 6)],
])("a follower whose history is %s is not led: it is ahead", (_, epoch, zxid) => {
  const machine = elected();
  const one = learner(machine, 1);
  introduces(machine, one, 1);
  forget(machine);

  receive(machine, one, { kind: "ACKEPOCH", zxid, epoch });

  expect(saidBy(machine, "close", "epochAcked", "warned")).toEqual([
    "close learner 1",
    "warned ******* GOODBYE sid:1 ******** Follower is ahead of the leader",
  ]);
});

test("a longer history of an earlier epoch is not ahead", () => {
  const machine = elected(history([z(1, 5)], { current: 2 }));
  const one = learner(machine, 1);
  introduces(machine, one, 1, { accepted: 2 });

  receive(machine, one, { kind: "ACKEPOCH", zxid: z(1, 9), epoch: 1 });

  expect(saidBy(machine, "epochAcked")).toEqual(["epochAcked 3"]);
});

test("epoch −1 says that this epoch was promised before: it is not counted, and waits", () => {
  const machine = elected();
  const one = learner(machine, 1);
  introduces(machine, one, 1);
  receive(machine, one, { kind: "ACKEPOCH", zxid: z(1, 5), epoch: -1 });
  expect(saidBy(machine, "epochAcked")).toEqual([]);

  offersItself(machine, 2);

  expect(saidBy(machine, "epochAcked", "syncChosen")).toEqual([
    "epochAcked 2",
    "DIFF for 1 at 1.5 up to 1.5",
    "DIFF for 2 at 1.5 up to 1.5",
  ]);
});

test("an empty server that may not vote does not count, nor does an observer", () => {
  const machine = elected(history([z(1, 5)]), { observers: 1 });
  introduces(machine, learner(machine, 2), 2);
  offersItself(machine, 4, { observer: true });
  offersItself(machine, 1, { epoch: 0, zxid: -1n as ReturnType<typeof z> });

  expect(saidBy(machine, "epochAcked")).toEqual([]);
});

test("when a quorum has acked, later ones are not compared any more", () => {
  const machine = elected();
  offersItself(machine, 1);
  forget(machine);

  offersItself(machine, 2, { epoch: 7, zxid: z(1, 4) });

  expect(saidBy(machine, "syncChosen", "close")).toEqual(["DIFF for 2 at 1.4 up to 1.5"]);
});

test("a learner that answers LEADERINFO with anything else is sent away", () => {
  const machine = elected();
  const one = learner(machine, 1);
  introduces(machine, one, 1);
  forget(machine);

  receive(machine, one, { kind: "ACK", zxid: z(2, 0) });

  expect(saidBy(machine, "close")).toEqual(["close learner 1"]);
});

// Steps 6, 7: NEWLEADER.

test("currentEpoch is durable before the leader counts itself as synced", () => {
  const machine = elected();
  const one = learner(machine, 1);
  introduces(machine, one, 1);
  hold(machine, "disk");
  forget(machine);

  receive(machine, one, { kind: "ACKEPOCH", zxid: z(1, 5), epoch: 1 });
  receive(machine, one, { kind: "ACK", zxid: z(2, 0) });
  expect(saidBy(machine, "write", "established")).toEqual(["write currentEpoch.tmp 2"]);
  answerDisk(machine);
  expect(machine.server.currentEpoch).toBe(1);
  expect(saidBy(machine, "established")).toEqual([]);
  answerDisk(machine);

  expect(machine.server.currentEpoch).toBe(2);
  expect(saidBy(machine, "established", "serving")).toEqual(["established 2", "serving 2"]);
});

test("the leader is established by a quorum of NEWLEADER acks, and only then moves to its epoch", () => {
  const machine = elected(history([z(1, 5)]), { voters: 5 }, 5);
  const conns = [1, 2, 3].map((sid) => {
    const conn = learner(machine, sid);
    introduces(machine, conn, sid);
    return conn;
  });
  for (const conn of conns) receive(machine, conn, { kind: "ACKEPOCH", zxid: z(1, 5), epoch: 1 });
  receive(machine, conns[0]!, { kind: "ACK", zxid: z(2, 0) });
  // ZOOKEEPER-790: its own zxid stays what it has until then.
  expect(machine.server.database?.lastZxid).toBe(z(1, 5));
  expect(machine.server.serving).toBe(false);
  forget(machine);

  receive(machine, conns[1]!, { kind: "ACK", zxid: z(2, 0) });

  expect(saidBy(machine, "established", "serving", "send")).toEqual([
    "established 2",
    "serving 2",
    "to learner 1: UPTODATE",
    "to learner 2: UPTODATE",
  ]);
  expect(machine.server.database?.lastZxid).toBe(z(2, 0));
  expect(machine.server.vote).toMatchObject({ peerEpoch: 2, zxid: z(1, 5) });
  expect(machine.server.phase).toBe("BROADCAST");
});

test("an ack of a transaction is not one of NEWLEADER", () => {
  const machine = elected();
  const one = offersItself(machine, 1);
  forget(machine);

  receive(machine, one, { kind: "ACK", zxid: z(1, 5) });

  expect(saidBy(machine, "established")).toEqual([]);
});

test("an ack of an earlier epoch's NEWLEADER is not one either", () => {
  const machine = elected();
  const one = offersItself(machine, 1);
  forget(machine);

  receive(machine, one, { kind: "ACK", zxid: z(1, 0) });

  expect(saidBy(machine, "established")).toEqual([]);
});

test("an observer's ack does not count, but it is told when the leader is established", () => {
  const machine = elected(history([z(1, 5)]), { observers: 1 });
  const one = offersItself(machine, 1);
  const four = offersItself(machine, 4, { observer: true });
  forget(machine);
  receive(machine, four, { kind: "ACK", zxid: z(2, 0) });
  expect(saidBy(machine, "established")).toEqual([]);

  receive(machine, one, { kind: "ACK", zxid: z(2, 0) });

  expect(sentBy(machine)).toEqual(["to learner 1: UPTODATE", "to observer 4: UPTODATE"]);
});

test("a learner that answers NEWLEADER with anything but an ACK is sent away", () => {
  const machine = elected();
  const one = offersItself(machine, 1);
  forget(machine);

  receive(machine, one, { kind: "PING", zxid: z(2, 0), sessions: [] });

  expect(saidBy(machine, "close")).toEqual(["close learner 1"]);
});

test("a learner that joins an established leader is told at once", () => {
  const { machine } = leading();
  const two = offersItself(machine, 2);
  expect(sentBy(machine)).toEqual([
    "to learner 2: LEADERINFO 2.0",
    "to learner 2: DIFF 1.5",
    "to learner 2: NEWLEADER 2.0",
  ]);

  receive(machine, two, { kind: "ACK", zxid: z(2, 0) });

  expect(sentBy(machine)).toEqual(["to learner 2: UPTODATE"]);
});

test("a server alone is established without anybody", () => {
  const machine = elected(history([z(1, 5)]), { voters: 1 }, 1);

  expect(machine.server.serving).toBe(true);
  expect(machine.server.currentEpoch).toBe(2);
});

// The three limits, each initLimit ticks and one after the other.

test.each<[string, (machine: Machine) => void, string]>([
  ["an epoch", () => undefined, "Timeout while waiting for epoch from quorum"],
  [
    "epoch acks",
    (machine) => introduces(machine, learner(machine, 1), 1),
    "Timeout while waiting for epoch to be acked by quorum",
  ],
  [
    "NEWLEADER acks",
    (machine) => offersItself(machine, 1),
    "Waiting for a quorum of followers, only synced with sids: [ 3 ]",
  ],
])("a leader that gets no quorum of %s within initLimit ticks gives up", (_, prepare, reason) => {
  const machine = elected();
  pass(machine, 1000);
  prepare(machine);
  const waitedMs = machine.server.leader?.stage === "discovery" ? 1000 : 0;
  forget(machine);

  pass(machine, 1999 - waitedMs);
  expect(machine.server.state).toBe("LEADING");
  pass(machine, 1);

  expect(saidBy(machine, "became", "unlisten")).toEqual(["unlisten quorum", `LOOKING ${reason}`]);
});

test("a leader that gave up votes with the zxid it had, and the epoch that it wrote", () => {
  const machine = elected();
  offersItself(machine, 1);

  pass(machine, 2000);

  expect(machine.server.election.proposal).toMatchObject({ zxid: z(1, 5), peerEpoch: 2 });
});

test("an established leader is not ended by those limits", () => {
  const { machine, one } = leading();
  for (let tick = 0; tick < 15; tick++) {
    pass(machine, 200);
    receive(machine, one, { kind: "PING", zxid: z(2, 0), sessions: [] });
  }

  expect(machine.server.state).toBe("LEADING");
});

test("a learner that leaves before it counts takes its connection with it and nothing else", () => {
  const machine = elected();
  const one = learner(machine, 1);
  forget(machine);

  tell(machine, { kind: "disconnected", conn: one });

  expect(machine.server.leader?.handlers.size).toBe(0);
  expect(machine.server.state).toBe("LEADING");
});

test("a learner that says nothing for initLimit ticks is sent away", () => {
  const { machine, one } = leading();
  const two = learner(machine, 2);
  machine.names.set(two, "two");
  forget(machine);
  for (let tick = 0; tick < 10; tick++) {
    expect(saidBy(machine, "close")).toEqual([]);
    receive(machine, one, { kind: "PING", zxid: z(2, 0), sessions: [] });
    pass(machine, 200);
  }

  expect(saidBy(machine, "close")).toEqual(["close two"]);
});
