import type { Observation, ServerEffect } from "../../core/effect.ts";
import { parseName } from "../../core/storage/log-file.ts";
import type { SnapshotInfo } from "../admin/view.ts";
import { recordConfiguration, recordProposal } from "../config/dynamic-file.ts";
import type { ServerSettings } from "../config/settings.ts";
import type { ServerLog } from "../log/server-log.ts";
import { noteLoaded } from "../metrics/disk-stats.ts";
import { noteObservation } from "../metrics/observations.ts";
import type { ServerStats } from "../metrics/stats.ts";
import { nowMs } from "./clock.ts";
import type { Runtime } from "./runtime.ts";

/** What becomes of everything that a core says and that is neither sent nor stored. */
export type Observer = {
  readonly observe: (effect: ServerEffect, runtime: Runtime) => void;
  /** A file was written or got its name. */
  readonly named: (file: string) => void;
  readonly lastSnapshot: () => SnapshotInfo | null;
};

/** It is counted, what is worth a line is logged, and a configuration is written down before anything else is done. */
export function observer(settings: ServerSettings, stats: ServerStats, log: ServerLog): Observer {
  let files: Parameters<typeof recordConfiguration>[0] = settings;
  let last: SnapshotInfo | null = null;
  const { sid } = settings.config;
  return {
    observe: (effect, runtime) => {
      const { server, clock } = runtime;
      log.effect(effect, server);
      if (effect.kind === "exit") return;
      if (effect.kind === "configured") {
        if (effect.committed) files = recordConfiguration(files, sid, effect.text);
        else recordProposal(files, effect.text);
        return;
      }
      noteObservation(stats, server, effect as Observation, Date.now());
      if (effect.kind !== "recovered") return;
      noteLoaded(stats, nowMs(clock) - stats.startedMs, 0, effect.txnCount);
      last = { zxid: effect.zxid, wallMs: Date.now() };
    },
    named: (file) => {
      const zxid = parseName(file, "snapshot");
      if (zxid !== null) last = { zxid, wallMs: Date.now() };
    },
    lastSnapshot: () => last,
  };
}
