import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ServerEffect } from "../../../core/effect.ts";
import type { ServerEvent } from "../../../core/event.ts";
import { createServer, type Server } from "../../../core/server-state.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { createLeader } from "../../../core/zab/leader.ts";
import { makeZxid } from "../../../core/zxid.ts";
import { describeEffect, peerThread, type LogContext } from "../../../server/log/describe.ts";
import { describePacket } from "../../../server/log/describe-packet.ts";
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
  electionMs: 264,
  previous: "LOOKING",
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
    .replace(/0x[0-9a-f]+/g, "0xH")
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

test("a follower's role is announced, then how long its election took", () => {
  expect(said({ kind: "became", state: "FOLLOWING", reason: "of 3" }, member("FOLLOWING"))).toEqual(
    [
      "Peer state changed: following",
      "FOLLOWING",
      "FOLLOWING - LEADER ELECTION TOOK - 264 MS",
      "Peer state changed: following - discovery",
    ],
  );
});

test("an ended role is told before the new election", () => {
  const context = { ...CONTEXT, previous: "LEADING" as const };
  const reason = "Not sufficient followers synced, only synced with sids: [ [3] ]";

  expect(said({ kind: "became", state: "LOOKING", reason }, member("LOOKING"), context)).toEqual([
    "Shutting down",
    `Shutdown called. For the reason ${reason}`,
    "Peer state changed: looking",
    "PeerState set to LOOKING",
    "LOOKING",
    "New election. My id = 1, proposed zxid=0x0",
  ]);
});

test("a vote for nobody is shown as the number that stands for it", () => {
  const server = member("LOOKING");
  server.connections.sidOf.set(7, 2);

  const line = describePacket(heardVote(-1), server, CONTEXT.peerThread);

  expect(line?.message).toBe(
    "Notification: my state:LOOKING; n.sid:2, n.state:LOOKING, n.leader:-9223372036854775808, n.round:0x1, n.peerEpoch:0x1, n.zxid:0x10000000c, message format version:0x2, n.config version:0x1f",
  );
});

const EFFECTS: readonly [
  state: Server["state"],
  effect: ServerEffect,
  previous?: Server["state"],
][] = [
  ["LOOKING", { kind: "recovered", zxid: ZXID, txnCount: 3, digest: 1371985504n }],
  ["LOOKING", { kind: "became", state: "LOOKING", reason: "" }],
  ["FOLLOWING", { kind: "became", state: "FOLLOWING", reason: "of 3" }],
  ["LEADING", { kind: "became", state: "LEADING", reason: "elected" }],
  ["OBSERVING", { kind: "became", state: "OBSERVING", reason: "of 3" }],
  ["LOOKING", { kind: "became", state: "LOOKING", reason: "" }, "FOLLOWING"],
  ["LOOKING", { kind: "became", state: "LOOKING", reason: "" }, "OBSERVING"],
  ["LEADING", { kind: "epochAcked", epoch: 2 }],
  ["FOLLOWING", { kind: "serving", epoch: 2 }],
  ["LEADING", { kind: "serving", epoch: 2 }],
  ["OBSERVING", { kind: "serving", epoch: 2 }],
  ["LEADING", chosen("DIFF", ZXID)],
  ["LEADING", chosen("DIFF", makeZxid(1, 3))],
  ["LEADING", chosen("SNAP", makeZxid(1, 3))],
  ["LEADING", opened()],
  ["FOLLOWING", opened()],
  ["FOLLOWING", { kind: "warned", text: "Got zxid 0x100000001 expected 0x1" }],
];

test.for(EFFECTS)(
  "%s, %o: the wording is the real one",
  ([state, effect, previous = "LOOKING"]) => {
    const lines = describeEffect(effect, member(state), { ...CONTEXT, previous });

    expect(lines).not.toHaveLength(0);
    for (const line of lines) expect(TEMPLATES).toContain(templateOf(line));
  },
);

const PACKETS: readonly ServerEvent[] = [
  heardVote(3),
  { kind: "received", conn: 7, message: { kind: "DIFF", zxid: ZXID } },
  { kind: "received", conn: 7, message: { kind: "SNAP", zxid: ZXID } },
  { kind: "received", conn: 7, message: { kind: "TRUNC", zxid: ZXID } },
  { kind: "received", conn: 7, message: { kind: "NEWLEADER", zxid: ZXID, config: "" } },
  { kind: "received", conn: 7, message: { kind: "UPTODATE" } },
];

test.for(PACKETS)("%o: the wording is the real one", (event) => {
  const server = member("LOOKING");
  server.connections.sidOf.set(7, 2);

  const line = describePacket(event, server, CONTEXT.peerThread);

  expect(line === null ? null : templateOf(line)).toBeOneOf([...TEMPLATES]);
});

test("a leader names the supporters that established it", () => {
  const server = member("LEADING");
  server.leader = createLeader(server);
  for (const sid of [2, 1]) server.leader.newLeaderAcks.add(sid);

  const [line] = describeEffect({ kind: "established", epoch: 2 }, server, CONTEXT);

  expect(line?.message).toBe(
    "Have quorum of supporters, sids: [[1, 2]]; starting up and setting last processed zxid: 0x200000000",
  );
});

test("a client's request is no line", () => {
  const event: ServerEvent = { kind: "woke", thread: "prep", of: 0 };

  expect(describePacket(event, member("LEADING"), CONTEXT.peerThread)).toBeNull();
});

function heardVote(leader: number): ServerEvent {
  return {
    kind: "received",
    conn: 7,
    message: {
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
