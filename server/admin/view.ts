import type { ConnId } from "../../core/message.ts";
import type { Server } from "../../core/server-state.ts";
import type { ConnStats } from "../metrics/connection-stats.ts";
import type { ServerStats } from "../metrics/stats.ts";

/** What the words and commands need of zoo.cfg, beyond what the core knows. */
export type AdminSettings = {
  /** `4lw.commands.whitelist`: the words that are answered; `*` among them means all. */
  readonly whitelist: readonly string[];
  /** −1 when there is none. */
  readonly clientPort: number;
  /** The client address of this server where its configuration names none, `0.0.0.0:2181`; else "". */
  readonly staticClient: string;
  readonly secureClientPort: number;
  /** −1: the system's own. */
  readonly clientPortListenBacklog: number;
  /** Absolute, with `version-2` at their ends. */
  readonly dataDir: string;
  readonly dataLogDir: string;
  /** The text of zoo.cfg as read at start; null when there was none. */
  readonly initialConfiguration: string | null;
  /** What zoo.cfg and the command line have set, as `zookeeper.<name>` or as it stands there. */
  readonly properties: ReadonlyMap<string, string>;
};

/** One client connection of this server. */
export type ConnectionView = {
  readonly conn: ConnId;
  /** `127.0.0.1:44380`, an IPv6 address without brackets. */
  readonly remote: string;
  readonly secure: boolean;
  readonly stats: ConnStats;
};

/** The connection of a learner to this server, which leads. */
export type LearnerView = {
  readonly conn: ConnId;
  /** `/127.0.0.1:47406` */
  readonly remote: string;
  readonly establishedWallMs: number;
  /** Packets. */
  readonly received: number;
  readonly sent: number;
};

export type DirectorySizes = { readonly dataBytes: number; readonly logBytes: number };

export type SnapshotInfo = { readonly zxid: bigint; readonly wallMs: number };

/** Everything that a four-letter word, a command of the AdminServer or a metric can ask for. */
export type ServerView = {
  /** Only read. */
  readonly server: Server;
  readonly settings: AdminSettings;
  readonly stats: ServerStats;
  /** Monotonic ms, on the clock that the core is given; and wall clock ms. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** Open client connections, those that carry a word included. */
  readonly connections: () => Iterable<ConnectionView>;
  readonly learners: () => Iterable<LearnerView>;
  /** Bytes of the snapshots and of the logs on disk. */
  readonly directorySizes: () => Promise<DirectorySizes>;
  /** File descriptors that are open, and that may be; 0 where the system does not say. */
  readonly fileDescriptors: () => { readonly open: number; readonly max: number };
  /** The last snapshot written or loaded; null before any. */
  readonly lastSnapshot: () => SnapshotInfo | null;
  /** What `stmk` sets and `gtmk` shows; nothing else depends on it. */
  readonly trace: { mask: bigint };
};
