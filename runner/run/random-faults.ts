import { startServerProcess, resumeServerProcess } from "../../sim/cluster/server-process.ts";
import type { ServerProcess } from "../../sim/cluster/state.ts";
import { integer, openStream, type Stream } from "../../sim/kernel/stream.ts";
import { oneWay, split, type Wall } from "../../sim/network/partition.ts";
import type { FaultKind } from "../scenario/input.ts";
import type { FaultPlan } from "../scenario/scenario.ts";
import { resetAll } from "./breakages.ts";
import { count, serverParties, type Hands } from "./hands.ts";
import { beginLinkFaults, between, linkFaultsOn } from "./link-faults.ts";
import { crash, pause } from "./server-commands.ts";
import { raise } from "./walls.ts";

const SLOW_MS_MAX = 300;

/** Plans all faults of a run from its seed. Each ends by itself, and none lasts beyond the plan's end. */
export function planFaults(hands: Hands, plan: FaultPlan, seed: string): void {
  const stream = openStream(seed, "faults");
  let atUs = plan.fromUs;
  for (let index = 0; index < plan.max; index++) {
    atUs += integer(stream, 1, 2 * plan.everyUs);
    if (atUs >= plan.untilUs) return;
    const endUs = Math.min(plan.untilUs, atUs + integer(stream, ...plan.lastsUs));
    const kind = drawKind(stream, plan);
    const beginAtUs = atUs;
    hands.later(beginAtUs, () => begin(hands, stream, kind, endUs));
  }
}

function drawKind(stream: Stream, plan: FaultPlan): FaultKind {
  const sum = plan.kinds.reduce((total, { weight }) => total + weight, 0);
  let left = integer(stream, 0, Math.max(0, sum - 1));
  for (const { kind, weight } of plan.kinds) {
    if (left < weight) return kind;
    left -= weight;
  }
  return "crash";
}

function begin(hands: Hands, stream: Stream, kind: FaultKind, endUs: number): void {
  const { cluster } = hands;
  const process = cluster.servers[integer(stream, 0, cluster.servers.length - 1)];
  if (process === undefined) return;
  hands.lastFaultUs = cluster.kernel.nowUs;
  const undo = beginOn(hands, stream, kind, process);
  hands.later(endUs, () => {
    hands.lastFaultUs = cluster.kernel.nowUs;
    undo();
  });
}

/** Begins a fault and returns what ends it. */
function beginOn(
  hands: Hands,
  stream: Stream,
  kind: FaultKind,
  process: ServerProcess,
): () => void {
  const { cluster } = hands;
  const hosts = cluster.servers.map(({ host }) => host);
  switch (kind) {
    case "crash":
    case "power":
      crash(hands, process, kind === "power");
      return () => startServerProcess(cluster, process);
    case "pause":
      pause(hands, process);
      return () => resumeServerProcess(cluster, process);
    case "partition": {
      const sides = hosts.map((host) => ({ host, isLeft: integer(stream, 0, 1) === 0 }));
      const left = sides.filter(({ isLeft }) => isLeft).map(({ host }) => host);
      const right = sides.filter(({ isLeft }) => !isLeft).map(({ host }) => host);
      return wallOff(hands, "partition", split([left, right]));
    }
    case "isolate":
      return wallOff(
        hands,
        "isolation",
        split([[process.host], hosts.filter((host) => host !== process.host)]),
      );
    case "oneWay": {
      const isOut = integer(stream, 0, 1) === 0;
      const walls = isOut ? oneWay([process.host], hosts) : oneWay(hosts, [process.host]);
      return wallOff(hands, "one-way partition", walls);
    }
    case "slow": {
      const addedMs = integer(stream, 1, SLOW_MS_MAX);
      const from = { host: process.host, who: process.sid };
      count(cluster, "slow link");
      const links = between([from], serverParties(cluster));
      return beginLinkFaults(hands, linkFaultsOn(links, "slow", addedMs));
    }
    case "reset":
      count(cluster, "reset");
      resetAll(hands, { host: process.host, who: process.sid }, serverParties(cluster));
      return () => undefined;
  }
}

function wallOff(hands: Hands, fault: string, walls: readonly Wall[]): () => void {
  count(hands.cluster, fault);
  return raise(hands, walls);
}
