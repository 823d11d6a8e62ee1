import type { Server } from "../../core/server-state.ts";
import type { LogLevel, LogLine } from "./layout.ts";

type Place = {
  readonly says: RegExp;
  readonly source: string;
  readonly level?: LogLevel;
  /** Where it is not the main thread of a member. */
  readonly thread?: string;
};

const PLACES: readonly Place[] = [
  { says: /^Got zxid/, source: "Follower@169" },
  { says: /^currentEpoch not found/, source: "QuorumPeer@1158", level: "INFO", thread: "main" },
  { says: /^acceptedEpoch not found/, source: "QuorumPeer@1186", level: "INFO", thread: "main" },
  { says: /^problem reading snap file/, source: "FileSnap@100", thread: "main" },
  { says: /^Unexpected empty data tree/, source: "FileTxnSnapLog@283", thread: "main" },
  { says: /^Becoming an observer/, source: "QuorumPeer@2427", level: "INFO" },
  { says: /^Becoming a voting participant/, source: "QuorumPeer@2437", level: "INFO" },
  { says: /^Becoming a non-voting participant/, source: "QuorumPeer@2446", level: "INFO" },
  { says: /^Suggested leader: /, source: "QuorumPeer@2458" },
  { says: /^Invalid server id: /, source: "QuorumCnxManager@669" },
  { says: /^We got a connection request from a server with/, source: "QuorumCnxManager@634" },
  { says: /^unexpected quorum packet /, source: "LearnerHandler@717" },
  { says: /^Committing 0x/, source: "Learner@660" },
  { says: /^Error accepting new connection: /, source: "NIOServerCnxnFactory$AcceptThread@307" },
  { says: /^Refusing (global )?session /, source: "ZooKeeperServer@1432", level: "INFO" },
  { says: /^Authentication failed for scheme: /, source: "ZooKeeperServer@1612" },
  { says: /failed to SASL authenticate/, source: "ZooKeeperServer@1718", level: "ERROR" },
  { says: /^Read-only server started$/, source: "ReadOnlyZooKeeperServer@112", level: "INFO" },
  { says: /^session 0x/, source: "NIOServerCnxn@571", level: "INFO", thread: "CommitProcessor" },
];

/** Where the real server says what the core warns of; what only the core says is its own. */
export function describeWarning(text: string, server: Server, peerThread: string): LogLine[] {
  const goodbye = /^(\*+ GOODBYE) (sid:(-?\d+)) (\*+) ?(.*)$/.exec(text);
  if (goodbye !== null) return describeGoodbye(goodbye);
  if (text.startsWith("Expiring session ")) return [describeExpiry(text, server)];
  const place = PLACES.find(({ says }) => says.test(text));
  const { source = "Zootrope@1", level = "WARN", thread = peerThread } = place ?? {};
  return [{ level, thread, source, message: text }];
}

function describeGoodbye([
  ,
  goodbye = "",
  name = "",
  sid = "",
  stars = "",
  why = "",
]: RegExpExecArray): LogLine[] {
  const thread = `LearnerHandler-${sid}`;
  const message = `Unexpected exception in LearnerHandler: \n${why}`;
  return [
    ...(why === ""
      ? []
      : [{ level: "ERROR", thread, source: "LearnerHandler@714", message } as const]),
    { level: "WARN", thread, source: "LearnerHandler@735", message: `${goodbye} ${name} ${stars}` },
  ];
}

function describeExpiry(text: string, { database }: Server): LogLine {
  const id = /0x[0-9a-f]+$/.exec(text)?.[0];
  const timeoutMs = id === undefined ? undefined : timeoutOf(database, BigInt(id));
  const message = `${text}, timeout of ${timeoutMs ?? 0}ms exceeded`;
  return { level: "INFO", thread: "SessionTracker", source: "ZooKeeperServer@642", message };
}

function timeoutOf(database: Server["database"], id: bigint): number | undefined {
  for (const [sessionId, timeoutMs] of database?.sessions ?? []) {
    if (BigInt.asUintN(64, sessionId) === id) return timeoutMs;
  }
  return undefined;
}
