import { resetConnStats } from "../metrics/connection-stats.ts";
import { resetServerStats } from "../metrics/stats.ts";
import type { ServerView } from "./view.ts";

/** `crst`: every connection counts from zero. */
export function resetConnections(view: ServerView): void {
  for (const { stats } of view.connections()) resetConnStats(stats);
}

/** `srst`: the server counts from zero. */
export function resetServer(view: ServerView): void {
  resetServerStats(view.stats);
}
