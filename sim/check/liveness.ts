import type { ServerConfig } from "../../core/config.ts";
import { FINALIZE_WAIT_MS } from "../../core/election/election.ts";
import { isVoter } from "../../core/election/quorum.ts";
import type { ServerState } from "../../core/election/notification.ts";
import { report, type Checks } from "./checks.ts";
import { mayKeep, quorumAt } from "./quorum-set.ts";

/** What a run looks like when it ends. */
export type RunEnd = {
  /** µs. */
  readonly atUs: number;
  /** µs; since when no fault was in force or has happened: nothing is down by a fault that was not meant to stay. */
  readonly quietSinceUs: number;
  readonly config: ServerConfig;
  readonly servers: readonly {
    readonly sid: number;
    /** Its process runs, and it can talk with every other server of which this is said, both ways. */
    readonly connected: boolean;
    readonly state: ServerState;
    readonly phase: "ELECTION" | "DISCOVERY" | "SYNCHRONIZATION" | "BROADCAST";
  }[];
  /** Writes without an answer that their clients go on trying. */
  readonly waitingWrites: readonly { readonly client: number; readonly sinceUs: number }[];
};

/**
 * ms within which a leader is established once faults have stopped and a quorum can talk:
 * what is lost is noticed (syncLimit ticks, and one until the leader looks), notifications get through
 * (an attempt to connect that hangs, and the longest pause between two rounds of them), the election ends
 * (finalizeWait), and each of a leader's three waits for a quorum may take its full initLimit.
 */
export function leaderBoundMs(config: ServerConfig): number {
  const noticeMs = (config.syncLimit + 1) * config.tickMs;
  const electMs = config.electionConnectMs + config.maxNotificationMs + FINALIZE_WAIT_MS;
  return noticeMs + electMs + 3 * config.initLimit * config.tickMs;
}

/** ms within which every connected voter is in BROADCAST: initLimit ticks more. */
export function votersBoundMs(config: ServerConfig): number {
  return leaderBoundMs(config) + config.initLimit * config.tickMs;
}

/** ms within which a write that is tried again completes: a client may wait a whole session timeout on a dead link. */
export function writesBoundMs(config: ServerConfig): number {
  return votersBoundMs(config) + config.maxSessionTimeoutMs;
}

/**
 * Bounded liveness (L1, L2, L3), judged once, at the end of a run. A run in which no quorum can talk, or that
 * ended before a bound was over, is not judged by it.
 */
export function checkAtEnd(checks: Checks, end: RunEnd): void {
  checks.atUs = end.atUs;
  const connected = connectedOf(checks, end);
  const quietMs = (end.atUs - end.quietSinceUs) / 1000;
  if (!mayKeep(checks, connected, checks.committed) || quietMs < leaderBoundMs(end.config)) return;
  checks.livenessJudged = true;
  judgeLeader(checks, end, quietMs);
  if (quietMs >= votersBoundMs(end.config)) judgeVoters(checks, end, quietMs);
  judgeWrites(checks, end);
}

function judgeLeader(checks: Checks, end: RunEnd, quietMs: number): void {
  for (const { connected, state, phase } of end.servers) {
    if (connected && state === "LEADING" && phase === "BROADCAST") return;
  }
  const states = end.servers
    .filter(({ connected }) => connected)
    .map(({ sid, state, phase }) => `${sid} ${state} in ${phase}`);
  report(
    checks,
    "L1",
    0,
    `${quietMs} ms after the last fault nobody leads: ${states.join(", ")}; the bound is ${leaderBoundMs(end.config)} ms`,
  );
}

function judgeVoters(checks: Checks, end: RunEnd, quietMs: number): void {
  const quorum = quorumAt(checks, checks.committed);
  for (const { sid, connected, state, phase } of end.servers) {
    if (!isVoter(quorum, sid) || !connected || phase === "BROADCAST") continue;
    report(
      checks,
      "L2",
      sid,
      `${quietMs} ms after the last fault server ${sid} is ${state} in ${phase}; the bound is ${votersBoundMs(end.config)} ms`,
    );
    return;
  }
}

function judgeWrites(checks: Checks, end: RunEnd): void {
  const boundMs = writesBoundMs(end.config);
  for (const { client, sinceUs } of end.waitingWrites) {
    const waitedMs = (end.atUs - Math.max(sinceUs, end.quietSinceUs)) / 1000;
    if (waitedMs < boundMs) continue;
    report(
      checks,
      "L3",
      0,
      `a write of client ${client} has been tried for ${waitedMs} ms without a fault; the bound is ${boundMs} ms`,
    );
    return;
  }
}

function connectedOf(checks: Checks, end: RunEnd): number {
  let set = 0;
  for (const { sid, connected } of end.servers) {
    const watch = checks.bySid.get(sid);
    if (connected && watch !== undefined) set |= 1 << watch.index;
  }
  return set;
}
