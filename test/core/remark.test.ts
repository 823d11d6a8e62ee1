import { expect, test } from "vitest";
import type { ServerEffect } from "../../core/effect.ts";
import { z } from "../support/effect-text.ts";
import {
  boot,
  configOf,
  forget,
  history,
  pass,
  receive,
  tell,
  type Machine,
} from "../support/machine.ts";
import {
  ballot,
  elected,
  hear,
  joining,
  leaderOf,
  looking,
  offersItself,
  told,
} from "../support/roles.ts";

// Spec election-and-zab 10.2: what a log says of an election, of roles and of a sync.

const TALKATIVE = { talkative: true };

function remarks<K extends ServerEffect["kind"]>(
  machine: Machine,
  kind: K,
): Extract<ServerEffect, { kind: K }>[] {
  return machine.out.filter(
    (effect): effect is Extract<ServerEffect, { kind: K }> => effect.kind === kind,
  );
}

test("a server that nobody asked says nothing for the log", () => {
  const machine = elected();
  const conn = offersItself(machine, 1);
  receive(machine, conn, { kind: "ACK", zxid: z(2, 0) });
  const said = new Set(machine.out.map(({ kind }) => kind));
  for (const kind of ["heard", "electionStarted", "stateDetail", "supported"] as const) {
    expect(said.has(kind)).toBe(false);
  }
});

test("an election is told of: its start, its own and others' votes, and longer waits", () => {
  const machine = boot(configOf(1, TALKATIVE), history([z(1, 5)]));
  hear(machine, 2, ballot(2));
  expect(remarks(machine, "electionStarted")).toEqual([{ kind: "electionStarted", zxid: z(1, 5) }]);
  expect(remarks(machine, "heard").map(({ sid, state }) => [sid, state])).toEqual([
    [1, "LOOKING"],
    [2, "LOOKING"],
  ]);
  pass(machine, 700);
  expect(remarks(machine, "electionWait")[0]).toEqual({ kind: "electionWait", ms: 400 });
});

test("a server that asks while another leads is heard by it", () => {
  const machine = elected(undefined, TALKATIVE);
  hear(machine, 1, ballot(1, { round: 9 }));
  expect(remarks(machine, "heard").at(-1)).toMatchObject({ sid: 1, state: "LEADING" });
});

test("a leader tells how long it took, whom it found, what it compared and who supports it", () => {
  const machine = elected(undefined, TALKATIVE);
  const conn = offersItself(machine, 1);
  receive(machine, conn, { kind: "ACK", zxid: z(2, 0) });
  expect(remarks(machine, "learnerFound")).toMatchObject([{ sid: 1, member: { sid: 1 } }]);
  expect(remarks(machine, "synchronizing")).toMatchObject([
    { learner: 1, last: z(1, 5), peer: z(1, 5) },
  ]);
  expect(remarks(machine, "supported")).toEqual([
    { kind: "supported", sids: [1, 3], zxid: z(2, 0) },
  ]);
  expect(remarks(machine, "stateDetail").at(-1)).toMatchObject({ phase: "BROADCAST", sync: null });
});

test("a learner tells how it is brought up to date", () => {
  const machine = joining(undefined, TALKATIVE);
  forget(machine);
  told(machine, { kind: "DIFF", zxid: z(1, 5) });
  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
  told(machine, { kind: "UPTODATE" });
  expect(remarks(machine, "syncTold").map(({ packet }) => packet)).toEqual([
    "DIFF",
    "NEWLEADER",
    "UPTODATE",
  ]);
  expect(remarks(machine, "stateDetail").map(({ phase, sync }) => [phase, sync])).toEqual([
    ["SYNCHRONIZATION", "DIFF"],
    ["BROADCAST", "DIFF"],
  ]);
});

test("election connections tell what became of them", () => {
  const machine = looking(2, [], TALKATIVE);
  const conn = machine.peers.get(3) ?? 0;
  tell(machine, { kind: "disconnected", conn });
  expect(remarks(machine, "electionLink")).toEqual([
    { kind: "electionLink", what: "broken", sid: 3, address: "s3:3888" },
  ]);

  const small = boot(configOf(1, TALKATIVE));
  tell(small, { kind: "connected", conn: small.opened.get("s2:3888") ?? 0 });
  tell(small, { kind: "disconnected", conn: small.opened.get("s3:3888") ?? 0 });
  expect(remarks(small, "electionLink").map(({ what, sid }) => [what, sid])).toEqual([
    ["dropped", 2],
    ["unreachable", 3],
  ]);
});

test("the end of a role is told with its reason, and that nobody leads", () => {
  const machine = joining(undefined, TALKATIVE);
  forget(machine);
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  expect(remarks(machine, "roleEnded")).toEqual([
    { kind: "roleEnded", state: "FOLLOWING", reason: "Disconnected from leader" },
  ]);
  expect(remarks(machine, "stateDetail")).toMatchObject([{ state: "LOOKING", sync: null }]);
});
