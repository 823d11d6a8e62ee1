import type { ServerConfig } from "../../core/config.ts";
import { isVoter, type Quorum } from "../../core/election/quorum.ts";
import type { Zxid } from "../../core/zxid.ts";
import { CHECK_IDS, CHECK_NAMES, type CheckId } from "./catalogue.ts";
import { createHistory, NO_NODE, ROOT, type History } from "./history.ts";
import { createWatch, type Watch } from "./watch.ts";

/** A property was broken: the first time only, for each of them. */
export type Violation = {
  /** Id and name, as in "S4 committed prefix". */
  readonly check: string;
  readonly server: number;
  readonly turn: number;
  readonly atUs: number;
  /** One line: the servers, the zxids, and the two facts that do not agree. */
  readonly message: string;
};

export type Verdict = {
  readonly id: CheckId;
  readonly name: string;
  readonly ok: boolean;
  /** The liveness checks are judged only at the end of a run that went on long enough after its faults. */
  readonly judged: boolean;
};

/** One server's time as leader with a quorum of epoch acks: B[e] and I[e] of the papers. */
export type Leadership = {
  readonly epoch: number;
  /** The zxid of its NEWLEADER. */
  readonly start: Zxid;
  /** Its place in {@link Checks.watches}. */
  readonly leader: number;
  /** I[e]: its own history, as of the epoch acks and once more as of the NEWLEADER acks. */
  initial: number;
  /** The last proposal; I[e] while there is none. */
  head: number;
  /** Proposals in order. */
  readonly proposals: number[];
  established: boolean;
};

/**
 * All that the checks remember of a run. Plain data: cloned with the run, and never read by it.
 *
 * Histories are nodes of one tree (see history.ts), so that each of the properties comes down to a few
 * comparisons of numbers when something is proposed, appended, acknowledged, committed or delivered.
 */
export type Checks = {
  readonly history: History;
  readonly watches: Watch[];
  readonly bySid: Map<number, Watch>;
  readonly byQuorumAddress: Map<string, number>;
  /** Of the configuration that the servers start with. */
  readonly quorum: Quorum;
  /** The same voters as bits. */
  readonly voters: number;
  /** The others that were proposed, by the history that each of them ends, in that order. */
  readonly configurations: { readonly node: number; readonly quorum: Quorum }[];
  readonly leaderships: Leadership[];
  /** Established leaderships, in order of epoch. */
  readonly established: number[];
  /** C: the longest history that is known to be committed. */
  committed: number;
  /** The longest history that anybody delivered. */
  delivered: number;
  /** A: the longest history that ends in a write that a client knows to have happened. */
  acknowledged: number;
  /** What each server (row) last sent as SNAP to each (column): where it began, and where its tree was at the end. */
  readonly snapSent: Int32Array;
  readonly snapEnd: Int32Array;
  /** Servers whose disks a fault has damaged; what they had counts as kept, for nobody can be blamed. */
  damaged: number;
  readonly broken: Set<CheckId>;
  readonly violations: Violation[];
  livenessJudged: boolean;
  /** The present turn. */
  turn: number;
  atUs: number;
};

/** Sets of servers are bits of one integer. */
const SERVERS_MAX = 31;

/**
 * Checks for a run of these servers, all with empty disks, or all with the same history on them.
 *
 * The configuration in force at first is the static one of the first server.
 */
export function createChecks({ servers }: { readonly servers: readonly ServerConfig[] }): Checks {
  const [first] = servers;
  if (first === undefined || servers.length > SERVERS_MAX) {
    throw new RangeError(`${servers.length} servers are not in 1 … ${SERVERS_MAX}`);
  }
  const watches = servers.map((config, index) => createWatch(config, index, servers.length));
  return {
    history: createHistory(),
    watches,
    bySid: new Map(watches.map((watch) => [watch.sid, watch])),
    byQuorumAddress: quorumAddresses(servers),
    quorum: first.quorum,
    voters: servers.reduce(
      (set, { sid }, index) => (isVoter(first.quorum, sid) ? set | (1 << index) : set),
      0,
    ),
    configurations: [],
    leaderships: [],
    established: [],
    committed: ROOT,
    delivered: ROOT,
    acknowledged: ROOT,
    snapSent: new Int32Array(servers.length * servers.length).fill(NO_NODE),
    snapEnd: new Int32Array(servers.length * servers.length).fill(NO_NODE),
    damaged: 0,
    broken: new Set(),
    violations: [],
    livenessJudged: false,
    turn: 0,
    atUs: 0,
  };
}

/** What became of each check so far. */
export function verdicts(checks: Checks): Verdict[] {
  return CHECK_IDS.map((id) => ({
    id,
    name: CHECK_NAMES[id],
    ok: !checks.broken.has(id),
    judged: !id.startsWith("L") || checks.livenessJudged,
  }));
}

/** Notes the first violation of a check; `sid` is the server whose turn showed it, 0 for none. */
export function report(checks: Checks, id: CheckId, sid: number, message: string): void {
  if (checks.broken.has(id)) return;
  checks.broken.add(id);
  checks.violations.push({
    check: `${id} ${CHECK_NAMES[id]}`,
    server: sid,
    turn: checks.turn,
    atUs: checks.atUs,
    message,
  });
}

/** Where each of them is met, as it says itself: one that is to join is not in the others' files. */
function quorumAddresses(servers: readonly ServerConfig[]): Map<string, number> {
  const indexes = new Map<string, number>();
  for (const [index, { sid, members }] of servers.entries()) {
    const member = members.find((other) => other.sid === sid);
    if (member !== undefined) indexes.set(member.quorumAddress, index);
  }
  return indexes;
}
