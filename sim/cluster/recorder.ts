import type { ClientEffect } from "../../core/client/event.ts";
import type { ServerState } from "../../core/election/notification.ts";
import { tallyOf } from "../../core/election/election.ts";
import type { ServerEffect } from "../../core/effect.ts";
import type { ServerEvent, TimerName } from "../../core/event.ts";
import type { Vote } from "../../core/election/vote.ts";
import type { Message } from "../../core/message.ts";
import { isRead } from "../../core/request/submit.ts";
import type { Operation } from "../../core/request/operation.ts";
import { OpCode, type Txn } from "../../core/txn.ts";
import type { ZabPhase } from "../../core/server-state.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import {
  isServer,
  type ClientProcess,
  type Cluster,
  type Recorder,
  type ServerProcess,
} from "./state.ts";
import type { NetworkObserver } from "../network/state.ts";
import { addRow } from "../trace/columns.ts";
import { messageCode } from "../trace/message-code.ts";
import { PhaseCode, RowKind, SessionCode, StateCode, TimerCode } from "../trace/row.ts";
import { internText, markHash, type Trace } from "../trace/trace.ts";
import { clusterHash } from "./hashing.ts";

/** Turns between two marks of the hash: replay compares there first. */
const MARK_TURNS = 4096;

/** What a server last showed: only what differs becomes a row. */
type Shown = {
  state: ServerState | "";
  phase: ZabPhase | "";
  leader: number;
  serving: boolean;
  /** The vote it had when its votes were last looked at. */
  vote: Vote | null;
  voteLeader: number;
  voteZxid: bigint;
  voteRound: number;
  voteEpoch: number;
  tally: number;
  accepted: number;
  current: number;
  synced: bigint;
};

/** Everything a recorder holds between two turns. */
type Recording = {
  readonly cluster: Cluster;
  readonly trace: Trace;
  readonly shown: readonly Shown[];
  readonly quorum: number;
  /** Sids and client numbers by the number of their process, dead ones too; 0 for none. */
  readonly who: number[];
  /** Who is at the other end of servers' connections, by process and connection. */
  readonly ends: Map<number, Map<number, number>>;
  /** Texts of operations by verb and path. */
  readonly links: Map<string, Map<string, number>>;
  nextMark: number;
};

/** Records a run from here on into `trace`. */
export function record(cluster: Cluster, trace: Trace): void {
  const recording: Recording = {
    cluster,
    trace,
    shown: cluster.servers.map(nothingShown),
    quorum: trace.header.quorum,
    who: [0],
    ends: new Map(),
    links: new Map(),
    nextMark: MARK_TURNS,
  };
  for (const { id, processId } of cluster.clients) recording.who[processId] = id;
  cluster.recorder.value = makeRecorder(recording);
  cluster.network.observer.value = makeObserver(recording);
}

/** Adds a row of the present turn; for whoever runs the cluster: steps, captions, walls, expectations. */
export function note(
  cluster: Cluster,
  trace: Trace,
  kind: number,
  who: number,
  peer: number,
  a: number,
  text: string,
): void {
  const { kernel } = cluster;
  const link = internText(trace.texts, text);
  addRow(trace.columns, kernel.turnCount, kernel.nowUs, kind, who, peer, 0n, a, 0, 0, link);
}

function makeRecorder(recording: Recording): Recorder {
  return {
    serverStarted: (_, process) => {
      recording.who[process.processId] = process.sid;
      const shown = recording.shown[process.index];
      if (shown !== undefined) forget(shown);
      row(recording, RowKind.started, process.sid, 0, 0n, 0, 0, 0, 0);
    },
    serverCrashed: (_, process, power) => {
      row(recording, RowKind.crashed, process.sid, 0, 0n, power ? 1 : 0, 0, 0, 0);
    },
    serverPaused: (_, process, paused) => {
      const kind = paused ? RowKind.paused : RowKind.resumed;
      row(recording, kind, process.sid, 0, 0n, 0, 0, 0, 0);
    },
    serverStepped: (_, process, event, effects) => {
      if (event.kind === "fired") timerRow(recording, RowKind.fired, process.sid, event.timer, 0);
      else if (event.kind !== "received" && "conn" in event) {
        recordConnection(recording, process, event);
      }
      for (const effect of effects) recordEffect(recording, process.sid, effect);
      recordState(recording, process, event);
      if (recording.cluster.kernel.turnCount >= recording.nextMark) mark(recording);
    },
    clientActed: (_, process, effect) => recordClient(recording, process, effect),
    clientInvoked: (_, process, ticket, op) => {
      const link = textOfOperation(recording, op);
      const server = serverAt(recording, process);
      row(recording, RowKind.invoked, process.id, server, 0n, codeOf(op), ticket, 0, link);
    },
  };
}

function makeObserver(recording: Recording): NetworkObserver<Message> {
  const { who } = recording;
  return {
    sent: (id, from, to, message) => {
      const sender = who[from] ?? 0;
      const receiver = who[to] ?? 0;
      sentRow(recording, id, sender, receiver, message);
    },
    heard: (id, from, to, message) => {
      const code = messageCode(message);
      row(recording, RowKind.heard, who[to] ?? 0, who[from] ?? 0, 0n, code, 0, 0, id);
    },
    held: (id, from, to, message) => {
      const code = messageCode(message);
      row(recording, RowKind.held, who[from] ?? 0, who[to] ?? 0, 0n, code, 0, 0, id);
    },
    released: (id, from, to, message) => {
      const code = messageCode(message);
      row(recording, RowKind.released, who[from] ?? 0, who[to] ?? 0, 0n, code, 0, 0, id);
    },
    lost: (id, from, to, message) => {
      const code = messageCode(message);
      row(recording, RowKind.lost, who[from] ?? 0, who[to] ?? 0, 0n, code, 0, 0, id);
    },
  };
}

function sentRow(
  recording: Recording,
  id: number,
  from: number,
  to: number,
  message: Message,
): void {
  const code = messageCode(message);
  let zxid = 0n;
  let b = 0;
  let c = 0;
  switch (message.kind) {
    case "ACK":
    case "COMMIT":
    case "reply":
      zxid = message.zxid;
      break;
    case "PROPOSAL":
    case "INFORM":
      zxid = message.txn.zxid;
      break;
    case "notification":
      zxid = message.zxid;
      b = message.electionEpoch;
      c = message.peerEpoch * 256 + message.leader + 1;
      break;
    case "request":
      b = codeOf(message.op);
      break;
    case "ACKEPOCH":
      zxid = message.zxid;
      b = message.epoch;
      break;
    default:
      if ("zxid" in message) zxid = message.zxid;
  }
  row(recording, RowKind.sent, from, to, zxid, code, b, c, id);
}

function recordEffect(recording: Recording, sid: number, effect: ServerEffect): void {
  switch (effect.kind) {
    case "send":
    case "wake":
      break;
    case "append":
      for (const { zxid } of effect.txns) {
        row(recording, RowKind.logged, sid, 0, zxid, 0, 0, 0, 0);
      }
      break;
    case "proposed": {
      const link = textOfTxn(recording, effect.txn);
      row(recording, RowKind.proposed, sid, 0, effect.txn.zxid, 0, 0, 0, link);
      break;
    }
    case "delivered":
      row(recording, RowKind.applied, sid, 0, effect.txn.zxid, 0, 0, 0, 0);
      break;
    case "fastForwarded":
      row(recording, RowKind.applied, sid, 0, effect.txn.zxid, 1, 0, 0, 0);
      break;
    case "committed":
      row(recording, RowKind.committed, sid, 0, effect.txn.zxid, 0, 0, 0, 0);
      break;
    case "arm":
      timerRow(recording, RowKind.armed, sid, effect.timer, effect.afterMs);
      break;
    case "disarm":
      timerRow(recording, RowKind.disarmed, sid, effect.timer, 0);
      break;
    case "truncated":
      row(recording, RowKind.truncated, sid, 0, effect.zxid, 0, 0, 0, 0);
      break;
    case "snapshotDelivered":
      row(recording, RowKind.snapped, sid, 0, effect.zxid, 0, 0, 0, 0);
      break;
    case "recovered":
      row(recording, RowKind.recovered, sid, 0, effect.zxid, 0, 0, 0, 0);
      break;
    case "established":
      row(recording, RowKind.established, sid, 0, 0n, effect.epoch, 0, 0, 0);
      break;
    case "elected":
      row(recording, RowKind.elected, sid, effect.leader, 0n, effect.electionEpoch, 0, 0, 0);
      break;
    case "syncChosen": {
      const mode = SYNC_MODES[effect.mode];
      row(recording, RowKind.syncChosen, sid, effect.learner, effect.zxid, mode, 0, 0, 0);
      break;
    }
    default:
      break;
  }
}

/** Remembers who is connected, for when the connection is gone. Clients come and go without a row. */
function recordConnection(
  recording: Recording,
  { processId, sid }: ServerProcess,
  event: Extract<ServerEvent, { kind: "accepted" | "connected" | "disconnected" }>,
): void {
  let ends = recording.ends.get(processId);
  if (ends === undefined) {
    ends = new Map();
    recording.ends.set(processId, ends);
  }
  if (event.kind === "disconnected") {
    const peer = ends.get(event.conn);
    ends.delete(event.conn);
    if (peer !== undefined) row(recording, RowKind.cut, sid, peer, 0n, 0, 0, 0, 0);
    return;
  }
  const { processes } = recording.cluster.network;
  const owner = processes.get(processId)?.ends.get(event.conn)?.peer.owner;
  const peer = owner === undefined ? undefined : recording.who[owner.id];
  if (peer !== undefined && peer > 0) ends.set(event.conn, peer);
}

const SYNC_MODES = { DIFF: 0, TRUNC: 1, SNAP: 2 } as const;

const TIMERS: Partial<Record<TimerName, number>> = TimerCode;

function timerRow(
  recording: Recording,
  kind: number,
  sid: number,
  timer: TimerName,
  afterMs: number,
): void {
  const code = TIMERS[timer];
  if (code !== undefined) row(recording, kind, sid, 0, 0n, code, Math.ceil(afterMs), 0, 0);
}

function recordState(recording: Recording, process: ServerProcess, event: ServerEvent): void {
  const { server, sid, index } = process;
  const shown = recording.shown[index];
  if (server === null || shown === undefined) return;
  const { state, phase, serving } = server;
  const leader = server.learner?.leader ?? (server.leader === null ? -1 : sid);
  if (
    state !== shown.state ||
    phase !== shown.phase ||
    leader !== shown.leader ||
    serving !== shown.serving
  ) {
    shown.state = state;
    shown.phase = phase;
    shown.leader = leader;
    shown.serving = serving;
    const served = serving ? 1 : 0;
    row(recording, RowKind.state, sid, leader, 0n, StateCode[state], PhaseCode[phase], served, 0);
  }
  if (event.kind !== "received" && server.log.lastSynced !== shown.synced) {
    shown.synced = server.log.lastSynced;
    row(recording, RowKind.synced, sid, 0, shown.synced, 0, 0, 0, 0);
  }
  if (server.acceptedEpoch !== shown.accepted || server.currentEpoch !== shown.current) {
    shown.accepted = server.acceptedEpoch;
    shown.current = server.currentEpoch;
    row(recording, RowKind.epochs, sid, 0, 0n, shown.accepted, shown.current, 0, 0);
  }
  if (state === "LOOKING" || server.vote !== shown.vote) recordVote(recording, process, shown);
}

function recordVote(recording: Recording, { server, sid }: ServerProcess, shown: Shown): void {
  if (server === null) return;
  const looking = server.state === "LOOKING" && server.life === "running";
  const vote = looking ? server.election.proposal : server.vote;
  const round = looking ? server.election.round : vote.electionEpoch;
  shown.vote = server.vote;
  if (
    vote.leader !== shown.voteLeader ||
    vote.zxid !== shown.voteZxid ||
    round !== shown.voteRound ||
    vote.peerEpoch !== shown.voteEpoch
  ) {
    shown.voteLeader = vote.leader;
    shown.voteZxid = vote.zxid;
    shown.voteRound = round;
    shown.voteEpoch = vote.peerEpoch;
    row(recording, RowKind.vote, sid, vote.leader, vote.zxid, round, vote.peerEpoch, 0, 0);
  }
  if (!looking) return;
  const tally = tallyOf(server.election);
  if (tally === shown.tally) return;
  shown.tally = tally;
  row(recording, RowKind.tally, sid, 0, 0n, tally, recording.quorum, 0, 0);
}

function recordClient(recording: Recording, process: ClientProcess, effect: ClientEffect): void {
  const server = serverAt(recording, process);
  switch (effect.kind) {
    case "completed": {
      const write = isWrite(recording, effect.ticket) ? 1 : 0;
      const { zxid, err, ticket } = effect;
      row(recording, RowKind.returned, process.id, server, zxid, err, ticket, write, 0);
      break;
    }
    case "lost": {
      const write = isWrite(recording, effect.ticket) ? 1 : 0;
      const { ticket } = effect;
      row(recording, RowKind.returned, process.id, server, 0n, 1, ticket, write, 0);
      break;
    }
    case "sessionChanged": {
      if (effect.state === "none") break;
      const code = SessionCode[effect.state];
      row(recording, RowKind.session, process.id, server, effect.sessionId, code, 0, 0, 0);
      break;
    }
    case "watched": {
      const link = internText(recording.trace.texts, effect.path);
      row(recording, RowKind.watched, process.id, server, 0n, effect.type, 0, 0, link);
      break;
    }
    default:
      break;
  }
}

function isWrite(recording: Recording, ticket: number): boolean {
  const op = recording.cluster.history.entries[ticket]?.op;
  return op !== undefined && !isRead(op) && op.kind !== "sync";
}

/** The server that a client is connected to, 0 for none. */
function serverAt(recording: Recording, process: ClientProcess): number {
  const { network } = recording.cluster;
  const conn = process.client.conn;
  const owner = network.processes.get(process.processId)?.ends.get(conn)?.peer?.owner;
  if (owner === undefined) return 0;
  const server = recording.cluster.byProcess.get(owner.id);
  return server !== undefined && isServer(server) ? server.sid : 0;
}

function row(
  recording: Recording,
  kind: number,
  who: number,
  peer: number,
  zxid: bigint,
  a: number,
  b: number,
  c: number,
  link: number,
): void {
  const { kernel } = recording.cluster;
  const { columns } = recording.trace;
  addRow(columns, kernel.turnCount, kernel.nowUs, kind, who, peer, zxid, a, b, c, link);
}

function mark(recording: Recording): void {
  recording.nextMark += MARK_TURNS;
  markHash(recording.trace, clusterHash(recording.cluster));
}

function nothingShown(): Shown {
  const shown = {} as Shown;
  forget(shown);
  return shown;
}

/** A new process shows everything anew. */
function forget(shown: Shown): void {
  shown.state = "";
  shown.phase = "";
  shown.vote = null;
  shown.leader = -2;
  shown.serving = false;
  shown.voteLeader = -2;
  shown.voteZxid = ZERO_ZXID;
  shown.voteRound = -1;
  shown.voteEpoch = -1;
  shown.tally = 0;
  shown.accepted = -1;
  shown.current = -1;
  shown.synced = -2n;
}

function textOfTxn(recording: Recording, { body, type }: Txn): number {
  if ("path" in body) return textAt(recording, NAMES.get(type) ?? body.kind, body.path);
  const text = body.kind === "error" ? `error ${body.err}` : body.kind;
  return internText(recording.trace.texts, text);
}

function textOfOperation(recording: Recording, op: Operation): number {
  if ("path" in op) return textAt(recording, op.kind, op.path);
  return internText(recording.trace.texts, op.kind);
}

/** `verb path`, put together only the first time. */
function textAt(recording: Recording, verb: string, path: string): number {
  let links = recording.links.get(verb);
  if (links === undefined) {
    links = new Map();
    recording.links.set(verb, links);
  }
  let link = links.get(path);
  if (link === undefined) {
    link = internText(recording.trace.texts, `${verb} ${path}`);
    links.set(path, link);
  }
  return link;
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(OpCode).map(([name, code]) => [code, name]),
);

function codeOf(op: Operation): number {
  if (op.kind === "create" || op.kind === "getChildren") return op.type;
  return op.kind === "setWatches" ? 101 : OpCode[op.kind];
}
