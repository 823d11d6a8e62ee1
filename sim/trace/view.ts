/**
 * What a trace shows at one instant. Folding rows onto a view moves it forward; key frames of it make
 * seeking cheap. Plain data, JSON-safe apart from bigints, which are written as decimal strings in files.
 */
export type View = {
  /** µs; of the last row folded. */
  atUs: number;
  turn: number;
  /** In sid order. */
  servers: ServerView[];
  /** In order −1, −2, … */
  clients: ClientView[];
  /** Sent and neither heard nor lost, by message id. */
  inFlight: Map<number, MessageView>;
  /** Directed: nothing passes from → to. */
  walls: { from: number; to: number; sinceUs: number }[];
  slow: { from: number; to: number; addedMs: number; sinceUs: number }[];
  /** What else is wrong with links. */
  linkFaults: LinkFaultView[];
  /** The highest zxid that any leader committed. */
  committed: bigint;
  caption: string | null;
  violation: string | null;
};

export type LinkFaultView = {
  /** See LinkFaultCode in row.ts. */
  readonly code: number;
  readonly from: number;
  readonly to: number;
  readonly measure: number;
  readonly sinceUs: number;
};

export type ServerView = {
  readonly sid: number;
  readonly role: "participant" | "observer";
  life: "running" | "crashed" | "paused" | "never started";
  lifeSinceUs: number;
  state: "LOOKING" | "FOLLOWING" | "LEADING" | "OBSERVING";
  phase: "ELECTION" | "DISCOVERY" | "SYNCHRONIZATION" | "BROADCAST";
  stateSinceUs: number;
  serves: boolean;
  /** The leader it follows or is; −1 none. */
  leader: number;
  vote: { leader: number; zxid: bigint; round: number; peerEpoch: number };
  round: number;
  tally: number;
  quorum: number;
  acceptedEpoch: number;
  currentEpoch: number;
  /** Last zxids: in the log, durable, committed as far as it knows (applied as committed), applied. */
  logged: bigint;
  synced: bigint;
  applied: bigint;
  /** A snapshot stands for everything up to here; the log goes on from it. */
  base: bigint;
  /** The newest log entries, oldest first: {@link LOG_VIEW_MAX}, or back to the first uncommitted one. */
  log: LogCell[];
  timers: { code: number; armedUs: number; dueUs: number }[];
};

export const LOG_VIEW_MAX = 48;

export type LogCell = {
  zxid: bigint;
  /** Durable here. */
  synced: boolean;
  /** This server told its leader so (or is the leader and counted itself). */
  acked: boolean;
  /** Known committed anywhere. */
  committed: boolean;
  applied: boolean;
  /** Not yet durable when the power went. */
  lost: boolean;
};

export type MessageView = {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly code: number;
  readonly sentUs: number;
  readonly zxid: bigint;
  readonly b: number;
  readonly c: number;
  held: boolean;
};

export type ClientView = {
  readonly id: number;
  session: "none" | "connecting" | "connected" | "suspended" | "expired" | "closed";
  sessionId: bigint;
  server: number;
  /** Invoked and not yet returned. */
  pending: { operation: number; code: number; text: string; invokedUs: number }[];
};

/** Told once at the head of a trace: who takes part, and what was run. */
export type TraceHeader = {
  readonly format: 1;
  readonly version: string;
  readonly scenario: { readonly name: string; readonly title: string; readonly text: string };
  readonly seed: string;
  readonly defects: readonly string[];
  readonly servers: readonly { readonly sid: number; readonly role: "participant" | "observer" }[];
  readonly clients: readonly string[];
  /** How many votes a quorum takes. */
  readonly quorum: number;
};

/** What is known only at the end; the report's JSON is in `result`. */
export type TraceFooter = {
  readonly turns: number;
  readonly rows: number;
  readonly endUs: number;
  readonly hash: string;
  readonly ok: boolean;
  readonly result: unknown;
};

/** What there is to see before the first row. */
export function createView(header: TraceHeader): View {
  return {
    atUs: 0,
    turn: 0,
    servers: header.servers.map(({ sid, role }) => createServerView(sid, role, header.quorum)),
    clients: header.clients.map((_, index) => ({
      id: -1 - index,
      session: "none",
      sessionId: 0n,
      server: 0,
      pending: [],
    })),
    inFlight: new Map(),
    walls: [],
    slow: [],
    linkFaults: [],
    committed: 0n,
    caption: null,
    violation: null,
  };
}

function createServerView(sid: number, role: ServerView["role"], quorum: number): ServerView {
  return {
    sid,
    role,
    life: "never started",
    lifeSinceUs: 0,
    state: "LOOKING",
    phase: "ELECTION",
    stateSinceUs: 0,
    serves: false,
    leader: -1,
    vote: { leader: -1, zxid: 0n, round: 0, peerEpoch: 0 },
    round: 0,
    tally: 0,
    quorum,
    acceptedEpoch: 0,
    currentEpoch: 0,
    logged: 0n,
    synced: 0n,
    applied: 0n,
    base: 0n,
    log: [],
    timers: [],
  };
}
