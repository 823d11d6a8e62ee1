import { expect, test } from "vitest";
import { z } from "../../support/effect-text.ts";
import {
  answerDisk,
  configOf,
  forget,
  history,
  hold,
  pass,
  saidBy,
  sentBy,
  stepsOf,
  tell,
} from "../../support/machine.ts";
import { ballot, connecting, hear, leaderOf, looking, told } from "../../support/roles.ts";

// Spec election-and-zab 4.3; Learner.java (connectToLeader, registerWithLeader). Server 1 follows 3.

test("a follower connects to the quorum port of the server that it elected", () => {
  expect(saidBy(connecting(), "became", "connect")).toEqual(["FOLLOWING of 3", "connect s3:2888"]);
});

test("the port is closed until the leader leads: five tries, 100 ms apart, then it looks again", () => {
  const machine = connecting();
  const startMs = machine.nowMs;
  for (let tries = 1; tries < 5; tries++) {
    forget(machine);
    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
    pass(machine, 99);
    expect(saidBy(machine, "connect")).toEqual([]);
    pass(machine, 1);
    expect(saidBy(machine, "connect")).toEqual(["connect s3:2888"]);
  }
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

  expect(machine.nowMs - startMs).toBe(400);
  expect(saidBy(machine, "became")).toEqual(["LOOKING Disconnected from leader"]);
});

test("connecting as a whole may take initLimit ticks", () => {
  const machine = connecting();

  pass(machine, 1999);
  expect(machine.server.state).toBe("FOLLOWING");
  forget(machine);
  pass(machine, 1);

  expect(saidBy(machine, "became", "close")).toEqual([
    "close s3:2888",
    "LOOKING could not connect in time",
  ]);
});

test("a leader that the configuration does not name is not followed", () => {
  const config = configOf(1);
  const machine = looking(1, history([z(1, 5)]), {
    members: config.members.filter(({ sid }) => sid !== 3),
  });
  hear(machine, 3, ballot(3, { state: "LEADING" }));
  hear(machine, 2, ballot(3, { state: "FOLLOWING" }));

  expect(saidBy(machine, "became")).toContain("LOOKING Couldn't find the leader with id = 3");
});

test("it introduces itself with the epoch that it has accepted", () => {
  const machine = connecting(history([z(1, 5)], { accepted: 4 }));
  forget(machine);

  tell(machine, { kind: "connected", conn: leaderOf(machine) });

  expect(sentBy(machine)).toEqual(["to leader: FOLLOWERINFO 4.0"]);
});

test("an observer introduces itself as one", () => {
  const machine = connecting(history([z(1, 5)]), { observers: 1 }, 4);
  forget(machine);

  tell(machine, { kind: "connected", conn: leaderOf(machine) });

  expect(sentBy(machine)).toEqual(["to leader: OBSERVERINFO 1.0"]);
});

test("a higher epoch is accepted on disk, file and name, before it is promised", () => {
  const machine = introduced();
  hold(machine, "disk");

  told(machine, { kind: "LEADERINFO", zxid: z(2, 0) });
  expect(stepsOf(machine)).toEqual(["write acceptedEpoch.tmp 2", "sync acceptedEpoch.tmp"]);
  answerDisk(machine);
  expect(stepsOf(machine)).toEqual([
    "rename acceptedEpoch.tmp acceptedEpoch",
    "sync acceptedEpoch",
  ]);
  expect(machine.server.acceptedEpoch).toBe(1);
  answerDisk(machine);

  expect(stepsOf(machine)).toEqual(["to leader: ACKEPOCH 1.5 epoch 1"]);
  expect(machine.server.acceptedEpoch).toBe(2);
});

test("it tells the leader its last logged zxid and its current epoch", () => {
  const machine = introduced(history([z(1, 5), z(3, 2)], { current: 4, accepted: 4 }));

  told(machine, { kind: "LEADERINFO", zxid: z(5, 0) });

  expect(sentBy(machine)).toEqual(["to leader: ACKEPOCH 3.2 epoch 4"]);
});

test("an epoch that was promised before is not to be counted again: it answers −1, without a write", () => {
  const machine = introduced(history([z(1, 5)], { accepted: 2 }));

  told(machine, { kind: "LEADERINFO", zxid: z(2, 0) });

  expect(stepsOf(machine)).toEqual(["to leader: ACKEPOCH 1.5 epoch -1"]);
});

test("a leader of a lower epoch than the one promised is left", () => {
  const machine = introduced(history([z(1, 5)], { accepted: 7 }));

  told(machine, { kind: "LEADERINFO", zxid: z(6, 0) });

  expect(saidBy(machine, "became", "write")).toEqual([
    "LOOKING Leaders epoch, 6 is less than accepted epoch, 7",
  ]);
});

test("a leader that says anything else first is left", () => {
  const machine = introduced();

  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

  expect(saidBy(machine, "became")).toEqual(["LOOKING First packet NEWLEADER is not LEADERINFO"]);
});

test("a packet after ACKEPOCH that is neither DIFF nor TRUNC nor SNAP ends the process with 13", () => {
  const machine = introduced();
  told(machine, { kind: "LEADERINFO", zxid: z(2, 0) });
  forget(machine);

  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

  expect(saidBy(machine, "exit")).toEqual([
    "exit 13: Got unexpected packet from leader: NEWLEADER",
  ]);
});

test("what comes while the promise is on its way to the disk waits for it", () => {
  const machine = introduced();
  hold(machine, "disk");
  told(machine, { kind: "LEADERINFO", zxid: z(2, 0) });

  told(machine, { kind: "DIFF", zxid: z(1, 5) });
  expect(machine.server.learner?.mode).toBeNull();
  answerDisk(machine);
  answerDisk(machine);

  expect(machine.server.learner?.mode).toBe("DIFF");
});

// 4.3, 6.4: the read time-out.

test("a leader that is silent for initLimit ticks before NEWLEADER is left", () => {
  const machine = introduced();

  pass(machine, 1999);
  expect(machine.server.state).toBe("FOLLOWING");
  pass(machine, 1);

  expect(saidBy(machine, "became")).toEqual(["LOOKING Read timed out"]);
});

test("each packet puts the time-out off", () => {
  const machine = introduced();
  pass(machine, 1500);
  told(machine, { kind: "LEADERINFO", zxid: z(2, 0) });

  pass(machine, 1999);
  expect(machine.server.state).toBe("FOLLOWING");
  pass(machine, 1);

  expect(machine.server.state).toBe("LOOKING");
});

test("after NEWLEADER syncLimit ticks are enough", () => {
  const machine = introduced();
  told(machine, { kind: "LEADERINFO", zxid: z(2, 0) });
  told(machine, { kind: "DIFF", zxid: z(1, 5) });
  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

  pass(machine, 999);
  expect(machine.server.state).toBe("FOLLOWING");
  pass(machine, 1);

  expect(machine.server.state).toBe("LOOKING");
});

test("a leader that hangs up is left at once, whatever was under way", () => {
  const machine = introduced();

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

  expect(saidBy(machine, "became")).toEqual(["LOOKING Disconnected from leader"]);
});

test("an observer that lost its leader waits a little, at random, before it looks again", () => {
  const machine = connecting(history([z(1, 5)]), { observers: 1, observerPauseMs: 200 }, 4);
  tell(machine, { kind: "connected", conn: leaderOf(machine) });
  forget(machine);

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  const armed = saidBy(machine, "arm", "send");
  expect(armed.some((line) => /^arm observerPause [1-9][0-9]{0,2}$/.test(line))).toBe(true);
  expect(armed.some((line) => line.startsWith("to"))).toBe(false);
  pass(machine, 200);

  expect(sentBy(machine)).not.toEqual([]);
});

/** Server 1, connected, with FOLLOWERINFO sent. */
function introduced(files = history([z(1, 5)])): ReturnType<typeof connecting> {
  const machine = connecting(files);
  tell(machine, { kind: "connected", conn: leaderOf(machine) });
  forget(machine);
  return machine;
}
