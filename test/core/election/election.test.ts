import { expect, test } from "vitest";
import { type ZERO_ZXID } from "../../../core/zxid.ts";
import { z } from "../../support/effect-text.ts";
import {
  boot,
  configOf,
  forget,
  history,
  pass,
  restart,
  saidBy,
  sentBy,
  tell,
  type Machine,
} from "../../support/machine.ts";
import { ballot, connecting, hear, leading, looking, meet } from "../../support/roles.ts";

// Spec election-and-zab 3.4 to 3.7; FastLeaderElection.java (lookForLeader, WorkerReceiver).

// 3.4: the initial proposal.

test("a server begins a new round and proposes itself with its epoch and its last zxid", () => {
  const machine = boot(configOf(2), history([z(1, 5)], { current: 3 }));

  meet(machine, 1);

  expect(sentBy(machine)).toContain("to 1: LOOKING 2 (3, 1.5) round 1");
});

test("each election of a process is one round later", () => {
  const machine = connecting();
  expect(machine.server.election.round).toBe(4);

  for (let tries = 0; tries < 5; tries++) refuseLeader(machine);

  expect(machine.server.state).toBe("LOOKING");
  expect(machine.server.election.round).toBe(5);
});

test("what was heard in one election counts for nothing in the next", () => {
  const machine = connecting();
  for (let tries = 0; tries < 5; tries++) refuseLeader(machine);

  hear(machine, 3, ballot(3, { state: "LEADING", epoch: 1, zxid: z(1, 5), round: 4 }));
  expect(machine.server.state).toBe("LOOKING");
  hear(machine, 2, ballot(3, { state: "FOLLOWING", epoch: 1, zxid: z(1, 5), round: 4 }));

  expect(machine.server.state).toBe("FOLLOWING");
});

test("a new process starts at round 1 again", () => {
  expect(restart(connecting()).server.election.round).toBe(1);
});

// 3.5: notifications of servers that look.

test("a better vote of the same round is adopted and told to all", () => {
  const machine = looking(2);

  hear(machine, 1, ballot(3));

  expect(sentBy(machine)).toEqual([
    "to 1: LOOKING 3 (0, 0.0) round 1",
    "to 3: LOOKING 3 (0, 0.0) round 1",
  ]);
});

test("a vote that is not better is counted and nothing is said", () => {
  const machine = looking(2);

  hear(machine, 1, ballot(1));

  expect(sentBy(machine)).toEqual([]);
  expect(machine.server.election.received.get(1)?.leader).toBe(1);
});

test("a later round is joined with empty hands: what was heard in the earlier one does not count", () => {
  const machine = looking(2, [], { voters: 5 });
  hear(machine, 1, ballot(2));
  forget(machine);

  hear(machine, 3, ballot(2, { round: 7 }));

  expect(machine.server.election.round).toBe(7);
  expect([...machine.server.election.received.keys()]).toEqual([3, 2]);
});

test("in a later round a server proposes itself again, unless what it heard is better", () => {
  const machine = looking(2, history([z(1, 5)]), { voters: 5 });
  hear(machine, 5, ballot(5, { zxid: z(1, 9), epoch: 1 }));
  expect(machine.server.election.proposal.leader).toBe(5);

  hear(machine, 1, ballot(1, { round: 2, zxid: z(1, 4), epoch: 1 }));
  expect(machine.server.election.proposal).toMatchObject({ leader: 2, zxid: z(1, 5) });

  hear(machine, 4, ballot(4, { round: 3, zxid: z(1, 6), epoch: 1 }));
  expect(machine.server.election.proposal).toMatchObject({ leader: 4, zxid: z(1, 6) });
});

test("a later round is told to all even when nothing else changes", () => {
  const machine = looking(2);

  hear(machine, 1, ballot(1, { round: 2 }));

  expect(sentBy(machine)).toEqual([
    "to 1: LOOKING 2 (0, 0.0) round 2",
    "to 3: LOOKING 2 (0, 0.0) round 2",
  ]);
});

test("an earlier round is not counted, and its sender is told where the others are", () => {
  const machine = looking(2);
  hear(machine, 1, ballot(1, { round: 6 }));
  forget(machine);

  hear(machine, 3, ballot(3, { round: 2, epoch: 9 }));

  expect(sentBy(machine)).toEqual(["to 3: LOOKING 2 (0, 0.0) round 6"]);
  expect(machine.server.election.received.has(3)).toBe(false);
  expect(machine.server.election.proposal.leader).toBe(2);
});

test("votes from or for servers that do not vote are passed over", () => {
  const machine = looking(2, [], { observers: 1 });

  hear(machine, 1, ballot(4, { round: 9 }));
  hear(machine, 1, ballot(-1, { round: 9 }));

  expect(machine.server.election.round).toBe(1);
  expect(machine.server.election.received.has(1)).toBe(false);
});

test("where an empty disk may not vote, a server neither counts votes nor is counted", () => {
  const empty = looking(2, [], { emptyMayVote: false });
  hear(empty, 1, ballot(1, { epoch: 1, zxid: z(1, 5) }));
  expect(empty.server.election.received.size).toBe(0);

  const full = looking(2, history([z(1, 5)]));
  hear(full, 1, ballot(1, { zxid: -1n as typeof ZERO_ZXID, round: 8 }));
  expect(full.server.election.round).toBe(1);
});

// 3.5: the end of an election.

test("when a quorum agrees, 200 ms of silence end the election", () => {
  const machine = looking(2);
  hear(machine, 1, ballot(2));

  pass(machine, 199);
  expect(machine.server.state).toBe("LOOKING");
  pass(machine, 1);

  expect(saidBy(machine, "elected", "became")).toEqual(["elected 2 in round 1", "LEADING elected"]);
});

test("two of five are no quorum, however long the silence", () => {
  const machine = looking(2, [], { voters: 5 });
  hear(machine, 1, ballot(2));

  pass(machine, 10_000);

  expect(machine.server.state).toBe("LOOKING");
});

test("a quorum for another one makes a follower of a voter and an observer of an observer", () => {
  const voter = looking(2);
  hear(voter, 3, ballot(3));
  pass(voter, 200);
  expect(saidBy(voter, "became")).toEqual(["FOLLOWING of 3"]);

  const observer = looking(4, [], { observers: 1 });
  for (const sid of [1, 2]) hear(observer, sid, ballot(3));
  pass(observer, 200);
  expect(saidBy(observer, "became")).toEqual(["OBSERVING of 3"]);
});

test("a server alone with its weight is a quorum", () => {
  const machine = boot(configOf(1, { voters: 1 }));

  pass(machine, 200);

  expect(machine.server.state).toBe("LEADING");
});

test("a better vote in the last 200 ms is taken up, and everything starts over from it", () => {
  const machine = looking(2);
  hear(machine, 1, ballot(2));
  pass(machine, 150);

  hear(machine, 3, ballot(3));
  expect(sentBy(machine)).toContain("to 1: LOOKING 3 (0, 0.0) round 1");
  pass(machine, 199);
  expect(machine.server.state).toBe("LOOKING");
  pass(machine, 1);

  expect(saidBy(machine, "became")).toEqual(["FOLLOWING of 3"]);
});

test("whatever is not better in the last wait is dropped, and the silence begins anew", () => {
  const machine = looking(2);
  hear(machine, 1, ballot(2));
  pass(machine, 150);

  hear(machine, 3, ballot(1));
  pass(machine, 199);
  expect(machine.server.state).toBe("LOOKING");
  expect(machine.server.election.received.has(3)).toBe(false);
  pass(machine, 1);

  expect(machine.server.state).toBe("LEADING");
});

test("an earlier vote of a server counts no longer when it changes its mind", () => {
  const machine = looking(2, [], { voters: 5 });
  hear(machine, 1, ballot(2));
  hear(machine, 1, ballot(1));

  hear(machine, 3, ballot(2));
  pass(machine, 300);

  expect(machine.server.state).toBe("LOOKING");
});

test("at the end the round of the vote is the election's", () => {
  const machine = looking(2);
  hear(machine, 3, ballot(3, { round: 6 }));
  pass(machine, 200);

  expect(machine.server.vote).toMatchObject({ leader: 3, electionEpoch: 6 });
});

// 3.5: time-outs.

test("in silence the vote is said again, after a wait that doubles up to a minute", () => {
  const machine = looking(2);
  const startMs = machine.nowMs;
  const saidAtMs: number[] = [];
  while (machine.nowMs < startMs + 240_000) {
    pass(machine, 100);
    if (sentBy(machine).length > 0) saidAtMs.push(machine.nowMs - startMs);
  }

  const waitsMs = saidAtMs.map((at, index) => at - (saidAtMs[index - 1] ?? 0));
  expect(waitsMs).toEqual([
    200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000,
  ]);
});

test("a notification puts the time-out off, and does not shorten it", () => {
  const machine = looking(2);
  pass(machine, 200);
  forget(machine);

  pass(machine, 300);
  hear(machine, 1, ballot(1));
  pass(machine, 399);
  expect(sentBy(machine)).toEqual([]);
  pass(machine, 1);

  expect(sentBy(machine)).toHaveLength(2);
});

// 3.5, 3.7: joining an ensemble that is established.

test("a quorum that follows, its leader among it, is joined at once, whatever its round", () => {
  const machine = looking(1, history([z(1, 9)]));

  hear(machine, 2, ballot(3, { state: "FOLLOWING", epoch: 2, round: 8 }));
  expect(machine.server.state).toBe("LOOKING");
  hear(machine, 3, ballot(3, { state: "LEADING", epoch: 2, round: 5 }));

  expect(saidBy(machine, "elected", "became")).toEqual(["elected 3 in round 5", "FOLLOWING of 3"]);
  expect(machine.server.election.round).toBe(5);
});

test("a quorum of followers does not bring back a leader that does not say it leads", () => {
  const machine = looking(1, [], { voters: 5 });
  for (const sid of [2, 3, 4]) {
    hear(machine, sid, ballot(5, { state: "FOLLOWING", epoch: 2, round: 8 }));
  }
  expect(machine.server.state).toBe("LOOKING");

  hear(machine, 5, ballot(5, { state: "FOLLOWING", epoch: 2, round: 8 }));
  expect(machine.server.state).toBe("LOOKING");

  hear(machine, 5, ballot(5, { state: "LEADING", epoch: 2, round: 8 }));
  expect(machine.server.state).toBe("FOLLOWING");
});

test("one leader without a quorum behind it is not followed (ZOOKEEPER-480)", () => {
  const machine = looking(1);

  hear(machine, 3, ballot(3, { state: "LEADING", epoch: 2, round: 8 }));

  expect(machine.server.state).toBe("LOOKING");
});

test("followers that report different epochs do not make a quorum yet", () => {
  const machine = looking(1);
  hear(machine, 3, ballot(3, { state: "LEADING", epoch: 2, round: 8 }));
  hear(machine, 2, ballot(3, { state: "FOLLOWING", epoch: 1, round: 8 }));
  expect(machine.server.state).toBe("LOOKING");

  hear(machine, 2, ballot(3, { state: "FOLLOWING", epoch: 2, round: 8 }));

  expect(machine.server.state).toBe("FOLLOWING");
});

test("in the same round, a server that still looks counts together with a leader that does not", () => {
  const machine = looking(1, [], { voters: 5 });
  hear(machine, 3, ballot(4));
  hear(machine, 2, ballot(4));
  forget(machine);
  expect(machine.server.state).toBe("LOOKING");
  expect(machine.server.election.finalizing).toBe(true);
  pass(machine, 100);
  hear(machine, 5, ballot(5));

  // What this server voted for before does not matter: three agree with the leader, and it leads.
  hear(machine, 4, ballot(4, { state: "LEADING" }));

  expect(saidBy(machine, "elected")).toEqual(["elected 4 in round 1"]);
  expect(machine.server.state).toBe("FOLLOWING");
});

test("a former leader does not believe votes of an earlier round for itself (ZOOKEEPER-1514)", () => {
  const machine = looking(3);
  for (const sid of [1, 2]) hear(machine, sid, ballot(3, { state: "FOLLOWING", round: 5 }));

  expect(machine.server.state).toBe("LOOKING");
});

test("votes of this very round for itself make a server lead", () => {
  const machine = looking(3);
  for (const sid of [1, 2]) hear(machine, sid, ballot(3, { state: "FOLLOWING", round: 1 }));

  expect(saidBy(machine, "became")).toEqual(["LEADING elected"]);
});

test("a server that observes says nothing about who leads", () => {
  const machine = looking(1);
  hear(machine, 2, ballot(3, { state: "OBSERVING", round: 4 }));
  hear(machine, 3, ballot(3, { state: "LEADING", round: 4 }));

  expect(machine.server.state).toBe("LOOKING");
});

test("having heard from everybody ends nothing when they disagree (ZOOKEEPER-975)", () => {
  const machine = looking(3);
  hear(machine, 1, ballot(1));
  hear(machine, 2, ballot(2));

  pass(machine, 5000);

  expect(machine.server.state).toBe("LOOKING");
});

// 3.6: who is answered.

test("a server that leads answers one that looks with its vote, in the round it was elected in", () => {
  const { machine } = leading();

  hear(machine, 2, ballot(2, { round: 9, epoch: 7 }));

  expect(sentBy(machine)).toEqual(["to 2: LEADING 3 (2, 1.5) round 1"]);
});

test("what it answers keeps the zxid of the election, and gets the new epoch only when it serves", () => {
  const machine = connecting();
  forget(machine);

  hear(machine, 2, ballot(2, { round: 9 }));

  expect(sentBy(machine)).toEqual(["to 2: FOLLOWING 3 (1, 1.5) round 4"]);
});

test("a server that does not look does not answer those who do not look either", () => {
  const { machine } = leading();

  hear(machine, 2, ballot(1, { state: "FOLLOWING", round: 9 }));
  hear(machine, 2, ballot(2, { state: "LEADING", round: 9 }));

  expect(sentBy(machine)).toEqual([]);
  expect(machine.server.state).toBe("LEADING");
});

test("an observer is told the vote of the last election, even while this server looks again", () => {
  const machine = connecting(undefined, { observers: 1 });
  for (let tries = 0; tries < 5; tries++) refuseLeader(machine);
  expect(machine.server.state).toBe("LOOKING");
  forget(machine);

  meet(machine, 4);
  hear(machine, 4, ballot(-1, { round: 1 }));

  expect(sentBy(machine)).toEqual(["to 4: LOOKING 3 (1, 1.5) round 5"]);
});

test("a server that still reads its database does not take part yet", () => {
  const machine = looking(2);
  machine.server.life = "recovering";

  hear(machine, 3, ballot(3, { round: 5 }));

  expect(machine.server.election.round).toBe(1);
});

function refuseLeader(machine: Machine): void {
  tell(machine, { kind: "disconnected", conn: machine.server.learner!.conn });
  pass(machine, 100);
}
