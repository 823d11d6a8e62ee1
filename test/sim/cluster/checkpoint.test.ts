import { expect, test } from "vitest";
import { characterOf } from "../../../runner/run/characters.ts";
import { shippedScenario } from "../../../runner/shipped.ts";
import { createCluster, runCluster, startClients } from "../../../sim/cluster/cluster.ts";
import { clusterHash } from "../../../sim/cluster/hashing.ts";
import { crashServerProcess, startServerProcess } from "../../../sim/cluster/server-process.ts";
import type { Cluster } from "../../../sim/cluster/state.ts";
import { clone } from "../../../sim/kernel/clone.ts";

const SECOND_US = 1_000_000;

test("a clone in the middle of a run goes on to the same hash", () => {
  const cluster = running(2.5);
  const copy = clone(cluster);

  goOn(cluster, 5);
  goOn(copy, 5);

  expect(clusterHash(copy)).toBe(clusterHash(cluster));
  expect(copy.checks?.violations).toEqual([]);
});

test("what happens to a clone does not happen to the original", () => {
  const cluster = running(2.5);
  const alone = running(2.5);
  const copy = clone(cluster);

  crashLeader(copy);
  goOn(copy, 5);
  goOn(cluster, 5);
  goOn(alone, 5);

  expect(clusterHash(cluster)).toBe(clusterHash(alone));
  expect(clusterHash(copy)).not.toBe(clusterHash(cluster));
});

test("one checkpoint forks into as many runs as one likes", () => {
  const checkpoint = running(1.2);
  const hashes = [1, 2, 3].map(() => {
    const fork = clone(checkpoint);
    crashLeader(fork);
    goOn(fork, 4);
    return clusterHash(fork);
  });

  expect(new Set(hashes).size).toBe(1);
});

/** Five servers and their clients, as leader-crash has them, so many virtual seconds old. */
function running(seconds: number): Cluster {
  const scenario = shippedScenario("leader-crash");
  if (scenario === null) throw new Error("no scenario leader-crash");
  const cluster = createCluster({
    seed: "checkpoint",
    servers: scenario.servers,
    clients: scenario.clients,
    character: characterOf("lan", "ssd"),
    checks: true,
    turnsMax: Infinity,
  });
  for (const process of cluster.servers) startServerProcess(cluster, process);
  startClients(cluster);
  goOn(cluster, seconds);
  return cluster;
}

function goOn(cluster: Cluster, untilSeconds: number): void {
  runCluster(cluster, untilSeconds * SECOND_US, () => undefined);
}

function crashLeader(cluster: Cluster): void {
  const leader = cluster.servers.find(({ server }) => server?.state === "LEADING");
  if (leader === undefined) throw new Error("nobody leads");
  crashServerProcess(cluster, leader, { power: false, losesSent: false });
}
