import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import type { Tree } from "../tree/tree.ts";
import type { Leader } from "../zab/leader-state.ts";

/** Runs the timer from when there is something to clean, so that nothing is asked of a world without. */
export function watchContainers(server: Server, leader: Leader, out: ServerEffect[]): void {
  const { cleaner } = leader;
  const tree = server.database?.tree;
  if (cleaner.armed || tree === undefined || !hasContainers(tree)) return;
  cleaner.armed = true;
  const { containerCheckMs } = server.config.options;
  // The next look of one who had looked every so often all the time.
  const sinceLookMs = (server.nowMs - cleaner.sinceMs) % containerCheckMs;
  armCleaner(containerCheckMs - sinceLookMs, out);
}

export function armCleaner(afterMs: number, out: ServerEffect[]): void {
  out.push({ kind: "arm", timer: "containers", of: 0, afterMs });
}

function hasContainers({ containers, ttls }: Tree): boolean {
  return containers.size > 0 || ttls.size > 0;
}
