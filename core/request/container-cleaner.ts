import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import { NO_SESSION } from "../session/session-id.ts";
import { ttlOf } from "../tree/owner.ts";
import { childCount, type Tree, type Znode } from "../tree/tree.ts";
import type { Leader } from "../zab/leader-state.ts";
import { armCleaner, watchContainers } from "./cleaner-timer.ts";
import { prepareLater } from "./submit.ts";

/**
 * The leader's broom: from time to time it looks for containers that have lost their last child and for TTL
 * znodes that nobody has written for too long, and asks for their deletion like any client would.
 * @see spec storage-and-processing 6.7; ZooKeeper, server/ContainerManager.java
 */

const MINUTE_MS = 60_000;

/** Time for a look, or for the next of those found. */
export function cleanContainers(server: Server, leader: Leader, out: ServerEffect[]): void {
  const { cleaner } = leader;
  const { database, config } = server;
  cleaner.armed = false;
  if (leader.stage !== "broadcast" || database === null) return;
  if (cleaner.found.length === 0) cleaner.found.push(...outlived(server, database.tree));
  const pauseMs = Math.floor(MINUTE_MS / config.options.containersPerMinuteMax);
  for (let path = cleaner.found.shift(); path !== undefined; path = cleaner.found.shift()) {
    deleteLater(server, leader, path, out);
    if (pauseMs > 0) break;
  }
  if (cleaner.found.length === 0) watchContainers(server, leader, out);
  else {
    cleaner.armed = true;
    armCleaner(pauseMs, out);
  }
}

function deleteLater(server: Server, leader: Leader, path: string, out: ServerEffect[]): void {
  const op = { kind: "deleteContainer", path } as const;
  const item = { sessionId: NO_SESSION, cxid: 0, op, identities: [], owner: 0, client: 0 };
  prepareLater(server, leader, item, out);
}

/** Containers first, in the order of their creation. */
function outlived({ nowMs, wallOffsetMs, config }: Server, tree: Tree): string[] {
  const wallMs = nowMs + wallOffsetMs;
  const neverUsedMs = config.options.containerNeverUsedMs;
  const paths: string[] = [];
  for (const path of tree.containers) {
    const znode = tree.nodes.get(path);
    if (znode === undefined || childCount(znode) > 0) continue;
    // One that was made a moment ago is not to go before its first child comes.
    const used = znode.record.cversion > 0;
    if (used || (neverUsedMs !== 0 && ageMs(znode, wallMs) > neverUsedMs)) paths.push(path);
  }
  for (const path of tree.ttls) {
    const znode = tree.nodes.get(path);
    if (znode === undefined || childCount(znode) > 0) continue;
    if (ageMs(znode, wallMs) > ttlOf(znode.record.ephemeralOwner)) paths.push(path);
  }
  return paths;
}

/** Since its data was written last; children do not count. */
function ageMs({ record }: Znode, wallMs: number): number {
  return wallMs - record.mtime;
}
