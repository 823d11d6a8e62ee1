import type { Server } from "../../core/server-state.ts";
import { dataOf, nodeAt, treeDigest, type Tree } from "../../core/tree/tree.ts";
import { decodeUtf8 } from "../../core/wire/utf8.ts";
import type { ClientProcess, Cluster, ServerProcess } from "../../sim/cluster/state.ts";
import type { Condition, ServerCondition } from "../scenario/condition.ts";
import type { Facts } from "./facts.ts";

/** Is `condition` true now? `writesBefore`: writes committed when the step above was carried out. */
export function holds(
  cluster: Cluster,
  facts: Facts,
  condition: Condition,
  writesBefore: number,
): boolean {
  switch (condition.kind) {
    case "leaderElected":
      return leaderOf(cluster) !== null;
    case "noLeader":
      return leaderOf(cluster) === null;
    case "leaderIs":
      return isLeader(cluster.bySid.get(condition.sid));
    case "serverIs":
      return serverIs(cluster.bySid.get(condition.sid), condition.state);
    case "allSynced":
      return runningOf(cluster).length > 0 && runningOf(cluster).every(({ serving }) => serving);
    case "syncedBy":
      return (
        serverIs(cluster.bySid.get(condition.sid), "synced") &&
        facts.syncedBy.get(condition.sid) === condition.mode
      );
    case "writesCommitted":
      return facts.committedWrites - (condition.more ? writesBefore : 0) >= condition.count;
    case "epochAtLeast":
      return runningOf(cluster).some(({ currentEpoch }) => currentEpoch >= condition.epoch);
    case "clientIs":
      return clientNamed(cluster, condition.client)?.client.state === condition.state;
    case "clientAt":
      return serverOfClient(cluster, condition.client) === condition.sid;
    case "sessionExpired":
      return facts.expiredSessions > 0;
    case "znode":
      return hasNode(cluster, condition.path) === condition.exists;
    case "znodeData":
      return textAt(cluster, condition.path) === condition.data;
    case "treesEqual":
      return areTreesEqual(cluster);
    case "allReturned":
      return cluster.history.entries.every(({ outcome }) => outcome !== "pending");
    case "watchFired":
      return facts.watchesFired.has(`${condition.client} ${condition.path}`);
    case "lockHeld":
      return cluster.history.holds.length >= condition.count;
    case "noViolations":
      return cluster.checks === null || cluster.checks.violations.length === 0;
  }
}

/** Who leads and serves; the one with the highest epoch, should an old one not know yet that it is over. */
export function leaderOf(cluster: Cluster): ServerProcess | null {
  let found: ServerProcess | null = null;
  let epoch = -1;
  for (const process of cluster.servers) {
    if (!isLeader(process) || process.server === null) continue;
    if (process.server.currentEpoch <= epoch) continue;
    found = process;
    epoch = process.server.currentEpoch;
  }
  return found;
}

export function clientNamed(cluster: Cluster, name: string): ClientProcess | undefined {
  return cluster.clients.find((process) => process.name === name);
}

function isLeader(process: ServerProcess | undefined): boolean {
  const server = process?.server ?? null;
  return server !== null && server.state === "LEADING" && server.serving;
}

function serverIs(process: ServerProcess | undefined, state: ServerCondition): boolean {
  const server = process?.server ?? null;
  if (state === "down") return process?.life === "down";
  if (server === null) return false;
  return state === "synced" ? server.serving : server.life !== "new" && server.state === state;
}

function runningOf(cluster: Cluster): Server[] {
  return cluster.servers.flatMap(({ server }) => (server === null ? [] : [server]));
}

/** The leader's tree, or that of a server that serves. */
function currentTree(cluster: Cluster): Tree | null {
  const leader = leaderOf(cluster)?.server ?? runningOf(cluster).find(({ serving }) => serving);
  return leader?.database?.tree ?? null;
}

/** Without a server that serves, nobody can say that a znode exists, nor that it does not. */
function hasNode(cluster: Cluster, path: string): boolean | null {
  const tree = currentTree(cluster);
  return tree === null ? null : nodeAt(tree, path) !== undefined;
}

function textAt(cluster: Cluster, path: string): string | null {
  const tree = currentTree(cluster);
  const data = tree === null ? null : dataOf(tree, path);
  return data === null ? null : decodeUtf8(data, 0, data.length);
}

function areTreesEqual(cluster: Cluster): boolean {
  const digests = runningOf(cluster)
    .filter(({ serving }) => serving)
    .map(({ database }) => (database === null ? 0n : treeDigest(database.tree)));
  return digests.length > 0 && digests.every((digest) => digest === digests[0]);
}

function serverOfClient(cluster: Cluster, name: string): number | null {
  const client = clientNamed(cluster, name)?.client;
  if (client === undefined || client.link !== "attached") return null;
  const address = client.order[client.current];
  for (const { config, sid } of cluster.servers) {
    const member = config.members.find((other) => other.sid === sid);
    if (member?.clientAddress === address) return sid;
  }
  return null;
}
