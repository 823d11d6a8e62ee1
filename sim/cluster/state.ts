import type { Client } from "../../core/client/client.ts";
import type { ClientEffect, ClientTimer } from "../../core/client/event.ts";
import type { ServerConfig } from "../../core/config.ts";
import type { ServerEffect } from "../../core/effect.ts";
import type { FileContent, ServerEvent } from "../../core/event.ts";
import type { Message, Port } from "../../core/message.ts";
import type { Operation } from "../../core/request/operation.ts";
import type { Server } from "../../core/server-state.ts";
import type { Checks } from "../check/checks.ts";
import type { DiskMemory } from "../check/damage.ts";
import type { Contract } from "../check/contract/contract.ts";
import type { Disk, DiskTimes } from "../disk/state.ts";
import type { Outside } from "../kernel/clone.ts";
import type { Handle } from "../kernel/event-queue.ts";
import type { RollingHash } from "../kernel/hash.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Source } from "../kernel/source.ts";
import type { DrawTable, Streams } from "../kernel/stream.ts";
import type { Choices, Network } from "../network/state.ts";
import type { Clock } from "./clock.ts";
import type { Lateness } from "./late.ts";
import type { Trap } from "./trap.ts";
import type { Wires } from "./wires.ts";
import type { Actor } from "../workload/actor.ts";
import type { History } from "../workload/history.ts";
import type { ClientPlan } from "../workload/plan.ts";

/** How long things take, in µs. All tables are of whole numbers. */
export type Character = {
  readonly latency: DrawTable;
  /** From the fall of a wall until what it held is sent again. */
  readonly retransmission: DrawTable;
  readonly disk: DiskTimes;
  /** Until a woken thread of a server gets its turn. */
  readonly threads: DrawTable;
};

export type ClusterOptions = {
  readonly seed: string;
  readonly servers: readonly ServerConfig[];
  readonly clients: readonly ClientPlan[];
  readonly character: Character;
  /** Clocks by sid; a server without one shows virtual time. */
  readonly clocks?: ReadonlyMap<number, Clock>;
  readonly checks: boolean;
  /** Messages whose times are said instead of drawn; none unless set. */
  readonly choices?: Choices;
  /** Events of the whole run. */
  readonly turnsMax: number;
  /** Each message is written as a real server or client would write it, and read again. False unless set. */
  readonly bytes?: boolean;
};

export type ServerLife = "new" | "running" | "paused" | "down";

/** One server of the ensemble: its host, its disk, and the process on it if there is one. */
export type ServerProcess = {
  readonly sid: number;
  readonly index: number;
  readonly host: string;
  /** What its files say: a reconfiguration rewrites them. */
  config: ServerConfig;
  /** Its own line, as it was at first: it is reached there even while nobody lists it. */
  readonly home: ServerConfig["members"][number];
  readonly disk: Disk;
  clock: Clock;
  life: ServerLife;
  /** The present process; null while there is none. */
  server: Server | null;
  /** Its number in the network; 0 without one. Never used again. */
  processId: number;
  /** Processes so far, the present one included. */
  startCount: number;
  /** How soon threads run is drawn from it, by process and thread, and the how-manieth time it is. */
  readonly source: Source;
  /** How often each thread of the present process was woken. */
  readonly wakeCounts: Int32Array;
  readonly timers: Map<number, Handle>;
  /** What came while it was paused. */
  readonly stash: ServerEvent[];
  /** At which points it is late; null: at none. */
  late: Lateness | null;
  /** It will end by itself, as if killed. */
  trap: Trap | null;
  /** A copy of its disk, to come back to. */
  backup: Backup | null;
  /** How the last process ended, when it ended by itself. */
  exit: { readonly code: number; readonly reason: string } | null;
};

/** All files of a disk as of an instant, and what they stand for. */
export type Backup = {
  readonly files: readonly FileContent[];
  readonly memory: DiskMemory | null;
};

/** One client: its program, its session machine, its host. It never crashes. */
export type ClientProcess = {
  /** −1, −2, … */
  readonly id: number;
  readonly index: number;
  readonly name: string;
  readonly host: string;
  readonly processId: number;
  readonly client: Client;
  readonly actor: Actor;
  readonly timers: Map<ClientTimer, Handle>;
  alarm: Handle;
  /** The xid of the reply that is being handled. */
  replyXid: number;
  /** The last xid that was sent. */
  sentXid: number;
  /** The server that has taken its session, on the present connection or the last one; 0 none. */
  attachedTo: number;
};

/** Wall clocks of all simulations begin here: 2026-01-01T00:00:00Z, in ms. */
export const WALL_START_MS = 1_767_225_600_000;

/** Kinds of kernel turns. */
export const TurnKind = {
  network: 1,
  disk: 2,
  timer: 3,
  thread: 4,
  clientTimer: 5,
  alarm: 6,
  control: 7,
  revival: 8,
} as const;

/** Is told of everything that a trace keeps. Costs nothing while there is none. */
export type Recorder = {
  readonly serverStarted: (cluster: Cluster, process: ServerProcess) => void;
  readonly serverCrashed: (cluster: Cluster, process: ServerProcess, power: boolean) => void;
  readonly serverPaused: (cluster: Cluster, process: ServerProcess, paused: boolean) => void;
  /** An event other than a message, before its effects. */
  readonly serverHeard: (process: ServerProcess, event: ServerEvent) => void;
  /** An effect that is not a message. Not called for the most frequent ones, of which a trace keeps nothing. */
  readonly serverDid: (process: ServerProcess, effect: ServerEffect) => void;
  /** After each turn of a server in which it may have become something else. */
  readonly serverStepped: (process: ServerProcess) => void;
  /** What a client tells its program. */
  readonly clientActed: (cluster: Cluster, process: ClientProcess, effect: ClientEffect) => void;
  readonly clientInvoked: (
    cluster: Cluster,
    process: ClientProcess,
    ticket: number,
    op: Operation,
  ) => void;
};

/** A whole simulated ensemble with its clients. Plain data: a clone is a checkpoint. */
export type Cluster = {
  readonly kernel: Kernel;
  readonly streams: Streams;
  readonly character: Character;
  readonly network: Network<Message, Port>;
  readonly servers: ServerProcess[];
  readonly clients: ClientProcess[];
  readonly bySid: Map<number, ServerProcess>;
  /** Servers and clients by the number of their process. */
  readonly byProcess: Map<number, ServerProcess | ClientProcess>;
  readonly history: History;
  readonly checks: Checks | null;
  /** Null with {@link checks}. */
  readonly contract: Contract | null;
  /** Null where messages travel as they are. */
  readonly wires: Wires | null;
  /** Null only where its cost is measured. */
  hash: RollingHash | null;
  processCount: number;
  readonly faults: Map<string, number>;
  /** µs; when a process last ended by a trap, or came back from one. */
  lastTrapUs: number;
  readonly recorder: Outside<Recorder>;
  /** Told of each control turn; belongs to whoever runs this cluster. */
  readonly control: Outside<(action: number) => void>;
  /** Reused each turn. */
  readonly serverEffects: ServerEffect[];
};

export function isServer(process: ServerProcess | ClientProcess): process is ServerProcess {
  return "sid" in process;
}
