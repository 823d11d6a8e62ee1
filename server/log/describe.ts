import type { ServerEffect } from "../../core/effect.ts";
import type { ServerState } from "../../core/election/notification.ts";
import type { Server } from "../../core/server-state.ts";
import { formatSessionId } from "../../core/session/session-id.ts";
import type { Zxid } from "../../core/zxid.ts";
import { describeRemark } from "./describe-remark.ts";
import { describeWarning } from "./describe-warning.ts";
import type { LogLine } from "./layout.ts";

/** What the lines of one process need to know beside the core. */
export type LogContext = {
  /** `QuorumPeer[myid=1](plain=[0:0:0:0:0:0:0:0]:2181)(secure=disabled)` */
  readonly peerThread: string;
  /** ms the database took to load. */
  readonly loadMs: number;
  /** The text of the configuration that was in force before this effect. */
  readonly configText: string;
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
      return describeRole(effect.state, thread);
    case "syncChosen":
      return describeSync(effect, server);
    case "delivered":
      return effect.txn.body.kind === "createSession"
        ? [describeSession(effect.txn.clientId, server)]
        : NOTHING;
    case "configured":
      return describeConfiguration(effect, server, context);
    case "warned":
      return describeWarning(effect.text, server, thread);
    case "electionStarted":
    case "heard":
    case "electionWait":
    case "electionTook":
    case "stateDetail":
    case "electionLink":
    case "learnerFound":
    case "synchronizing":
    case "syncTold":
    case "supported":
    case "roleEnded":
      return describeRemark(effect, server.config.sid, thread);
    case "exit":
      return [
        ...(effect.code === 0
          ? NOTHING
          : [{ ...line("Zootrope@1", "main", effect.reason), level: "ERROR" as const }]),
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

/** Where a role is announced. */
const ANNOUNCED = {
  FOLLOWING: "QuorumPeer@1537",
  LEADING: "QuorumPeer@1549",
  OBSERVING: "QuorumPeer@1518",
} as const;

/** How the election began and what follows it are remarks of their own. */
function describeRole(state: ServerState, thread: string): readonly LogLine[] {
  if (state === "LOOKING") return NOTHING;
  return [
    line("QuorumPeer@903", thread, `Peer state changed: ${state.toLowerCase()}`),
    line(ANNOUNCED[state], thread, state),
  ];
}

/** A server that looks takes a newer configuration from others; one with a role has it from its leader. */
function describeConfiguration(
  { text, committed }: Extract<ServerEffect, { kind: "configured" }>,
  { state, config }: Server,
  { peerThread: thread, configText }: LogContext,
): readonly LogLine[] {
  if (!committed) return NOTHING;
  const [version, members] = splitVersion(text);
  const [formerVersion, formerMembers] = splitVersion(configText);
  if (state !== "LOOKING") {
    if (members === formerMembers) return NOTHING;
    return [{ ...line("QuorumPeer@1859", thread, "Restarting Leader Election"), level: "WARN" }];
  }
  const receiver = "FastLeaderElection$Messenger$WorkerReceiver";
  const received = `${config.sid} Received version: ${version} my version: ${formerVersion}`;
  return [
    line(`${receiver}@309`, `WorkerReceiver[myid=${config.sid}]`, received),
    line(`${receiver}@317`, `WorkerReceiver[myid=${config.sid}]`, "restarting leader election"),
  ];
}

function splitVersion(text: string): [version: string, members: string] {
  const at = text.lastIndexOf("version=");
  return at < 0 ? ["0", text] : [text.slice(at + "version=".length), text.slice(0, at)];
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

function line(source: string, thread: string, message: string): LogLine {
  return { level: "INFO", thread, source, message };
}

function hex(zxid: Zxid): string {
  return `0x${BigInt.asUintN(64, zxid).toString(16)}`;
}
