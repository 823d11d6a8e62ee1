import type { ServerConfig } from "./config.ts";
import { createDraws, type Draws } from "./draw.ts";
import type { Connections, Election } from "./election/election-state.ts";
import { NO_LEADER, type ServerState } from "./election/notification.ts";
import { configurationOf, lastSeenOf, type Configuration } from "./ensemble/configuration.ts";
import type { Vote } from "./election/vote.ts";
import type { ConnId } from "./message.ts";
import type { Clients } from "./request/clients-state.ts";
import { createClients } from "./request/clients-state.ts";
import type { CommitQueue } from "./request/commit-state.ts";
import { createCommitQueue } from "./request/commit-state.ts";
import type { Recovering } from "./storage/recovering-state.ts";
import type { SnapshotTask } from "./storage/snapshot-task-state.ts";
import { createLog, type Log } from "./storage/log-state.ts";
import type { Database } from "./tree/database.ts";
import type { Leader } from "./zab/leader-state.ts";
import type { Learner } from "./zab/learner-state.ts";
import { ZERO_ZXID } from "./zxid.ts";

export type ZabPhase = "ELECTION" | "DISCOVERY" | "SYNCHRONIZATION" | "BROADCAST";

/** What the main thread does next; a role asks for it, the door of the server carries it out. */
export type Transition = "look" | "lead" | "learn";

/** What a server waits for on its disk, by ticket. */
export type DiskWait =
  | { readonly kind: "logger" }
  | EpochWait
  /** Reading the database back: the list of files, their contents, or making sure of them. */
  | { readonly kind: "recovery"; readonly stage: "list" | "read" | "sync" }
  /** TRUNC: the list of files, their contents, the cut. */
  | { readonly kind: "truncation"; readonly stage: "list" | "read" | "sync" }
  /** A part of a large snapshot, or all of it. */
  | { readonly kind: "snapshot" }
  /** A leader reads log files for the learner at this connection. */
  | { readonly kind: "syncLogs"; readonly conn: ConnId }
  /** A learner adopts its leader's history: the snapshot's contents, its name and the log, the epoch. */
  | { readonly kind: "adoption"; readonly stage: AdoptionStage };

/** The snapshot's contents; what is on disk; the log behind the snapshot, read and cut; the snapshot's name and the log. */
export type AdoptionStage = "snapshot" | "list" | "read" | "cut" | "log";

export type EpochName = "acceptedEpoch" | "currentEpoch";

/** What goes on once an epoch file is durable. */
export type AfterEpoch = "leaderAccepted" | "leaderCurrent" | "learnerAccepted" | "learnerCurrent";

/** An epoch file on its way to the disk. */
export type EpochWait = {
  readonly kind: "epochFile";
  readonly name: EpochName;
  readonly epoch: number;
  readonly next: AfterEpoch;
  /** The temporary file is durable and has been renamed. */
  readonly renamed: boolean;
};

/**
 * One server: everything it has in memory. Plain data, changed in place by `step` and by nobody else;
 * a clone of it is a checkpoint. What is on disk is not here.
 */
export type Server = {
  readonly config: ServerConfig;
  readonly sid: number;
  /** Monotonic clock, ms, as of the present step. */
  nowMs: number;
  wallOffsetMs: number;
  draws: Draws;
  life: "new" | "recovering" | "running" | "exited";

  state: ServerState;
  phase: ZabPhase;
  transition: Transition | null;
  /** A role has ended; the logger still drains, and this server still answers in the old role. */
  leaving: boolean;
  leaveReason: string;
  /** What is on disk. */
  acceptedEpoch: number;
  currentEpoch: number;
  /** What this server tells others while it is not looking. */
  vote: Vote;

  /** The configuration in force, as far as this server knows. */
  configuration: Configuration;
  /** The newest that it has seen proposed: the same, or one that is not known to be committed. */
  lastSeen: Configuration;
  /** A reconfiguration has changed the role or the leader: the next role begins without an election. */
  reconfigured: boolean;

  readonly election: Election;
  readonly connections: Connections;
  /** Null until read from disk, and while it is read again. */
  database: Database | null;
  recovering: Recovering | null;
  readonly log: Log;
  snapshotTask: SnapshotTask | null;
  leader: Leader | null;
  learner: Learner | null;
  /** TRUNC asked for more than the disk can give: the next leader is asked for its tree. */
  needsSnapshot: boolean;
  readonly commits: CommitQueue;
  readonly clients: Clients;
  /** Clients are served. */
  serving: boolean;
  /** They are, but only with reads: this server looks for a leader in vain. */
  readOnly: boolean;

  nextConn: ConnId;
  nextTicket: number;
  readonly waits: Map<number, DiskWait>;
};

/** A server that has not started: its process exists and knows nothing but its configuration. */
export function createServer(config: ServerConfig): Server {
  const nobody: Vote = { leader: NO_LEADER, zxid: ZERO_ZXID, electionEpoch: 0, peerEpoch: 0 };
  const configuration = configurationOf(config);
  return {
    config,
    sid: config.sid,
    nowMs: 0,
    wallOffsetMs: 0,
    draws: createDraws(0),
    life: "new",
    state: "LOOKING",
    phase: "ELECTION",
    transition: null,
    leaving: false,
    leaveReason: "",
    acceptedEpoch: 0,
    currentEpoch: 0,
    vote: nobody,
    configuration,
    lastSeen: lastSeenOf(config, configuration),
    reconfigured: false,
    election: {
      round: 0,
      proposal: nobody,
      received: new Map(),
      outside: new Map(),
      inbox: [],
      finalizing: false,
      waitMs: 0,
      waitUntilMs: 0,
      startedMs: 0,
    },
    connections: { peers: new Map(), sidOf: new Map(), arrivals: new Set() },
    database: null,
    recovering: null,
    log: createLog(),
    snapshotTask: null,
    leader: null,
    learner: null,
    needsSnapshot: false,
    commits: createCommitQueue(),
    clients: createClients(),
    serving: false,
    readOnly: false,
    nextConn: 1,
    nextTicket: 1,
    waits: new Map(),
  };
}
