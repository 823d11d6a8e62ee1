import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ServerEffect } from "../../../core/effect.ts";
import { createServer, type Server } from "../../../core/server-state.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { createDatabase } from "../../../core/tree/database.ts";
import { makeZxid } from "../../../core/zxid.ts";
import { describeEffect, peerThread, type LogContext } from "../../../server/log/describe.ts";
import type { Remark } from "../../../core/remark.ts";
import { formatLine, type LogLine } from "../../../server/log/layout.ts";
import { configOf } from "../../support/machine.ts";

// Spec election-and-zab 10.1, 10.2.

/** What 3.8.0 servers wrote: level, class and message, with 0xH and N for numbers. */
const TEMPLATES: ReadonlySet<string> = new Set(
  readFileSync("test/golden/log-templates.txt", "utf8").split("\n"),
);

const CONTEXT: LogContext = {
  peerThread: peerThread(1, "[0:0:0:0:0:0:0:0]:22001", null),
  loadMs: 19,
  configText: "server.1=h:1:2:participant\nversion=0",
};

const ZXID = makeZxid(1, 12);

function member(state: Server["state"]): Server {
  const server = createServer(configOf(1, { voters: 3 }));
  server.state = state;
  return server;
}

function said(effect: ServerEffect, server: Server, context = CONTEXT): string[] {
  return describeEffect(effect, server, context).map(({ message }) => message);
}

function templateOf({ level, source, message }: LogLine): string {
  const text = message
    .replace(/\n[^]*/, "")
    .replace(/0x[0-9a-f]+/g, "NxH")
    .replace(/-?\d+/g, "N")
    .trimEnd();
  return `${level} ${source.replace(/@\d+$/, "")} - ${text}`;
}

test("a line has the layout of the real server's", () => {
  const line: LogLine = {
    level: "INFO",
    thread: CONTEXT.peerThread,
    source: "QuorumPeer@1455",
    message: "LOOKING",
  };

  expect(formatLine(line, new Date(2026, 10, 21, 8, 5, 9, 7), "1")).toBe(
    "2026-11-21 08:05:09,007 [myid:1] - INFO  [QuorumPeer[myid=1](plain=[0:0:0:0:0:0:0:0]:22001)(secure=disabled):QuorumPeer@1455] - LOOKING",
  );
});

test("a role is announced, and what follows it", () => {
  const server = member("FOLLOWING");
  const story: ServerEffect[] = [
    { kind: "became", state: "FOLLOWING", reason: "of 3" },
    { kind: "electionTook", state: "FOLLOWING", ms: 264 },
    { kind: "stateDetail", state: "FOLLOWING", phase: "DISCOVERY", sync: null },
    { kind: "stateDetail", state: "FOLLOWING", phase: "SYNCHRONIZATION", sync: null },
    { kind: "syncTold", packet: "DIFF", zxid: ZXID },
    { kind: "stateDetail", state: "FOLLOWING", phase: "SYNCHRONIZATION", sync: "DIFF" },
    { kind: "syncTold", packet: "NEWLEADER", zxid: ZXID },
    { kind: "syncTold", packet: "UPTODATE", zxid: ZXID },
    { kind: "stateDetail", state: "FOLLOWING", phase: "BROADCAST", sync: "DIFF" },
  ];

  // As in captures/logs, lifecycle-4-follower-restart-diff.
  expect(story.flatMap((effect) => said(effect, server))).toEqual([
    "Peer state changed: following",
    "FOLLOWING",
    "FOLLOWING - LEADER ELECTION TOOK - 264 MS",
    "Peer state changed: following - discovery",
    "Peer state changed: following - synchronization",
    "Getting a diff from the leader 0x10000000c",
    "Peer state changed: following - synchronization - diff",
    "Learner received NEWLEADER message",
    "Learner received UPTODATE message",
    "Peer state changed: following - broadcast",
  ]);
});

test("an ended role is told before the new election", () => {
  const reason = "Not sufficient followers synced, only synced with sids: [ [3] ]";
  const story: ServerEffect[] = [
    { kind: "roleEnded", state: "LEADING", reason },
    { kind: "became", state: "LOOKING", reason },
    { kind: "stateDetail", state: "LOOKING", phase: "ELECTION", sync: null },
    { kind: "electionStarted", zxid: makeZxid(0, 0) },
  ];

  expect(story.flatMap((effect) => said(effect, member("LOOKING")))).toEqual([
    "Shutting down",
    `Shutdown called. For the reason ${reason}`,
    "Peer state changed: looking",
    "PeerState set to LOOKING",
    "LOOKING",
    "New election. My id = 1, proposed zxid=0x0",
  ]);
});

test("a vote for nobody is shown as the number that stands for it", () => {
  expect(said(heardVote(-1), member("LOOKING"))).toEqual([
    "Notification: my state:LOOKING; n.sid:2, n.state:LOOKING, n.leader:-9223372036854775808, n.round:0x1, n.peerEpoch:0x1, n.zxid:0x10000000c, message format version:0x2, n.config version:0x1f",
  ]);
});

test("a newer configuration of others restarts an election, with both versions", () => {
  const effect = configured("server.1=h:1:2:observer\nversion=100000000");

  expect(said(effect, member("LOOKING"))).toEqual([
    "1 Received version: 100000000 my version: 0",
    "restarting leader election",
  ]);
  expect(said(effect, member("FOLLOWING"))).toEqual(["Restarting Leader Election"]);
  const sameMembers = configured("server.1=h:1:2:participant\nversion=100000000");
  expect(said(sameMembers, member("FOLLOWING"))).toEqual([]);
  expect(said({ ...effect, committed: false }, member("LOOKING"))).toEqual([]);
});

test("a dropped learner is told with the reason, a session with its timeout", () => {
  const server = member("LEADING");
  const session = 0x1000_0000_0000_0001n as SessionId;
  server.database = createDatabase();
  server.database.sessions.set(session, 4000);

  const goodbye = {
    kind: "warned",
    text: "******* GOODBYE sid:2 ******** Read timed out",
  } as const;
  expect(said(goodbye, server)).toEqual([
    "Unexpected exception in LearnerHandler: \nRead timed out",
    "******* GOODBYE sid:2 ********",
  ]);
  const expired = { kind: "warned", text: "Expiring session 0x1000000000000001" } as const;
  expect(said(expired, server)).toEqual([
    "Expiring session 0x1000000000000001, timeout of 4000ms exceeded",
  ]);
});

const OTHER = configOf(1).members[1]!;

const EFFECTS: readonly (readonly [state: Server["state"], effect: ServerEffect])[] = [
  ["LOOKING", { kind: "recovered", zxid: ZXID, txnCount: 3, digest: 1371985504n }],
  ["FOLLOWING", { kind: "became", state: "FOLLOWING", reason: "of 3" }],
  ["LEADING", { kind: "became", state: "LEADING", reason: "elected" }],
  ["OBSERVING", { kind: "became", state: "OBSERVING", reason: "of 3" }],
  ["LEADING", chosen("DIFF", ZXID)],
  ["LEADING", chosen("DIFF", makeZxid(1, 3))],
  ["LEADING", chosen("SNAP", makeZxid(1, 3))],
  ["LEADING", opened()],
  ["FOLLOWING", opened()],
  ["FOLLOWING", configured("server.1=i:1:2\nversion=5")],
  ["LOOKING", configured("server.1=i:1:2\nversion=5")],
  ["FOLLOWING", { kind: "warned", text: "Got zxid 0x100000001 expected 0x1" }],
  ["FOLLOWING", { kind: "warned", text: "Becoming an observer" }],
  ["FOLLOWING", { kind: "warned", text: "Becoming a voting participant" }],
  ["FOLLOWING", { kind: "warned", text: "Becoming a non-voting participant" }],
  ["FOLLOWING", { kind: "warned", text: "Suggested leader: 2" }],
  ["LOOKING", { kind: "electionStarted", zxid: ZXID }],
  ["LOOKING", heardVote(3)],
  ["LOOKING", { kind: "electionWait", ms: 400 }],
  ["LEADING", { kind: "electionTook", ms: 226, state: "LEADING" }],
  ["FOLLOWING", { kind: "electionTook", ms: 226, state: "FOLLOWING" }],
  ["LOOKING", detail("LOOKING", "ELECTION", null)],
  ["LEADING", detail("LEADING", "DISCOVERY", null)],
  ["LEADING", detail("LEADING", "SYNCHRONIZATION", null)],
  ["LEADING", detail("LEADING", "BROADCAST", null)],
  ["FOLLOWING", detail("FOLLOWING", "SYNCHRONIZATION", "TRUNC")],
  ["OBSERVING", detail("OBSERVING", "SYNCHRONIZATION", "SNAP")],
  ["OBSERVING", detail("OBSERVING", "BROADCAST", "SNAP")],
  ["LOOKING", { kind: "electionLink", what: "dropped", sid: 2, address: "h:1" }],
  ["LOOKING", { kind: "electionLink", what: "broken", sid: 2, address: "h:1" }],
  ["LEADING", { kind: "learnerFound", sid: 4, member: null, configVersion: makeZxid(0, 7) }],
  ["LEADING", { kind: "synchronizing", learner: 2, max: ZXID, min: ZXID, last: ZXID, peer: ZXID }],
  ...(["DIFF", "TRUNC", "SNAP", "NEWLEADER", "UPTODATE"] as const).map(
    (packet) => ["FOLLOWING", { kind: "syncTold", packet, zxid: ZXID }] as const,
  ),
  ["LEADING", { kind: "supported", sids: [1, 2], zxid: makeZxid(2, 0) }],
  [
    "LEADING",
    {
      kind: "roleEnded",
      state: "LEADING",
      reason: "Not sufficient followers synced, only synced with sids: [ [3] ]",
    },
  ],
  ["FOLLOWING", { kind: "roleEnded", state: "FOLLOWING", reason: "Read timed out" }],
  ["OBSERVING", { kind: "roleEnded", state: "OBSERVING", reason: "Read timed out" }],
];

test.for(EFFECTS)("%s, %o: the wording is the real one", ([state, effect]) => {
  const lines = describeEffect(effect, member(state), CONTEXT);

  expect(lines).not.toHaveLength(0);
  for (const line of lines) expect(TEMPLATES).toContain(templateOf(line));
});

// Lines of the captures whose values the templates do not mask.
test.for<[effect: ServerEffect, line: string]>([
  [
    { kind: "electionLink", what: "unreachable", sid: 2, address: "10.99.0.2:22202" },
    "Cannot open channel to 2 at election address /10.99.0.2:22202",
  ],
  [
    { kind: "electionLink", what: "received", sid: 3, address: "10.99.0.3:39552" },
    "Received connection request from /10.99.0.3:39552",
  ],
  [
    { kind: "learnerFound", sid: 2, member: OTHER, configVersion: ZXID },
    "Follower sid: 2 : info : s2:2888:3888:participant;s2:2181",
  ],
])("%o: the wording is the real one", ([effect, line]) => {
  expect(said(effect, member("LOOKING"))).toEqual([line]);
});

test("what comes with every transaction is no line", () => {
  expect(said({ kind: "serving", epoch: 2 }, member("LEADING"))).toEqual([]);
});

function configured(text: string): Extract<ServerEffect, { kind: "configured" }> {
  return { kind: "configured", version: makeZxid(0, 5), text, committed: true };
}

function detail(
  state: Server["state"],
  phase: Server["phase"],
  sync: "DIFF" | "TRUNC" | "SNAP" | null,
): Remark {
  return { kind: "stateDetail", state, phase, sync };
}

function heardVote(leader: number): Remark {
  return {
    kind: "heard",
    sid: 2,
    state: "LOOKING",
    notification: {
      kind: "notification",
      state: "LOOKING",
      leader,
      zxid: ZXID,
      electionEpoch: 1,
      peerEpoch: 1,
      config: "server.1=h:1:2:participant\nversion=1f",
    },
  };
}

function chosen(mode: "DIFF" | "SNAP", peerZxid: typeof ZXID): ServerEffect {
  return { kind: "syncChosen", learner: 2, mode, peerZxid, zxid: ZXID };
}

function opened(): ServerEffect {
  const body = { kind: "createSession", timeoutMs: 5000 } as const;
  const txn = {
    clientId: 0x3000031f8600000n as SessionId,
    cxid: 0,
    zxid: ZXID,
    timeMs: 0,
    type: -10,
    body,
  };
  return { kind: "delivered", txn: { ...txn, digest: null, record: new Uint8Array() }, digest: 0n };
}
