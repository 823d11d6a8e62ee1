import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../core/bytes.ts";
import { LOG_HEADER } from "../../../core/storage/log-file.ts";
import type { FileContent } from "../../../core/event.ts";
import type { Txn } from "../../../core/txn.ts";
import { z } from "../../support/effect-text.ts";
import {
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
  create,
  elected,
  introduces,
  joins,
  learner,
  leading,
  offersItself,
  opensSession,
  requests,
  setData,
} from "../../support/roles.ts";
import { txnsOf } from "../../support/txn-run.ts";

// Spec election-and-zab 5.1, 5.2, 5.6; LearnerHandler.java. Leader 3 of epoch 2 has 1.1 … 1.5, follower 1 is in sync.

describe("what a learner is sent", () => {
  test.each<[string, ReturnType<typeof z>, string[]]>([
    ["in sync", z(1, 5), ["DIFF 1.5", "NEWLEADER 2.0"]],
    [
      "behind",
      z(1, 3),
      ["DIFF 1.5", "PROPOSAL 1.4", "COMMIT 1.4", "PROPOSAL 1.5", "COMMIT 1.5", "NEWLEADER 2.0"],
    ],
    ["ahead, and nothing committed in this epoch", z(1, 7), ["TRUNC 1.5", "NEWLEADER 2.0"]],
    ["empty", z(0, 0), ["SNAP 2.0", "SNAPPIECE last", "NEWLEADER 2.0"]],
  ])("%s", (_, zxid, packets) => {
    const { machine } = leading();

    offersItself(machine, 2, { zxid });

    expect(sentBy(machine).map((line) => line.replace("to learner 2: ", ""))).toEqual([
      "LEADERINFO 2.0",
      ...packets,
    ]);
  });

  test("a tail of the old epoch cannot be cut once this epoch has a transaction", () => {
    const { machine, one } = leading();
    opensSession(machine, one);

    offersItself(machine, 2, { zxid: z(1, 7) });

    expect(saidBy(machine, "syncChosen")).toEqual(["SNAP for 2 at 1.7 up to 2.1"]);
  });
});

describe("the SNAP stream", () => {
  test("goes out a few znodes at a time, and NEWLEADER follows the last piece (ZOOKEEPER-3104)", () => {
    const { machine } = leading({ snapshotStepNodes: 2 });
    hold(machine, "handler");
    offersItself(machine, 2, { zxid: z(0, 0) });
    forget(machine);

    const steps: string[][] = [];
    while (machine.woken.length > 0) {
      wake(machine, "handler");
      steps.push(sentBy(machine).map((line) => line.replace("to learner 2: ", "")));
    }

    expect(steps).toEqual([
      [],
      ["SNAP 2.0"],
      ["SNAPPIECE"],
      ["SNAPPIECE"],
      ["SNAPPIECE last", "NEWLEADER 2.0"],
    ]);
  });

  test("what is committed while the stream goes out comes behind it, in front of NEWLEADER", () => {
    const { machine, one } = leading({ snapshotStepNodes: 2 });
    hold(machine, "handler");
    offersItself(machine, 2, { zxid: z(0, 0) });
    wake(machine, "handler");
    wake(machine, "handler");
    forget(machine);

    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 1) });
    release(machine);

    expect(sentBy(machine).filter((line) => line.startsWith("to learner 2"))).toEqual([
      "to learner 2: SNAPPIECE",
      "to learner 2: SNAPPIECE",
      "to learner 2: SNAPPIECE last",
      "to learner 2: PROPOSAL 2.1",
      "to learner 2: COMMIT 2.1",
      "to learner 2: NEWLEADER 2.0",
    ]);
  });
});

// ZOOKEEPER-962, 4394: choosing and registering are one step.
describe("what is under way when a learner joins", () => {
  test("is proposed behind the DIFF to a follower, and committed to it like to all others", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    requests(machine, one, create("/a"), { cxid: 2 });
    forget(machine);

    const two = offersItself(machine, 2, { zxid: z(1, 5) });
    expect(sentBy(machine)).toEqual([
      "to learner 2: LEADERINFO 2.0",
      "to learner 2: DIFF 2.1",
      "to learner 2: PROPOSAL 2.1",
      "to learner 2: COMMIT 2.1",
      "to learner 2: PROPOSAL 2.2",
      "to learner 2: NEWLEADER 2.0",
    ]);
    receive(machine, two, { kind: "ACK", zxid: z(2, 0) });
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });

    expect(sentBy(machine)).toEqual([
      "to learner 2: UPTODATE",
      "to learner 1: COMMIT 2.2",
      "to learner 2: COMMIT 2.2",
    ]);
  });

  test("is not proposed to an observer, which is informed of it", () => {
    const { machine, one } = leading({ observers: 1 });
    opensSession(machine, one);
    requests(machine, one, create("/a"), { cxid: 2 });
    forget(machine);

    const four = offersItself(machine, 4, { zxid: z(2, 1), observer: true });
    expect(sentBy(machine)).toEqual([
      "to observer 4: LEADERINFO 2.0",
      "to observer 4: DIFF 2.1",
      "to observer 4: NEWLEADER 2.0",
    ]);
    receive(machine, four, { kind: "ACK", zxid: z(2, 0) });
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });

    expect(sentBy(machine)).toEqual([
      "to observer 4: UPTODATE",
      "to learner 1: COMMIT 2.2",
      "to observer 4: INFORM 2.2",
    ]);
  });

  test("committed and not yet applied is sent as committed, once", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    hold(machine, "commit");
    requests(machine, one, create("/a"), { cxid: 2 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    expect(machine.server.database?.lastZxid).toBe(z(2, 1));
    forget(machine);

    offersItself(machine, 2, { zxid: z(2, 1) });

    expect(sentBy(machine)).toEqual([
      "to learner 2: LEADERINFO 2.0",
      "to learner 2: DIFF 2.2",
      "to learner 2: PROPOSAL 2.2",
      "to learner 2: COMMIT 2.2",
      "to learner 2: NEWLEADER 2.0",
    ]);
  });

  test("a learner that has what is committed and not yet applied is not cut back", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    hold(machine, "commit");
    requests(machine, one, create("/a"), { cxid: 2 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });

    offersItself(machine, 2, { zxid: z(2, 2) });

    expect(saidBy(machine, "syncChosen")).toEqual(["DIFF for 2 at 2.2 up to 2.2"]);
  });

  test("a learner of this epoch, in which nothing was proposed yet, lacks nothing", () => {
    const { machine } = leading();

    offersItself(machine, 2, { epoch: 2, zxid: z(2, 0) });

    expect(saidBy(machine, "syncChosen")).toEqual(["DIFF for 2 at 2.0 up to 2.0"]);
  });

  test("behind a SNAP it is sent with the tree as it is when the stream begins", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    hold(machine, "commit");
    requests(machine, one, create("/a"), { cxid: 2 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    requests(machine, one, create("/b"), { cxid: 3 });
    forget(machine);

    offersItself(machine, 2, { zxid: z(0, 0) });

    expect(sentBy(machine).filter((line) => !line.includes("PIECE"))).toEqual([
      "to learner 2: LEADERINFO 2.0",
      "to learner 2: SNAP 2.1",
      "to learner 2: PROPOSAL 2.2",
      "to learner 2: COMMIT 2.2",
      "to learner 2: PROPOSAL 2.3",
      "to learner 2: NEWLEADER 2.0",
    ]);
  });
});

// A learner that comes back with a proposal in its log that is still under way keeps it: it may have acked it.
describe("a learner that comes back with proposals still under way", () => {
  test("is not cut back to what is committed", () => {
    const { machine } = outstanding();

    offersItself(machine, 2, { epoch: 2, zxid: z(2, 3) });

    expect(sentBy(machine)).toEqual([
      "to learner 2: LEADERINFO 2.0",
      "to learner 2: DIFF 2.3",
      "to learner 2: NEWLEADER 2.0",
    ]);
  });

  test("gets the proposals behind its own", () => {
    const { machine } = outstanding();

    offersItself(machine, 2, { epoch: 2, zxid: z(2, 2) });

    expect(sentBy(machine)).toContain("to learner 2: PROPOSAL 2.3");
    expect(machine.server.leader?.handlers.size).toBe(2);
  });

  test("acks them all with NEWLEADER, which commits them in order", () => {
    const { machine } = outstanding();
    const two = offersItself(machine, 2, { epoch: 2, zxid: z(2, 3) });
    forget(machine);

    receive(machine, two, { kind: "ACK", zxid: z(2, 0) });

    expect(saidBy(machine, "committed", "send")).toEqual([
      "committed 2.2",
      "to learner 1: COMMIT 2.2",
      "committed 2.3",
      "to learner 1: COMMIT 2.3",
      "to learner 2: UPTODATE",
    ]);
  });

  test("serves nobody before they are committed", () => {
    const { machine, one } = outstanding({ voters: 5 });
    // Leader 5 and learner 2 are two of the three that are needed.
    const two = offersItself(machine, 2, { epoch: 2, zxid: z(2, 3) });
    forget(machine);
    receive(machine, two, { kind: "ACK", zxid: z(2, 0) });
    expect(saidBy(machine, "committed", "send")).toEqual([]);
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    expect(saidBy(machine, "send")).toEqual([
      "to learner 1: COMMIT 2.2",
      "to learner 3: COMMIT 2.2",
    ]);

    receive(machine, one, { kind: "ACK", zxid: z(2, 3) });

    expect(saidBy(machine, "send")).toEqual([
      "to learner 1: COMMIT 2.3",
      "to learner 3: COMMIT 2.3",
      "to learner 2: UPTODATE",
    ]);
  });

  test("gets no COMMIT of what it had before, and those of what it was sent", () => {
    const { machine, one } = outstanding();
    offersItself(machine, 2, { epoch: 2, zxid: z(2, 2) });
    forget(machine);

    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    receive(machine, one, { kind: "ACK", zxid: z(2, 3) });

    expect(sentBy(machine)).toEqual([
      "to learner 1: COMMIT 2.2",
      "to learner 1: COMMIT 2.3",
      "to learner 2: COMMIT 2.3",
    ]);
  });

  test("is not waited for when it goes away again", () => {
    const { machine, one } = outstanding();
    const two = offersItself(machine, 2, { epoch: 2, zxid: z(2, 3) });
    forget(machine);

    tell(machine, { kind: "disconnected", conn: two });
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });

    expect(sentBy(machine)).toEqual(["to learner 1: COMMIT 2.2"]);
  });
});

// Spec 5.2 row 5, 5.3: the log files, when memory does not reach back.
describe("the log files", () => {
  const small = { commitLogCount: 2 };

  test("are read for a learner further back than memory, and sent as a DIFF", () => {
    const { machine } = leading(small, history([z(1, 9)]));
    hold(machine, "disk");

    offersItself(machine, 2, { zxid: z(1, 5) });
    forget(machine);
    answerDisk(machine);
    expect(stepsOf(machine)).toEqual(["read log.100000001"]);
    answerDisk(machine);

    expect(sentBy(machine).filter((line) => line.includes("PROPOSAL"))).toEqual([
      "to learner 2: PROPOSAL 1.6",
      "to learner 2: PROPOSAL 1.7",
      "to learner 2: PROPOSAL 1.8",
      "to learner 2: PROPOSAL 1.9",
    ]);
  });

  test("are not asked when a negative factor switches them off", () => {
    const { machine } = leading({ ...small, snapshotSizeFactor: -1 }, history([z(1, 9)]));

    offersItself(machine, 2, { zxid: z(1, 5) });

    expect(saidBy(machine, "list", "syncChosen")).toEqual(["SNAP for 2 at 1.5 up to 2.0"]);
  });

  // ZOOKEEPER-2099, 2846: below its own snapshot a log may have holes.
  test("are not asked for a learner from before the snapshot that this server was started with", () => {
    const { machine } = leading(small, withSnapshotAt(z(1, 6)));

    offersItself(machine, 2, { zxid: z(1, 5) });

    expect(saidBy(machine, "list", "syncChosen")).toEqual(["SNAP for 2 at 1.5 up to 2.0"]);
  });

  test("do not answer for an empty learner", () => {
    const { machine } = leading(small, history([z(1, 9)]));

    offersItself(machine, 2, { zxid: z(0, 0) });

    expect(saidBy(machine, "list", "syncChosen")).toEqual(["SNAP for 2 at 0.0 up to 2.0"]);
  });

  test("are passed over when together they weigh more than a share of the tree", () => {
    const files = inLogsOf(3, history([z(1, 9)]));
    const heavy = leading({ ...small, snapshotSizeFactor: 0.01 }, files).machine;
    offersItself(heavy, 2, { zxid: z(1, 5) });
    expect(saidBy(heavy, "read", "syncChosen")).toEqual(["SNAP for 2 at 1.5 up to 2.0"]);

    // The first file is not weighed, as in the real server.
    const light = leading({ ...small, snapshotSizeFactor: 0.01 }, history([z(1, 9)])).machine;
    offersItself(light, 2, { zxid: z(1, 5) });
    expect(saidBy(light, "syncChosen")).toEqual(["DIFF for 2 at 1.5 up to 1.9"]);
  });

  test("a transaction that commits while they are read reaches the learner exactly once", () => {
    const { machine, one } = leading(small, history([z(1, 9)]));
    offersItselfWhileHeld(machine);
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    release(machine);
    receive(machine, one, { kind: "ACK", zxid: z(2, 1) });

    const sent = sentBy(machine).filter((line) => line.startsWith("to learner 2"));
    expect(sent.filter((line) => line.includes("2.1"))).toEqual([
      "to learner 2: PROPOSAL 2.1",
      "to learner 2: COMMIT 2.1",
    ]);
  });

  test("a learner that goes away while they are read leaves nothing behind", () => {
    const { machine } = leading(small, history([z(1, 9)]));
    const two = offersItselfWhileHeld(machine);

    tell(machine, { kind: "disconnected", conn: two });
    release(machine);

    expect(saidBy(machine, "syncChosen")).toEqual([]);
    expect(machine.server.waits.size).toBe(0);
  });

  function offersItselfWhileHeld(machine: Machine): number {
    hold(machine, "disk");
    const two = offersItself(machine, 2, { zxid: z(1, 5) });
    forget(machine);
    return two;
  }
});

test("two learners are brought up to date side by side", () => {
  const machine = elected(history([z(1, 5)]));
  offersItself(machine, 1, { zxid: z(1, 4) });
  offersItself(machine, 2, { zxid: z(1, 2) });

  expect(saidBy(machine, "syncChosen")).toEqual([
    "DIFF for 1 at 1.4 up to 1.5",
    "DIFF for 2 at 1.2 up to 1.5",
  ]);
});

test("a learner gets pings once its packets go out, and not before", () => {
  const { machine, one } = leading();
  hold(machine, "handler");
  offersItself(machine, 2);
  forget(machine);

  pass(machine, 100);
  expect(sentBy(machine)).toEqual(["to learner 1: PING 2.0"]);
  release(machine);
  receive(machine, one, { kind: "PING", zxid: z(2, 0), sessions: [] });
  forget(machine);
  pass(machine, 100);

  expect(sentBy(machine)).toEqual(["to learner 1: PING 2.0", "to learner 2: PING 2.0"]);
});

/** A leader with 2.1 committed, and 2.2 and 2.3 proposed and in its own log: one ack more commits them. */
function outstanding({ voters = 3 } = {}): { machine: Machine; one: number } {
  if (voters === 5) return outstandingOfFive();
  const { machine, one } = leading();
  opensSession(machine, one);
  requests(machine, one, setData("/history"), { cxid: 2 });
  requests(machine, one, setData("/history"), { cxid: 3 });
  forget(machine);
  return { machine, one };
}

/** Leader 5 with followers 1 and 3; 2 and 4 are away. */
function outstandingOfFive(): { machine: Machine; one: number } {
  const machine = elected(history([z(1, 5)]), { voters: 5 }, 5);
  const one = learner(machine, 1);
  const three = learner(machine, 3);
  introduces(machine, one, 1);
  introduces(machine, three, 3);
  for (const conn of [one, three]) {
    receive(machine, conn, { kind: "ACKEPOCH", zxid: z(1, 5), epoch: 1 });
  }
  for (const conn of [one, three]) receive(machine, conn, { kind: "ACK", zxid: z(2, 0) });
  requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
  for (const conn of [one, three]) receive(machine, conn, { kind: "ACK", zxid: z(2, 1) });
  requests(machine, one, setData("/history"), { cxid: 2 });
  requests(machine, one, setData("/history"), { cxid: 3 });
  forget(machine);
  return { machine, one };
}

/** 1.1 … 1.9, and a snapshot of what is up to `zxid`: where such a log begins nobody knows. */
function withSnapshotAt(zxid: ReturnType<typeof z>): FileContent[] {
  const short = elected(history([zxid])).disk;
  const snapshot = [...short].find(([name]) => name === `snapshot.${zxid.toString(16)}`)!;
  return [...history([z(1, 9)]), { name: snapshot[0], bytes: snapshot[1] }];
}

/** The same history in logs of so many transactions each. */
function inLogsOf(count: number, files: readonly FileContent[]): FileContent[] {
  const txns = txnsOf([z(1, 9)], z(1, 1));
  const logs: FileContent[] = [];
  for (let at = 0; at < txns.length; at += count) {
    const part: Txn[] = txns.slice(at, at + count);
    const name = `log.${part[0]!.zxid.toString(16)}`;
    logs.push({ name, bytes: concatBytes([LOG_HEADER, ...part.map(({ record }) => record)]) });
  }
  return [...files.filter(({ name }) => !name.startsWith("log.")), ...logs];
}

test("a learner that joins is in broadcast with its ack", () => {
  const { machine } = leading();
  const two = joins(machine, 2);
  expect(machine.server.leader?.handlers.get(two)?.stage).toBe("broadcast");
});
