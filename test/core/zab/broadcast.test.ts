import { describe, expect, test } from "vitest";
import { itemsOf } from "../../../core/ring.ts";
import { COUNTER_MAX } from "../../../core/zxid.ts";
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
  tell,
  wake,
  type Machine,
} from "../../support/machine.ts";
import {
  create,
  following,
  joins,
  leaderOf,
  leading,
  offersItself,
  opensSession,
  proposesAndCommits,
  requests,
  setData,
  told,
} from "../../support/roles.ts";
import { run, txnOf } from "../../support/txn-run.ts";

// Spec election-and-zab 6.1 to 6.8; Leader.java (propose, processAck, tryToCommit), Follower.java.

describe("the leader", () => {
  test("proposes to all followers before it logs itself (6.1)", () => {
    const { machine, one } = leading();
    joins(machine, 2);
    forget(machine);

    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });

    expect(saidBy(machine, "proposed", "send", "append", "sync", "committed")).toEqual([
      "proposed 2.1",
      "to learner 1: PROPOSAL 2.1",
      "to learner 2: PROPOSAL 2.1",
      "append log.200000001 2.1",
      "sync log.200000001",
    ]);
  });

  test("counts itself only once its own log is durable (6.2)", () => {
    const { machine, one } = leading();
    hold(machine, "disk");
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 1) });
    expect(saidBy(machine, "committed")).toEqual([]);

    answerDisk(machine);

    expect(saidBy(machine, "committed", "send")).toEqual([
      "committed 2.1",
      "to learner 1: COMMIT 2.1",
    ]);
  });

  test("is a voter like the others: two followers commit what it has not logged yet", () => {
    const { machine, one } = leading();
    const two = joins(machine, 2);
    hold(machine, "logger");
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    forget(machine);

    receive(machine, one, { kind: "ACK", zxid: z(2, 1) });
    expect(saidBy(machine, "committed")).toEqual([]);
    receive(machine, two, { kind: "ACK", zxid: z(2, 1) });

    expect(saidBy(machine, "committed", "delivered", "append")).toEqual([
      "committed 2.1",
      "delivered 2.1",
    ]);
  });

  test("an ack counts once, however often it comes", () => {
    const { machine, one } = leading();
    hold(machine, "logger");
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    forget(machine);

    for (let times = 0; times < 3; times++) receive(machine, one, { kind: "ACK", zxid: z(2, 1) });

    expect(saidBy(machine, "committed")).toEqual([]);
  });

  test("commits in the order of zxids: an ack for a later one does not overtake", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    requests(machine, one, setData("/history"), { cxid: 2 });
    requests(machine, one, setData("/history"), { cxid: 3 });
    forget(machine);

    receive(machine, one, { kind: "ACK", zxid: z(2, 3) });
    expect(saidBy(machine, "committed")).toEqual([]);
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    expect(saidBy(machine, "committed")).toEqual(["committed 2.2"]);
    receive(machine, one, { kind: "ACK", zxid: z(2, 3) });

    expect(saidBy(machine, "committed")).toEqual(["committed 2.3"]);
  });

  test("passes over acks of the past, of nothing it has proposed, and of the start of the epoch", () => {
    const { machine, one } = leading();
    opensSession(machine, one);

    for (const zxid of [z(2, 0), z(2, 1), z(1, 5), z(2, 9)]) {
      receive(machine, one, { kind: "ACK", zxid });
    }

    expect(saidBy(machine, "committed", "send", "close")).toEqual([]);
  });

  test("an observer's ack is no vote (ZOOKEEPER-1294)", () => {
    const { machine, one } = leading({ observers: 1 });
    const four = joins(machine, 4, { observer: true });
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    forget(machine);

    receive(machine, four, { kind: "ACK", zxid: z(2, 1) });

    expect(saidBy(machine, "committed")).toEqual([]);
  });

  test("commits to followers, informs observers, then applies", () => {
    const { machine, one } = leading({ observers: 1 });
    joins(machine, 4, { observer: true });
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    forget(machine);

    receive(machine, one, { kind: "ACK", zxid: z(2, 1) });

    expect(saidBy(machine, "committed", "send", "delivered")).toEqual([
      "committed 2.1",
      "to learner 1: COMMIT 2.1",
      "to observer 4: INFORM 2.1",
      "delivered 2.1",
    ]);
  });

  test("gives a failed write a zxid and a quorum all the same (1.2)", () => {
    const { machine, one } = leading();
    opensSession(machine, one);

    requests(machine, one, create("/history"), { cxid: 2 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });

    expect(saidBy(machine, "proposed", "committed")).toEqual(["proposed 2.2", "committed 2.2"]);
    expect(itemsOf(machine.server.database!.committedLog).at(-1)?.body).toEqual({
      kind: "error",
      err: -110,
    });
  });

  test("forgets what was pending once it is applied, and what was in the tail of its log", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    for (let counter = 2; counter <= 20; counter++) {
      requests(machine, one, setData("/history"), { cxid: counter });
      receive(machine, one, { kind: "ACK", zxid: z(2, counter) });
    }

    expect(machine.server.leader?.pending.queue.length).toBeLessThanOrEqual(1);
    expect(machine.server.leader?.toBeApplied).toHaveLength(0);
    expect(machine.server.log.tail).toHaveLength(0);
  });

  test("proposes what comes in in one turn with consecutive zxids", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    hold(machine, "prep");
    for (const cxid of [2, 3, 4]) requests(machine, one, setData("/history"), { cxid });

    release(machine);

    expect(saidBy(machine, "proposed")).toEqual(["proposed 2.2", "proposed 2.3", "proposed 2.4"]);
  });
});

describe("a follower", () => {
  test("logs a proposal, makes it durable, and only then acks it (6.3)", () => {
    const machine = following();
    hold(machine, "disk");

    told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });
    expect(saidBy(machine, "append", "sync", "send")).toEqual([
      "append log.200000001 2.1",
      "sync log.200000001",
    ]);
    answerDisk(machine);

    expect(sentBy(machine)).toEqual(["to leader: ACK 2.1"]);
  });

  test("acks each of a batch, in order", () => {
    const machine = following();
    hold(machine, "logger");
    for (const txn of run(2, 1, 3)) told(machine, { kind: "PROPOSAL", txn });

    release(machine);

    expect(saidBy(machine, "append", "sync", "send")).toEqual([
      "append log.200000001 2.1 2.2 2.3",
      "sync log.200000001",
      "to leader: ACK 2.1",
      "to leader: ACK 2.2",
      "to leader: ACK 2.3",
    ]);
  });

  test("applies what is committed even before its own log is durable (C5)", () => {
    const machine = following();
    hold(machine, "disk");

    proposesAndCommits(machine, txnOf(2, 1));

    expect(saidBy(machine, "delivered", "send")).toEqual(["delivered 2.1"]);
    answerDisk(machine);
    expect(sentBy(machine)).toEqual(["to leader: ACK 2.1"]);
  });

  test("applies nothing that is only proposed", () => {
    const machine = following();

    told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });

    expect(saidBy(machine, "delivered")).toEqual([]);
    expect(machine.server.database?.lastZxid).toBe(z(1, 5));
  });

  test.each([
    ["the oldest pending proposal is another one", [1, 2], 2, "0x200000002", "0x200000001"],
    ["nothing is pending", [], 1, "0x200000001", "0x0"],
  ])("ends its process with 12 on a COMMIT where %s", (_, counters, commit, zxid, head) => {
    const machine = following();
    for (const counter of counters) told(machine, { kind: "PROPOSAL", txn: txnOf(2, counter) });
    forget(machine);

    told(machine, { kind: "COMMIT", zxid: z(2, commit) });

    expect(saidBy(machine, "exit", "delivered")).toEqual([
      `exit 12: Committing zxid ${zxid} but next pending txn ${head}`,
    ]);
    tell(machine, { kind: "stopped" });
    expect(machine.out).toEqual([]);
  });

  test("warns of a gap in the proposals, and logs them all the same", () => {
    const machine = following();
    told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });
    forget(machine);

    told(machine, { kind: "PROPOSAL", txn: txnOf(2, 3) });

    expect(saidBy(machine, "warned", "append")).toEqual([
      "warned Got zxid 0x200000003 expected 0x200000002",
      "append log.200000001 2.3",
    ]);
  });

  test("answers PING with its zxid and the sessions touched since the last one, each once", () => {
    const machine = following();
    machine.server.learner!.touched.set(7n as never, 4000);

    told(machine, { kind: "PING", zxid: z(2, 4), sessions: null });
    told(machine, { kind: "PING", zxid: z(2, 5), sessions: null });

    expect(sentBy(machine)).toEqual(["to leader: PING 2.4 [7]", "to leader: PING 2.5 []"]);
  });

  test("gives a leader up that is silent for syncLimit ticks (6.4)", () => {
    const machine = following();
    pass(machine, 900);
    told(machine, { kind: "PING", zxid: z(2, 0), sessions: null });

    pass(machine, 999);
    expect(machine.server.state).toBe("FOLLOWING");
    pass(machine, 1);

    expect(saidBy(machine, "became")).toEqual(["LOOKING Read timed out"]);
  });

  test("logs no more than a thousand at a time", () => {
    const machine = following();
    hold(machine, "logger", "disk");
    for (const txn of run(2, 1, 1500)) told(machine, { kind: "PROPOSAL", txn });
    forget(machine);

    wake(machine, "logger");

    const [append] = machine.out.filter((effect) => effect.kind === "append");
    expect(append?.txns).toHaveLength(1000);
  });
});

describe("an observer", () => {
  test("logs and applies what it is informed of, and acks nothing (4.9)", () => {
    const machine = following({ observers: 1 }, 4);

    told(machine, { kind: "INFORM", txn: txnOf(2, 1) });

    expect(saidBy(machine, "append", "delivered", "send").sort()).toEqual([
      "append log.200000001 2.1",
      "delivered 2.1",
    ]);
  });
});

describe("sync (6.5)", () => {
  test("is answered at once where nothing is outstanding", () => {
    const { machine, one } = leading();

    requests(machine, one, { kind: "sync", path: "/" });

    expect(sentBy(machine)).toEqual(["to learner 1: SYNC"]);
  });

  test("waits for the newest proposal, and comes behind its COMMIT", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    requests(machine, one, setData("/history"), { cxid: 2 });
    requests(machine, one, setData("/history"), { cxid: 3 });
    requests(machine, one, { kind: "sync", path: "/" }, { cxid: 4 });
    requests(machine, one, { kind: "sync", path: "/" }, { cxid: 5 });
    forget(machine);
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    expect(sentBy(machine)).toEqual(["to learner 1: COMMIT 2.2"]);

    receive(machine, one, { kind: "ACK", zxid: z(2, 3) });

    expect(sentBy(machine)).toEqual([
      "to learner 1: COMMIT 2.3",
      "to learner 1: SYNC",
      "to learner 1: SYNC",
    ]);
  });
});

describe("REVALIDATE (6.7)", () => {
  test("a live session is touched and belongs to that learner from then on", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    const two = joins(machine, 2);
    forget(machine);

    receive(machine, two, revalidate(7n));
    expect(sentBy(machine)).toEqual(["to learner 2: REVALIDATE 7 true"]);
    requests(machine, one, setData("/history"), { cxid: 2 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });

    // Session moved, for the one that it belonged to.
    expect(itemsOf(machine.server.database!.committedLog).at(-1)?.body).toEqual({
      kind: "error",
      err: -118,
    });
  });

  test("a session that nobody knows is not valid", () => {
    const { machine, one } = leading();

    receive(machine, one, revalidate(99n));

    expect(sentBy(machine)).toEqual(["to learner 1: REVALIDATE 99 false"]);
  });
});

describe("the tick of the leader (6.4, 6.6)", () => {
  test("pings every learner each half tick with the last proposed zxid", () => {
    const { machine, one } = leading();
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    forget(machine);

    pass(machine, 100);
    expect(sentBy(machine)).toEqual(["to learner 1: PING 2.1"]);
    pass(machine, 100);

    expect(sentBy(machine)).toEqual(["to learner 1: PING 2.1"]);
  });

  test("a leader without a quorum that has spoken within syncLimit ticks steps down", () => {
    const { machine } = leading();
    const startMs = machine.nowMs;
    forget(machine);

    while (machine.server.state === "LEADING") pass(machine, 100);

    expect(machine.nowMs - startMs).toBe(1000);
    expect(saidBy(machine, "became")).toEqual([
      "LOOKING Not sufficient followers synced, only synced with sids: [ [3] ]",
    ]);
  });

  test("followers that speak keep it in its role", () => {
    const { machine, one } = leading();

    for (let tick = 0; tick < 50; tick++) {
      pass(machine, 200);
      receive(machine, one, { kind: "PING", zxid: z(2, 0), sessions: [] });
    }

    expect(machine.server.state).toBe("LEADING");
  });

  test("observers support nobody (ZOOKEEPER-1294)", () => {
    const { machine, one } = leading({ observers: 1 });
    const four = joins(machine, 4, { observer: true });
    tell(machine, { kind: "disconnected", conn: one });

    pass(machine, 100);
    receive(machine, four, { kind: "PING", zxid: z(2, 0), sessions: [] });
    pass(machine, 100);

    expect(machine.server.state).toBe("LOOKING");
  });

  test("a learner supports it from the moment it introduces itself", () => {
    const { machine, one } = leading();
    offersItself(machine, 2);
    tell(machine, { kind: "disconnected", conn: one });

    pass(machine, 200);

    expect(machine.server.state).toBe("LEADING");
  });

  test("a learner that keeps a proposal for longer than syncLimit ticks is sent away", () => {
    const { machine, one } = leading();
    const two = joins(machine, 2);
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    for (let half = 0; half < 10; half++) {
      pass(machine, 100);
      for (const conn of [one, two]) {
        receive(machine, conn, { kind: "PING", zxid: z(2, 1), sessions: [] });
      }
      receive(machine, one, { kind: "ACK", zxid: z(2, 1) });
    }
    expect(saidBy(machine, "close")).toEqual([]);

    pass(machine, 100);

    expect(saidBy(machine, "close", "warned")).toEqual([
      "close learner 2",
      "warned ******* GOODBYE sid:2 ******** transaction timeout",
    ]);
  });

  test("an ack of the oldest proposal moves that limit to the newest one", () => {
    const { machine, one } = leading();
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    pass(machine, 600);
    requests(machine, one, setData("/history"), { cxid: 2 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 1) });
    forget(machine);

    speaksFor(machine, one, 10);
    expect(saidBy(machine, "close")).toEqual([]);
    pass(machine, 100);

    expect(saidBy(machine, "close")).toEqual(["close learner 1"]);
  });

  test("when all is acked there is no limit", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    requests(machine, one, setData("/history"), { cxid: 2 });
    requests(machine, one, setData("/history"), { cxid: 3 });
    for (const counter of [2, 3]) receive(machine, one, { kind: "ACK", zxid: z(2, counter) });
    forget(machine);

    speaksFor(machine, one, 25);

    expect(saidBy(machine, "close")).toEqual([]);
  });

  test("what a learner was sent before it acked NEWLEADER has no limit: its commit may have been, too", () => {
    const { machine, one } = leading();
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    const two = offersItself(machine, 2);
    requests(machine, one, setData("/history"), { cxid: 2 });
    for (const counter of [1, 2]) receive(machine, one, { kind: "ACK", zxid: z(2, counter) });
    receive(machine, two, { kind: "ACK", zxid: z(2, 0) });
    forget(machine);

    for (let half = 0; half < 25; half++) {
      pass(machine, 100);
      for (const conn of [one, two]) {
        receive(machine, conn, { kind: "PING", zxid: z(2, 2), sessions: [] });
      }
    }

    expect(saidBy(machine, "close")).toEqual([]);
  });

  test("an ack of anything else is none of the oldest proposal", () => {
    const { machine, one } = leading();
    requests(machine, one, { kind: "createSession", timeoutMs: 4000 });
    receive(machine, one, { kind: "ACK", zxid: z(2, 0) });
    forget(machine);

    speaksFor(machine, one, 12);

    expect(saidBy(machine, "close")).toEqual(["close learner 1"]);
  });

  test("a learner that says nothing for syncLimit ticks is sent away", () => {
    const { machine, one } = leading();
    const two = joins(machine, 2);
    machine.names.set(two, "two");
    forget(machine);
    speaksFor(machine, one, 9);
    expect(saidBy(machine, "close")).toEqual([]);

    speaksFor(machine, one, 1);

    expect(saidBy(machine, "close")).toEqual(["close two"]);
  });

  test("sessions that learners report in their PINGs stay alive", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    for (let half = 0; half < 60; half++) {
      pass(machine, 100);
      const sessions = [{ sessionId: 7n as never, timeoutMs: 4000 }];
      receive(machine, one, { kind: "PING", zxid: z(2, 1), sessions });
    }
    expect(saidBy(machine, "sessionExpired")).toEqual([]);

    speaksFor(machine, one, 42);

    expect(saidBy(machine, "sessionExpired", "proposed")).toEqual([
      "sessionExpired 0x7",
      "proposed 2.2",
    ]);
  });

  test("a packet that no learner sends is passed over with a warning", () => {
    const { machine, one } = leading();

    receive(machine, one, { kind: "UPTODATE" });

    expect(saidBy(machine, "warned", "close")).toEqual([
      "warned unexpected quorum packet UPTODATE",
    ]);
  });
});

describe("rollover (6.8, ZOOKEEPER-1277)", () => {
  test("the last counter is never proposed: everybody is sent away, and the role ends", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    machine.server.leader!.lastProposed = z(2, COUNTER_MAX - 2);

    requests(machine, one, setData("/history"), { cxid: 2 });
    expect(saidBy(machine, "proposed")).toEqual([`proposed 2.${COUNTER_MAX - 1}`]);
    requests(machine, one, setData("/history"), { cxid: 3 });

    expect(saidBy(machine, "proposed", "close", "unlisten")).toEqual([
      "unlisten quorum",
      "close learner 1",
    ]);
    // Until its next half tick it answers as the leader that it was.
    expect(machine.server.state).toBe("LEADING");
    expect(machine.server.serving).toBe(false);
    pass(machine, 100);
    expect(saidBy(machine, "became")).toEqual([
      "LOOKING zxid lower 32 bits have rolled over, forcing re-election, and therefore new epoch start",
    ]);
  });

  test("a learner that connects while it ends is taken in by nobody", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    machine.server.leader!.lastProposed = z(2, COUNTER_MAX - 1);
    requests(machine, one, setData("/history"), { cxid: 2 });
    pass(machine, 100);
    forget(machine);

    accept(machine, "quorum", "late");

    expect(saidBy(machine, "close")).toEqual(["close late"]);
  });
});

test("the leader's own disconnect leaves a follower's pending proposals to its log", () => {
  const machine = following({}, 1, history([z(1, 5)]));
  told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });
  forget(machine);

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

  // Committed or not: the log is what it votes with (ZOOKEEPER-2845).
  expect(saidBy(machine, "fastForwarded", "became")).toEqual([
    "fastForwarded 2.1",
    "LOOKING Disconnected from leader",
  ]);
  expect(machine.server.election.proposal).toMatchObject({ zxid: z(2, 1), peerEpoch: 2 });
});

/** Half ticks in which `conn` answers its pings. */
function speaksFor(machine: Machine, conn: number, halfTicks: number): void {
  for (let half = 0; half < halfTicks; half++) {
    pass(machine, 100);
    if (!machine.server.leader?.handlers.has(conn)) return;
    receive(machine, conn, { kind: "PING", zxid: z(2, 1), sessions: [] });
  }
}

function revalidate(session: bigint): {
  kind: "REVALIDATE";
  sessionId: never;
  timeoutMs: number;
  valid: null;
} {
  return { kind: "REVALIDATE", sessionId: session as never, timeoutMs: 4000, valid: null };
}
