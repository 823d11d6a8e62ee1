import type { ServerConfig } from "../../core/config.ts";
import type { Notification, ServerState } from "../../core/election/notification.ts";
import type { FileContent } from "../../core/event.ts";
import type { ConnId } from "../../core/message.ts";
import type { Operation } from "../../core/request/operation.ts";
import type { SessionId } from "../../core/session/session-id.ts";
import { sessionPassword } from "../../core/session/password.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import type { Txn } from "../../core/txn.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import { z } from "./effect-text.ts";
import {
  accept,
  boot,
  configOf,
  forget,
  history,
  pass,
  receive,
  tell,
  type Machine,
} from "./machine.ts";

/** Machines in the state that a test is about, with scripted servers around them. */

/** What a server tells others in an election. Quiet: an empty server in its first round, for itself. */
export function ballot(
  leader: number,
  {
    state = "LOOKING",
    zxid = ZERO_ZXID,
    epoch = 0,
    round = 1,
  }: { state?: ServerState; zxid?: Zxid; epoch?: number; round?: number } = {},
): Notification {
  return {
    kind: "notification",
    state,
    leader,
    zxid,
    electionEpoch: round,
    peerEpoch: epoch,
    config: "",
  };
}

/** The election connection with `sid` comes up, opened by whoever is the larger. */
export function meet(machine: Machine, sid: number): ConnId {
  let conn: ConnId;
  if (sid < machine.server.sid) {
    conn = machine.opened.get(`s${sid}:3888`) ?? 0;
    machine.names.set(conn, String(sid));
    tell(machine, { kind: "connected", conn });
  } else {
    // The smaller one's own attempt comes to nothing.
    const own = machine.opened.get(`s${sid}:3888`);
    if (own !== undefined) tell(machine, { kind: "disconnected", conn: own });
    conn = accept(machine, "election", String(sid));
    receive(machine, conn, { kind: "hello", sid, address: `s${sid}:3888` });
  }
  machine.peers.set(sid, conn);
  return conn;
}

/** `from` sends a notification; by default one that votes for itself. */
export function hear(machine: Machine, from: number, notification: Notification): void {
  const conn = machine.peers.get(from) ?? meet(machine, from);
  receive(machine, conn, notification);
}

/** A voter that looks, and has met all others. */
export function looking(
  sid: number,
  files: readonly FileContent[] = [],
  limits: Parameters<typeof configOf>[1] = {},
): Machine {
  const config: ServerConfig = configOf(sid, limits);
  const machine = boot(config, files);
  for (const voter of config.quorum.voters) if (voter !== sid) meet(machine, voter);
  forget(machine);
  return machine;
}

/** Server 1 of three, or an observer, about to connect to leader 3, which 2 follows. */
export function connecting(
  files: readonly FileContent[] = history([z(1, 5)]),
  limits: Parameters<typeof configOf>[1] = {},
  sid = 1,
): Machine {
  const machine = looking(sid, files, limits);
  hear(machine, 3, ballot(3, { state: "LEADING", epoch: 1, zxid: z(1, 5), round: 4 }));
  hear(machine, 2, ballot(3, { state: "FOLLOWING", epoch: 1, zxid: z(1, 5), round: 4 }));
  return machine;
}

export function leaderOf(machine: Machine): ConnId {
  const conn = machine.server.learner?.conn ?? 0;
  machine.names.set(conn, "leader");
  return conn;
}

/** A packet from the leader. */
export function told(machine: Machine, packet: QuorumPacket): void {
  receive(machine, leaderOf(machine), packet);
}

/** As {@link connecting}, with the handshake done: the leader of `epoch` may now say DIFF, TRUNC or SNAP. */
export function joining(
  files: readonly FileContent[] = history([z(1, 5)]),
  limits: Parameters<typeof configOf>[1] = {},
  sid = 1,
  epoch = 2,
): Machine {
  const machine = connecting(files, limits, sid);
  tell(machine, { kind: "connected", conn: leaderOf(machine) });
  told(machine, { kind: "LEADERINFO", zxid: z(epoch, 0) });
  forget(machine);
  return machine;
}

/** A follower (or observer) in broadcast, at 1.5 of epoch 1 and led in epoch 2. */
export function following(
  limits: Parameters<typeof configOf>[1] = {},
  sid = 1,
  files: readonly FileContent[] = history([z(1, 5)]),
): Machine {
  const machine = joining(files, limits, sid);
  told(machine, { kind: "DIFF", zxid: z(1, 5) });
  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
  told(machine, { kind: "UPTODATE" });
  forget(machine);
  return machine;
}

/** Server 3 of three, elected by all, its quorum port open, waiting for epochs. */
export function elected(
  files: readonly FileContent[] = history([z(1, 5)]),
  limits: Parameters<typeof configOf>[1] = {},
  sid = 3,
): Machine {
  const machine = looking(sid, files, limits);
  const { proposal, round } = machine.server.election;
  const { zxid, peerEpoch: epoch } = proposal;
  for (const voter of machine.server.config.quorum.voters) {
    if (voter !== sid) hear(machine, voter, ballot(sid, { zxid, epoch, round }));
  }
  pass(machine, 200);
  if (machine.server.state !== "LEADING") throw new Error(`${machine.server.state}, not LEADING`);
  forget(machine);
  return machine;
}

/** A learner connects to the quorum port. */
export function learner(
  machine: Machine,
  sid: number,
  { observer = false }: { observer?: boolean } = {},
): ConnId {
  const name = `${observer ? "observer" : "learner"} ${sid}`;
  const conn = accept(machine, "quorum", name);
  return conn;
}

/** Its first packet. */
export function introduces(
  machine: Machine,
  conn: ConnId,
  sid: number,
  {
    accepted = 1,
    observer = false,
    configVersion = ZERO_ZXID,
  }: { accepted?: number; observer?: boolean; configVersion?: Zxid } = {},
): void {
  const kind = observer ? "OBSERVERINFO" : "FOLLOWERINFO";
  receive(machine, conn, { kind, zxid: z(accepted, 0), sid, configVersion });
}

/** A learner up to the point where its history is compared with the leader's. */
export function offersItself(
  machine: Machine,
  sid: number,
  {
    accepted = 1,
    epoch = 1,
    zxid = z(1, 5),
    observer = false,
    configVersion = ZERO_ZXID,
  }: {
    accepted?: number;
    epoch?: number;
    zxid?: Zxid;
    observer?: boolean;
    configVersion?: Zxid;
  } = {},
): ConnId {
  const conn = learner(machine, sid, { observer });
  introduces(machine, conn, sid, { accepted, observer, configVersion });
  receive(machine, conn, { kind: "ACKEPOCH", zxid, epoch });
  return conn;
}

/** Leader 3 of epoch 2 at 1.5, established with follower 1, in broadcast. Follower 2 is away. */
export function leading(
  limits: Parameters<typeof configOf>[1] = {},
  files: readonly FileContent[] = history([z(1, 5)]),
): { machine: Machine; one: ConnId } {
  const machine = elected(files, limits);
  const zxid = machine.server.database?.lastZxid ?? ZERO_ZXID;
  const one = offersItself(machine, 1, { zxid });
  receive(machine, one, { kind: "ACK", zxid: z(2, 0) });
  receive(machine, one, { kind: "ACK", zxid: z(2, 0) });
  if (machine.server.leader?.stage !== "broadcast")
    throw new Error("the leader is not established");
  forget(machine);
  return { machine, one };
}

/** A learner joins an established leader, and is brought up to date with all it lacks. */
export function joins(
  machine: Machine,
  sid: number,
  more: { epoch?: number; zxid?: Zxid; observer?: boolean } = {},
): ConnId {
  const conn = offersItself(machine, sid, more);
  receive(machine, conn, { kind: "ACK", zxid: z(2, 0) });
  return conn;
}

/** A request that a learner passes on; session 7 unless said otherwise. */
export function requests(
  machine: Machine,
  conn: ConnId,
  op: Operation,
  { session = 7n, cxid = 1 }: { session?: bigint; cxid?: number } = {},
): void {
  receive(machine, conn, {
    kind: "REQUEST",
    sessionId: session as SessionId,
    cxid,
    op,
    identities: [],
  });
}

/** A follower opens session 7 and the leader proposes it: the first transaction of epoch 2. */
export function opensSession(machine: Machine, conn: ConnId): void {
  requests(machine, conn, { kind: "createSession", timeoutMs: 4000 });
  receive(machine, conn, { kind: "ACK", zxid: z(2, 1) });
  forget(machine);
}

/** A client connects to this server and asks for a session, a new one unless it names one. */
export function connects(
  machine: Machine,
  name: string,
  {
    session = 0n,
    timeoutMs = 4000,
    seen = ZERO_ZXID,
    password = sessionPassword(session as SessionId),
    readOnly = false,
  }: {
    session?: bigint;
    timeoutMs?: number;
    seen?: Zxid;
    password?: Uint8Array;
    readOnly?: boolean | null;
  } = {},
): ConnId {
  const conn = accept(machine, "client", name);
  receive(machine, conn, {
    kind: "connect",
    lastZxidSeen: seen,
    timeoutMs,
    sessionId: session as SessionId,
    password,
    readOnly,
  });
  return conn;
}

export function asks(machine: Machine, conn: ConnId, xid: number, op: Operation): void {
  receive(machine, conn, { kind: "request", xid, op });
}

/** A proposal and its commit, from the leader of a follower. */
export function proposesAndCommits(machine: Machine, txn: Txn): void {
  told(machine, { kind: "PROPOSAL", txn });
  told(machine, { kind: "COMMIT", zxid: txn.zxid });
}

export function create(path: string, flags = 0): Operation {
  return { kind: "create", type: 1, path, data: null, acl: OPEN_ACL, flags, ttlMs: -1 };
}

export function setData(path: string, text = "x"): Operation {
  return { kind: "setData", path, data: new TextEncoder().encode(text), version: -1 };
}
