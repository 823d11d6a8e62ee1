import { NO_DEFECTS } from "../../core/defects.ts";
import { DEFAULT_OPTIONS } from "../../core/options.ts";
import type { ServerConfig } from "../../core/config.ts";
import type { Observation, ServerEffect } from "../../core/effect.ts";
import type { ServerState } from "../../core/election/notification.ts";
import type { ServerEvent } from "../../core/event.ts";
import type { SessionId } from "../../core/session/session-id.ts";
import type { Txn } from "../../core/txn.ts";
import { epochOf, makeZxid, nextZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import { createChecks, type Checks } from "../../sim/check/checks.ts";
import { checkTurn, serverCrashed } from "../../sim/check/turn.ts";

/**
 * A tiny ensemble that keeps to ZAB and tells the checks every step as a server would: events, effects
 * and observations, without a core behind them. Tests let it do what is legal, and lie in one place.
 */
export type Ensemble = {
  readonly checks: Checks;
  readonly servers: readonly Peer[];
  readonly quorum: number;
  turn: number;
  /** Has any leader been established in an epoch; the zxids that were committed. */
  readonly committed: Txn[];
};

export type Peer = {
  readonly sid: number;
  readonly observer: boolean;
  up: boolean;
  readonly face: {
    state: ServerState;
    acceptedEpoch: number;
    currentEpoch: number;
    serving: boolean;
    readonly database: { readonly sessions: Map<bigint, number> };
  };
  log: Txn[];
  /** How much of the log is durable, applied, and known to be committed. */
  durable: number;
  tree: Txn[];
  /** As leader: proposed, and how much of it is committed. */
  proposed: Txn[];
  committedCount: number;
  readonly acked: Map<number, number>;
  leader: number;
  conn: number;
  leaderConn: number;
  readonly inbox: QuorumPacket[];
  ticket: number;
};

const FILE = "log.100000001";

/** `voters` voters with sids from 1, and `observers` observers behind them, all started on empty disks. */
export function ensembleOf(voters: number, observers = 0): Ensemble {
  const sids = Array.from({ length: voters + observers }, (_, index) => index + 1);
  const servers = sids.map((sid) => ({ ...configOf(voters, observers), sid }));
  const ensemble: Ensemble = {
    checks: createChecks({ servers }),
    servers: sids.map((sid) => peerOf(sid, sid > voters)),
    quorum: (voters >> 1) + 1,
    turn: 0,
    committed: [],
  };
  for (const sid of sids) start(ensemble, sid);
  return ensemble;
}

/** The configuration of server 1. */
export function configOf(voters: number, observers = 0): ServerConfig {
  const sids = Array.from({ length: voters + observers }, (_, index) => index + 1);
  const members = sids.map((sid) => memberOf(sid, sid > voters));
  return {
    ...LIMITS,
    sid: 1,
    members,
    quorum: { kind: "majority", voters: sids.slice(0, voters) },
  };
}

export function peer(ensemble: Ensemble, sid: number): Peer {
  return ensemble.servers[sid - 1]!;
}

/** One turn of a server: by default nothing happened to it, and it says these things. */
export function says(
  ensemble: Ensemble,
  sid: number,
  effects: readonly ServerEffect[],
  event: ServerEvent = { kind: "woke", thread: "commit", of: 0 },
): void {
  const turn = ++ensemble.turn;
  const { face } = peer(ensemble, sid);
  checkTurn(ensemble.checks, turn, turn * 1000, sid, face, event, effects, effects.length);
}

export function hears(
  ensemble: Ensemble,
  sid: number,
  packet: QuorumPacket,
  effects: readonly ServerEffect[] = [],
): void {
  const { conn } = peer(ensemble, sid);
  says(ensemble, sid, effects, { kind: "received", conn, message: packet });
}

/** The ids, as in "S4", of all that was violated so far. */
export function brokenIn(ensemble: Ensemble): string[] {
  return ensemble.checks.violations.map(({ check }) => check.split(" ")[0]!);
}

export function txnAt(epoch: number, counter: number, value = "", cxid: number = counter): Txn {
  const zxid = makeZxid(epoch, counter);
  const header = { clientId: 7n as SessionId, cxid, zxid, timeMs: 0, type: 5 };
  const record = new TextEncoder().encode(`${zxid} ${value} ${cxid}`);
  const body = { kind: "setData", path: "/a", data: record, version: 1 } as const;
  return Object.freeze({ ...header, body, digest: null, record });
}

/** A digest that depends on everything applied so far. */
export function digestOf(txns: readonly Txn[]): bigint {
  let digest = 17n;
  for (const { record } of txns) {
    for (const byte of record) digest = BigInt.asUintN(64, digest * 31n + BigInt(byte));
  }
  return digest;
}

export function lastZxid(txns: readonly Txn[]): Zxid {
  return txns.at(-1)?.zxid ?? ZERO_ZXID;
}

// What servers do.

export function start(ensemble: Ensemble, sid: number): void {
  const server = peer(ensemble, sid);
  server.up = true;
  server.durable = server.log.length;
  server.tree = [...server.log];
  const ticket = ++server.ticket;
  const effects: ServerEffect[] = [
    recoveredWith(server.log),
    { kind: "sync", files: ["log.1"], ticket },
  ];
  says(ensemble, sid, effects, { kind: "started", entropy: 0, wallOffsetMs: 0 });
  says(ensemble, sid, [], { kind: "synced", ticket });
}

export function recoveredWith(txns: readonly Txn[]): Observation {
  const zxid = lastZxid(txns);
  return { kind: "recovered", zxid, txnCount: txns.length, digest: digestOf(txns) };
}

/** `kept` of what was written and not durable is still there afterwards. */
export function crash(ensemble: Ensemble, sid: number, kept = 0): void {
  const server = peer(ensemble, sid);
  server.up = false;
  server.log = server.log.slice(0, server.durable + kept);
  leave(server);
  serverCrashed(ensemble.checks, sid);
  for (const other of ensemble.servers)
    if (other.up && other.leader === sid) look(ensemble, other.sid);
}

/** A learner loses its leader, or a leader its quorum: it looks again, and catches up with its own log. */
export function look(ensemble: Ensemble, sid: number): void {
  const server = peer(ensemble, sid);
  const { conn } = server;
  if (server.face.state === "LEADING" && server.face.serving) drain(ensemble, sid);
  leave(server);
  const effects: ServerEffect[] = [];
  for (const txn of server.log.slice(server.tree.length)) {
    server.tree.push(txn);
    effects.push({ kind: "fastForwarded", txn, digest: digestOf(server.tree) });
  }
  says(ensemble, sid, effects, { kind: "disconnected", conn });
}

/** Discovery: `leader` and `learners` agree on an epoch, which is durable with them all. */
export function discover(ensemble: Ensemble, leader: number, learners: readonly number[]): number {
  const sids = [leader, ...learners];
  const epoch = Math.max(...sids.map((sid) => peer(ensemble, sid).face.acceptedEpoch)) + 1;
  const server = peer(ensemble, leader);
  server.face.state = "LEADING";
  server.acked.clear();
  for (const sid of learners) connect(ensemble, sid, leader);
  keepEpoch(ensemble, leader, "acceptedEpoch", epoch);
  for (const sid of learners) promise(ensemble, sid, epoch);
  says(ensemble, leader, [{ kind: "epochAcked", epoch }]);
  keepEpoch(ensemble, leader, "currentEpoch", epoch);
  server.proposed = [...server.log];
  server.committedCount = server.log.length;
  return epoch;
}

export function connect(ensemble: Ensemble, sid: number, leader: number): void {
  const server = peer(ensemble, sid);
  server.leader = leader;
  server.conn = ++server.ticket;
  server.leaderConn = -(ensemble.turn + 1);
  server.face.state = server.observer ? "OBSERVING" : "FOLLOWING";
  peer(ensemble, leader).acked.delete(sid);
  const address = `host:${leader}`;
  says(ensemble, sid, [{ kind: "connect", conn: server.conn, port: "quorum", address }]);
  const zxid = makeZxid(server.face.acceptedEpoch, 0);
  const kind = server.observer ? "OBSERVERINFO" : "FOLLOWERINFO";
  toLeader(ensemble, sid, { kind, zxid, sid, configVersion: ZERO_ZXID });
}

export function promise(ensemble: Ensemble, sid: number, epoch: number): void {
  const server = peer(ensemble, sid);
  hears(ensemble, sid, { kind: "LEADERINFO", zxid: makeZxid(epoch, 0) });
  keepEpoch(ensemble, sid, "acceptedEpoch", epoch);
  const { currentEpoch } = server.face;
  const message = { kind: "ACKEPOCH", zxid: lastZxid(server.log), epoch: currentEpoch } as const;
  says(ensemble, sid, [{ kind: "send", conn: server.conn, message }]);
}

/** Synchronization: the learner gets what its leader has, and acks NEWLEADER. */
export function synchronize(ensemble: Ensemble, sid: number, bySnap = false): void {
  const server = peer(ensemble, sid);
  const leader = peer(ensemble, server.leader);
  if (bySnap) adoptSnapshot(ensemble, sid);
  else cutToCommon(ensemble, sid);
  const ready = Math.max(leader.committedCount - server.log.length, 0);
  // What is outstanding goes to voters only.
  const end = server.observer ? leader.committedCount : leader.proposed.length;
  const missing = leader.proposed.slice(server.log.length, end);
  for (const [at, txn] of missing.entries()) {
    hears(ensemble, sid, { kind: "PROPOSAL", txn });
    if (at < ready) hears(ensemble, sid, { kind: "COMMIT", zxid: txn.zxid });
  }
  hears(ensemble, sid, { kind: "NEWLEADER", zxid: startOf(leader), config: "" });
  log(ensemble, sid, missing.slice(0, ready));
  for (const txn of missing.slice(0, ready)) deliver(ensemble, sid, txn);
  flush(ensemble, sid);
  keepEpoch(ensemble, sid, "currentEpoch", leader.face.currentEpoch);
  ack(ensemble, sid, startOf(leader));
  for (const txn of missing.slice(ready)) server.inbox.push({ kind: "PROPOSAL", txn });
}

export function establish(ensemble: Ensemble, leader: number): void {
  const server = peer(ensemble, leader);
  server.face.serving = true;
  for (const txn of server.log.slice(ensemble.committed.length)) ensemble.committed.push(txn);
  says(ensemble, leader, [{ kind: "established", epoch: server.face.currentEpoch }]);
}

export function upToDate(ensemble: Ensemble, sid: number): void {
  const server = peer(ensemble, sid);
  server.face.serving = true;
  hears(ensemble, sid, { kind: "UPTODATE" });
  // Proposals heard before NEWLEADER go to the logger now; the checks heard them before.
  for (const packet of server.inbox.splice(0)) {
    if (packet.kind === "PROPOSAL") logAndAck(ensemble, sid, packet.txn);
  }
}

/** The whole way to broadcast. */
export function lead(ensemble: Ensemble, leader: number, learners: readonly number[]): number {
  const epoch = discover(ensemble, leader, learners);
  for (const sid of learners) synchronize(ensemble, sid);
  establish(ensemble, leader);
  for (const sid of learners) upToDate(ensemble, sid);
  return epoch;
}

/** A server joins a leader that is established. */
export function join(ensemble: Ensemble, sid: number, leader: number, bySnap = false): void {
  connect(ensemble, sid, leader);
  promise(ensemble, sid, peer(ensemble, leader).face.currentEpoch);
  synchronize(ensemble, sid, bySnap);
  upToDate(ensemble, sid);
}

/** The leader proposes its next transaction; followers have it in their inboxes. */
export function propose(ensemble: Ensemble, leader: number, value = ""): Txn {
  const server = peer(ensemble, leader);
  const last = lastZxid(server.proposed);
  const { currentEpoch } = server.face;
  const zxid = epochOf(last) === currentEpoch ? nextZxid(last) : makeZxid(currentEpoch, 1);
  const txn = txnAt(currentEpoch, Number(zxid & 0xffff_ffffn), value);
  server.proposed.push(txn);
  says(ensemble, leader, [{ kind: "proposed", txn }]);
  for (const follower of followersOf(ensemble, leader)) {
    if (!follower.observer) follower.inbox.push({ kind: "PROPOSAL", txn });
  }
  return txn;
}

/** A follower handles the next packet of its leader: logs and acks, or delivers. */
export function handle(ensemble: Ensemble, sid: number): void {
  const server = peer(ensemble, sid);
  const packet = server.inbox.shift();
  if (packet === undefined) return;
  hears(ensemble, sid, packet);
  if (packet.kind === "PROPOSAL") logAndAck(ensemble, sid, packet.txn);
  else if (packet.kind === "INFORM") {
    log(ensemble, sid, [packet.txn]);
    deliver(ensemble, sid, packet.txn);
  } else if (packet.kind === "COMMIT") deliver(ensemble, sid, server.log[server.tree.length]!);
}

/** The leader commits its next proposal, if a quorum has it, and delivers it. */
export function commitNext(ensemble: Ensemble, leader: number): boolean {
  const server = peer(ensemble, leader);
  const txn = server.proposed[server.committedCount];
  if (txn === undefined) return false;
  let votes = server.durable > server.committedCount ? 1 : 0;
  for (const count of server.acked.values()) if (count > server.committedCount) votes++;
  if (votes < ensemble.quorum) return false;
  server.committedCount++;
  if (ensemble.committed.length < server.committedCount) ensemble.committed.push(txn);
  says(ensemble, leader, [{ kind: "committed", txn }]);
  for (const follower of followersOf(ensemble, leader)) {
    const { zxid } = txn;
    follower.inbox.push(follower.observer ? { kind: "INFORM", txn } : { kind: "COMMIT", zxid });
  }
  deliver(ensemble, leader, txn);
  return true;
}

/** One write, all the way, with everybody that follows. */
export function write(ensemble: Ensemble, leader: number, value = ""): Txn {
  const txn = propose(ensemble, leader, value);
  log(ensemble, leader, [txn]);
  flush(ensemble, leader);
  for (const { sid } of followersOf(ensemble, leader)) settle(ensemble, sid);
  commitNext(ensemble, leader);
  for (const { sid } of followersOf(ensemble, leader)) settle(ensemble, sid);
  return txn;
}

export function settle(ensemble: Ensemble, sid: number): void {
  while (peer(ensemble, sid).inbox.length > 0) handle(ensemble, sid);
}

/** A leader logs, and makes durable, all that it has proposed. */
export function drain(ensemble: Ensemble, leader: number): void {
  const { proposed, log: logged } = peer(ensemble, leader);
  log(ensemble, leader, proposed.slice(logged.length));
  flush(ensemble, leader);
}

// The single steps.

export function log(ensemble: Ensemble, sid: number, txns: readonly Txn[]): void {
  if (txns.length === 0) return;
  peer(ensemble, sid).log.push(...txns);
  says(ensemble, sid, [{ kind: "append", file: FILE, txns }]);
}

export function flush(ensemble: Ensemble, sid: number): void {
  const server = peer(ensemble, sid);
  const ticket = ++server.ticket;
  says(ensemble, sid, [{ kind: "sync", files: [FILE], ticket }]);
  says(ensemble, sid, [], { kind: "synced", ticket });
  server.durable = server.log.length;
}

export function ack(ensemble: Ensemble, sid: number, zxid: Zxid): void {
  const { conn } = peer(ensemble, sid);
  says(ensemble, sid, [{ kind: "send", conn, message: { kind: "ACK", zxid } }]);
  toLeader(ensemble, sid, { kind: "ACK", zxid });
}

export function deliver(ensemble: Ensemble, sid: number, txn: Txn): void {
  const server = peer(ensemble, sid);
  server.tree.push(txn);
  says(ensemble, sid, [{ kind: "delivered", txn, digest: digestOf(server.tree) }]);
}

export function keepEpoch(
  ensemble: Ensemble,
  sid: number,
  name: "acceptedEpoch" | "currentEpoch",
  epoch: number,
): void {
  const server = peer(ensemble, sid);
  if (server.face[name] === epoch) return;
  const [ticket, last] = [++server.ticket, ++server.ticket];
  const file = `${name}.tmp`;
  const bytes = new TextEncoder().encode(String(epoch));
  says(ensemble, sid, [
    { kind: "write", file, bytes },
    { kind: "sync", files: [file], ticket },
  ]);
  const renamed: ServerEffect[] = [
    { kind: "rename", file, to: name },
    { kind: "sync", files: [name], ticket: last },
  ];
  says(ensemble, sid, renamed, { kind: "synced", ticket });
  server.face[name] = epoch;
  says(ensemble, sid, [], { kind: "synced", ticket: last });
}

export function toLeader(ensemble: Ensemble, sid: number, message: QuorumPacket): void {
  const { leader, leaderConn } = peer(ensemble, sid);
  says(ensemble, leader, [], { kind: "received", conn: leaderConn, message });
}

export function followersOf(ensemble: Ensemble, leader: number): Peer[] {
  return ensemble.servers.filter((server) => server.leader === leader && server.face.serving);
}

export function startOf(leader: Peer): Zxid {
  return makeZxid(leader.face.currentEpoch, 0);
}

function logAndAck(ensemble: Ensemble, sid: number, txn: Txn): void {
  const server = peer(ensemble, sid);
  log(ensemble, sid, [txn]);
  flush(ensemble, sid);
  const leader = peer(ensemble, server.leader);
  leader.acked.set(sid, server.log.length);
  ack(ensemble, sid, txn.zxid);
}

function cutToCommon(ensemble: Ensemble, sid: number): void {
  const server = peer(ensemble, sid);
  const leader = peer(ensemble, server.leader);
  // Behind what is committed, even the leader's own proposals are cut off, and sent again.
  const split = server.log.findIndex((txn, at) => {
    return at >= leader.committedCount || leader.proposed[at] !== txn;
  });
  if (split < 0) {
    hears(ensemble, sid, { kind: "DIFF", zxid: lastZxid(leader.proposed) });
    return;
  }
  const zxid = lastZxid(server.log.slice(0, split));
  server.log.length = split;
  server.tree = [...server.log];
  server.durable = Math.min(server.durable, split);
  const effects: ServerEffect[] = [{ kind: "truncated", zxid }, recoveredWith(server.log)];
  hears(ensemble, sid, { kind: "TRUNC", zxid }, effects);
}

function adoptSnapshot(ensemble: Ensemble, sid: number): void {
  const server = peer(ensemble, sid);
  const leader = peer(ensemble, server.leader);
  const zxid = lastZxid(leader.tree);
  const piece = { kind: "SNAPPIECE", sessions: null, acls: null, nodes: [], last: true } as const;
  const conn = server.leaderConn;
  says(ensemble, leader.sid, [{ kind: "send", conn, message: { kind: "SNAP", zxid } }]);
  says(ensemble, leader.sid, [{ kind: "send", conn, message: piece }]);
  hears(ensemble, sid, { kind: "SNAP", zxid });
  hears(ensemble, sid, piece, [{ kind: "snapshotDelivered", zxid }]);
  const [ticket, last] = [++server.ticket, ++server.ticket];
  const to = `snapshot.${zxid.toString(16)}`;
  const file = `tmp.${to}`;
  says(ensemble, sid, [
    { kind: "write", file, bytes: new Uint8Array() },
    { kind: "sync", files: [file], ticket },
  ]);
  const renamed: ServerEffect[] = [
    { kind: "rename", file, to },
    { kind: "sync", files: [to], ticket: last },
  ];
  says(ensemble, sid, renamed, { kind: "synced", ticket });
  says(ensemble, sid, [], { kind: "synced", ticket: last });
  server.tree = [...leader.tree];
  server.log = [...leader.tree];
  server.durable = server.log.length;
}

function leave(server: Peer): void {
  server.face.state = "LOOKING";
  server.face.serving = false;
  server.leader = 0;
  server.inbox.length = 0;
}

function peerOf(sid: number, observer: boolean): Peer {
  return {
    sid,
    observer,
    up: false,
    face: {
      state: "LOOKING",
      acceptedEpoch: 0,
      currentEpoch: 0,
      serving: false,
      database: { sessions: new Map() },
    },
    log: [],
    durable: 0,
    tree: [],
    proposed: [],
    committedCount: 0,
    acked: new Map(),
    leader: 0,
    conn: 0,
    leaderConn: 0,
    inbox: [],
    ticket: 0,
  };
}

function memberOf(sid: number, observer: boolean): ServerConfig["members"][number] {
  return {
    sid,
    role: observer ? "observer" : "participant",
    quorumAddress: `host:${sid}`,
    electionAddress: `host:${sid + 100}`,
    clientAddress: `host:${sid + 200}`,
  };
}

const LIMITS = {
  tickMs: 200,
  initLimit: 10,
  syncLimit: 5,
  minSessionTimeoutMs: 400,
  maxSessionTimeoutMs: 4000,
  snapCount: 100_000,
  commitLogCount: 500,
  snapshotSizeFactor: 0.33,
  preAllocBytes: 0,
  snapshotStepNodes: 100,
  electionConnectMs: 5000,
  learnerRetryMs: 100,
  minNotificationMs: 200,
  maxNotificationMs: 60_000,
  observerPauseMs: 200,
  emptyMayVote: true,
  standalone: false,
  options: DEFAULT_OPTIONS,
  defects: NO_DEFECTS,
};
