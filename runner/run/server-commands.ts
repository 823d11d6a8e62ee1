import {
  crashServerProcess,
  deliverToServer,
  pauseServerProcess,
  resumeServerProcess,
  startServerProcess,
} from "../../sim/cluster/server-process.ts";
import type { ServerProcess } from "../../sim/cluster/state.ts";
import { count, type Hands } from "./hands.ts";

/** A restarted process takes a moment to come up. */
const RESTART_US = 300_000;

export function crash(hands: Hands, process: ServerProcess, power: boolean): void {
  if (process.server === null) return;
  count(hands.cluster, power ? "power loss" : "crash");
  crashServerProcess(hands.cluster, process, { power, losesSent: power });
}

export function pause(hands: Hands, process: ServerProcess): void {
  if (process.life !== "running") return;
  count(hands.cluster, "pause");
  pauseServerProcess(hands.cluster, process);
}

/** In good order: a running server is stopped first. */
export function restart(hands: Hands, process: ServerProcess): void {
  const { cluster } = hands;
  stop(hands, process);
  hands.later(cluster.kernel.nowUs + RESTART_US, () => {
    hands.lastFaultUs = cluster.kernel.nowUs;
    startServerProcess(cluster, process);
  });
}

export function stop(hands: Hands, process: ServerProcess): void {
  if (process.server === null) return;
  if (process.life === "paused") resumeServerProcess(hands.cluster, process);
  count(hands.cluster, "stop");
  deliverToServer(hands.cluster, process, { kind: "stopped" });
}
