import { NO_DEFECTS } from "../core/defects.ts";
import { DEFAULT_OPTIONS } from "../core/options.ts";
import { performance } from "node:perf_hooks";
import type { ServerConfig } from "../core/config.ts";
import { characterOf } from "../runner/run/characters.ts";
import { createCluster, runCluster, startClients } from "../sim/cluster/cluster.ts";
import { startServerProcess } from "../sim/cluster/server-process.ts";
import type { Cluster } from "../sim/cluster/state.ts";
import { record } from "../sim/cluster/recorder.ts";
import { createTrace } from "../sim/trace/trace.ts";
import type { ClientPlan } from "../sim/workload/plan.ts";

export type EnsembleOptions = {
  readonly servers: number;
  /** Writes a second of virtual time, all clients together. */
  readonly writesPerSecond: number;
  readonly trace: boolean;
  readonly seed?: string;
  readonly turnsMax?: number;
  /** True unless set. */
  readonly checks?: boolean;
};

/** Clients that share the load of an ensemble. */
const CLIENTS = 4;

/** An ensemble as a user's would be: a LAN, SSDs, the sample zoo.cfg's ticks; checks on. */
export function buildEnsemble(options: EnsembleOptions): Cluster {
  const { servers, trace } = options;
  const cluster = createCluster({
    seed: options.seed ?? "bench",
    servers: configsOf(servers),
    clients: options.writesPerSecond === 0 ? [] : plansOf(options.writesPerSecond),
    character: characterOf("lan", "ssd"),
    checks: options.checks ?? true,
    turnsMax: options.turnsMax ?? Infinity,
  });
  if (trace) {
    const members = configsOf(servers).map(({ sid }) => ({ sid, role: "participant" as const }));
    record(
      cluster,
      createTrace({
        format: 1,
        version: "bench",
        scenario: { name: "bench", title: "bench", text: "" },
        seed: "bench",
        defects: [],
        servers: members,
        clients: plansOf(1).map(({ name }) => name),
        quorum: (servers >> 1) + 1,
      }),
    );
  }
  return cluster;
}

export function startAll(cluster: Cluster): void {
  for (const process of cluster.servers) startServerProcess(cluster, process);
  startClients(cluster);
}

/** Runs on for so many virtual seconds; seconds of the machine's time that it took. */
export function runFor(cluster: Cluster, virtualSeconds: number): number {
  const untilUs = cluster.kernel.nowUs + virtualSeconds * 1_000_000;
  const start = performance.now();
  runCluster(cluster, untilUs, () => undefined);
  return (performance.now() - start) / 1000;
}

function configsOf(count: number): ServerConfig[] {
  const members = Array.from({ length: count }, (_, index) => ({
    sid: index + 1,
    role: "participant" as const,
    quorumAddress: `server-${index + 1}:2888`,
    electionAddress: `server-${index + 1}:3888`,
    clientAddress: `server-${index + 1}:2181`,
  }));
  const quorum = { kind: "majority" as const, voters: members.map(({ sid }) => sid) };
  return members.map(({ sid }) =>
    Object.freeze({
      sid,
      members,
      quorum,
      tickMs: 2000,
      initLimit: 10,
      syncLimit: 5,
      minSessionTimeoutMs: 4000,
      maxSessionTimeoutMs: 40_000,
      snapCount: 100_000,
      commitLogCount: 500,
      snapshotSizeFactor: 0.33,
      preAllocBytes: 65_536,
      snapshotStepNodes: 100,
      electionConnectMs: 5000,
      learnerRetryMs: 100,
      minNotificationMs: 200,
      maxNotificationMs: 60_000,
      observerPauseMs: 200,
      emptyMayVote: true,
      standalone: false,
      options: DEFAULT_OPTIONS,
      defects: NO_DEFECTS,
    }),
  );
}

function plansOf(writesPerSecond: number): ClientPlan[] {
  return Array.from({ length: CLIENTS }, (_, index) => ({
    name: `client-${index + 1}`,
    sessionTimeoutMs: 10_000,
    startUs: 0,
    renews: false,
    servers: [],
    behaviour: {
      kind: "mix" as const,
      weights: [{ op: "set" as const, weight: 1 }],
      pace: { kind: "rate" as const, perSecond: writesPerSecond / CLIENTS },
      inFlightMax: 1000,
      root: "/bench",
      keyCount: 16,
      dataBytes: 100,
      makesKeys: index === 0,
      fromUs: 1_000_000,
      untilUs: Number.MAX_SAFE_INTEGER,
      retries: 0,
    },
  }));
}
