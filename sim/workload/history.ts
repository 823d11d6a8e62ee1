import { ErrorCode } from "../../core/request/error-code.ts";
import type { Operation, Result } from "../../core/request/operation.ts";
import { NO_SESSION, type SessionId } from "../../core/session/session-id.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";

/** How an operation ended. `unknown`: no answer came, and it may have been carried out or not. */
export type Outcome = "pending" | "ok" | "failed" | "unknown";

/** One operation of one client, from its call to its return. Frozen once it has returned. */
export type HistoryEntry = {
  /** Its index in the history, and its ticket at the client. */
  readonly id: number;
  /** Index of the client. */
  readonly client: number;
  readonly op: Operation;
  /** Tries left, should no answer come. */
  readonly retries: number;
  readonly invokedUs: number;
  /** −1 while it is pending. */
  returnedUs: number;
  outcome: Outcome;
  /** 0 or an error code; meaningless without an answer. */
  err: number;
  zxid: Zxid;
  result: Result | null;
  /** As whose request it was sent, with which xid, and to which server; 0 while it was not. */
  sessionId: SessionId;
  xid: number;
  server: number;
};

/** A stretch of time in which a client believed to hold a lock. */
export type Hold = {
  readonly client: number;
  readonly path: string;
  readonly fromUs: number;
  /** −1 while it holds. */
  untilUs: number;
};

/** What all clients of a run did, in the order in which they called. */
export type History = {
  readonly entries: HistoryEntry[];
  readonly holds: Hold[];
  /** Answered without an error, with one, and not at all. */
  ok: number;
  failed: number;
  unknown: number;
};

export function createHistory(): History {
  return { entries: [], holds: [], ok: 0, failed: 0, unknown: 0 };
}

export function recordInvoke(
  history: History,
  client: number,
  op: Operation,
  retries: number,
  nowUs: number,
): HistoryEntry {
  const entry: HistoryEntry = {
    id: history.entries.length,
    client,
    op,
    retries,
    invokedUs: nowUs,
    returnedUs: -1,
    outcome: "pending",
    err: 0,
    zxid: ZERO_ZXID,
    result: null,
    sessionId: NO_SESSION,
    xid: 0,
    server: 0,
  };
  history.entries.push(entry);
  return entry;
}

export function recordAnswer(
  history: History,
  entry: HistoryEntry,
  err: number,
  zxid: Zxid,
  result: Result | null,
  nowUs: number,
): void {
  entry.returnedUs = nowUs;
  entry.err = err;
  entry.zxid = zxid;
  entry.result = result;
  if (isAnswer(entry.op, err)) {
    entry.outcome = "ok";
    history.ok++;
  } else {
    entry.outcome = "failed";
    history.failed++;
  }
  Object.freeze(entry);
}

/** The client has sent the request. */
export function recordSent(
  entry: HistoryEntry,
  sessionId: SessionId,
  xid: number,
  server: number,
): void {
  entry.sessionId = sessionId;
  entry.xid = xid;
  entry.server = server;
}

/** No answer will come. What never left the client has certainly not happened. */
export function recordLoss(
  history: History,
  entry: HistoryEntry,
  sent: boolean,
  nowUs: number,
): void {
  entry.returnedUs = nowUs;
  if (sent) {
    entry.outcome = "unknown";
    history.unknown++;
  } else {
    entry.outcome = "failed";
    history.failed++;
  }
  Object.freeze(entry);
}

/** That a znode is missing is what `exists` was asked to find out. */
function isAnswer(op: Operation, err: number): boolean {
  return err === ErrorCode.ok || (err === ErrorCode.noNode && op.kind === "exists");
}

/** Two clients that believed to hold the same lock at the same time. */
export type Overlap = { readonly first: Hold; readonly second: Hold };

/** The first overlap of each lock, or an empty list: mutual exclusion over the whole run. */
export function overlappingHolds(history: History): Overlap[] {
  const found = new Map<string, Overlap>();
  const lastOf = new Map<string, Hold>();
  // Holds are recorded as they begin, so that one that overlaps any earlier one overlaps the longest.
  for (const hold of history.holds) {
    const last = lastOf.get(hold.path);
    if (last !== undefined && last.client !== hold.client && endOf(last) > hold.fromUs) {
      if (!found.has(hold.path)) found.set(hold.path, { first: last, second: hold });
    }
    if (last === undefined || endOf(hold) >= endOf(last)) lastOf.set(hold.path, hold);
  }
  return [...found.values()];
}

function endOf(hold: Hold): number {
  return hold.untilUs < 0 ? Infinity : hold.untilUs;
}
