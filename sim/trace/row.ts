/**
 * What a trace is made of: rows, in the order in which things happened, each a fixed set of numbers.
 * A trace is read by folding its rows (see view.ts); nothing in it needs the simulator or the core.
 *
 * Servers are named by sid, clients by −1, −2, … wherever a row names somebody.
 */
export type Row = {
  /** Index of the kernel turn; all rows of one turn belong together. */
  readonly turn: number;
  /** µs of virtual time. */
  readonly atUs: number;
  readonly kind: number;
  /** Whom it happened to. */
  readonly who: number;
  /** The other one, where there is one. */
  readonly peer: number;
  /** Signed 64-bit: a zxid, or a session id. */
  readonly zxid: bigint;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** A message's id, an operation's id, or an index into the trace's texts. */
  readonly link: number;
};

/** The kinds of row, and what they keep in which column. Numbers are part of the file format: only ever add. */
export const RowKind = {
  /** a: 1 when the power went too. */
  crashed: 0,
  started: 1,
  paused: 2,
  resumed: 3,
  /** Nothing passes from who to peer. */
  walled: 4,
  healed: 5,
  /** From who to peer; a: added ms. */
  slowed: 6,
  unslowed: 7,
  /** A step of the scenario was carried out; link: its text, a: its index. */
  stepped: 8,
  /** link: text. */
  captioned: 9,
  /** peer: the receiver; a: {@link MessageCode}; zxid, b, c: see {@link MessageCode}; link: message id. */
  sent: 10,
  /** who: the receiver, peer: the sender; a: message code; link: message id. */
  heard: 11,
  /** who: the sender; a: message code; b: 0 connection gone, 1 nobody there; link: message id. */
  lost: 12,
  /** A message waits at a wall, or goes on after it. */
  held: 13,
  released: 14,
  /** who learns that its connection with peer is gone. */
  cut: 15,
  /** a: {@link StateCode}, b: {@link PhaseCode}, peer: the leader it follows or is, −1 none; c: 1 serves clients. */
  state: 16,
  /** peer: the sid voted for, −1 nobody; zxid; a: electionEpoch (round), b: peerEpoch. */
  vote: 17,
  /** a: votes collected for the own proposal; b: how many a quorum takes. */
  tally: 18,
  /** a: acceptedEpoch, b: currentEpoch. */
  epochs: 19,
  /** a: {@link TimerCode}; b: after how many ms. */
  armed: 20,
  disarmed: 21,
  fired: 22,
  /** zxid; link: text of the operation. */
  proposed: 23,
  /** Appended to the own log, not yet durable. */
  logged: 24,
  /** Everything logged up to zxid is durable. */
  synced: 25,
  /** By a leader. */
  committed: 26,
  /** a: 0 as committed, 1 from the own log when a role ended. */
  applied: 27,
  /** Nothing above zxid is left in the log. */
  truncated: 28,
  /** The tree was replaced by the leader's at zxid. */
  snapped: 29,
  /** Read back from disk after a start: the last zxid. */
  recovered: 30,
  /** a: epoch. */
  established: 31,
  /** who: leader, peer: learner; zxid: from where; a: 0 DIFF, 1 TRUNC, 2 SNAP. */
  syncChosen: 32,
  /** who: client, peer: server; a: OpCode; link: text; b: operation id. */
  invoked: 33,
  /** who: client, peer: server; a: error code, or 1 for "unknown"; zxid; b: operation id; c: 1 for a write. */
  returned: 34,
  /** who: client, peer: server or 0; a: {@link SessionCode}; zxid: session id. */
  session: 35,
  /** who: client; a: event type; link: text (path). */
  watched: 36,
  /** link: text "check: message". */
  violated: 37,
  /** peer: the leader elected; a: round. */
  elected: 38,
  /** An expectation of the scenario; a: 1 met, 0 missed; link: text. */
  expected: 39,
  /** Something is wrong with a server, its disk or its clock; a: {@link FaultCode}; link: text "what: how". */
  faulted: 40,
  /**
   * Something is wrong on the way from who to peer; a: {@link LinkFaultCode}, b: its measure; c: 1 when it
   * is over at once.
   */
  linkFaulted: 41,
  /** It is over; a: as it began. */
  linkMended: 42,
} as const;

/** What is wrong with a link, and how its measure counts. Numbers are part of the file format: only ever add. */
export const LinkFaultCode = {
  /** What comes from who to peer waits. */
  held: 0,
  /** Bytes a second. */
  throttled: 1,
  /** Of so many packets one is lost, and sent again later. */
  lossy: 2,
  /** who cannot connect to peer. 1: it is not even told so. */
  refused: 3,
  /** The connections between them break. */
  reset: 4,
  /** They end for who, and peer has not heard. ms until peer hears what was under way; −1 never. */
  halfOpen: 5,
} as const;

export const StateCode = { LOOKING: 0, FOLLOWING: 1, LEADING: 2, OBSERVING: 3 } as const;
export const PhaseCode = { ELECTION: 0, DISCOVERY: 1, SYNCHRONIZATION: 2, BROADCAST: 3 } as const;
export const TimerCode = {
  notification: 0,
  finalize: 1,
  quorumWait: 2,
  leaderSilence: 3,
  learnerRetry: 4,
  observerPause: 5,
} as const;
export const SessionCode = {
  connecting: 0,
  connected: 1,
  suspended: 2,
  expired: 3,
  closed: 4,
} as const;

/** What a fault does: happens once, or begins (in place of one of the same `what`), or ends. */
export const FaultCode = { once: 0, begins: 1, ends: 2 } as const;

/** Message types of the timeline. Quorum packets keep ZooKeeper's numbers. */
export const MessageCode = {
  REQUEST: 1,
  PROPOSAL: 2,
  ACK: 3,
  COMMIT: 4,
  PING: 5,
  REVALIDATE: 6,
  SYNC: 7,
  INFORM: 8,
  COMMITANDACTIVATE: 9,
  NEWLEADER: 10,
  FOLLOWERINFO: 11,
  UPTODATE: 12,
  DIFF: 13,
  TRUNC: 14,
  SNAP: 15,
  OBSERVERINFO: 16,
  LEADERINFO: 17,
  /** b: the epoch acked, −1 for "do not count me". */
  ACKEPOCH: 18,
  INFORMANDACTIVATE: 19,
  /** A piece of the stream behind SNAP. */
  SNAPPIECE: 30,
  hello: 40,
  /**
   * Four codes, by the sender's state: 41 LOOKING, 42 FOLLOWING, 43 LEADING, 44 OBSERVING.
   * zxid; b: electionEpoch (round); c: peerEpoch × 256 + leader sid + 1.
   */
  notification: 41,
  connect: 50,
  connectResponse: 51,
  /** b: OpCode; link of the operation is in `invoked`. */
  request: 52,
  reply: 53,
  watchEvent: 54,
} as const;
