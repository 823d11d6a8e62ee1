import { NO_DEFECTS } from "../../core/defects.ts";
import { DEFAULT_OPTIONS } from "../../core/options.ts";
import type { ServerConfig } from "../../core/config.ts";
import type { Operation } from "../../core/request/operation.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import { treeDigest } from "../../core/tree/tree.ts";
import type { Violation } from "../../sim/check/checks.ts";
import { checkAtEnd, writesBoundMs } from "../../sim/check/liveness.ts";
import { controlAt, createCluster, runCluster, startClients } from "../../sim/cluster/cluster.ts";
import { clusterHash } from "../../sim/cluster/hashing.ts";
import {
  crashServerProcess,
  pauseServerProcess,
  resumeServerProcess,
  startServerProcess,
} from "../../sim/cluster/server-process.ts";
import type { Character, Cluster } from "../../sim/cluster/state.ts";
import {
  integer,
  makeTable,
  oneIn,
  openStream,
  pick,
  type Stream,
} from "../../sim/kernel/stream.ts";
import { heal } from "../../sim/network/link.ts";
import { isolate, oneWay, raiseWalls, split } from "../../sim/network/partition.ts";
import type { History } from "../../sim/workload/history.ts";
import type { Behaviour, ClientPlan, ScriptPlan } from "../../sim/workload/plan.ts";

const STORM_ENDS_US = 20_000_000;
/** Settles after the storm: more than the liveness checks' longest bound. */
const MARGIN_MS = 2000;

export type StormEnd = {
  readonly violations: readonly Violation[];
  /** Servers whose process ended by itself, and with which words. */
  readonly exits: readonly string[];
  /** How many different trees are left. */
  readonly treeCount: number;
  readonly hash: string;
  /** What the clients did. */
  readonly history: History;
};

/**
 * Twenty virtual seconds of crashes, power losses, pauses and walls of every shape, a few milliseconds or seconds
 * apart, on an ensemble with tiny logs and short ticks, so that every way of bringing a learner up to date is
 * taken often; then quiet. Harsher than any scenario: no fault budget holds it back.
 */
export function storm(seed: string): StormEnd {
  const draws = openStream(seed, "fuzz");
  const cluster = drawnCluster(draws, seed);
  for (const process of cluster.servers) startServerProcess(cluster, process);
  startClients(cluster);
  let quietSinceUs = 0;
  controlAt(cluster, integer(draws, 1, 3) * 400_000, 1);
  controlAt(cluster, STORM_ENDS_US + 1, 2);
  const config = cluster.servers[0]!.config;
  runCluster(cluster, STORM_ENDS_US + 1 + (writesBoundMs(config) + MARGIN_MS) * 1000, (action) => {
    if (action === 1) blow(cluster, draws);
    else {
      calm(cluster);
      quietSinceUs = cluster.kernel.nowUs;
    }
  });
  return endOf(cluster, config, quietSinceUs);
}

function blow(cluster: Cluster, draws: Stream): void {
  const { kernel, network, servers } = cluster;
  if (kernel.nowUs > STORM_ENDS_US) return;
  const hosts = servers.map(({ host }) => host);
  const process = pick(draws, servers);
  const kind = integer(draws, 0, 9);
  if (kind <= 2) {
    crashServerProcess(cluster, process, { power: oneIn(draws, 2), losesSent: oneIn(draws, 2) });
  } else if (kind <= 5) {
    for (const other of servers) {
      if (other.life === "down" && oneIn(draws, 2)) startServerProcess(cluster, other);
    }
    if (oneIn(draws, 2)) heal(network);
  } else if (kind === 6) raiseWalls(network, isolate(process.host, hosts));
  else if (kind === 7) {
    const cut = integer(draws, 1, hosts.length - 1);
    raiseWalls(network, split([hosts.slice(0, cut), hosts.slice(cut)]));
  } else if (kind === 8) raiseWalls(network, oneWay([process.host], hosts));
  else if (process.life === "paused") resumeServerProcess(cluster, process);
  else pauseServerProcess(cluster, process);
  const pauseUs = pick(draws, [1000, 20_000, 300_000, 1_000_000, 3_000_000]);
  controlAt(cluster, kernel.nowUs + pauseUs, 1);
}

function calm(cluster: Cluster): void {
  heal(cluster.network);
  for (const process of cluster.servers) {
    resumeServerProcess(cluster, process);
    startServerProcess(cluster, process);
  }
}

function endOf(cluster: Cluster, config: ServerConfig, quietSinceUs: number): StormEnd {
  const { checks, servers, kernel } = cluster;
  if (checks === null) throw new Error("a storm without checks shows nothing");
  checkAtEnd(checks, {
    atUs: kernel.nowUs,
    quietSinceUs,
    config,
    servers: servers.map(({ sid, life, server }) => ({
      sid,
      connected: life === "running",
      state: server?.state ?? "LOOKING",
      phase: server?.phase ?? "ELECTION",
    })),
    waitingWrites: [],
  });
  const trees = servers.flatMap(({ server }) =>
    server === null || server.database === null ? [] : [treeDigest(server.database.tree)],
  );
  return {
    violations: checks.violations,
    exits: servers.flatMap(({ sid, exit }) => (exit === null ? [] : [`${sid}: ${exit.reason}`])),
    treeCount: new Set(trees).size,
    hash: clusterHash(cluster),
    history: cluster.history,
  };
}

function drawnCluster(draws: Stream, seed: string): Cluster {
  const voterCount = pick(draws, [3, 3, 5]);
  const observerCount = oneIn(draws, 4) ? 1 : 0;
  return createCluster({
    seed,
    servers: drawnServers(draws, voterCount, observerCount),
    clients: [...[1, 2, 3].map((index) => drawnClient(draws, index)), ...OTHERS],
    character: drawnCharacter(draws),
    checks: true,
    turnsMax: 3_000_000,
  });
}

function drawnServers(draws: Stream, voterCount: number, observerCount: number): ServerConfig[] {
  const members = Array.from({ length: voterCount + observerCount }, (_, index) => ({
    sid: index + 1,
    role: index < voterCount ? ("participant" as const) : ("observer" as const),
    quorumAddress: `s${index + 1}:2888`,
    electionAddress: `s${index + 1}:3888`,
    clientAddress: `s${index + 1}:2181`,
  }));
  const voters = members.filter(({ role }) => role === "participant").map(({ sid }) => sid);
  const drawn = {
    snapCount: pick(draws, [20, 100, 100_000]),
    commitLogCount: pick(draws, [3, 10, 500]),
    snapshotSizeFactor: pick(draws, [0.33, -1, 100]),
    preAllocBytes: pick(draws, [0, 4096, 65_536]),
    snapshotStepNodes: pick(draws, [1, 3, 100]),
  };
  return members.map(({ sid }) =>
    Object.freeze({
      ...drawn,
      sid,
      members,
      quorum: { kind: "majority" as const, voters },
      tickMs: 200,
      initLimit: 10,
      syncLimit: 5,
      minSessionTimeoutMs: 400,
      maxSessionTimeoutMs: 4000,
      electionConnectMs: 500,
      learnerRetryMs: 100,
      minNotificationMs: 200,
      maxNotificationMs: 5000,
      observerPauseMs: 200,
      emptyMayVote: true,
      standalone: false,
      options: DEFAULT_OPTIONS,
      defects: NO_DEFECTS,
    }),
  );
}

function drawnClient(draws: Stream, index: number): ClientPlan {
  return {
    name: `c${index}`,
    sessionTimeoutMs: 2000,
    servers: [],
    startUs: 0,
    renews: true,
    behaviour: {
      kind: "mix",
      weights: [
        { op: "set", weight: 10 },
        { op: "create", weight: 5 },
        { op: "createEphemeralSequential", weight: 3 },
        { op: "delete", weight: 3 },
        { op: "createEphemeral", weight: 2 },
        { op: "createSequential", weight: 2 },
        { op: "get", weight: 5 },
        { op: "exists", weight: 2 },
        { op: "children", weight: 2 },
        { op: "sync", weight: 2 },
      ],
      pace: { kind: "rate", perSecond: pick(draws, [5, 50, 200]) },
      inFlightMax: 20,
      root: "/k",
      keyCount: 10,
      dataBytes: 30,
      makesKeys: index === 1,
      fromUs: 500_000,
      untilUs: STORM_ENDS_US,
      retries: pick(draws, [0, 3]),
    },
  };
}

/** Besides: who watches what the others write, who queues for a lock, and who asks for what cannot be. */
const OTHERS: readonly ClientPlan[] = [
  ...(["data", "children", "exists"] as const).map((what, index) =>
    other(`watcher-${what}`, {
      kind: "watch",
      path: ["/k/k-3", "/k", "/lock"][index] ?? "",
      what,
    }),
  ),
  ...[1, 2].map((index) =>
    other(`locker-${index}`, {
      kind: "lock",
      root: "/lock",
      holdUs: 100_000,
      restUs: 50_000,
      untilUs: STORM_ENDS_US,
    }),
  ),
  other("asker", { kind: "script", items: askedInVain() }),
];

/** Wrong versions, parents that are not there, znodes that are, children of ephemerals. */
function askedInVain(): ScriptPlan["items"] {
  const data = new Uint8Array(3);
  const asked: Operation[] = [
    creation("/asked", 0, data),
    creation("/asked/child", 1, data),
    creation("/asked/child/grandchild", 0, data),
    creation("/nowhere/child", 2, data),
    { kind: "delete", path: "/asked", version: -1 },
    { kind: "setData", path: "/asked", data, version: 1 },
    { kind: "delete", path: "/asked/child", version: 0 },
    { kind: "delete", path: "/asked", version: -1 },
  ];
  return Array.from({ length: STORM_ENDS_US / 100_000 }, (_, index) => ({
    atUs: index * 100_000,
    action: { kind: "invoke", op: asked[index % asked.length] as Operation, retries: index % 2 },
  }));
}

function creation(path: string, flags: number, data: Uint8Array): Operation {
  return { kind: "create", type: 1, path, data, acl: OPEN_ACL, flags, ttlMs: -1 };
}

function other(name: string, behaviour: Behaviour): ClientPlan {
  return { name, sessionTimeoutMs: 2000, servers: [], startUs: 0, renews: true, behaviour };
}

function drawnCharacter(draws: Stream): Character {
  const longestUs = pick(draws, [3000, 30_000, 200_000]);
  const slowDisk = oneIn(draws, 3);
  const slowThreads = oneIn(draws, 3);
  return {
    latency: makeTable([
      [95, 200, 600],
      [5, 600, longestUs],
    ]),
    retransmission: makeTable([[1, 1000, 200_000]]),
    disk: {
      sync: makeTable(
        slowDisk
          ? [
              [9, 500, 5000],
              [1, 5000, 500_000],
            ]
          : [[1, 500, 3000]],
      ),
      read: makeTable([[1, 100, 300]]),
    },
    threads: makeTable(
      slowThreads
        ? [
            [9, 1, 50],
            [1, 50, 20_000],
          ]
        : [
            [95, 1, 15],
            [5, 20, 200],
          ],
    ),
  };
}
