import {
  crashServerProcess,
  deliverToServer,
  pauseServerProcess,
  resumeServerProcess,
  startServerProcess,
} from "../../sim/cluster/server-process.ts";
import type { ServerProcess } from "../../sim/cluster/state.ts";
import type { Leaves } from "../../sim/disk/failure.ts";
import type { CrashPlan } from "../scenario/scenario.ts";
import { count, type Hands } from "./hands.ts";

/** A restarted process takes a moment to come up. */
const RESTART_US = 300_000;

export function crash(
  hands: Hands,
  process: ServerProcess,
  power: boolean,
  leaves: Leaves = "drawn",
): void {
  if (process.server === null) return;
  count(hands.cluster, power ? "power loss" : "crash");
  crashServerProcess(hands.cluster, process, { power, losesSent: power, leaves });
}

/** The server's process ends right behind something that it is going to do. */
export function crashUpon(
  { cluster }: Hands,
  process: ServerProcess,
  plan: CrashPlan,
  power: boolean,
  leaves: Leaves,
): void {
  const { point, nth, withinUs, backUs, times } = plan;
  const upon = point === "event" ? null : point;
  const untilUs = cluster.kernel.nowUs + withinUs;
  process.trap = { upon, left: nth, nth, times, backUs, untilUs, power, leaves };
}

export function pause(hands: Hands, process: ServerProcess): void {
  if (process.life !== "running") return;
  count(hands.cluster, "pause");
  pauseServerProcess(hands.cluster, process);
}

/** The first at once, each of the others so much later than the one before: a rolling restart. */
export function restartInTurn(
  hands: Hands,
  processes: readonly ServerProcess[],
  apartUs: number,
): void {
  for (const [index, process] of processes.entries()) {
    if (index === 0 || apartUs === 0) restart(hands, process);
    else {
      hands.later(hands.cluster.kernel.nowUs + index * apartUs, () => {
        hands.lastFaultUs = hands.cluster.kernel.nowUs;
        restart(hands, process);
      });
    }
  }
}

/** In good order: a running server is stopped first. */
function restart(hands: Hands, process: ServerProcess): void {
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
