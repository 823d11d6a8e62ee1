import { describe, expect, test } from "vitest";
import seedrandom from "seedrandom";
import type { ConnId } from "../../../core/message.ts";
import {
  createElectionDecoder,
  feedElection,
  writeHello,
  writeNotification,
} from "../../../core/wire/election-codec.ts";
import { JuteError, JuteWriter } from "../../../core/wire/jute.ts";
import { createPacketDecoder, feed } from "../../../core/wire/packet-decoder.ts";

import { writeQuorumPacket } from "../../../core/wire/quorum-codec.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { EPOCH_MAX } from "../../../core/zxid.ts";
import type { Operation } from "../../../core/request/operation.ts";
import type { QuorumPacket } from "../../../core/zab/packet.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import { z } from "../../support/effect-text.ts";
import {
  accept,
  forget,
  history,
  pass,
  receive,
  saidBy,
  type Machine,
} from "../../support/machine.ts";
import {
  ballot,
  connecting,
  create,
  elected,
  following,
  introduces,
  joins,
  leaderOf,
  leading,
  learner,
  looking,
  opensSession,
  setData,
  told,
} from "../../support/roles.ts";
import { tell } from "../../support/machine.ts";

/**
 * Whatever decodes is given to a server that did not ask for it. ZT_PACKETS packets are tried in each role
 * (1,500 unless said otherwise); none of them may make the core throw, and a leader goes on to lead.
 */
const COUNT = Number(process.env["ZT_PACKETS"] ?? 1500);

const OPS: readonly Operation[] = [
  create("/a"),
  create("/a/b", 1),
  { kind: "create", type: 21, path: "/ttl", data: null, acl: OPEN_ACL, flags: 5, ttlMs: 1000 },
  setData("/a", "value"),
  { kind: "delete", path: "/a", version: -1 },
  { kind: "setAcl", path: "/a", acl: OPEN_ACL, version: -1 },
  { kind: "multi", ops: [create("/m"), setData("/m")] as never },
  {
    kind: "reconfig",
    joining: "server.4=h:1:2:participant",
    leaving: null,
    members: null,
    fromVersion: -1n,
  },
  { kind: "reconfig", joining: null, leaving: "1,2,3", members: null, fromVersion: -1n },
  { kind: "createSession", timeoutMs: 4000 },
  { kind: "createSession", timeoutMs: -4000 },
  { kind: "closeSession" },
  { kind: "sync", path: "/" },
  { kind: "deleteContainer", path: "/a" },
  { kind: "exists", path: "/a", watch: true },
  { kind: "getData", path: "/a", watch: true },
  {
    kind: "setWatches",
    type: 101,
    relativeZxid: z(1, 1),
    data: ["/a"],
    exist: ["/b"],
    child: ["/"],
    persistent: [],
    recursive: [],
  },
  { kind: "addWatch", path: "/", mode: 1 },
  { kind: "ping" },
  { kind: "unknown", type: 4711 },
  { kind: "auth", scheme: "digest", auth: new Uint8Array([1]) },
  { kind: "sasl", token: new Uint8Array([1]) },
];

/** What a learner may say, well-formed. */
function fromLearner(draw: () => number): QuorumPacket {
  const op = pick(OPS, draw);
  const requests: QuorumPacket = {
    kind: "REQUEST",
    sessionId: BigInt(Math.floor(draw() * 12)) as SessionId,
    cxid: Math.floor(draw() * 4),
    op,
    identities: draw() < 0.5 ? [] : [{ scheme: "ip", id: "10.0.0.1" }],
  };
  const others: readonly QuorumPacket[] = [
    { kind: "ACK", zxid: z(2, Math.floor(draw() * 9)) },
    { kind: "PING", zxid: z(2, 0), sessions: [{ sessionId: 7n as SessionId, timeoutMs: -1 }] },
    { kind: "REVALIDATE", sessionId: 7n as SessionId, timeoutMs: -5, valid: null },
    { kind: "FOLLOWERINFO", zxid: z(1, 0), sid: 9, configVersion: z(0, 0) },
    { kind: "OBSERVERINFO", zxid: z(1, 0), sid: 9, configVersion: z(0, 0) },
    { kind: "ACKEPOCH", zxid: z(1, 5), epoch: 1 },
  ];
  return draw() < 0.7 ? requests : pick(others, draw);
}

describe("packets nobody sends", () => {
  test("of a learner do not end a leader that is established", () => {
    const draw = seedrandom("established");
    const { machine, one } = leading();
    opensSession(machine, one);
    let conn = joins(machine, 77);

    for (let count = 0; count < COUNT; count++) {
      for (const packet of mutated(fromLearner(draw), "learner", draw)) {
        receive(machine, conn, packet);
        ackAll(machine, one);
      }
      if (machine.server.leader?.handlers.has(conn) !== true) conn = joins(machine, 77);
      expect(machine.server.state, `packet ${count}`).toBe("LEADING");
    }

    const before = machine.server.database?.tree.nodes.size;
    receive(machine, one, {
      kind: "REQUEST",
      sessionId: 9999n as SessionId,
      cxid: 1,
      op: { kind: "createSession", timeoutMs: 4000 },
      identities: [],
    });
    receive(machine, one, {
      kind: "REQUEST",
      sessionId: 9999n as SessionId,
      cxid: 2,
      op: create("/after"),
      identities: [],
    });
    ackAll(machine, one);
    expect(before).toBeGreaterThan(1);
    expect(machine.server.database?.tree.nodes.has("/after")).toBe(true);
  });

  test("of a learner do not end a leader that is not established yet", () => {
    const draw = seedrandom("elected");
    for (let round = 0; round < COUNT / 50; round++) {
      const machine = elected();
      for (let count = 0; count < 50; count++) {
        const conn = learner(machine, 50 + count);
        if (draw() < 0.5) introduces(machine, conn, 50 + count);
        for (const packet of mutated(fromLearner(draw), "learner", draw))
          receive(machine, conn, packet);
      }
      expect(machine.server.life).toBe("running");
    }
  });

  test("of a leader do not make a follower throw", () => {
    const draw = seedrandom("led");
    for (let round = 0; round < COUNT / 10; round++) {
      const machine = draw() < 0.5 ? following() : connecting();
      if (machine.server.learner?.stage === "connecting") {
        tell(machine, { kind: "connected", conn: leaderOf(machine) });
      }
      for (let count = 0; count < 10; count++) {
        const learns = machine.server.learner;
        if (learns === null || learns.conn === 0) break;
        for (const packet of mutated(fromLeader(draw), "leader", draw)) told(machine, packet);
      }
      expect(machine.server.nowMs).toBeGreaterThan(0);
    }
  });

  test("at an election port do not make anybody throw", () => {
    const draw = seedrandom("votes");
    for (const machine of [looking(2), following(), leading().machine]) {
      for (let count = 0; count < COUNT / 3; count++) {
        const conn = accept(machine, "election", "stranger");
        for (const message of votes(draw)) receive(machine, conn, message as never);
        if (draw() < 0.5) tell(machine, { kind: "disconnected", conn });
      }
      pass(machine, 1000);
      expect(machine.server.life).toBe("running");
    }
  });
});

test("an epoch that nothing can follow is refused by leaders and learners", () => {
  const machine = elected();
  const conn = learner(machine, 2);
  forget(machine);
  introduces(machine, conn, 2, { accepted: EPOCH_MAX - 1 });
  expect(saidBy(machine, "close")).toHaveLength(1);
  expect(machine.server.leader?.epoch).toBe(2);

  const follower = connecting();
  tell(follower, { kind: "connected", conn: leaderOf(follower) });
  told(follower, { kind: "LEADERINFO", zxid: z(EPOCH_MAX, 0) });
  expect(follower.server.state).toBe("LOOKING");
  expect(follower.server.acceptedEpoch).toBe(1);
});

test("a server that is no member does not raise the epoch", () => {
  const machine = elected(history([z(1, 5)]));
  const conn = learner(machine, 77);

  introduces(machine, conn, 77, { accepted: 1_000_000 });

  expect(machine.server.leader?.epoch).toBe(2);
});

function fromLeader(draw: () => number): QuorumPacket {
  const epoch = Math.floor(draw() * 4);
  const zxid = z(epoch, Math.floor(draw() * 9));
  return pick<QuorumPacket>(
    [
      { kind: "COMMIT", zxid },
      { kind: "PING", zxid, sessions: null },
      { kind: "REVALIDATE", sessionId: 7n as SessionId, timeoutMs: 0, valid: true },
      { kind: "SYNC" },
      { kind: "COMMITANDACTIVATE", zxid, leader: Math.floor(draw() * 5) },
      { kind: "LEADERINFO", zxid: z(epoch, 0) },
      { kind: "NEWLEADER", zxid, config: draw() < 0.5 ? "" : "server.1=nonsense\nversion=zz" },
      { kind: "UPTODATE" },
      { kind: "DIFF", zxid },
      { kind: "TRUNC", zxid },
      { kind: "SNAP", zxid },
    ],
    draw,
  );
}

function votes(draw: () => number): readonly unknown[] {
  const writer = new JuteWriter();
  const sid = pick([1, 2, 3, 77, -1, Number.MAX_SAFE_INTEGER], draw);
  writeHello(writer, {
    kind: "hello",
    sid,
    address: pick(["", "x", "s77:3888", ":", "h:99999"], draw),
  });
  const leader = pick([1, 2, 3, 77, -9], draw);
  const round = pick([0, 1, 5, Number.MAX_SAFE_INTEGER], draw);
  const state = pick(["LOOKING", "FOLLOWING", "LEADING", "OBSERVING"] as const, draw);
  // A vote of a member may be anything but one that decides: that needs no bytes that nobody sends.
  if (sid === 77 || draw() < 0.3)
    writeNotification(writer, ballot(leader, { state, epoch: 3, zxid: z(3, 1), round }));
  const bytes = spoil(writer.toBytes(), draw);
  try {
    return feedElection(createElectionDecoder("opener"), bytes);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return [];
  }
}

/** What a decoder makes of a packet of which a few bytes are others. */
function mutated(
  packet: QuorumPacket,
  from: "leader" | "learner",
  draw: () => number,
): QuorumPacket[] {
  const writer = new JuteWriter();
  writeQuorumPacket(writer, packet);
  const bytes = draw() < 0.3 ? writer.toBytes() : spoil(writer.toBytes(), draw);
  try {
    return feed(createPacketDecoder(from), bytes);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return [];
  }
}

function spoil(bytes: Uint8Array, draw: () => number): Uint8Array {
  for (let left = Math.floor(draw() * 4); left > 0; left--) {
    bytes[Math.floor(draw() * bytes.length)] = pick(
      [0, 1, 0x7f, 0x80, 0xff, Math.floor(draw() * 256)],
      draw,
    );
  }
  return bytes;
}

/** The other voter acknowledges whatever is proposed. */
function ackAll(machine: Machine, one: ConnId): void {
  for (const effect of machine.out.splice(0)) {
    if (effect.kind === "proposed") receive(machine, one, { kind: "ACK", zxid: effect.txn.zxid });
  }
}

function pick<T>(from: readonly T[], draw: () => number): T {
  return from[Math.floor(draw() * from.length)] as T;
}
