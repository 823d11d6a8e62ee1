import { performance } from "node:perf_hooks";
import { step } from "../sim/kernel/kernel.ts";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { takeClusterTurn } from "../sim/cluster/cluster.ts";
import type { Cluster } from "../sim/cluster/state.ts";
import { median, medianOf } from "./median.ts";
import { buildEnsemble, runFor, startAll } from "./ensemble.ts";

/** Elections measured one after the other, each on new servers. */
const ELECTIONS = 500;
const LOAD_PER_SECOND = 1000;
/** Virtual seconds of one measured stretch under load. */
const STRETCH_SECONDS = 10;
const ROUNDS = 5;
const COST_PAIRS = 61;
const COST_WARM_UP = 10;

/** Events/s of five servers under load with checks, hash and trace on. */
export function coreEvents(): number {
  return bestLoad({ servers: 5, trace: true }).eventsPerSecond;
}

/** Virtual over wall time at 1,000 writes/s. */
export function loadSpeedup(servers: number): number {
  return bestLoad({ servers, trace: false }).speedup;
}

/** Virtual over wall time of five servers that nobody asks for anything. */
export function idleSpeedup(): number {
  const cluster = buildEnsemble({ servers: 5, writesPerSecond: 0, trace: false });
  startAll(cluster);
  runFor(cluster, 1000);
  const seconds = 20_000;
  return seconds / runFor(cluster, seconds);
}

/** Elections/s: from the first notification of a new ensemble until its leader serves. */
export function elections(servers: number): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let spentMs = 0;
    for (let index = 0; index < ELECTIONS; index++) {
      spentMs += electOnce(servers, `election-${index}`);
    }
    best = Math.max(best, (ELECTIONS * 1000) / spentMs);
  }
  return best;
}

/**
 * What a part costs: one long run in which it is switched on and off from one virtual second to the next; the median
 * of the ratios of neighbouring seconds, less one. Both halves of a pair see the same state, the same compiled code
 * and the same moment of a shared machine.
 */
export function costOf(part: "trace" | "hash"): number {
  const cluster = loaded({ servers: 5, trace: true });
  const turn = switchOf(cluster, part);
  const ratios: number[] = [];
  for (let pair = 0; pair < COST_PAIRS + COST_WARM_UP; pair++) {
    // In turn first and second, so that a drift does not favour one.
    const isFirst = pair % 2 === 0;
    turn(isFirst);
    const one = runFor(cluster, 1);
    turn(!isFirst);
    const other = runFor(cluster, 1);
    if (pair >= COST_WARM_UP) ratios.push(isFirst ? one / other : other / one);
  }
  return median(ratios) - 1;
}

/**
 * What all checks cost: two runs of the same, one with checks and one without, a virtual second at a time in turn; the
 * median of the ratios, less one. What checks remember depends on all that went before, so that they cannot be switched.
 */
export function checksCost(): number {
  const one = loaded({ servers: 5, trace: true });
  const other = loaded({ servers: 5, trace: true, checks: false });
  const ratios: number[] = [];
  for (let pair = 0; pair < COST_PAIRS + COST_WARM_UP; pair++) {
    const isFirst = pair % 2 === 0;
    const before = runFor(isFirst ? one : other, 1);
    const after = runFor(isFirst ? other : one, 1);
    if (pair >= COST_WARM_UP) ratios.push(isFirst ? before / after : after / before);
  }
  return median(ratios) - 1;
}

/** Switches one part of a running cluster. The trace is off throughout where the hash is measured. */
function switchOf(cluster: Cluster, part: "trace" | "hash"): (on: boolean) => void {
  const recorder = cluster.recorder.value;
  const observer = cluster.network.observer.value;
  const { hash } = cluster;
  cluster.recorder.value = undefined;
  cluster.network.observer.value = undefined;
  if (part === "hash") {
    return (on) => {
      cluster.hash = on ? hash : null;
    };
  }
  return (on) => {
    cluster.recorder.value = on ? recorder : undefined;
    cluster.network.observer.value = on ? observer : undefined;
  };
}

/**
 * A measure of alone.ts, in processes of their own: what ran here before would be in their memory and their compiled
 * code. The median of five, because how a process happens to be compiled moves a cost by a tenth of itself.
 */
export function alone(
  name: "trace" | "hash" | "memory" | "garbage" | "contract" | "million",
): number {
  const file = fileURLToPath(new URL("./alone.js", import.meta.url));
  return medianOf(5, () => {
    const child = spawnSync(process.execPath, ["--expose-gc", file, name], { encoding: "utf8" });
    return child.status === 0 ? Number(child.stdout) : NaN;
  });
}

function bestLoad(options: { servers: number; trace: boolean }): {
  eventsPerSecond: number;
  speedup: number;
} {
  let eventsPerSecond = 0;
  let speedup = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const cluster = loaded(options);
    const before = cluster.kernel.turnCount;
    const seconds = runFor(cluster, STRETCH_SECONDS);
    eventsPerSecond = Math.max(eventsPerSecond, (cluster.kernel.turnCount - before) / seconds);
    speedup = Math.max(speedup, STRETCH_SECONDS / seconds);
  }
  return { eventsPerSecond, speedup };
}

/** An ensemble with a leader, whose clients have just reached their pace. */
function loaded(options: { servers: number; trace: boolean; checks?: boolean }): Cluster {
  const cluster = buildEnsemble({ ...options, writesPerSecond: LOAD_PER_SECOND });
  startAll(cluster);
  runFor(cluster, 2);
  return cluster;
}

/** ms from the first notification sent to a leader that serves. */
function electOnce(servers: number, seed: string): number {
  const cluster = buildEnsemble({ servers, writesPerSecond: 0, trace: false, seed });
  startAll(cluster);
  const take = takeClusterTurn(cluster);
  while (!isLooking(cluster) && step(cluster.kernel, take)) continue;
  collectGarbage();
  const start = performance.now();
  while (!isServed(cluster) && step(cluster.kernel, take)) continue;
  return performance.now() - start;
}

/** What building an ensemble left behind is not the election's. */
function collectGarbage(): void {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect === "function") collect({ type: "minor" });
}

function isLooking(cluster: Cluster): boolean {
  for (const { server } of cluster.servers)
    if (server !== null && server.election.round > 0) return true;
  return false;
}

function isServed(cluster: Cluster): boolean {
  for (const { server } of cluster.servers) if (server?.leader?.stage === "broadcast") return true;
  return false;
}
