import { performance } from "node:perf_hooks";
import { step } from "../sim/kernel/kernel.ts";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { takeClusterTurn } from "../sim/cluster/cluster.ts";
import type { Cluster } from "../sim/cluster/state.ts";
import { buildEnsemble, runFor, startAll } from "./ensemble.ts";

/** Elections measured one after the other, each on new servers. */
const ELECTIONS = 500;
const LOAD_PER_SECOND = 1000;
/** Virtual seconds of one measured stretch under load. */
const STRETCH_SECONDS = 10;
const ROUNDS = 5;
const COST_ROUNDS = 15;

/** Events/s of five servers under load with checks, hash and trace on. */
export function coreEvents(): number {
  return bestLoad({ servers: 5, trace: true, hash: true }).eventsPerSecond;
}

/** Virtual over wall time at 1,000 writes/s. */
export function loadSpeedup(servers: number): number {
  return bestLoad({ servers, trace: false, hash: true }).speedup;
}

/** Virtual over wall time of five servers that nobody asks for anything. */
export function idleSpeedup(): number {
  const cluster = buildEnsemble({ servers: 5, writesPerSecond: 0, trace: false, hash: true });
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
 * What a part costs: runs with and without it in turn, on the same load, and the best of each compared: on a shared
 * machine the noise only ever slows down.
 */
export function costOf(part: "trace" | "hash"): number {
  let withIt = Infinity;
  let without = Infinity;
  for (let round = 0; round < COST_ROUNDS; round++) {
    const plain = { servers: 5, trace: false, hash: part !== "hash" };
    withIt = Math.min(
      withIt,
      secondsUnderLoad({ servers: 5, trace: part === "trace", hash: true }),
    );
    without = Math.min(without, secondsUnderLoad(plain));
  }
  return withIt / without - 1;
}

/** MB that a process needs at most for a million events with checks, hash and trace, from its start to its end. */
export function millionEventMemory(): number {
  const file = fileURLToPath(new URL("./million.js", import.meta.url));
  const child = spawnSync(process.execPath, [file], { encoding: "utf8" });
  return Number(child.stdout) / 1024;
}

function bestLoad(options: { servers: number; trace: boolean; hash: boolean }): {
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

function secondsUnderLoad(options: { servers: number; trace: boolean; hash: boolean }): number {
  return runFor(loaded(options), STRETCH_SECONDS);
}

/** An ensemble with a leader, whose clients have just reached their pace. */
function loaded(options: { servers: number; trace: boolean; hash: boolean }): Cluster {
  const cluster = buildEnsemble({ ...options, writesPerSecond: LOAD_PER_SECOND });
  startAll(cluster);
  runFor(cluster, 2);
  return cluster;
}

/** ms from the first notification sent to a leader that serves. */
function electOnce(servers: number, seed: string): number {
  const cluster = buildEnsemble({ servers, writesPerSecond: 0, trace: false, hash: true, seed });
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
