import { expect, test } from "vitest";
import { createConfiguration } from "../../../core/ensemble/configuration.ts";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import {
  accept,
  boot,
  configOf,
  forget,
  pass,
  receive,
  saidBy,
  sentBy,
  tell,
  type Machine,
} from "../../support/machine.ts";
import { z } from "../../support/effect-text.ts";
import { ballot, hear, looking, meet } from "../../support/roles.ts";

// Spec election-and-zab 2; QuorumCnxManager.java. The server under test is 2 of 3.

test("an election begins by opening a connection to every other voter", () => {
  const machine = boot(configOf(2));

  expect(saidBy(machine, "connect")).toEqual(["connect s1:3888", "connect s3:3888"]);
});

test("the larger sid keeps the connection that it opened, and says who it is and what it votes", () => {
  const machine = boot(configOf(2));
  forget(machine);

  meet(machine, 1);

  expect(saidBy(machine, "send", "close")).toEqual([
    "to 1: hello 2 at s2:3888",
    "to 1: LOOKING 2 (0, 0.0) round 1",
  ]);
});

test("a server that is in no configuration yet says all the same where it is met", () => {
  const machine = boot(
    configOf(4, { voters: 4, options: { ...DEFAULT_OPTIONS, reconfigEnabled: true } }),
  );
  const three = configOf(1).members;
  machine.server.configuration = createConfiguration(three, configOf(1).quorum, z(1, 0));
  forget(machine);

  tell(machine, { kind: "connected", conn: machine.opened.get("s1:3888")! });

  // A real server ends a connection whose opener gives an empty address.
  expect(saidBy(machine, "send")).toContain("to s1:3888: hello 4 at s4:3888");
});

test("the smaller sid only says who it is, and hangs up: the larger one will call back", () => {
  const machine = boot(configOf(2));
  forget(machine);

  tell(machine, { kind: "connected", conn: machine.opened.get("s3:3888")! });

  expect(saidBy(machine, "send", "close")).toEqual([
    "to s3:3888: hello 2 at s2:3888",
    "close s3:3888",
  ]);
});

test("a larger sid that connects is kept", () => {
  const machine = boot(configOf(2));
  forget(machine);

  meet(machine, 3);

  expect(saidBy(machine, "send", "close")).toEqual(["to 3: LOOKING 2 (0, 0.0) round 1"]);
});

test("a smaller sid that connects is sent away and called back where it says it is", () => {
  const machine = boot(configOf(2));
  const former = meet(machine, 1);
  machine.names.set(former, "former");
  forget(machine);

  const conn = accept(machine, "election", "new");
  receive(machine, conn, { kind: "hello", sid: 1, address: "elsewhere:3888" });

  expect(saidBy(machine, "send", "close", "connect")).toEqual([
    "close former",
    "close new",
    "connect elsewhere:3888",
  ]);
});

test("a smaller sid that does not say where it is, is called back where the configuration says", () => {
  const machine = boot(configOf(2));
  tell(machine, { kind: "disconnected", conn: machine.opened.get("s1:3888")! });
  forget(machine);

  const conn = accept(machine, "election", "new");
  receive(machine, conn, { kind: "hello", sid: 1, address: "" });

  expect(saidBy(machine, "connect")).toEqual(["connect s1:3888"]);
});

test("while one attempt to call back is under way, there is no second one", () => {
  const machine = boot(configOf(2));
  forget(machine);

  const conn = accept(machine, "election", "new");
  receive(machine, conn, { kind: "hello", sid: 1, address: "s1:3888" });

  expect(saidBy(machine, "connect")).toEqual([]);
});

test("membership is not checked: a stranger's connection is kept, and its questions are answered", () => {
  const machine = looking(2);

  const conn = accept(machine, "election", "stranger");
  receive(machine, conn, { kind: "hello", sid: 9, address: "s9:3888" });
  receive(machine, conn, ballot(9, { round: 1 }));

  expect(sentBy(machine)).toEqual(["to stranger: LOOKING -1 (0, 0.0) round 1"]);
});

test("a newer connection of a peer replaces the older one, whose end then changes nothing", () => {
  const machine = boot(configOf(2));
  const former = meet(machine, 3);
  machine.names.set(former, "former");
  forget(machine);

  meet(machine, 3);
  expect(saidBy(machine, "close")).toEqual(["close former"]);
  tell(machine, { kind: "disconnected", conn: former });
  hear(machine, 3, ballot(3, { round: 5 }));

  expect(sentBy(machine)).toEqual(["to 3: LOOKING 3 (0, 0.0) round 5"]);
});

test("what comes over a connection that was replaced is not heard", () => {
  const machine = boot(configOf(2));
  const former = meet(machine, 3);
  meet(machine, 3);
  forget(machine);

  receive(machine, former, ballot(3, { round: 5 }));

  expect(machine.server.election.round).toBe(1);
});

test("of all that was meant for a peer while it was away, only the latest vote reaches it", () => {
  const machine = boot(configOf(2));
  meet(machine, 1);
  hear(machine, 1, ballot(1, { round: 4 }));
  hear(machine, 1, ballot(1, { round: 6 }));
  forget(machine);

  meet(machine, 3);

  expect(sentBy(machine)).toEqual(["to 3: LOOKING 2 (0, 0.0) round 6"]);
});

test("when a connection comes up again with nothing new to say, the last message is said again", () => {
  const machine = looking(2);
  meet(machine, 3);

  expect(sentBy(machine)).toEqual(["to 3: LOOKING 2 (0, 0.0) round 1"]);
});

test("a broken connection is not opened again before there is something to say", () => {
  const machine = looking(2);

  tell(machine, { kind: "disconnected", conn: machine.peers.get(1)! });
  expect(saidBy(machine, "connect")).toEqual([]);

  hear(machine, 3, ballot(3));
  expect(saidBy(machine, "connect", "send")).toEqual([
    "connect s1:3888",
    "to 3: LOOKING 3 (0, 0.0) round 1",
  ]);
});

test("a peer that cannot be reached is tried again at the next notification time-out", () => {
  const machine = boot(configOf(2));
  refuseAll(machine);
  forget(machine);

  pass(machine, 200);

  expect(saidBy(machine, "connect")).toEqual(["connect s1:3888", "connect s3:3888"]);
});

test("when one peer has got the vote, a time-out says it again, and so opens what is closed", () => {
  const machine = boot(configOf(2));
  meet(machine, 1);
  tell(machine, { kind: "disconnected", conn: machine.opened.get("s3:3888")! });
  forget(machine);

  pass(machine, 200);

  expect(saidBy(machine, "send", "connect")).toEqual([
    "to 1: LOOKING 2 (0, 0.0) round 1",
    "connect s3:3888",
  ]);
});

test("an attempt that takes longer than five seconds is given up", () => {
  const machine = boot(configOf(2));
  refuse(machine, 1);
  forget(machine);

  pass(machine, 4999);
  expect(saidBy(machine, "close")).toEqual([]);
  pass(machine, 1);

  expect(saidBy(machine, "close")).toEqual(["close s3:3888"]);
});

test("a connection that came up is not given up when its limit passes", () => {
  const machine = looking(2);

  pass(machine, 6000);

  expect(saidBy(machine, "close")).toEqual([]);
});

// 2.1 says one initial message after the other. Here whoever is silent harms nobody but itself.

test("a silent one keeps nobody waiting, and is sent away after syncLimit ticks", () => {
  const machine = boot(configOf(2));
  accept(machine, "election", "silent");
  const three = accept(machine, "election", "three");
  forget(machine);

  receive(machine, three, { kind: "hello", sid: 3, address: "s3:3888" });
  expect(sentBy(machine)).toEqual(["to three: LOOKING 2 (0, 0.0) round 1"]);
  pass(machine, 999);
  expect(saidBy(machine, "close")).toEqual([]);
  pass(machine, 1);

  expect(saidBy(machine, "close")).toEqual(["close silent"]);
});

test("one that goes away before it said who it is leaves nothing behind", () => {
  const machine = boot(configOf(2));
  const first = accept(machine, "election", "first");

  tell(machine, { kind: "disconnected", conn: first });

  expect(machine.server.connections.arrivals.size).toBe(0);
  expect(machine.timers.has(`hello ${first}`)).toBe(false);
});

test("a thousand strangers that came and went leave nothing behind", () => {
  const machine = boot(configOf(2));
  for (let sid = 1000; sid < 2000; sid++) {
    const conn = accept(machine, "election", `stranger ${sid}`);
    receive(machine, conn, { kind: "hello", sid, address: `s${sid}:3888` });
    receive(machine, conn, ballot(sid));
    tell(machine, { kind: "disconnected", conn });
  }

  const smaller = accept(machine, "election", "smaller");
  receive(machine, smaller, { kind: "hello", sid: -5, address: "nowhere" });
  tell(machine, { kind: "disconnected", conn: machine.opened.get("nowhere") ?? 0 });

  expect([...machine.server.connections.peers.keys()]).toEqual([1, 3]);
});

test("a connection that says it comes from this server itself is closed with a warning", () => {
  const machine = boot(configOf(2));
  forget(machine);

  const conn = accept(machine, "election", "mirror");
  receive(machine, conn, { kind: "hello", sid: 2, address: "s2:3888" });

  expect(saidBy(machine, "warned", "close", "send")).toEqual([
    "warned We got a connection request from a server with our own ID.",
    "close mirror",
  ]);
});

test("a vote for nobody is on the wire for who may not be elected", () => {
  const machine = boot(configOf(4, { observers: 1 }));
  forget(machine);

  meet(machine, 3);

  expect(machine.out).toContainEqual({
    kind: "send",
    conn: machine.peers.get(3),
    message: {
      kind: "notification",
      state: "LOOKING",
      leader: -1,
      zxid: -(1n << 63n),
      electionEpoch: 1,
      peerEpoch: -1,
      config: machine.server.configuration.text,
    },
  });
});

function refuse(machine: Machine, sid: number): void {
  tell(machine, { kind: "disconnected", conn: machine.opened.get(`s${sid}:3888`)! });
}

function refuseAll(machine: Machine): void {
  for (const conn of [...machine.opened.values()]) tell(machine, { kind: "disconnected", conn });
}
