import type { ServerConfig } from "../core/config.ts";
import { switchesFor, type Defect } from "../core/defects.ts";
import { layInitialDisks } from "../sim/check/initial.ts";
import { checkAtEnd, type RunEnd as CheckedEnd } from "../sim/check/liveness.ts";
import { stepProgram } from "../sim/cluster/client-process.ts";
import { controlAt, createCluster, runCluster } from "../sim/cluster/cluster.ts";
import { clusterHash } from "../sim/cluster/hashing.ts";
import { startServerProcess } from "../sim/cluster/server-process.ts";
import type { Cluster } from "../sim/cluster/state.ts";
import { replaceFiles } from "../sim/disk/replace.ts";
import { openStream } from "../sim/kernel/stream.ts";
import { note, record } from "../sim/cluster/recorder.ts";
import { createTrace, markHash, type Trace } from "../sim/trace/trace.ts";
import type { History } from "../sim/workload/history.ts";
import { readDefects } from "./defects.ts";
import { historyFiles, historyTxns } from "./history-files.ts";
import { characterOf } from "./run/characters.ts";
import { createConductor, judge, judgedInstants, look, type Conductor } from "./run/conductor.ts";
import { createFacts, follow, type Facts } from "./run/facts.ts";
import { outcomeOf, type Outcome } from "./run/outcome.ts";
import type { Hands } from "./run/hands.ts";
import { planFaults } from "./run/random-faults.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { VERSION } from "./version.ts";

export type SimulateOptions = {
  /** The scenario's own unless set. */
  readonly seed?: string;
  /** Historic bugs that all servers have: ids, numbers or slugs. */
  readonly defects?: readonly string[];
  /** µs; the scenario's own end unless set. */
  readonly untilUs?: number;
  /** Records a trace. */
  readonly trace?: boolean;
  /** Every message is bytes on its way. The run is the same, and slower. */
  readonly bytes?: boolean;
};

export type SimulateResult = {
  readonly outcome: Outcome;
  /** What the clients did. */
  readonly history: History;
  readonly trace: Trace | null;
};

/**
 * A run of a scenario, from its beginning to its end.
 *
 * @throws InputProblem for a defect that there is not
 */
export function simulate(scenario: Scenario, options: SimulateOptions = {}): SimulateResult {
  const run = beginRun(scenario, options);
  advanceRun(run, run.untilUs);
  return endRun(run);
}

/** A run that goes on piece by piece: with progress in between, or until somebody interrupts it. */
export type Run = {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly untilUs: number;
  readonly cluster: Cluster;
  readonly facts: Facts;
  readonly conductor: Conductor;
  readonly hands: Hands;
  readonly trace: Trace | null;
  /** Instants at which expectations are judged, and that are still ahead. */
  readonly instants: number[];
  readonly control: (action: number) => void;
  outOfBudget: boolean;
  /** What an assertion of the core said, which ended the run; null while all is well. */
  failure: string | null;
  /** ms of the machine's time. */
  wallMs: number;
};

/** @throws InputProblem for a defect that there is not */
export function beginRun(scenario: Scenario, options: SimulateOptions = {}): Run {
  const seed = options.seed ?? scenario.seed;
  const defects = readDefects(options.defects ?? [], "defects");
  const untilUs = options.untilUs ?? scenario.untilUs;
  const cluster = createCluster({
    seed,
    servers: serversWith(defects, scenario.servers),
    clients: scenario.clients,
    character: characterOf(scenario.network, scenario.disk),
    clocks: scenario.clocks,
    checks: true,
    ...(scenario.choices === null ? {} : { choices: scenario.choices }),
    turnsMax: scenario.maxEvents,
    bytes: options.bytes ?? false,
  });
  const trace = options.trace === true ? beginTrace(scenario, seed, defects) : null;
  if (trace !== null) record(cluster, trace);
  const facts = createFacts();
  follow(cluster, facts);

  const acts: (() => void)[] = [];
  const hands: Hands = {
    cluster,
    network: scenario.network,
    cast: { stream: openStream(seed, "roles"), same: [], oldLeader: null, lastLeader: null },
    later: (atUs, act) => controlAt(cluster, atUs, acts.push(act) - 1),
    note: (kind, who, peer, a, more = {}) => {
      if (trace !== null) note(cluster, trace, kind, who, peer, a, more);
    },
    partitions: new Set(),
    linkFaults: [],
    healCount: 0,
    lastFaultUs: 0,
  };
  layDisks(scenario, cluster);
  planStart(scenario, cluster, hands);
  const conductor = createConductor(scenario, cluster, facts, hands, (kind, who, a, text) => {
    if (trace !== null) note(cluster, trace, kind, who, 0, a, { text });
  });
  if (scenario.faults !== null) planFaults(hands, scenario.faults, seed);
  return {
    scenario,
    seed,
    untilUs,
    cluster,
    facts,
    conductor,
    hands,
    trace,
    instants: judgedInstants(scenario).filter((atUs) => atUs <= untilUs),
    control: (action) => acts[action]?.(),
    outOfBudget: false,
    failure: null,
    wallMs: 0,
  };
}

/**
 * Goes on up to an instant, or to the end of the run. False when there is nothing more to come: an assertion that fails
 * in the core ends the run, and is a violation like any other.
 */
export function advanceRun(run: Run, untilUs: number): boolean {
  if (run.failure !== null) return false;
  const startedMs = performance.now();
  try {
    return goOn(run, untilUs);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    run.failure = error.message;
    return false;
  } finally {
    run.wallMs += performance.now() - startedMs;
  }
}

function goOn(run: Run, untilUs: number): boolean {
  const { cluster, conductor, instants } = run;
  const targetUs = Math.min(untilUs, run.untilUs);
  while (!run.outOfBudget && cluster.kernel.nowUs <= targetUs) {
    const instantUs = instants[0];
    const stopUs = instantUs !== undefined && instantUs <= targetUs ? instantUs : targetUs;
    const end = runCluster(cluster, stopUs, run.control, () => look(conductor));
    run.outOfBudget = end === "turnsExceeded";
    if (run.outOfBudget) break;
    if (stopUs === instantUs) {
      judge(conductor, stopUs);
      instants.shift();
    } else break;
  }
  return !run.outOfBudget && cluster.kernel.nowUs < run.untilUs;
}

export function endRun(run: Run, interrupted = false): SimulateResult {
  const { scenario, cluster, trace, seed } = run;
  const stopped = whyStopped(run, interrupted);
  if (cluster.checks !== null && run.failure === null) checkAtEnd(cluster.checks, checkedEnd(run));
  const outcome = outcomeOf(scenario, seed, cluster, run.facts, run.conductor, {
    hash: clusterHash(cluster),
    wallMs: run.wallMs,
    stopped,
    failure: run.failure,
  });
  if (trace !== null) endTrace(trace, cluster, outcome);
  return { outcome, history: cluster.history, trace };
}

function whyStopped(run: Run, interrupted: boolean): Outcome["stopped"] {
  if (run.failure !== null) return "assertion";
  if (run.outOfBudget) return "event budget";
  return interrupted ? "interrupted" : null;
}

/** Disks that are not empty, and word of them to the checks. */
function layDisks(scenario: Scenario, cluster: Cluster): void {
  for (const history of scenario.histories) {
    const disk = cluster.bySid.get(history.sid)?.disk;
    if (disk !== undefined) replaceFiles(disk, historyFiles(history));
  }
  if (cluster.checks === null || scenario.histories.length === 0) return;
  layInitialDisks(
    cluster.checks,
    scenario.histories.map(({ sid, lastZxids, acceptedEpoch, currentEpoch }) => ({
      sid,
      txns: historyTxns(lastZxids),
      acceptedEpoch,
      currentEpoch,
    })),
  );
}

/** Turns at the very beginning, in sid order and then in the order of the clients. */
function planStart(scenario: Scenario, cluster: Cluster, hands: Hands): void {
  for (const sid of scenario.startsAtOnce) {
    const process = cluster.bySid.get(sid);
    if (process !== undefined) hands.later(0, () => startServerProcess(cluster, process));
  }
  for (const [index, { startUs }] of scenario.clients.entries()) {
    const process = cluster.clients[index];
    if (process === undefined) continue;
    hands.later(startUs, () => stepProgram(cluster, process, { kind: "started" }));
  }
}

function serversWith(
  defects: readonly Defect[],
  servers: readonly ServerConfig[],
): readonly ServerConfig[] {
  if (defects.length === 0) return servers;
  const switches = switchesFor(defects);
  return servers.map((config) => Object.freeze({ ...config, defects: switches }));
}

function beginTrace(scenario: Scenario, seed: string, defects: readonly Defect[]): Trace {
  const first = scenario.servers[0];
  return createTrace({
    format: 1,
    version: VERSION,
    scenario: { name: scenario.name, title: scenario.title, text: scenario.text },
    seed,
    defects: defects.map(({ id }) => id),
    servers: scenario.servers.map((config) => ({
      sid: config.sid,
      role: config.members.find(({ sid }) => sid === config.sid)?.role ?? "participant",
    })),
    clients: scenario.clients.map(({ name }) => name),
    quorum: ((first?.quorum.voters.length ?? 1) >> 1) + 1,
  });
}

function endTrace(trace: Trace, cluster: Cluster, outcome: Outcome): void {
  markHash(trace, outcome.traceHash);
  trace.footer = {
    turns: cluster.kernel.turnCount,
    rows: trace.columns.rows,
    endUs: cluster.kernel.nowUs,
    hash: outcome.traceHash,
    ok: outcome.ok,
    result: outcome,
  };
}

/** What the liveness checks ask for: who could talk with whom, and since when nothing disturbed them. */
function checkedEnd(run: Run): CheckedEnd {
  const { cluster, hands } = run;
  const config = cluster.servers[0]?.config;
  if (config === undefined) throw new Error("a run has at least one server");
  return {
    atUs: cluster.kernel.nowUs,
    quietSinceUs: Math.max(hands.lastFaultUs, cluster.lastTrapUs),
    config,
    servers: cluster.servers.map(({ sid, host, life, server }) => ({
      sid,
      connected: life === "running" && !isWalled(cluster, host) && !hasLinkFault(hands, host),
      state: server?.state ?? "LOOKING",
      phase: server?.phase ?? "ELECTION",
    })),
    waitingWrites: cluster.history.entries
      .filter(({ outcome, retries }) => outcome === "pending" && retries > 0)
      .map(({ client, invokedUs }) => ({ client, sinceUs: invokedUs })),
  };
}

function isWalled(cluster: Cluster, host: string): boolean {
  const servers = new Set(cluster.servers.map((process) => process.host));
  for (const { name, links } of cluster.network.hosts.values()) {
    if (!servers.has(name)) continue;
    for (const link of links.values()) {
      if (link.walls > 0 && servers.has(link.to.name) && (name === host || link.to.name === host)) {
        return true;
      }
    }
  }
  return false;
}

/** A link between servers on which something is wrong: the bounds are those of a network that works. */
function hasLinkFault({ cluster, linkFaults }: Hands, host: string): boolean {
  const servers = new Set(cluster.servers.map((process) => process.host));
  return linkFaults.some(
    ({ from, to }) =>
      servers.has(from.host) && servers.has(to.host) && (from.host === host || to.host === host),
  );
}
