import type { Observation, ServerEffect } from "../../core/effect.ts";
import type { SnapshotInfo } from "../admin/view.ts";
import { noteObservation } from "../metrics/observations.ts";
import type { ServerStats } from "../metrics/stats.ts";
import type { ServerLog } from "../log/server-log.ts";
import type { Runtime } from "./runtime.ts";

/** Hears what the core says about itself: it is counted, and what is worth a line is logged. */
export function observer(
  stats: ServerStats,
  log: ServerLog,
): {
  readonly observe: (effect: ServerEffect, runtime: Runtime) => void;
  readonly lastSnapshot: () => SnapshotInfo | null;
} {
  let last: SnapshotInfo | null = null;
  return {
    observe: (effect, { server }) => {
      log.effect(effect, server);
      if (effect.kind === "exit") return;
      noteObservation(stats, server, effect as Observation, Date.now());
      if (effect.kind === "recovered") last = { zxid: effect.zxid, wallMs: Date.now() };
    },
    lastSnapshot: () => last,
  };
}
