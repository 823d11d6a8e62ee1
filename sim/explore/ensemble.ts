import type { ServerConfig } from "../../core/config.ts";
import { isQuorum } from "../../core/election/quorum.ts";
import type { FileContent } from "../../core/event.ts";
import {
  accept,
  closeEnd,
  openChannel,
  openedChannel,
  pop,
  push,
  Signal,
  type Channel,
} from "./channel.ts";
import { createJudge, judged, type Judge, type Witness } from "./judge.ts";
import { THREADS, type Grain, type MachineEvent } from "./machine.ts";
import type { Model } from "./search.ts";
import { createSpace, outcomeOf, startedHost, type Act, type Host, type Space } from "./space.ts";

/** What is searched: who takes part, with what on their disks, and how often each thing may happen. */
export type Bounds = {
  readonly servers: readonly ServerConfig[];
  /** By sid; an empty disk unless given. */
  readonly disks: ReadonlyMap<number, readonly FileContent[]>;
  /** The election that is over when the search begins; null: none is. */
  readonly elected: { readonly leader: number; readonly voters: readonly number[] } | null;
  /** Clients' writes. */
  readonly writes: number;
  /** Ends of processes at any moment, with the power or without; every server that is down may start again. */
  readonly crashes: number;
  readonly powerLosses: number;
  /** Times that somebody gives up a peer that is there all the time. */
  readonly timeouts: number;
  /** How often an election may come to an end after the first one; who joins a leader is not counted. */
  readonly elections: number;
  readonly grain: Grain & {
    /** A connection is open, or refused, as soon as it is asked for. */
    readonly connections: boolean;
  };
};

/** An ensemble as a {@link Model}: server conditions, what has been, connections. */
export type Ensemble = {
  readonly model: Model;
  readonly space: Space;
  readonly judge: Judge;
  readonly bounds: Bounds;
};

/** Connections at one time, for each server: one that ends and one that begins. */
const CHANNELS_EACH = 2;

/** An action's number: whom it happens to, what kind of thing, the connection, and a number more. */
export const Kind = {
  received: 0,
  accepted: 1,
  connected: 2,
  disconnected: 3,
  woke: 4,
  disk: 5,
  elected: 6,
  joined: 7,
  unsupported: 8,
  retried: 9,
  retriedLast: 10,
  written: 11,
  crashed: 12,
  powerLost: 13,
  restarted: 14,
  silent: 15,
} as const;

const CONN_ZERO = 32;
const SLOT = 0x4000_0000;

export type Action = {
  readonly slot: number;
  readonly kind: number;
  readonly conn: number;
  readonly argument: number;
};

export function readAction(action: number): Action {
  const slot = Math.floor(action / SLOT);
  const code = action % SLOT;
  return {
    slot,
    kind: code >>> 26,
    conn: ((code >>> 20) & 63) - CONN_ZERO,
    argument: code & 0xf_ffff,
  };
}

function codeOf(kind: number, conn: number, argument: number): number {
  return (kind << 26) | ((conn + CONN_ZERO) << 20) | argument;
}

export function createEnsemble(bounds: Bounds): Ensemble {
  const space = createSpace(bounds.servers, bounds.grain);
  const judge = createJudge(bounds);
  const count = bounds.servers.length;
  const width = count + 1 + CHANNELS_EACH * count;
  const quorums = quorumsOf(bounds);
  const whole: Whole = { space, judge, bounds, count, width, quorums, isNews: false };
  const states = new Int32Array(0);
  const step: Step = { ...whole, states, from: 0, next: states, reached: () => undefined };
  const model: Model = {
    width,
    start: (into) => start(whole, into),
    expand: (states, from, next, reached) => {
      step.states = states;
      step.from = from;
      step.next = next;
      step.reached = reached;
      expand(step);
    },
  };
  return { model, space, judge, bounds };
}

type Whole = {
  readonly space: Space;
  readonly judge: Judge;
  readonly bounds: Bounds;
  /** Servers; a state has one number for each, then that of its witness, then those of its connections. */
  readonly count: number;
  readonly width: number;
  /** Is it a quorum? By the bits of slots. */
  readonly quorums: readonly boolean[];
  /** In the state that is being made a server shows something that the properties have not been held against. */
  isNews: boolean;
};

/** The state that is expanded, and the one that is being made; one record for all. */
type Step = Whole & {
  states: Int32Array;
  from: number;
  next: Int32Array;
  reached: (action: number, violation: string | null) => void;
};

function start(whole: Whole, into: Int32Array): void {
  const { space, judge, bounds } = whole;
  into.fill(0);
  const { servers, disks, elected } = bounds;
  for (const [slot, { sid }] of servers.entries()) {
    into[slot] = startedHost(space, slot, disks.get(sid) ?? []);
  }
  into[servers.length] = judge.first;
  if (elected === null) return;
  const slots = elected.voters.map((sid) => slotOf(bounds, sid));
  conclude(whole, into, slotOf(bounds, elected.leader), slots);
}

function slotOf({ servers }: Bounds, sid: number): number {
  const slot = servers.findIndex((server) => server.sid === sid);
  if (slot < 0) throw new RangeError(`there is no server ${sid}`);
  return slot;
}

/** Every transition out of a state. */
function expand(step: Step): void {
  const { space, count, states, from } = step;
  for (let at = from + count + 1; at < from + step.width && states[at] !== 0; at++) {
    const channel = space.channels.byId[states[at]!]!;
    if (channel.toAccepter.length > 0) deliver(step, channel, true);
    if (channel.toOpener.length > 0) deliver(step, channel, false);
  }
  for (let slot = 0; slot < count; slot++) {
    const host = space.hosts[states[from + slot]!]!;
    for (const code of localOf(host)) happen(step, slot, code, null);
    mishaps(step, slot, host);
    if (host.face.life === "leading" || host.face.life === "following") timers(step, slot, host);
  }
  elections(step);
}

/** Threads that have their turn, and what the disk has to answer. */
function localOf(host: Host): readonly number[] {
  if (host.local !== null) return host.local;
  const { woken, asked } = host.machine;
  const codes = woken.map(({ thread, of }) => codeOf(Kind.woke, of, THREADS.indexOf(thread)));
  for (const { ticket } of asked) codes.push(codeOf(Kind.disk, 0, ticket));
  host.local = codes;
  return codes;
}

function mishaps(step: Step, slot: number, { face }: Host): void {
  const { bounds, judge } = step;
  const witness = witnessOf(step);
  if (face.life === "down") {
    happen(step, slot, codeOf(Kind.restarted, 0, 0), null);
    return;
  }
  if (face.stage === "broadcast" && face.life === "leading" && witness.writes < bounds.writes) {
    const number = witness.writes + 1;
    happen(step, slot, codeOf(Kind.written, 0, number), judge.after(witness, "writes"));
  }
  if (witness.crashes < bounds.crashes) {
    happen(step, slot, codeOf(Kind.crashed, 0, 0), judge.after(witness, "crashes"));
  }
  if (witness.powerLosses < bounds.powerLosses) {
    happen(step, slot, codeOf(Kind.powerLost, 0, 0), judge.after(witness, "powerLosses"));
  }
}

/**
 * Time passes only where nothing else can help: a leader that nobody is connected to gives up, a learner
 * without a connection tries again (for the last time where nobody would answer). Besides, whoever waits may
 * give up too soon, so many times in all.
 */
function timers(step: Step, slot: number, { face }: Host): void {
  const { bounds, judge, space, states, from, count, quorums } = step;
  const witness = witnessOf(step);
  const mayTimeOut = witness.timeouts < bounds.timeouts;
  if (face.life === "following") {
    if (face.retries) {
      const leader = slotOf(bounds, face.leader);
      const answers = space.hosts[states[from + leader]!]!.face.life === "leading";
      happen(step, slot, codeOf(answers ? Kind.retried : Kind.retriedLast, 0, 0), null);
    } else if (mayTimeOut && face.stage !== "connecting") {
      happen(step, slot, codeOf(Kind.silent, 0, 0), judge.after(witness, "timeouts"));
    }
    return;
  }
  let connected = 1 << slot;
  for (let at = from + count + 1; at < from + step.width && states[at] !== 0; at++) {
    const { accepter, accepterConn, opener } = space.channels.byId[states[at]!]!;
    if (accepter !== slot || accepterConn === 1) continue;
    connected |= 1 << opener;
    if (mayTimeOut && accepterConn < 0) {
      const code = codeOf(Kind.silent, accepterConn, 0);
      happen(step, slot, code, judge.after(witness, "timeouts"));
    }
  }
  if (face.stage === "loading") return;
  if (quorums[connected] !== true) happen(step, slot, codeOf(Kind.unsupported, 0, 0), null);
}

/**
 * Who looks for a leader finds one: the best of any quorum of those who look, as an election would find it, or the
 * one whom a quorum follows.
 */
function elections(step: Step): void {
  const { space, count, states, from, bounds, judge, next, quorums } = step;
  let looking = 0;
  for (let slot = 0; slot < count; slot++) {
    if (space.hosts[states[from + slot]!]!.face.life === "looking") looking |= 1 << slot;
  }
  if (looking === 0) return;
  for (let leader = 0; leader < count; leader++) {
    if (!isFollowed(step, leader)) continue;
    for (const slot of slotsOf(looking)) happen(step, slot, codeOf(Kind.joined, 0, leader), null);
  }
  const witness = witnessOf(step);
  if (witness.elections >= bounds.elections) return;
  for (let mask = 1; mask < 1 << count; mask++) {
    if ((mask & ~looking) !== 0 || quorums[mask] !== true) continue;
    const voters = slotsOf(mask);
    const leader = voters.reduce((best, slot) => (isBetter(step, slot, best) ? slot : best));
    begin(step);
    conclude(step, next, leader, voters);
    next[count] = judge.after(witness, "elections");
    arrive(step, leader, codeOf(Kind.elected, 0, mask), null);
  }
}

/** By epoch, then zxid, then sid: as in core/election/vote.ts. */
function isBetter({ space, states, from }: Step, slot: number, best: number): boolean {
  const one = space.hosts[states[from + slot]!]!.face;
  const other = space.hosts[states[from + best]!]!.face;
  if (one.currentEpoch !== other.currentEpoch) return one.currentEpoch > other.currentEpoch;
  if (one.lastZxid !== other.lastZxid) return one.lastZxid > other.lastZxid;
  return space.configs[slot]!.sid > space.configs[best]!.sid;
}

/** Does it lead, and with itself a quorum that would say so? */
function isFollowed({ space, states, from, count, quorums }: Step, leader: number): boolean {
  const host = space.hosts[states[from + leader]!]!;
  if (host.face.life !== "leading") return false;
  let slots = 1 << leader;
  for (let slot = 0; slot < count; slot++) {
    const { face } = space.hosts[states[from + slot]!]!;
    if (face.life === "following" && face.leader === host.face.leader) slots |= 1 << slot;
  }
  return quorums[slots] === true;
}

/** The leader begins first: whoever comes to it finds it listening. */
function conclude(whole: Whole, next: Int32Array, leader: number, voters: readonly number[]): void {
  apply(whole, next, leader, codeOf(Kind.joined, 0, leader));
  for (const slot of voters) {
    if (slot !== leader) apply(whole, next, slot, codeOf(Kind.joined, 0, leader));
  }
}

function quorumsOf({ servers }: Bounds): boolean[] {
  return Array.from({ length: 1 << servers.length }, (_, mask) =>
    isQuorum(
      servers[0]!.quorum,
      slotsOf(mask).map((slot) => servers[slot]!.sid),
    ),
  );
}

function slotsOf(mask: number): number[] {
  const slots: number[] = [];
  for (let slot = 0; 1 << slot <= mask; slot++) if ((mask & (1 << slot)) !== 0) slots.push(slot);
  return slots;
}

function witnessOf({ judge, states, from, count }: Step): Witness {
  return judge.witnesses[states[from + count]!]!;
}

/** The next state begins as a copy of this one. */
function begin(step: Step): void {
  const { states, from, width, next } = step;
  step.isNews = false;
  for (let at = 0; at < width; at++) next[at] = states[from + at]!;
}

function arrive(step: Step, slot: number, code: number, violation: string | null): void {
  const { next, count, judge, reached, space } = step;
  sortChannels(next, count + 1, step.width);
  const found = violation ?? (step.isNews ? judged(judge, space, next, count) : null);
  reached(slot * SLOT + code, found);
}

/** @param witness what is counted from here on; null: as before */
function happen(step: Step, slot: number, code: number, witness: number | null): void {
  const { next, count } = step;
  begin(step);
  if (witness !== null) next[count] = witness;
  const violation = apply(step, next, slot, code);
  arrive(step, slot, code, violation);
}

/** The oldest that is on its way in one direction arrives. */
function deliver(step: Step, channel: Channel, toAccepter: boolean): void {
  const { space, next } = step;
  const { channels } = space;
  const slot = toAccepter ? channel.accepter : channel.opener;
  const item = (toAccepter ? channel.toAccepter : channel.toOpener)[0]!;
  begin(step);
  const place = placeOf(step, next, channel.id);
  const popped = pop(channels, channel.id, toAccepter);
  let code: number;
  if (item === Signal.open) {
    if (space.hosts[next[slot]!]!.face.life !== "leading") {
      // Nobody listens: the opener hears of it.
      next[place] = push(channels, popped, false, Signal.closed);
      arrive(step, slot, codeOf(Kind.disconnected, 0, 0), null);
      return;
    }
    const conn = freeConn(step, next, slot, channel.opener);
    next[place] = accept(channels, popped, conn);
    code = codeOf(Kind.accepted, conn, 0);
  } else {
    const conn = toAccepter ? channel.accepterConn : channel.openerConn;
    next[place] = popped;
    if (item === Signal.closed) {
      next[place] = closeEnd(channels, popped, !toAccepter, false);
      code = codeOf(Kind.disconnected, conn, 0);
    } else if (item === Signal.accepted) code = codeOf(Kind.connected, conn, 0);
    else code = codeOf(Kind.received, conn, item);
  }
  const violation = apply(step, next, slot, code);
  arrive(step, slot, code, violation);
}

/** The least number that the accepter has not given to a connection of the same opener. */
function freeConn(
  { space, count, width }: Whole,
  next: Int32Array,
  accepter: number,
  opener: number,
): number {
  let conn = -1 - opener * 4;
  for (let at = count + 1; at < width; at++) {
    const channel = next[at] === 0 ? undefined : space.channels.byId[next[at]!];
    if (channel?.accepter === accepter && channel.accepterConn === conn) {
      conn--;
      at = count;
    }
  }
  return conn;
}

function placeOf({ count, width }: Whole, next: Int32Array, id: number): number {
  for (let at = count + 1; at < width; at++) if (next[at] === id) return at;
  throw new Error(`connection ${id} is not in this state`);
}

/** A server has its turn, in `next`. Returns what is wrong with that. */
function apply(whole: Whole, next: Int32Array, slot: number, code: number): string | null {
  const { space } = whole;
  const host = space.hosts[next[slot]!]!;
  const known = host.outcomes.get(code);
  const outcome = known ?? outcomeOf(space, host, code, eventOf(space, code));
  next[slot] = outcome.host;
  if (outcome.isNews) whole.isNews = true;
  const kind = code >>> 26;
  if (kind === Kind.crashed || kind === Kind.powerLost || outcome.violation !== null) {
    leaveAll(whole, next, slot, kind === Kind.powerLost);
  }
  if (outcome.acts.length > 0) {
    const found = act(whole, next, slot, outcome.acts);
    if (found !== null) return found;
  }
  return outcome.violation;
}

/** What a turn asks of others. */
function act(whole: Whole, next: Int32Array, slot: number, acts: readonly Act[]): string | null {
  const { space, bounds, count, width } = whole;
  const { channels } = space;
  for (const act of acts) {
    if (act.kind === "connect") {
      const place = placeOf(whole, next, 0);
      next[place] = openChannel(channels, slot, act.conn, act.slot);
      if (bounds.grain.connections) {
        const found = connectAtOnce(whole, next, place);
        if (found !== null) return found;
      }
      continue;
    }
    for (let at = count + 1; at < width; at++) {
      const id = next[at]!;
      if (id === 0) continue;
      const { opener, openerConn, accepter, accepterConn } = channels.byId[id]!;
      const isOpener = opener === slot && openerConn === act.conn;
      if (!isOpener && (accepter !== slot || accepterConn !== act.conn)) continue;
      next[at] =
        act.kind === "send"
          ? push(channels, id, isOpener, act.message)
          : closeEnd(channels, id, isOpener, false);
      break;
    }
  }
  return null;
}

/** The connection that stands at `place` opens, or is refused, before anything else happens. */
function connectAtOnce(whole: Whole, next: Int32Array, place: number): string | null {
  const { space } = whole;
  const { opener, openerConn, accepter } = space.channels.byId[next[place]!]!;
  if (space.hosts[next[accepter]!]!.face.life !== "leading") {
    next[place] = 0;
    return apply(whole, next, opener, codeOf(Kind.disconnected, openerConn, 0));
  }
  const conn = freeConn(whole, next, accepter, opener);
  next[place] = openedChannel(space.channels, opener, openerConn, accepter, conn);
  const accepted = apply(whole, next, accepter, codeOf(Kind.accepted, conn, 0));
  return accepted ?? apply(whole, next, opener, codeOf(Kind.connected, openerConn, 0));
}

/** A process has ended: its ends of all connections close. */
function leaveAll(
  { space, count, width }: Whole,
  next: Int32Array,
  slot: number,
  losesSent: boolean,
): void {
  const { channels } = space;
  for (let at = count + 1; at < width; at++) {
    if (next[at] === 0) continue;
    const { opener, openerConn, accepter, accepterConn } = channels.byId[next[at]!]!;
    if (opener === slot && openerConn !== 0) {
      next[at] = closeEnd(channels, next[at]!, true, losesSent);
    } else if (accepter === slot && accepterConn < 0) {
      next[at] = closeEnd(channels, next[at]!, false, losesSent);
    }
  }
}

/** In one order, whatever happened first. Few, and nearly sorted. */
function sortChannels(next: Int32Array, from: number, to: number): void {
  for (let at = from + 1; at < to; at++) {
    const id = next[at]!;
    let place = at;
    while (place > from && next[place - 1]! < id) {
      next[place] = next[place - 1]!;
      place--;
    }
    next[place] = id;
  }
}

function eventOf(space: Space, code: number): MachineEvent {
  const { kind, conn, argument } = readAction(code);
  switch (kind) {
    case Kind.received:
      return {
        kind: "server",
        event: { kind: "received", conn, message: space.messages[argument]! },
      };
    case Kind.accepted:
      return { kind: "server", event: { kind: "accepted", port: "quorum", conn, from: "" } };
    case Kind.connected:
      return { kind: "server", event: { kind: "connected", conn } };
    case Kind.disconnected:
      return { kind: "server", event: { kind: "disconnected", conn } };
    case Kind.woke:
      return {
        kind: "server",
        event: { kind: "woke", thread: THREADS[argument]!, of: conn },
      };
    case Kind.disk:
      return { kind: "disk", ticket: argument };
    case Kind.elected:
    case Kind.joined:
      return { kind: "elected", leader: space.configs[argument]!.sid };
    case Kind.unsupported:
      return { kind: "unsupported" };
    case Kind.retried:
      return { kind: "retried", last: false };
    case Kind.retriedLast:
      return { kind: "retried", last: true };
    case Kind.written:
      return { kind: "write", number: argument };
    case Kind.crashed:
      return { kind: "crashed", power: false };
    case Kind.powerLost:
      return { kind: "crashed", power: true };
    case Kind.restarted:
      return { kind: "restarted" };
    default:
      return conn === 0 ? { kind: "leaderSilent" } : { kind: "learnerSilent", conn };
  }
}
