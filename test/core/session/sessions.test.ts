import { describe, expect, test } from "vitest";
import type { ConnId } from "../../../core/message.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { z } from "../../support/effect-text.ts";
import {
  accept,
  answerDisk,
  boot,
  configOf,
  forget,
  hold,
  pass,
  receive,
  saidBy,
  sentBy,
  tell,
  type Machine,
} from "../../support/machine.ts";
import {
  asks,
  connects,
  create,
  elected,
  following,
  joins,
  leading,
  opensSession,
  proposesAndCommits,
  requests,
  setData,
  told,
} from "../../support/roles.ts";
import { txnOf } from "../../support/txn-run.ts";

// Spec client-protocol 2.2 to 2.7, storage-and-processing 9.4 to 9.6; ZooKeeperServer.java, LeaderSessionTracker.java.

/** A server alone: it decides, commits and answers at once. */
function alone(limits: Parameters<typeof configOf>[1] = {}): Machine {
  return elected(undefined, { voters: 1, ...limits }, 1);
}

describe("the decisions on a ConnectRequest, in order", () => {
  test("1: a server that does not serve hangs up without a word", () => {
    const machine = boot(configOf(1));
    forget(machine);

    connects(machine, "client");

    expect(saidBy(machine, "close", "send")).toEqual(["close client"]);
  });

  test("4: a client that has seen more than this server must try another one", () => {
    const machine = alone();

    connects(machine, "ahead", { seen: z(2, 1) });
    expect(saidBy(machine, "close", "send")).toEqual(["close ahead"]);
    connects(machine, "level", { seen: z(2, 0) });

    expect(saidBy(machine, "close", "send")).toEqual(["to level: session for 4000 ms"]);
  });

  test.each([
    [0, 400],
    [-1, 400],
    [399, 400],
    [401, 401],
    [4001, 4000],
  ])("5: %i ms become %i: within the bounds of this server", (timeoutMs, negotiated) => {
    const machine = alone();

    connects(machine, "client", { timeoutMs });

    expect(sentBy(machine)).toEqual([`to client: session for ${negotiated} ms`]);
  });

  test("7: a new session is a transaction; the answer comes once it is applied", () => {
    const machine = alone();
    hold(machine, "disk");

    connects(machine, "client");
    expect(saidBy(machine, "proposed", "send")).toEqual(["proposed 2.1"]);
    answerDisk(machine);

    expect(saidBy(machine, "delivered", "send")).toEqual([
      "delivered 2.1",
      "to client: session for 4000 ms",
    ]);
  });

  test("7: the connection that holds the id is closed before the password is looked at", () => {
    const machine = alone();
    const session = sessionOf(machine, connects(machine, "rightful"));
    forget(machine);

    connects(machine, "thief", { session, password: new Uint8Array(16) });

    expect(saidBy(machine, "close", "send")).toEqual([
      "close rightful",
      "to thief: session gone",
      "close thief",
    ]);
    // The session itself goes on.
    connects(machine, "again", { session });
    expect(sentBy(machine)).toEqual(["to again: session for 4000 ms"]);
  });

  test("7: a session comes back with its password and a newly agreed timeout, without a transaction", () => {
    const machine = alone();
    const first = connects(machine, "client");
    const session = sessionOf(machine, first);
    tell(machine, { kind: "disconnected", conn: first });
    forget(machine);

    connects(machine, "client again", { session, timeoutMs: 600 });

    expect(saidBy(machine, "proposed", "send")).toEqual(["to client again: session for 600 ms"]);
    expect(machine.server.leader?.sessions.byId.get(session)?.timeoutMs).toBe(600);
  });

  test("7: a session that nobody knows is gone", () => {
    const machine = alone();

    connects(machine, "late", { session: 0x1234n });

    expect(saidBy(machine, "close", "send")).toEqual(["to late: session gone", "close late"]);
  });

  test("a second ConnectRequest on one connection ends it", () => {
    const machine = alone();
    const conn = connects(machine, "client");
    forget(machine);

    receive(machine, conn, {
      kind: "connect",
      lastZxidSeen: z(0, 0),
      timeoutMs: 4000,
      sessionId: 0n as SessionId,
      password: new Uint8Array(16),
      readOnly: false,
    });

    expect(saidBy(machine, "close")).toEqual(["close client"]);
  });

  test("requests before there is a session are passed over", () => {
    const machine = alone();
    const conn = accept(machine, "client", "hasty");

    asks(machine, conn, 1, create("/a"));

    expect(saidBy(machine, "proposed", "send")).toEqual([]);
  });
});

test("session ids: the server in the high byte, its time at the first one, then a count", () => {
  const machine = alone();
  const one = sessionOf(machine, connects(machine, "one"));
  const two = sessionOf(machine, connects(machine, "two"));

  expect(one >> 56n).toBe(1n);
  expect(one & 0xffffn).toBe(0n);
  expect((one >> 16n) & 0xff_ffff_ffffn).toBe(
    BigInt(1_767_225_600_000 + machine.nowMs) % (1n << 40n),
  );
  expect(two).toBe(one + 1n);
});

describe("a session that moves to a follower", () => {
  test("is asked about at the leader, which decides (REVALIDATE)", () => {
    const machine = following();

    connects(machine, "mover", { session: 7n });
    expect(sentBy(machine)).toEqual(["to leader: REVALIDATE 7"]);
    told(machine, revalidated(7n, true));

    expect(sentBy(machine)).toEqual(["to mover: session for 4000 ms"]);
  });

  test("is gone when the leader says so", () => {
    const machine = following();
    connects(machine, "mover", { session: 7n });
    forget(machine);

    told(machine, revalidated(7n, false));

    expect(saidBy(machine, "send", "close")).toEqual(["to mover: session gone", "close mover"]);
  });

  test("with a wrong password is refused without asking", () => {
    const machine = following();

    connects(machine, "thief", { session: 7n, password: new Uint8Array(16) });

    expect(sentBy(machine)).toEqual(["to thief: session gone"]);
  });

  test("whose client has gone again is answered by nobody", () => {
    const machine = following();
    const conn = connects(machine, "mover", { session: 7n });
    tell(machine, { kind: "disconnected", conn });
    forget(machine);

    told(machine, revalidated(7n, true));

    expect(sentBy(machine)).toEqual([]);
  });
});

describe("owners (2.5)", () => {
  test("a write through the server that a session has left is refused, and its connection closed unanswered", () => {
    const machine = alone({ voters: 1 });
    const old = connects(machine, "old");
    const session = sessionOf(machine, old);
    machine.server.leader!.sessions.byId.get(session)!.owner = -99;
    forget(machine);

    asks(machine, old, 1, create("/a"));

    expect(saidBy(machine, "proposed", "send", "close")).toEqual(["proposed 2.2", "close old"]);
  });

  test("reads through it go on", () => {
    const machine = alone();
    const old = connects(machine, "old");
    machine.server.leader!.sessions.byId.get(sessionOf(machine, old))!.owner = -99;
    forget(machine);

    asks(machine, old, 1, { kind: "exists", path: "/history", watch: false });

    expect(sentBy(machine)).toEqual(["to old: reply 1 at 2.1"]);
  });

  test("a session belongs to the learner through which it was opened", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    const two = joins(machine, 2);

    requests(machine, two, setData("/history"), { cxid: 2 });

    expect(machine.out.filter((effect) => effect.kind === "proposed").at(-1)).toMatchObject({
      txn: { body: { kind: "error", err: -118 } },
    });
  });

  test("a session that nobody owns goes to whoever writes first", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    const two = joins(machine, 2);
    const session = machine.server.leader!.sessions.byId.get(7n as SessionId)!;
    session.owner = null;

    requests(machine, two, setData("/history"), { cxid: 2 });
    expect(session.owner).toBe(two);
    requests(machine, one, setData("/history"), { cxid: 3 });

    expect(machine.out.filter((effect) => effect.kind === "proposed").at(-1)).toMatchObject({
      txn: { body: { kind: "error", err: -118 } },
    });
  });

  test("a session that comes back to the leader itself belongs to it", () => {
    const { machine, one } = leading();
    opensSession(machine, one);

    connects(machine, "mover", { session: 7n });
    requests(machine, one, setData("/history"), { cxid: 2 });

    expect(machine.out.filter((effect) => effect.kind === "proposed").at(-1)).toMatchObject({
      txn: { body: { kind: "error", err: -118 } },
    });
  });
});

describe("the end of a session", () => {
  test("closing it is a transaction; the answer comes, then the connection ends", () => {
    const machine = alone();
    const conn = connects(machine, "client");
    forget(machine);

    asks(machine, conn, 5, { kind: "closeSession" });

    expect(saidBy(machine, "delivered", "send", "close")).toEqual([
      "delivered 2.2",
      "to client: reply 5 at 2.2",
      "close client",
    ]);
    expect(machine.server.database?.sessions.size).toBe(0);
    expect(machine.server.leader?.sessions.byId.size).toBe(0);
  });

  // ZOOKEEPER-1208.
  test("what was decided behind the close fails: an ephemeral would be nobody's", () => {
    const machine = alone();
    const conn = connects(machine, "client");
    const session = sessionOf(machine, conn);
    hold(machine, "prep");
    asks(machine, conn, 5, { kind: "closeSession" });
    machine.server.leader!.prep.push({
      sessionId: session,
      cxid: 6,
      identities: [],
      op: create("/late", 1),
      owner: 0,
      client: 0,
    });
    forget(machine);

    machine.held.clear();
    tell(machine, { kind: "woke", thread: "prep", of: 0 });

    expect(machine.out.filter((effect) => effect.kind === "proposed").at(-1)).toMatchObject({
      txn: { body: { kind: "error", err: -112 } },
    });
    expect(machine.server.database?.tree.nodes.has("/late")).toBe(false);
  });

  test("what comes behind the close on the connection is not taken any more", () => {
    const machine = alone();
    const conn = connects(machine, "client");
    hold(machine, "prep");
    asks(machine, conn, 5, { kind: "closeSession" });

    asks(machine, conn, 6, create("/late"));

    expect(machine.server.leader?.prep).toHaveLength(1);
  });

  test("a silent session expires between its timeout and a tick more, and its ephemerals with it", () => {
    const machine = alone();
    const conn = connects(machine, "client", { timeoutMs: 1000 });
    asks(machine, conn, 1, create("/mine", 1));
    expect(machine.server.database?.tree.nodes.has("/mine")).toBe(true);
    const startMs = machine.nowMs;
    tell(machine, { kind: "disconnected", conn });
    forget(machine);

    while (!machine.out.some(({ kind }) => kind === "sessionExpired")) pass(machine, 10);

    expect(machine.nowMs - startMs).toBeGreaterThan(1000 - 10);
    expect(machine.nowMs - startMs).toBeLessThanOrEqual(1200);
    expect(saidBy(machine, "proposed", "delivered")).toEqual(["proposed 2.3", "delivered 2.3"]);
    expect(machine.server.database?.tree.nodes.has("/mine")).toBe(false);
  });

  test("everything that a client sends keeps its session alive, pings included", () => {
    const machine = alone();
    const conn = connects(machine, "client", { timeoutMs: 1000 });
    for (let count = 0; count < 10; count++) {
      pass(machine, 700);
      asks(machine, conn, -2, { kind: "ping" });
    }

    expect(saidBy(machine, "sessionExpired", "close")).toEqual([]);
  });

  test("an expired session's client is hung up on without a word (2.6)", () => {
    const machine = following();
    const conn = connects(machine, "client", { session: 7n });
    told(machine, revalidated(7n, true));
    forget(machine);

    proposesAndCommits(machine, txnOf(2, 1, { kind: "closeSession", paths: [] }, { cxid: 0 }));

    expect(saidBy(machine, "close", "send").filter((line) => line.includes("client"))).toEqual([
      "close client",
    ]);
    expect(machine.server.clients.byConn.has(conn)).toBe(false);
  });

  test("a new leader gives every session its full timeout again", () => {
    const machine = elected();
    machine.server.database!.sessions.set(7n as SessionId, 1000);
    const { one } = establish(machine);
    forget(machine);

    for (let half = 0; half < 9; half++) speak(machine, one);
    expect(saidBy(machine, "sessionExpired")).toEqual([]);
    for (let half = 0; half < 4; half++) speak(machine, one);

    expect(saidBy(machine, "sessionExpired")).toEqual(["sessionExpired 0x7"]);
  });
});

describe("touches at a follower", () => {
  test("everything that its clients send is reported to the leader with the next PING", () => {
    const machine = following();
    const conn = connects(machine, "client", { session: 7n });
    told(machine, revalidated(7n, true));
    asks(machine, conn, -2, { kind: "ping" });
    forget(machine);

    told(machine, { kind: "PING", zxid: z(2, 0), sessions: null });

    expect(sentBy(machine)).toEqual(["to leader: PING 2.0 [7]"]);
  });
});

describe("connections without a word", () => {
  test("that ask for no session are closed after ten seconds, in looks ten seconds apart", () => {
    const machine = alone();
    accept(machine, "client", "silent");
    const dueMs = (Math.floor(machine.nowMs / 10_000) + 2) * 10_000;
    forget(machine);

    pass(machine, dueMs - machine.nowMs - 1);
    expect(saidBy(machine, "close")).toEqual([]);
    pass(machine, 1);

    expect(saidBy(machine, "close")).toEqual(["close silent"]);
  });

  test("of a session are closed at the first look after its timeout; the session has its own", () => {
    const machine = following();
    connects(machine, "client", { session: 7n, timeoutMs: 2000 });
    told(machine, revalidated(7n, true));
    forget(machine);
    for (let tick = 0; tick < 70; tick++) {
      pass(machine, 200);
      told(machine, { kind: "PING", zxid: z(2, 0), sessions: null });
    }

    expect(saidBy(machine, "close")).toEqual(["close client"]);
  });
});

function sessionOf(machine: Machine, conn: ConnId): SessionId {
  return machine.server.clients.byConn.get(conn)!.sessionId;
}

function revalidated(
  session: bigint,
  valid: boolean,
): { kind: "REVALIDATE"; sessionId: SessionId; timeoutMs: number; valid: boolean } {
  return { kind: "REVALIDATE", sessionId: session as SessionId, timeoutMs: 4000, valid };
}

function establish(machine: Machine): { one: ConnId } {
  const one = joins(machine, 1);
  return { one };
}

function speak(machine: Machine, conn: ConnId): void {
  pass(machine, 100);
  receive(machine, conn, { kind: "PING", zxid: z(2, 0), sessions: [] });
}
