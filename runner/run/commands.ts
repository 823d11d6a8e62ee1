import { stepProgram } from "../../sim/cluster/client-process.ts";
import { resumeServerProcess, startServerProcess } from "../../sim/cluster/server-process.ts";
import { heal } from "../../sim/network/link.ts";
import type { Command } from "../scenario/scenario.ts";
import { partiesOf, processesOf, type Hands } from "./hands.ts";
import { clientNamed } from "./holds.ts";
import { resetBetween } from "./resets.ts";
import { crash, crashUpon, pause, restart, stop } from "./server-commands.ts";
import { obeyServerFault } from "./server-faults.ts";
import { slow, unslow } from "./slow-links.ts";
import { noteLeader } from "./targets.ts";
import { isolate, noteAllHealed, partition, partitionOneWay } from "./walls.ts";

/** Carries out one command, on whomever its roles stand for at this moment. */
export function obey(hands: Hands, command: Command): void {
  const { cluster, cast } = hands;
  noteLeader(cluster, cast);
  hands.lastFaultUs = cluster.kernel.nowUs;
  switch (command.kind) {
    case "start":
      for (const process of processesOf(hands, command.targets))
        startServerProcess(cluster, process);
      break;
    case "stop":
      for (const process of processesOf(hands, command.targets)) stop(hands, process);
      break;
    case "restart":
      for (const process of processesOf(hands, command.targets)) restart(hands, process);
      break;
    case "crash":
      for (const process of processesOf(hands, command.targets)) {
        const { upon, power, leaves } = command;
        if (upon === null) crash(hands, process, power, leaves);
        else crashUpon(hands, process, upon, power, leaves);
      }
      break;
    case "pause":
      for (const process of processesOf(hands, command.targets)) pause(hands, process);
      break;
    case "resume":
      for (const process of processesOf(hands, command.targets)) {
        resumeServerProcess(cluster, process);
      }
      break;
    case "partition":
      partition(hands, command.groups);
      break;
    case "wall":
      partitionOneWay(hands, command.from, command.to);
      break;
    case "isolate":
      for (const party of partiesOf(hands, command.targets)) isolate(hands, party);
      break;
    case "heal":
      healAll(hands);
      break;
    case "slow":
      slow(hands, command.from, command.to, command.addedMs);
      break;
    case "reset":
      resetBetween(hands, command.from, command.to);
      break;
    case "server fault":
      for (const process of processesOf(hands, command.targets)) {
        obeyServerFault(hands, process, command.fault);
      }
      break;
    case "client": {
      const process = clientNamed(cluster, command.client);
      if (process !== undefined)
        stepProgram(cluster, process, { kind: "told", action: command.action });
      break;
    }
  }
}

/** No walls, no slow links. */
function healAll(hands: Hands): void {
  noteAllHealed(hands);
  heal(hands.cluster.network);
  for (const [from, to] of hands.slowed.values()) unslow(hands, from, to);
}
