import { stepProgram } from "../../sim/cluster/client-process.ts";
import { resumeServerProcess, startServerProcess } from "../../sim/cluster/server-process.ts";
import type { Command } from "../scenario/scenario.ts";
import { processesOf, type Hands } from "./hands.ts";
import { clientNamed } from "./holds.ts";
import { obeyNetworkCommand } from "./network-commands.ts";
import { crash, crashUpon, pause, restartInTurn, stop } from "./server-commands.ts";
import { obeyServerFault } from "./server-faults.ts";
import { noteLeader } from "./targets.ts";

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
      restartInTurn(hands, processesOf(hands, command.targets), command.apartUs);
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
    case "shape":
    case "wall":
    case "isolate":
    case "heal":
    case "link fault":
    case "release":
    case "swizzle":
    case "reset":
    case "halfOpen":
      obeyNetworkCommand(hands, command);
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
