import { clone } from "../../../sim/kernel/clone.ts";
import { createKernel, run, type Kernel } from "../../../sim/kernel/kernel.ts";
import { makeTable, openStream, type DrawTable } from "../../../sim/kernel/stream.ts";
import { onNetworkTurn } from "../../../sim/network/arrival.ts";
import { connect, createNetwork, listen, startProcess } from "../../../sim/network/network.ts";
import type { Network, NetworkEvent } from "../../../sim/network/state.ts";

export type Heard = {
  readonly atUs: number;
  readonly process: number;
  readonly event: NetworkEvent<string, string>;
};

/** Processes that write down what they hear, each on a host named after it (1 on `h1`). */
export type World = {
  readonly kernel: Kernel;
  readonly network: Network<string, string>;
  readonly heard: Heard[];
};

export const LATENCY_US = 100;
export const RETRANSMISSION_US = 5000;

export function createWorld(
  processes: readonly number[],
  options: { readonly seed?: string; readonly latency?: DrawTable } = {},
): World {
  const kernel = createKernel();
  const network = createNetwork<string, string>(
    kernel,
    openStream(options.seed ?? "1", "network"),
    {
      turnKind: 3,
      latency: options.latency ?? makeTable([[1, LATENCY_US, LATENCY_US]]),
      retransmission: makeTable([[1, RETRANSMISSION_US, RETRANSMISSION_US]]),
    },
  );
  for (const id of processes) {
    startProcess(network, id, `h${id}`);
    listen(network, id, `h${id}:1`, "peer");
  }
  return { kernel, network, heard: [] };
}

/** A world in which 1 has opened its connection 1 to 2, which knows it as −1. Nothing is heard yet. */
export function createPair(): World {
  const world = createWorld([1, 2]);
  connect(world.network, 1, 1, "h2:1");
  runFor(world, 1000);
  world.heard.length = 0;
  return world;
}

export function runFor(world: World, us: number): void {
  const { kernel, network, heard } = world;
  run(kernel, kernel.nowUs + us, (turn) => {
    onNetworkTurn(network, turn, (process, event) => {
      heard.push({ atUs: turn.atUs, process, event });
    });
  });
}

export function cloneWorld(world: World): World {
  return clone(world);
}

/** `1:connected 1`, `2:received -1 hello`, …; and what was heard is forgotten. */
export function lines(world: World): string[] {
  return world.heard.splice(0).map(({ process, event }) => {
    const text = event.kind === "received" ? ` ${event.message}` : "";
    return `${process}:${event.kind} ${event.conn}${text}`;
  });
}
