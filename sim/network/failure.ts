import { cut, RST, ship } from "./end.ts";
import { setPower } from "./link.ts";
import type { Network, Process } from "./state.ts";

export type CrashOptions = {
  /** What the process had sent and has not arrived is lost with it. */
  readonly losesSent: boolean;
};

/**
 * A process ends, killed or on its own. Its host lives on, and resets its connections behind what it had sent;
 * where a wall stands, the other side hears that only after the wall is gone.
 */
export function crashProcess<M, P>(
  network: Network<M, P>,
  processId: number,
  options: CrashOptions,
): void {
  const process = network.processes.get(processId);
  if (process === undefined) return;
  for (const end of process.ends.values()) {
    end.state = "dead";
    if (options.losesSent) cut(network, end.peer);
    ship(network, end.peer, RST, undefined);
  }
  forget(network, process);
}

/**
 * A host loses power, and its processes end. Nobody is told: their connections stay half-open until the host is
 * back and answers, with a reset, what the other side sends or has kept sending. What had come to a wall
 * is lost in any case, as nobody is left to send it again.
 */
export function powerOff<M, P>(
  network: Network<M, P>,
  hostName: string,
  options: CrashOptions,
): void {
  for (const process of network.processes.values()) {
    if (process.host.name !== hostName) continue;
    for (const end of process.ends.values()) {
      end.state = "dead";
      if (options.losesSent || end.peer.owed > 0) cut(network, end.peer);
    }
    forget(network, process);
  }
  setPower(network, hostName, false);
}

/** The host is back; processes can start on it. */
export function powerOn<M, P>(network: Network<M, P>, hostName: string): void {
  setPower(network, hostName, true);
}

function forget<M, P>(network: Network<M, P>, process: Process<M, P>): void {
  process.isRunning = false;
  process.ends.clear();
  network.processes.delete(process.id);
  for (const listener of network.listeners.values()) {
    if (listener.process === process) network.listeners.delete(listener.address);
  }
}
