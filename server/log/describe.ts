import type { ServerEffect } from "../../core/effect.ts";
import type { ServerState } from "../../core/election/notification.ts";
import type { Server } from "../../core/server-state.ts";
import { formatSessionId } from "../../core/session/session-id.ts";
import { makeZxid, type Zxid } from "../../core/zxid.ts";
import type { LogLine } from "./layout.ts";

/** What the lines of one process need to know beside the core. */
export type LogContext = {
  /** `QuorumPeer[myid=1](plain=[0:0:0:0:0:0:0:0]:2181)(secure=disabled)` */
  readonly peerThread: string;
  /** ms the database took to load, and the election that just ended. */
  readonly loadMs: number;
  readonly electionMs: number;
  /** The role before this effect. */
  readonly previous: ServerState;
};

/** The main thread of a member, named as the real one. */
export function peerThread(sid: number, plain: string | null, secure: string | null): string {
  return `QuorumPeer[myid=${sid}](plain=${plain ?? "disabled"})(secure=${secure ?? "disabled"})`;
}

/**
 * The lines that the real server writes when what `effect` says happens to it; none for most effects.
 * `server` is the state after the step that had the effect.
 * @see spec election-and-zab 10.2
 */
export function describeEffect(
  effect: ServerEffect,
  server: Server,
  context: LogContext,
): readonly LogLine[] {
  const { peerThread: thread } = context;
  switch (effect.kind) {
    case "recovered":
      return [
        ...(effect.txnCount > 0
          ? [
              line(
                "FileTxnSnapLog@372",
                "main",
                `${effect.txnCount} txns loaded in ${context.loadMs} ms`,
              ),
            ]
          : []),
        line(
          "ZKDatabase@289",
          "main",
          `Snapshot loaded in ${context.loadMs} ms, highest zxid is ${hex(effect.zxid)}, digest is ${effect.digest}`,
        ),
      ];
    case "became":
      return describeRole(effect.state, effect.reason, server, context);
    case "epochAcked":
      return [phase(thread, server, "synchronization")];
    case "established":
      return [
        line(
          "Leader@1519",
          thread,
          `Have quorum of supporters, sids: [[${supporters(server)}]]; starting up and setting last processed zxid: ${hex(makeZxid(effect.epoch, 0))}`,
        ),
      ];
    case "serving":
      return server.config.standalone ? [] : [phase(thread, server, "broadcast")];
    case "syncChosen":
      return describeSync(effect, server);
    case "delivered":
      return effect.txn.body.kind === "createSession"
        ? [describeSession(effect.txn.clientId, server)]
        : NOTHING;
    case "warned":
      return [warning(effect.text, thread)];
    case "exit":
      return [
        { ...warning(effect.reason, "main"), level: "ERROR" },
        {
          ...line("ServiceUtils@42", "main", `Exiting JVM with code ${effect.code}`),
          level: effect.code === 0 ? "INFO" : "ERROR",
        },
      ];
    default:
      return NOTHING;
  }
}

const NOTHING: readonly LogLine[] = [];

/** The lines of a role: where it is announced, and the class that says how long the election took. */
const ROLES = {
  FOLLOWING: { announced: "QuorumPeer@1537", took: "Follower@77" },
  LEADING: { announced: "QuorumPeer@1549", took: "Leader@588" },
  OBSERVING: { announced: "QuorumPeer@1518", took: null },
} as const;

function describeRole(
  state: ServerState,
  reason: string,
  server: Server,
  { peerThread: thread, previous, electionMs }: LogContext,
): LogLine[] {
  const at = (source: string, message: string): LogLine => line(source, thread, message);
  if (state === "LOOKING") {
    return [
      ...(previous === "LOOKING" ? [] : describeEnd(previous, reason, thread)),
      at("QuorumPeer@1455", "LOOKING"),
      at(
        "FastLeaderElection@946",
        `New election. My id = ${server.config.sid}, proposed zxid=${hex(server.database?.lastZxid ?? makeZxid(0, 0))}`,
      ),
    ];
  }
  const role = ROLES[state];
  return [
    at("QuorumPeer@903", `Peer state changed: ${state.toLowerCase()}`),
    at(role.announced, state),
    ...(role.took === null
      ? []
      : [at(role.took, `${state} - LEADER ELECTION TOOK - ${electionMs} MS`)]),
    at("QuorumPeer@917", `Peer state changed: ${state.toLowerCase()} - discovery`),
  ];
}

function describeEnd(
  previous: Exclude<ServerState, "LOOKING">,
  reason: string,
  thread: string,
): LogLine[] {
  const at = (source: string, message: string): LogLine => line(source, thread, message);
  const end = {
    LEADING: [
      at("Leader@813", "Shutting down"),
      at("Leader@819", `Shutdown called. For the reason ${reason}`),
    ],
    FOLLOWING: [at("Follower@286", "shutdown Follower")],
    OBSERVING: [at("Observer@249", "shutdown Observer")],
  }[previous];
  return [
    ...end,
    at("QuorumPeer@917", "Peer state changed: looking"),
    { ...at("QuorumPeer@1585", "PeerState set to LOOKING"), level: "WARN" },
  ];
}

function describeSync(
  { learner, mode, peerZxid, zxid }: Extract<ServerEffect, { kind: "syncChosen" }>,
  server: Server,
): LogLine[] {
  const thread = `LearnerHandler-${learner}`;
  if (mode === "DIFF") {
    const text =
      peerZxid === zxid
        ? `Sending DIFF zxid=${hex(zxid)} for peer sid: ${learner}`
        : `Sending DIFF zxid=${hex(zxid)}  for peer sid: ${learner}`;
    return [line(peerZxid === zxid ? "LearnerHandler@850" : "LearnerHandler@977", thread, text)];
  }
  if (mode === "TRUNC") {
    const text = `Sending TRUNC zxid=${hex(zxid)}  for peer sid: ${learner}`;
    return [line("LearnerHandler@1018", thread, text)];
  }
  const handlers = [...(server.leader?.handlers.values() ?? [])];
  const sentCount = handlers.filter(
    (handler) => handler.mode === "SNAP" && handler.stage === "sync",
  ).length;
  const isObserver = handlers.some((handler) => handler.sid === learner && handler.observer);
  const text = `Sending snapshot last zxid of peer is ${hex(peerZxid)}, zxid of leader is ${hex(zxid)}, send zxid of db as ${hex(zxid)}, ${sentCount} concurrent snapshot sync, snapshot sync was ${isObserver ? "not exempt" : "exempt"} from throttle`;
  return [line("LearnerHandler@572", thread, text)];
}

function describeSession(
  sessionId: Parameters<typeof formatSessionId>[0],
  server: Server,
): LogLine {
  const source =
    server.state === "LEADING" ? "LeaderSessionTracker@104" : "LearnerSessionTracker@116";
  const thread = `CommitProcessor:${server.config.sid}`;
  return line(source, thread, `Committing global session ${formatSessionId(sessionId)}`);
}

function phase(thread: string, server: Server, name: string): LogLine {
  const text = `Peer state changed: ${server.state.toLowerCase()} - ${name}`;
  return line("QuorumPeer@917", thread, text);
}

/** The voters that have acked NEWLEADER, ascending. */
function supporters({ leader }: Server): string {
  return [...(leader?.newLeaderAcks ?? [])].sort((a, b) => a - b).join(", ");
}

/** Where the real server says what the core warns of; what only the core says is its own. */
function warning(text: string, thread: string): LogLine {
  if (text.startsWith("Got zxid")) return { ...line("Follower@169", thread, text), level: "WARN" };
  const epoch = /^(currentEpoch|acceptedEpoch) not found/.exec(text)?.[1];
  if (epoch !== undefined) {
    return line(epoch === "currentEpoch" ? "QuorumPeer@1158" : "QuorumPeer@1186", "main", text);
  }
  return { ...line("Zootrope@1", thread, text), level: "WARN" };
}

function line(source: string, thread: string, message: string): LogLine {
  return { level: "INFO", thread, source, message };
}

function hex(zxid: Zxid): string {
  return `0x${BigInt.asUintN(64, zxid).toString(16)}`;
}
