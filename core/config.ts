import type { Defects } from "./defects.ts";
import type { Quorum } from "./election/quorum.ts";
import type { ServerOptions } from "./options.ts";
import type { Zxid } from "./zxid.ts";

/** One line `server.N=…`. */
export type Member = {
  readonly sid: number;
  readonly role: "participant" | "observer";
  /**
   * `host:port` of the quorum (learner) port and the election port; several joined by `|` are ways to the same server.
   * A literal IPv6 address is in brackets.
   */
  readonly quorumAddress: string;
  readonly electionAddress: string;
  /** The same of the client port; empty where the configuration does not name it. */
  readonly clientAddress: string;
};

/** What one server is told by its zoo.cfg and its system properties. Frozen; shared by every incarnation. */
export type ServerConfig = {
  readonly sid: number;
  readonly members: readonly Member[];
  readonly quorum: Quorum;
  /** The version of this configuration; left out for one that no ensemble has agreed on. */
  readonly version?: Zxid;
  /** The text of a newer one, proposed and not known to be committed when the process last ran. */
  readonly nextText?: string;
  /** Observations that nobody but a log needs are made as well. */
  readonly talkative?: boolean;
  /** ms; the unit of the two limits below and of session expiry. */
  readonly tickMs: number;
  /** ticks to connect and be brought up to date. */
  readonly initLimit: number;
  /** ticks without a word before a leader or learner is given up. */
  readonly syncLimit: number;
  /** ms; 2 and 20 ticks unless set. */
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** Transactions between snapshots, about. */
  readonly snapCount: number;
  /** Committed proposals kept in memory for DIFF. */
  readonly commitLogCount: number;
  /** Share of the newest snapshot's size that a log-based DIFF may have; negative switches it off. */
  readonly snapshotSizeFactor: number;
  /** Log files grow in steps of this many bytes; 0 switches it off. */
  readonly preAllocBytes: number;
  /** Znodes handled by one step of a snapshot, on disk or on the wire. */
  readonly snapshotStepNodes: number;
  /** ms; limits on opening connections. */
  readonly electionConnectMs: number;
  readonly learnerRetryMs: number;
  /** ms; bounds of the FLE back-off. */
  readonly minNotificationMs: number;
  readonly maxNotificationMs: number;
  /** ms; an observer that lost its leader waits a random time below this. */
  readonly observerPauseMs: number;
  /** May a server without any data vote? */
  readonly emptyMayVote: boolean;
  /** Alone, without elections and without an ensemble: zxids just count on. */
  readonly standalone: boolean;
  readonly options: ServerOptions;
  /** The historic bugs that this server has: only simulated ones have any. */
  readonly defects: Defects;
};
