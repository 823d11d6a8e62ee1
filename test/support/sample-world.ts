import { addRow } from "../../sim/trace/columns.ts";
import { MessageCode, PhaseCode, RowKind, StateCode, TimerCode } from "../../sim/trace/row.ts";
import { createTrace, internText, markHash, type Trace } from "../../sim/trace/trace.ts";
import type { TraceHeader } from "../../sim/trace/view.ts";

/**
 * A toy ensemble that acts out elections and writes, only to have rows for tests of the trace and
 * the viewer. It knows just enough of the protocol for its rows to hang together.
 */
export type SampleWorld = {
  readonly trace: Trace;
  readonly queue: { atUs: number; order: number; run: () => void }[];
  readonly servers: ToyServer[];
  readonly walls: Set<string>;
  readonly slow: Map<string, number>;
  /** When the last message of a link arrives. */
  readonly free: Map<string, number>;
  readonly flying: Map<number, Flight>;
  readonly waiting: Map<bigint, ToyWrite>;
  nowUs: number;
  turn: number;
  order: number;
  messages: number;
  operations: number;
  noise: number;
};

type ToyServer = {
  readonly sid: number;
  up: boolean;
  state: number;
  leader: number;
  round: number;
  vote: Vote;
  readonly received: Map<number, Vote>;
  finalize: number;
  log: bigint[];
  committed: bigint;
  accepted: number;
  epoch: number;
  followers: Set<number>;
  established: boolean;
  counter: number;
  diskFreeUs: number;
  readonly acks: Map<bigint, Set<number>>;
};

type Vote = { leader: number; zxid: bigint; peerEpoch: number };
type Flight = { id: number; from: number; to: number; code: number; run: (() => void) | null };
type ToyWrite = { client: number; server: number; operation: number; text: string };

const QUORUM = 3;
const NOBODY: Vote = { leader: -1, zxid: 0n, peerEpoch: 0 };

export function createWorld(header: TraceHeader): SampleWorld {
  return {
    trace: createTrace(header),
    queue: [],
    servers: header.servers.map(({ sid }) => ({
      sid,
      up: false,
      state: StateCode.LOOKING,
      leader: -1,
      round: 0,
      vote: NOBODY,
      received: new Map(),
      finalize: 0,
      log: [],
      committed: 0n,
      accepted: 0,
      epoch: 0,
      followers: new Set(),
      established: false,
      counter: 0,
      diskFreeUs: 0,
      acks: new Map(),
    })),
    walls: new Set(),
    slow: new Map(),
    free: new Map(),
    flying: new Map(),
    waiting: new Map(),
    nowUs: 0,
    turn: 0,
    order: 0,
    messages: 0,
    operations: 0,
    noise: 1,
  };
}

export function at(world: SampleWorld, atUs: number, run: () => void): void {
  world.queue.push({ atUs, order: world.order++, run });
}

export function runWorld(world: SampleWorld, untilUs: number): void {
  for (;;) {
    let best = -1;
    world.queue.forEach((item, index) => {
      const least = world.queue[best];
      if (
        least === undefined ||
        item.atUs < least.atUs ||
        (item.atUs === least.atUs && item.order < least.order)
      ) {
        best = index;
      }
    });
    const next = world.queue[best];
    if (next === undefined || next.atUs > untilUs) return;
    world.queue.splice(best, 1);
    world.nowUs = next.atUs;
    world.turn++;
    next.run();
    if (world.turn % 500 === 0) markHash(world.trace, world.turn.toString(16).padStart(16, "0"));
  }
}

export function row(
  world: SampleWorld,
  kind: number,
  who: number,
  more: { peer?: number; zxid?: bigint; a?: number; b?: number; c?: number; link?: number } = {},
): void {
  const { peer = 0, zxid = 0n, a = 0, b = 0, c = 0, link = 0 } = more;
  addRow(world.trace.columns, world.turn, world.nowUs, kind, who, peer, zxid, a, b, c, link);
}

export function textRow(world: SampleWorld, kind: number, who: number, text: string, a = 0): void {
  row(world, kind, who, { link: internText(world.trace.texts, text), a });
}

export function server(world: SampleWorld, sid: number): ToyServer {
  const found = world.servers.find((candidate) => candidate.sid === sid);
  if (found === undefined) throw new Error(`no server ${sid}`);
  return found;
}

export function startServer(world: SampleWorld, sid: number): void {
  const me = server(world, sid);
  me.up = true;
  row(world, RowKind.started, sid);
  row(world, RowKind.recovered, sid, { zxid: lastOf(me) });
  row(world, RowKind.epochs, sid, { a: me.accepted, b: me.epoch });
  look(world, me);
}

export function crashServer(world: SampleWorld, sid: number): void {
  const me = server(world, sid);
  me.up = false;
  me.established = false;
  me.followers = new Set();
  row(world, RowKind.crashed, sid, { a: 1 });
  for (const flight of [...world.flying.values()]) {
    if (flight.from !== sid && flight.to !== sid) continue;
    world.flying.delete(flight.id);
    row(world, RowKind.lost, flight.from, { peer: flight.to, a: flight.code, link: flight.id });
  }
  for (const other of world.servers) {
    if (other === me || !other.up) continue;
    at(world, world.nowUs + 15_000 + draw(world, 16_000), () => {
      if (!other.up) return;
      row(world, RowKind.cut, other.sid, { peer: sid });
      if (other.leader === sid && other.state !== StateCode.LOOKING) look(world, other);
    });
  }
}

export function wall(world: SampleWorld, from: number, to: number): void {
  world.walls.add(`${from}>${to}`);
  row(world, RowKind.walled, from, { peer: to });
}

export function heal(world: SampleWorld, from: number, to: number): void {
  world.walls.delete(`${from}>${to}`);
  row(world, RowKind.healed, from, { peer: to });
  for (const flight of world.flying.values()) {
    if (flight.from !== from || flight.to !== to || flight.run === null) continue;
    row(world, RowKind.released, from, { peer: to, a: flight.code, link: flight.id });
    at(world, world.nowUs + latency(world, from, to), flight.run);
    flight.run = null;
  }
}

/** A client asks `on` for a write; whoever leads proposes it, and the answer comes the same way back. */
export function write(world: SampleWorld, client: number, on: number, text: string): void {
  const operation = ++world.operations;
  const link = internText(world.trace.texts, text);
  row(world, RowKind.invoked, client, { peer: on, a: 5, b: operation, link });
  send(world, client, on, MessageCode.request, { b: 5 }, () => {
    const leader = world.servers.find((each) => each.up && each.established);
    if (leader === undefined) return giveUp(world, client, on, operation);
    const asked = { client, server: on, operation, text };
    if (leader.sid === on) return propose(world, leader, asked);
    send(world, on, leader.sid, MessageCode.REQUEST, { b: 5 }, () => propose(world, leader, asked));
  });
}

export function read(world: SampleWorld, client: number, on: number, text: string): void {
  const operation = ++world.operations;
  const link = internText(world.trace.texts, text);
  row(world, RowKind.invoked, client, { peer: on, a: 4, b: operation, link });
  send(world, client, on, MessageCode.request, { b: 4 }, () => {
    const zxid = server(world, on).committed;
    send(world, on, client, MessageCode.reply, { zxid }, () =>
      row(world, RowKind.returned, client, { peer: on, b: operation, zxid }),
    );
  });
}

export function giveUp(world: SampleWorld, client: number, on: number, operation: number): void {
  row(world, RowKind.returned, client, { peer: on, a: 1, b: operation, c: 1 });
}

function look(world: SampleWorld, me: ToyServer): void {
  me.state = StateCode.LOOKING;
  me.leader = -1;
  me.established = false;
  me.received.clear();
  row(world, RowKind.state, me.sid, { peer: -1 });
  for (const zxid of me.log) {
    if (zxid > me.committed) row(world, RowKind.applied, me.sid, { zxid, a: 1 });
  }
  me.round++;
  adopt(world, me, { leader: me.sid, zxid: lastOf(me), peerEpoch: me.epoch });
}

function adopt(world: SampleWorld, me: ToyServer, vote: Vote): void {
  me.vote = vote;
  me.received.set(me.sid, vote);
  row(world, RowKind.vote, me.sid, {
    peer: vote.leader,
    zxid: vote.zxid,
    a: me.round,
    b: vote.peerEpoch,
  });
  row(world, RowKind.tally, me.sid, { a: tally(me), b: QUORUM });
  for (const other of world.servers) if (other !== me) notify(world, me, other.sid);
}

function notify(world: SampleWorld, me: ToyServer, to: number): void {
  const { vote, round } = me;
  const body = { zxid: vote.zxid, b: round, c: vote.peerEpoch * 256 + vote.leader + 1 };
  send(world, me.sid, to, MessageCode.notification + me.state, body, () =>
    hear(world, server(world, to), me.sid, vote, round),
  );
}

function hear(world: SampleWorld, me: ToyServer, from: number, vote: Vote, round: number): void {
  if (me.state !== StateCode.LOOKING) {
    if (server(world, from).state === StateCode.LOOKING) notify(world, me, from);
    return;
  }
  if (round < me.round) return;
  const settled = server(world, from).state !== StateCode.LOOKING;
  if (round > me.round) {
    me.round = round;
    me.received.clear();
  }
  me.received.set(from, vote);
  // Those who have settled outvote a newcomer, however good its own vote is.
  const joins = settled && vote.leader !== me.vote.leader && server(world, vote.leader).established;
  if (joins || supersedes(vote, me.vote)) adopt(world, me, vote);
  else row(world, RowKind.tally, me.sid, { a: tally(me), b: QUORUM });
  if (tally(me) < QUORUM && !(settled && server(world, vote.leader).established)) return;
  row(world, RowKind.armed, me.sid, { a: TimerCode.finalize, b: 200 });
  const ticket = ++me.finalize;
  const chosen = me.vote;
  at(world, world.nowUs + 200_000, () => {
    if (!me.up || me.finalize !== ticket || me.state !== StateCode.LOOKING) return;
    row(world, RowKind.fired, me.sid, { a: TimerCode.finalize });
    settle(world, me, chosen.leader);
  });
}

function settle(world: SampleWorld, me: ToyServer, leader: number): void {
  row(world, RowKind.elected, me.sid, { peer: leader, a: me.round });
  me.leader = leader;
  me.state = leader === me.sid ? StateCode.LEADING : StateCode.FOLLOWING;
  row(world, RowKind.state, me.sid, { peer: leader, a: me.state, b: PhaseCode.DISCOVERY });
  if (leader === me.sid) {
    me.followers = new Set();
    me.accepted++;
    row(world, RowKind.epochs, me.sid, { a: me.accepted, b: me.epoch });
    return;
  }
  follow(world, me, 0);
}

function follow(world: SampleWorld, me: ToyServer, tries: number): void {
  const leader = server(world, me.leader);
  if (leader.state !== StateCode.LEADING) {
    if (tries < 20) at(world, world.nowUs + 20_000, () => follow(world, me, tries + 1));
    return;
  }
  const { sid } = me;
  send(world, sid, leader.sid, MessageCode.FOLLOWERINFO, { zxid: 0n }, () => {
    const epoch = leader.accepted;
    send(world, leader.sid, sid, MessageCode.LEADERINFO, { zxid: BigInt(epoch) << 32n }, () => {
      me.accepted = epoch;
      row(world, RowKind.epochs, sid, { a: epoch, b: me.epoch });
      send(world, sid, leader.sid, MessageCode.ACKEPOCH, { zxid: lastOf(me), b: me.epoch }, () =>
        bringUp(world, leader, me),
      );
    });
  });
}

function bringUp(world: SampleWorld, leader: ToyServer, me: ToyServer): void {
  const base = lastOf(me);
  row(world, RowKind.syncChosen, leader.sid, { peer: me.sid, zxid: base });
  const { sid } = me;
  send(world, leader.sid, sid, MessageCode.DIFF, { zxid: lastOf(leader) }, () =>
    row(world, RowKind.state, sid, {
      peer: leader.sid,
      a: StateCode.FOLLOWING,
      b: PhaseCode.SYNCHRONIZATION,
    }),
  );
  for (const zxid of leader.log.filter((each) => each > base)) {
    send(world, leader.sid, sid, MessageCode.PROPOSAL, { zxid }, () => append(world, me, zxid));
  }
  const start = BigInt(leader.accepted) << 32n;
  send(world, leader.sid, sid, MessageCode.NEWLEADER, { zxid: start }, () => {
    me.epoch = me.accepted;
    row(world, RowKind.epochs, sid, { a: me.accepted, b: me.epoch });
    row(world, RowKind.synced, sid, { zxid: lastOf(me) });
    send(world, sid, leader.sid, MessageCode.ACK, { zxid: start }, () => join(world, leader, me));
  });
}

function join(world: SampleWorld, leader: ToyServer, me: ToyServer): void {
  leader.followers.add(me.sid);
  if (!leader.established && leader.followers.size + 1 >= QUORUM) {
    leader.established = true;
    leader.epoch = leader.accepted;
    leader.counter = 0;
    row(world, RowKind.epochs, leader.sid, { a: leader.accepted, b: leader.epoch });
    row(world, RowKind.established, leader.sid, { a: leader.epoch });
    serve(world, leader, StateCode.LEADING);
    for (const sid of leader.followers) upToDate(world, leader, server(world, sid));
    return;
  }
  if (leader.established) upToDate(world, leader, me);
}

function upToDate(world: SampleWorld, leader: ToyServer, me: ToyServer): void {
  send(world, leader.sid, me.sid, MessageCode.UPTODATE, {}, () =>
    serve(world, me, StateCode.FOLLOWING),
  );
}

function serve(world: SampleWorld, me: ToyServer, state: number): void {
  for (const zxid of me.log) {
    if (zxid > me.committed) row(world, RowKind.applied, me.sid, { zxid });
  }
  me.committed = lastOf(me);
  row(world, RowKind.state, me.sid, { peer: me.leader, a: state, b: PhaseCode.BROADCAST, c: 1 });
}

function propose(world: SampleWorld, leader: ToyServer, asked: ToyWrite): void {
  if (!leader.up || !leader.established) return;
  const zxid = (BigInt(leader.epoch) << 32n) | BigInt(++leader.counter);
  const link = internText(world.trace.texts, asked.text);
  row(world, RowKind.proposed, leader.sid, { zxid, link });
  world.waiting.set(zxid, asked);
  leader.acks.set(zxid, new Set());
  append(world, leader, zxid);
  at(world, world.nowUs + 30_000, () => {
    if (!leader.up) return;
    row(world, RowKind.synced, leader.sid, { zxid });
    acked(world, leader, leader.sid, zxid);
  });
  for (const sid of leader.followers) {
    const me = server(world, sid);
    send(world, leader.sid, sid, MessageCode.PROPOSAL, { zxid }, () => {
      append(world, me, zxid);
      // A disk finishes in order.
      me.diskFreeUs = Math.max(me.diskFreeUs + 50, world.nowUs + 6_000 + draw(world, 3_000));
      at(world, me.diskFreeUs, () => {
        if (!me.up) return;
        row(world, RowKind.synced, sid, { zxid });
        if (me.leader !== leader.sid || !leader.up) return;
        send(world, sid, leader.sid, MessageCode.ACK, { zxid }, () =>
          acked(world, leader, sid, zxid),
        );
      });
    });
  }
}

function acked(world: SampleWorld, leader: ToyServer, by: number, zxid: bigint): void {
  const acks = leader.acks.get(zxid);
  if (acks === undefined) return;
  acks.add(by);
  if (acks.size < QUORUM) return;
  leader.acks.delete(zxid);
  row(world, RowKind.committed, leader.sid, { zxid });
  deliver(world, leader, zxid);
  for (const sid of leader.followers) {
    const me = server(world, sid);
    send(world, leader.sid, sid, MessageCode.COMMIT, { zxid }, () => deliver(world, me, zxid));
  }
}

function deliver(world: SampleWorld, me: ToyServer, zxid: bigint): void {
  if (!me.log.includes(zxid)) return;
  me.committed = zxid;
  row(world, RowKind.applied, me.sid, { zxid });
  const asked = world.waiting.get(zxid);
  if (asked === undefined || asked.server !== me.sid) return;
  world.waiting.delete(zxid);
  send(world, me.sid, asked.client, MessageCode.reply, { zxid }, () =>
    row(world, RowKind.returned, asked.client, { peer: me.sid, b: asked.operation, zxid, c: 1 }),
  );
}

function append(world: SampleWorld, me: ToyServer, zxid: bigint): void {
  if (me.log.includes(zxid)) return;
  me.log.push(zxid);
  row(world, RowKind.logged, me.sid, { zxid });
}

function send(
  world: SampleWorld,
  from: number,
  to: number,
  code: number,
  body: { zxid?: bigint; b?: number; c?: number },
  onHeard: () => void,
): void {
  const id = ++world.messages;
  row(world, RowKind.sent, from, { peer: to, a: code, ...body, link: id });
  const flight: Flight = { id, from, to, code, run: null };
  world.flying.set(id, flight);
  const arrive = (): void => {
    if (!world.flying.delete(id)) return;
    if (to > 0 && !server(world, to).up) {
      row(world, RowKind.lost, from, { peer: to, a: code, b: 1, link: id });
      return;
    }
    row(world, RowKind.heard, to, { peer: from, a: code, ...body, link: id });
    onHeard();
  };
  if (world.walls.has(`${from}>${to}`)) {
    row(world, RowKind.held, from, { peer: to, a: code, link: id });
    flight.run = arrive;
    return;
  }
  at(world, world.nowUs + latency(world, from, to), arrive);
}

function latency(world: SampleWorld, from: number, to: number): number {
  const link = `${from}>${to}`;
  const added = (world.slow.get(link) ?? 0) * 1000;
  const took = (from < 0 || to < 0 ? 4_000 : 16_000) + draw(world, from < 0 ? 2_000 : 14_000);
  // Connections keep their order.
  const free = Math.max(world.nowUs + took + added, (world.free.get(link) ?? 0) + 50);
  world.free.set(link, free);
  return free - world.nowUs;
}

/** A linear congruential step: the same noise everywhere. */
function draw(world: SampleWorld, below: number): number {
  world.noise = (world.noise * 1103515245 + 12345) % 2147483648;
  return world.noise % below;
}

function tally(me: ToyServer): number {
  let count = 0;
  for (const vote of me.received.values()) if (vote.leader === me.vote.leader) count++;
  return count;
}

function supersedes(vote: Vote, mine: Vote): boolean {
  if (vote.peerEpoch !== mine.peerEpoch) return vote.peerEpoch > mine.peerEpoch;
  if (vote.zxid !== mine.zxid) return vote.zxid > mine.zxid;
  return vote.leader > mine.leader;
}

function lastOf(me: ToyServer): bigint {
  return me.log[me.log.length - 1] ?? 0n;
}
