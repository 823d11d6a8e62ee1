import type { ServerConfig } from "../../core/config.ts";
import type { ServerEffect } from "../../core/effect.ts";
import type { ServerEvent, ThreadName } from "../../core/event.ts";
import type { Leader } from "../../core/zab/leader-state.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import { prepareLater } from "../../core/request/submit.ts";
import { itemsOf } from "../../core/ring.ts";
import { createServer, type Server } from "../../core/server-state.ts";
import { step } from "../../core/server.ts";
import { NO_SESSION } from "../../core/session/session-id.ts";
import { trackSession } from "../../core/session/tracker.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import { OpCode } from "../../core/txn.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import { createHash, mix, type RollingHash } from "../kernel/hash.ts";
import { cloneServer } from "./clone-server.ts";
import { mixValue } from "./mix-value.ts";
import {
  append,
  askSync,
  clonePlatter,
  createPlatter,
  forceNames,
  isDone,
  listFiles,
  loseUnsynced,
  makeDurable,
  mixPlatter,
  readFiles,
  remove,
  rename,
  truncate,
  write,
  type Ask,
  type Platter,
} from "./platter.ts";

/**
 * One server, its disk, and what its threads and its disk have still to do: the part of a state that one event
 * changes. The server is the real core. Time stands still, and elections are decided elsewhere.
 */
export type Machine = {
  readonly config: ServerConfig;
  /** Null while its process is down. */
  server: Server | null;
  platter: Platter;
  asked: Ask[];
  /** What is not left to chance. */
  readonly grain: Grain;
  /** Threads that were woken and have not had their turn, in the order of {@link THREADS} and of their connections. */
  woken: Woken[];
};

/** What happens at once, instead of at any later moment: the coarser, the fewer states, and the fewer schedules. */
export type Grain = {
  readonly threads: boolean;
  /** Reading, and listing files; never a sync. */
  readonly reads: boolean;
  /** Names of files are durable when they change, and a sync that has nothing left to do is over. */
  readonly names: boolean;
};

export type Woken = { readonly thread: ThreadName; readonly of: number };

/** What a turn asks of the other servers, in order. */
export type Outgoing =
  | { readonly kind: "send"; readonly conn: number; readonly message: QuorumPacket }
  | { readonly kind: "connect"; readonly conn: number; readonly address: string }
  | { readonly kind: "close"; readonly conn: number };

/** Everything that can happen to one server. */
export type MachineEvent =
  | { readonly kind: "server"; readonly event: ServerEvent }
  | { readonly kind: "disk"; readonly ticket: number }
  /** An election is over, and this is whom it elected. */
  | { readonly kind: "elected"; readonly leader: number }
  /** A client's write, the n-th in all, is validated and proposed at once. */
  | { readonly kind: "write"; readonly number: number }
  /** Without a quorum: the wait for it is over. */
  | { readonly kind: "unsupported" }
  /** The leader has said nothing for too long; or a learner, on that connection. */
  | { readonly kind: "leaderSilent" }
  | { readonly kind: "learnerSilent"; readonly conn: number }
  /** Connects again; `last` leaves no further try. */
  | { readonly kind: "retried"; readonly last: boolean }
  | { readonly kind: "crashed"; readonly power: boolean }
  | { readonly kind: "restarted" };

export type Turn = {
  readonly outgoing: readonly Outgoing[];
  /** Why the process ended by itself, which it never may; null when it did not. */
  readonly ended: string | null;
};

export const THREADS: readonly ThreadName[] = ["prep", "logger", "commit", "handler", "snapshot"];

/** A machine that is down, with these files on its disk. */
export function createMachine(
  config: ServerConfig,
  grain: Grain,
  files: Parameters<typeof createPlatter>[0],
): Machine {
  return { config, grain, server: null, platter: createPlatter(files), asked: [], woken: [] };
}

/** Another one in the same condition. */
export function cloneMachine({ config, grain, server, platter, asked, woken }: Machine): Machine {
  const copy = clonePlatter(platter, asked);
  const running = server === null ? null : cloneServer(server);
  return { config, grain, server: running, ...copy, woken: [...woken] };
}

/** Changes `machine` in place. */
export function turn(machine: Machine, event: MachineEvent): Turn {
  const effects: ServerEffect[] = [];
  switch (event.kind) {
    case "crashed":
      machine.server = null;
      machine.asked = [];
      machine.woken = [];
      machine.platter = event.power ? loseUnsynced(machine.platter) : machine.platter;
      return NOTHING;
    case "restarted":
      return { outgoing: [], ended: boot(machine) };
    case "disk":
      answer(machine, event.ticket, effects);
      break;
    case "server": {
      const { event: heard } = event;
      if (heard.kind === "woke") {
        machine.woken = machine.woken.filter(
          ({ thread, of }) => thread !== heard.thread || of !== heard.of,
        );
      }
      stepped(machine, heard, effects);
      break;
    }
    default:
      contrive(machine, event, effects);
  }
  return goOn(machine, finish(machine, effects));
}

/** Lets everything happen that happens at once. */
function goOn(machine: Machine, first: Turn): Turn {
  const outgoing = [...first.outgoing];
  let { ended } = first;
  for (;;) {
    if (ended !== null) return { outgoing, ended };
    const effects: ServerEffect[] = [];
    const ask = machine.asked.find((one) => isAnsweredAtOnce(machine, one));
    const woken = machine.grain.threads ? machine.woken.shift() : undefined;
    if (woken !== undefined) stepped(machine, { kind: "woke", ...woken }, effects);
    else if (ask !== undefined) answer(machine, ask.ticket, effects);
    else return { outgoing, ended };
    const next = finish(machine, effects);
    outgoing.push(...next.outgoing);
    ended = next.ended;
  }
}

function isAnsweredAtOnce({ grain, platter }: Machine, ask: Ask): boolean {
  return ask.kind === "sync" ? grain.names && isDone(platter, ask) : grain.reads;
}

/** Mixes in all that makes a difference to what this machine will do. */
export function hashMachine(machine: Machine): RollingHash {
  const hash = createHash();
  const { server, platter, asked, woken } = machine;
  mix(hash, machine.config.sid);
  mixValue(hash, server, SKIPPED);
  mixPlatter(hash, platter, asked);
  for (const { thread, of } of woken) mix(hash, THREADS.indexOf(thread) * 1024 + of);
  return hash;
}

const NOTHING: Turn = { outgoing: [], ended: null };

/** The same for every condition of one server, or (the order of a set of names) a memory of what can be had anew. */
const SKIPPED: ReadonlySet<string> = new Set([
  "config",
  "configuration",
  "lastSeen",
  "clients",
  "connections",
  "election",
  "order",
]);

/** Starts the process, and lets it read its disk to the end and repair what is to be repaired. */
function boot(machine: Machine): string | null {
  const server = createServer(machine.config);
  machine.server = server;
  let effects: ServerEffect[] = [];
  step(server, { kind: "started", entropy: 1, wallOffsetMs: 0 }, 0, effects);
  for (;;) {
    const { ended } = finish(machine, effects);
    if (ended !== null) return ended;
    const [ask] = machine.asked;
    if (ask === undefined) return null;
    effects = [];
    answer(machine, ask.ticket, effects);
  }
}

function stepped(machine: Machine, event: ServerEvent, effects: ServerEffect[]): void {
  const { server } = machine;
  if (server === null) return;
  // Numbers are used again as soon as nothing has them, so that equal conditions get equal numbers.
  server.nextConn = server.learner?.conn === 1 ? 2 : 1;
  server.nextTicket =
    1 + Math.max(0, ...server.waits.keys(), ...machine.asked.map((a) => a.ticket));
  step(server, event, 0, effects);
}

function answer(machine: Machine, ticket: number, effects: ServerEffect[]): void {
  const { platter } = machine;
  const ask = machine.asked.find((one) => one.ticket === ticket);
  if (ask === undefined) return;
  machine.asked = machine.asked.filter((one) => one !== ask);
  switch (ask.kind) {
    case "sync":
      makeDurable(platter, ask);
      stepped(machine, { kind: "synced", ticket }, effects);
      break;
    case "list":
      stepped(machine, { kind: "listed", ticket, files: listFiles(platter) }, effects);
      break;
    case "read":
      stepped(machine, { kind: "read", ticket, files: readFiles(platter, ask.files) }, effects);
      break;
  }
}

type Contrived = Exclude<MachineEvent, { kind: "crashed" | "restarted" | "disk" | "server" }>;

/** What the passing of time, an election or a client would bring about. */
function contrive(machine: Machine, event: Contrived, effects: ServerEffect[]): void {
  const { server } = machine;
  if (server === null) return;
  const { leader, learner, election } = server;
  switch (event.kind) {
    case "elected":
      // The silence behind an agreement is over.
      election.round = 1;
      election.proposal = { leader: event.leader, zxid: ZERO_ZXID, electionEpoch: 1, peerEpoch: 0 };
      election.finalizing = true;
      election.waitUntilMs = 0;
      stepped(machine, { kind: "fired", timer: "finalize", of: 0 }, effects);
      break;
    case "write": {
      if (leader === null) return;
      const path = `/t${event.number}`;
      const op = {
        kind: "create",
        type: OpCode.create,
        path,
        data: null,
        acl: OPEN_ACL.map((acl) => ({ ...acl })),
        flags: 0,
        ttlMs: -1,
      } as const;
      trackSession(leader.sessions, NO_SESSION, server.config.tickMs, 0).owner = 0;
      const item = {
        sessionId: NO_SESSION,
        cxid: event.number,
        op,
        identities: [],
        owner: 0,
        client: 0,
      };
      prepareLater(server, leader, item, []);
      stepped(machine, { kind: "woke", thread: "prep", of: 0 }, effects);
      break;
    }
    case "unsupported":
      if (leader === null) return;
      if (leader.stage !== "broadcast") {
        stepped(machine, { kind: "fired", timer: "quorumWait", of: 0 }, effects);
        break;
      }
      leader.evenHalf = true;
      stepped(machine, { kind: "fired", timer: "halfTick", of: 0 }, effects);
      break;
    case "leaderSilent":
      if (learner !== null) learner.heardMs = LONG_AGO_MS;
      stepped(machine, { kind: "fired", timer: "leaderSilence", of: 0 }, effects);
      break;
    case "learnerSilent": {
      const handler = leader?.handlers.get(event.conn);
      if (handler !== undefined) handler.heardMs = LONG_AGO_MS;
      const { conn } = event;
      stepped(machine, { kind: "fired", timer: "learnerSilence", of: conn }, effects);
      break;
    }
    case "retried":
      if (learner !== null && event.last) learner.triesLeft = 1;
      stepped(machine, { kind: "fired", timer: "learnerRetry", of: 0 }, effects);
      break;
  }
}

const LONG_AGO_MS = -1_000_000_000;

/** Carries out what concerns this machine alone, and hands on what does not. */
function finish(machine: Machine, effects: readonly ServerEffect[]): Turn {
  const outgoing: Outgoing[] = [];
  let ended: string | null = null;
  const { platter } = machine;
  for (const effect of effects) {
    switch (effect.kind) {
      case "send":
        outgoing.push({ ...effect, message: effect.message as QuorumPacket });
        break;
      case "connect":
        if (effect.port === "quorum") outgoing.push(effect);
        break;
      case "close":
        outgoing.push(effect);
        break;
      case "wake":
        machine.woken.push({ thread: effect.thread, of: effect.of });
        break;
      case "append":
        append(
          platter,
          effect.file,
          effect.txns.map((txn) => txn.record),
        );
        break;
      case "write":
        write(platter, effect.file, effect.bytes);
        break;
      case "extend":
        append(platter, effect.file, [effect.bytes]);
        break;
      case "rename":
        rename(platter, effect.file, effect.to);
        break;
      case "remove":
        remove(platter, effect.file);
        break;
      case "truncate":
        truncate(platter, effect.file, effect.lengthBytes);
        break;
      case "sync":
        machine.asked.push(askSync(platter, effect.files, effect.ticket));
        break;
      case "list":
        machine.asked.push({ ...effect, files: [], covers: [], journalEnd: 0 });
        break;
      case "read":
        machine.asked.push({ ...effect, covers: [], journalEnd: 0 });
        break;
      case "exit":
        ended = `${effect.reason} (code ${effect.code})`;
        break;
      default:
        break; // time stands still, nobody serves clients, and what a server says of itself is for others
    }
  }
  if (machine.grain.names) forceNames(platter);
  machine.woken.sort(
    (a, b) => THREADS.indexOf(a.thread) - THREADS.indexOf(b.thread) || a.of - b.of,
  );
  machine.asked.sort((a, b) => a.ticket - b.ticket);
  if (machine.server !== null) settle(machine.server);
  return { outgoing, ended };
}

/** Takes out what makes no difference to what comes: what has been, what is timed, what is decided and not asked again. */
function settle(server: Server): void {
  const { connections, log, leader, learner } = server;
  connections.peers.clear();
  connections.sidOf.clear();
  connections.arrivals.clear();
  server.election.received.clear();
  server.election.inbox.length = 0;
  server.nextConn = 1;
  server.nextTicket = 1;
  server.draws.word = 1;
  if (!server.leaving) server.leaveReason = "";
  const { vote } = server;
  server.vote = { leader: vote.leader, zxid: ZERO_ZXID, electionEpoch: 1, peerEpoch: 0 };
  log.txnCount = 0;
  log.txnBytes = 0;
  log.rollAfter = Infinity;
  if (learner !== null) {
    learner.heardMs = 0;
    if (learner.conn !== 0) learner.triesLeft = 0;
    if (learner.stage === "broadcast") learner.mode = null;
  }
  if (leader !== null) settleLeader(leader);
}

function settleLeader(leader: Leader): void {
  leader.evenHalf = false;
  if (leader.epochFixed) leader.connecting.clear();
  if (leader.epochAcked) leader.epochAcks.clear();
  if (leader.stage === "broadcast") leader.newLeaderAcks.clear();
  for (const proposal of itemsOf(leader.outstanding)) proposal.acks.sort((a, b) => a - b);
  const handlers = [...leader.handlers].sort(([a], [b]) => b - a);
  leader.handlers.clear();
  for (const [conn, handler] of handlers) {
    leader.handlers.set(conn, handler);
    handler.heardMs = 0;
    handler.silenceMs = 0;
    handler.deadlineTick = 0;
    handler.unackedZxid = ZERO_ZXID;
    handler.newestUnackedZxid = ZERO_ZXID;
    if (handler.stage !== "acked" && handler.stage !== "broadcast") continue;
    handler.mode = null;
    handler.ackedEarly = ZERO_ZXID;
    handler.peerZxid = ZERO_ZXID;
    if (handler.stage === "broadcast") handler.upTo = ZERO_ZXID;
  }
}
