import { formatZxid } from "../../core/zxid.ts";
import { treeDigest } from "../../core/tree/tree.ts";
import { verdicts } from "../../sim/check/checks.ts";
import type { Cluster, ServerProcess } from "../../sim/cluster/state.ts";
import { overlappingHolds } from "../../sim/workload/history.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { VERSION } from "../version.ts";
import type { Conductor } from "./conductor.ts";
import { stepsLeft } from "./conductor.ts";
import type { Facts } from "./facts.ts";

/** What a run comes down to: the object of `run --json`. */
export type Outcome = {
  readonly scenario: string;
  readonly seed: string;
  readonly version: string;
  /** Nothing was violated, everything expected came true, and no budget ended the run. */
  readonly ok: boolean;
  readonly events: number;
  readonly simulatedMs: number;
  readonly wallMs: number;
  readonly eventsPerSecond: number;
  readonly traceHash: string;
  readonly servers: readonly {
    readonly sid: number;
    /** One of the four states, or DOWN. */
    readonly state: string;
    readonly epoch: number;
    readonly zxid: string;
    readonly treeDigest: string;
  }[];
  readonly elections: readonly {
    readonly epoch: number;
    readonly leader: number;
    readonly startedMs: number;
    readonly finishedMs: number;
  }[];
  /** Transactions committed by leaders. */
  readonly committed: number;
  readonly workload: {
    readonly ops: number;
    readonly ok: number;
    readonly failed: number;
    readonly unknown: number;
  };
  readonly faults: Readonly<Record<string, number>>;
  readonly checks: Readonly<Record<string, "ok" | "violated">>;
  /** Those that could be judged before the run ended. */
  readonly expectations: readonly {
    readonly expectation: string;
    readonly met: boolean;
    readonly atMs: number;
  }[];
  readonly violations: readonly Violation[];
  /** Why the run ended before its time, or null. */
  readonly stopped: "assertion" | "event budget" | "interrupted" | null;
};

export type Violation = {
  readonly check: string;
  readonly server: number;
  readonly event: number;
  readonly atMs: number;
  readonly message: string;
};

const MUTUAL_EXCLUSION = "mutual exclusion";

export function outcomeOf(
  scenario: Scenario,
  seed: string,
  cluster: Cluster,
  facts: Facts,
  conductor: Conductor,
  run: {
    readonly hash: string;
    readonly wallMs: number;
    readonly stopped: Outcome["stopped"];
    /** What an assertion of the core said. */
    readonly failure: string | null;
  },
): Outcome {
  const { kernel, history } = cluster;
  const violations = [
    ...violationsOf(cluster),
    ...(run.failure === null ? [] : [failedAssertion(cluster, run.failure)]),
    ...unmetExpectations(cluster, conductor),
    ...(run.stopped === "event budget" ? [outOfBudget(scenario, cluster)] : []),
  ];
  return {
    scenario: scenario.name,
    seed,
    version: VERSION,
    ok: violations.length === 0,
    events: kernel.turnCount,
    simulatedMs: msOf(kernel.nowUs),
    wallMs: Math.round(run.wallMs),
    eventsPerSecond: Math.round(kernel.turnCount / Math.max(0.001, run.wallMs / 1000)),
    traceHash: run.hash,
    servers: cluster.servers.map(endState),
    elections: facts.elections.map(({ epoch, leader, startedUs, finishedUs }) => ({
      epoch,
      leader,
      startedMs: msOf(startedUs),
      finishedMs: msOf(finishedUs),
    })),
    committed: facts.committed,
    workload: {
      ops: history.entries.length,
      ok: history.ok,
      failed: history.failed,
      unknown: history.unknown,
    },
    faults: Object.fromEntries(cluster.faults),
    checks: checksOf(cluster),
    expectations: conductor.findings.flatMap(({ expectation, met, atUs }) =>
      met === null ? [] : [{ expectation: expectation.text, met, atMs: msOf(atUs) }],
    ),
    violations,
    stopped: run.stopped,
  };
}

/** Milliseconds with their microseconds behind the point. */
function msOf(us: number): number {
  return us / 1000;
}

function endState({ sid, server }: ServerProcess): Outcome["servers"][number] {
  if (server === null) return { sid, state: "DOWN", epoch: 0, zxid: "0x0", treeDigest: "0x0" };
  const { database } = server;
  return {
    sid,
    state: server.state,
    epoch: server.currentEpoch,
    zxid: database === null ? "0x0" : formatZxid(database.lastZxid),
    treeDigest:
      database === null ? "0x0" : `0x${BigInt.asUintN(64, treeDigest(database.tree)).toString(16)}`,
  };
}

function checksOf(cluster: Cluster): Record<string, "ok" | "violated"> {
  const results: Record<string, "ok" | "violated"> = {};
  if (cluster.checks !== null) {
    for (const { id, name, ok, judged } of verdicts(cluster.checks)) {
      if (judged) results[`${id} ${name}`] = ok ? "ok" : "violated";
    }
  }
  if (cluster.history.holds.length > 0) {
    results[MUTUAL_EXCLUSION] = overlappingHolds(cluster.history).length === 0 ? "ok" : "violated";
  }
  return results;
}

function violationsOf(cluster: Cluster): Violation[] {
  const found: Violation[] = (cluster.checks?.violations ?? []).map(
    ({ check, server, turn, atUs, message }) => ({
      check,
      server,
      event: turn,
      atMs: msOf(atUs),
      message,
    }),
  );
  for (const { first, second } of overlappingHolds(cluster.history)) {
    const names = [first, second].map(({ client }) => cluster.clients[client]?.name ?? "");
    found.push({
      check: MUTUAL_EXCLUSION,
      server: 0,
      event: cluster.kernel.turnCount,
      atMs: msOf(second.fromUs),
      message: `${names[1]} took the lock ${second.path} while ${names[0]} held it`,
    });
  }
  return found;
}

function unmetExpectations(cluster: Cluster, conductor: Conductor): Violation[] {
  const found = conductor.findings
    .filter(({ met }) => met === false)
    .map(({ expectation, atUs }) => ({
      check: "expectation",
      server: 0,
      event: cluster.kernel.turnCount,
      atMs: msOf(atUs),
      message: `not so: ${expectation.text}`,
    }));
  if (found.length === 0) return found;
  // Mostly the reason: a step waits for what never came.
  for (const { text, caption } of stepsLeft(conductor).slice(0, 1)) {
    found.push({
      check: "step",
      server: 0,
      event: cluster.kernel.turnCount,
      atMs: msOf(cluster.kernel.nowUs),
      message: `never carried out: ${text === "say" ? (caption ?? "") : text}`,
    });
  }
  return found;
}

function failedAssertion(cluster: Cluster, message: string): Violation {
  return {
    check: "assertion",
    server: 0,
    event: cluster.kernel.turnCount,
    atMs: msOf(cluster.kernel.nowUs),
    message,
  };
}

function outOfBudget(scenario: Scenario, cluster: Cluster): Violation {
  return {
    check: "budget",
    server: 0,
    event: cluster.kernel.turnCount,
    atMs: msOf(cluster.kernel.nowUs),
    message: `the run was stopped after ${scenario.maxEvents} events, as many as maxEvents allows`,
  };
}
