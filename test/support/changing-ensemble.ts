import type { ServerConfig } from "../../core/config.ts";
import { NO_DEFECTS } from "../../core/defects.ts";
import { DEFAULT_OPTIONS } from "../../core/options.ts";
import type { ReconfigOp } from "../../core/request/operation.ts";
import type { Violation } from "../../sim/check/checks.ts";
import { checkAtEnd, writesBoundMs } from "../../sim/check/liveness.ts";
import { stepProgram } from "../../sim/cluster/client-process.ts";
import { controlAt, createCluster, runCluster, startClients } from "../../sim/cluster/cluster.ts";
import { crashServerProcess, startServerProcess } from "../../sim/cluster/server-process.ts";
import type { Cluster } from "../../sim/cluster/state.ts";
import {
  integer,
  makeTable,
  oneIn,
  openStream,
  pick,
  type Stream,
} from "../../sim/kernel/stream.ts";
import { heal } from "../../sim/network/link.ts";
import { isolate, raiseWalls } from "../../sim/network/partition.ts";
import type { ClientPlan } from "../../sim/workload/plan.ts";

/** One reconfiguration. A server may be named by what it is at that moment. */
export type Change = {
  readonly atMs: number;
  readonly joining?: string;
  readonly leaving?: string;
  readonly members?: string;
};

export type ChangedEnsemble = {
  readonly violations: readonly Violation[];
  readonly exits: readonly string[];
  /** Configurations that a leader proposed. */
  readonly changeCount: number;
  readonly acknowledged: number;
  /** Znodes whose creation was acknowledged and that the last leader does not have. */
  readonly lost: readonly string[];
  /** By the configuration of the last leader. */
  readonly voters: readonly number[];
};

const WRITES_END_US = 20_000_000;
const MARGIN_MS = 2000;
const SIDS = [1, 2, 3, 4, 5];
const FOUNDERS = [1, 2, 3];
/** Control turns: the places of the changes, and these. */
const FAULT = 1000;
const CALM = 1001;

/**
 * Three servers under load, and two more that know of them and wait to be taken in.
 *
 * @param changes null draws them
 */
export function changingEnsemble(
  seed: string,
  changes: readonly Change[] | null,
  { faults }: { readonly faults: boolean },
): ChangedEnsemble {
  const draws = openStream(seed, "changes");
  const cluster = createCluster({
    seed,
    servers: SIDS.map(serverOf),
    clients: [writer("a", true), writer("b", false), operator()],
    character: CHARACTER,
    checks: true,
    turnsMax: 3_000_000,
  });
  for (const process of cluster.servers) startServerProcess(cluster, process);
  startClients(cluster);
  const planned = changes ?? drawnChanges(draws);
  for (const [index, { atMs }] of planned.entries()) controlAt(cluster, atMs * 1000, index);
  if (faults) controlAt(cluster, 3_000_000, FAULT);
  controlAt(cluster, WRITES_END_US, CALM);
  const config = cluster.servers[0]!.config;
  const endUs = WRITES_END_US + (writesBoundMs(config) + MARGIN_MS) * 1000;
  runCluster(cluster, endUs, (action) => {
    if (action === FAULT) disturb(cluster, draws);
    else if (action === CALM) calm(cluster);
    else ask(cluster, planned[action]!);
  });
  return endOf(cluster, config);
}

function ask(cluster: Cluster, { joining, leaving, members }: Change): void {
  const op: ReconfigOp = {
    kind: "reconfig",
    joining: joining ?? null,
    leaving: leaving === undefined ? null : sidOf(cluster, leaving),
    members: members ?? null,
    fromVersion: -1n,
  };
  const process = cluster.clients.find(({ name }) => name === "operator")!;
  stepProgram(cluster, process, { kind: "told", action: { kind: "invoke", op, retries: 0 } });
}

function sidOf({ servers }: Cluster, name: string): string {
  const leader = servers.find(({ server }) => server?.leader?.stage === "broadcast");
  if (name === "leader") return String(leader?.sid ?? 0);
  if (name !== "follower") return name;
  const voters = leader?.server?.configuration.quorum.voters ?? [];
  return String(voters.find((sid) => sid !== leader?.sid) ?? 0);
}

function drawnChanges(draws: Stream): Change[] {
  const changes: Change[] = [];
  for (let atMs = 3000; atMs < 18_000; atMs += integer(draws, 100, 3000)) {
    const sid = pick(draws, SIDS);
    const role = oneIn(draws, 3) ? "observer" : "participant";
    if (oneIn(draws, 2)) changes.push({ atMs, joining: lineOf(sid, role) });
    else changes.push({ atMs, leaving: oneIn(draws, 3) ? "leader" : String(sid) });
  }
  return changes;
}

function disturb(cluster: Cluster, draws: Stream): void {
  const { kernel, network, servers } = cluster;
  if (kernel.nowUs >= WRITES_END_US) return;
  const process = pick(draws, servers);
  const kind = integer(draws, 0, 4);
  if (kind === 0) crashServerProcess(cluster, process, { power: true, losesSent: oneIn(draws, 2) });
  else if (kind === 1)
    raiseWalls(
      network,
      isolate(
        process.host,
        servers.map(({ host }) => host),
      ),
    );
  else calm(cluster);
  controlAt(cluster, kernel.nowUs + pick(draws, [20_000, 300_000, 1_000_000]), FAULT);
}

/** Who finds in its own files that it is no member does not start: a real server refuses to. */
function calm(cluster: Cluster): void {
  heal(cluster.network);
  for (const process of cluster.servers) {
    const isMember = process.config.members.some(({ sid }) => sid === process.sid);
    if (process.life === "down" && isMember) startServerProcess(cluster, process);
  }
}

function endOf(cluster: Cluster, config: ServerConfig): ChangedEnsemble {
  const { checks, servers, kernel, history } = cluster;
  if (checks === null) throw new Error("a run without checks shows nothing");
  checkAtEnd(checks, {
    atUs: kernel.nowUs,
    quietSinceUs: WRITES_END_US,
    config,
    servers: servers.map(({ sid, life, server }) => ({
      sid,
      connected: life === "running",
      state: server?.state ?? "LOOKING",
      phase: server?.phase ?? "ELECTION",
    })),
    waitingWrites: [],
  });
  const leader = servers.find(({ server }) => server?.leader?.stage === "broadcast")?.server;
  const nodes = leader?.database?.tree.nodes;
  const created = history.entries.flatMap(({ outcome, result }) =>
    outcome === "ok" && result?.kind === "path" && result.path !== null ? [result.path] : [],
  );
  for (const s of servers)
    console.log(
      s.sid,
      s.life,
      s.server?.state,
      s.server?.phase,
      s.server?.configuration.text
        .split("\n")
        .map((l) => l.slice(0, 9))
        .join(" "),
      "next",
      s.server?.lastSeen.text
        .split("\n")
        .map((l) => l.slice(0, 9))
        .join(" "),
      s.exit?.reason,
    );
  return {
    violations: checks.violations,
    exits: servers.flatMap(({ sid, exit }) => (exit === null ? [] : [`${sid}: ${exit.reason}`])),
    changeCount: checks.configurations.length,
    acknowledged: created.length,
    lost: nodes === undefined ? [] : created.filter((path) => !nodes.has(path)),
    voters: leader?.configuration.quorum.voters ?? [],
  };
}

function lineOf(sid: number, role: string): string {
  return `server.${sid}=s${sid}:2888:3888:${role};s${sid}:2181`;
}

/** The founders know one another; a newcomer knows them, and itself as an observer. */
function serverOf(sid: number): ServerConfig {
  const sids = FOUNDERS.includes(sid) ? FOUNDERS : [...FOUNDERS, sid];
  return Object.freeze({
    sid,
    members: sids.map((member) => ({
      sid: member,
      role: FOUNDERS.includes(member) ? ("participant" as const) : ("observer" as const),
      quorumAddress: `s${member}:2888`,
      electionAddress: `s${member}:3888`,
      clientAddress: `s${member}:2181`,
    })),
    quorum: { kind: "majority" as const, voters: FOUNDERS },
    tickMs: 200,
    initLimit: 10,
    syncLimit: 5,
    minSessionTimeoutMs: 400,
    maxSessionTimeoutMs: 4000,
    snapCount: 300,
    commitLogCount: 50,
    snapshotSizeFactor: 0.33,
    preAllocBytes: 4096,
    snapshotStepNodes: 100,
    electionConnectMs: 500,
    learnerRetryMs: 100,
    minNotificationMs: 200,
    maxNotificationMs: 5000,
    observerPauseMs: 200,
    emptyMayVote: true,
    standalone: false,
    options: { ...DEFAULT_OPTIONS, reconfigEnabled: true, skipAcl: true },
    defects: NO_DEFECTS,
  });
}

function writer(name: string, makesKeys: boolean): ClientPlan {
  return {
    name,
    sessionTimeoutMs: 2000,
    servers: [],
    startUs: 0,
    renews: true,
    behaviour: {
      kind: "mix",
      weights: [
        { op: "createSequential", weight: 5 },
        { op: "set", weight: 5 },
        { op: "get", weight: 2 },
      ],
      pace: { kind: "rate", perSecond: 60 },
      inFlightMax: 20,
      root: "/k",
      keyCount: 5,
      dataBytes: 20,
      makesKeys,
      fromUs: 1_500_000,
      untilUs: WRITES_END_US,
      retries: 0,
    },
  };
}

function operator(): ClientPlan {
  return {
    name: "operator",
    sessionTimeoutMs: 2000,
    servers: [],
    startUs: 0,
    renews: true,
    behaviour: { kind: "script", items: [] },
  };
}

const CHARACTER = {
  latency: makeTable([
    [95, 200, 600],
    [5, 600, 20_000],
  ]),
  retransmission: makeTable([[1, 1000, 200_000]]),
  disk: { sync: makeTable([[1, 500, 3000]]), read: makeTable([[1, 100, 300]]) },
  threads: makeTable([[1, 1, 30]]),
};
