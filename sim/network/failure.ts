import { cut, RST, ship, SYN } from "./end.ts";
import { setPower } from "./link.ts";
import type { End, Network, Process } from "./state.ts";

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
    const isGone = end.state === "gone";
    end.state = "dead";
    if (options.losesSent) cut(network, end.peer);
    if (!isGone) ship(network, end.peer, RST, undefined);
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
      if (options.losesSent) cutToReset(network, end.peer);
    }
    forget(network, process);
  }
  for (const end of network.stalled) {
    if (end.link.from.name !== hostName) continue;
    cutToReset(network, end);
    if (end.state === "opening" && end.conn > 0 && !end.isEnding) knockAgain(network, end);
  }
  setPower(network, hostName, false);
}

/** The host is back; processes can start on it. */
export function powerOn<M, P>(network: Network<M, P>, hostName: string): void {
  setPower(network, hostName, true);
}

/** A reset that is under way was the fault of somebody else, and arrives all the same. */
function cutToReset<M, P>(network: Network<M, P>, end: End<M, P>): void {
  const last = (end.first + end.count - 1) & (end.labels.length - 1);
  const isReset = end.state === "gone" || (end.count > 0 && end.labels[last] === RST);
  cut(network, end);
  if (isReset) ship(network, end, RST, undefined);
}

/** An opener whose answer was lost sends its SYN again, to whoever will listen there by then. */
function knockAgain<M, P>(network: Network<M, P>, opener: End<M, P>): void {
  opener.peer.owner = undefined;
  opener.peer.state = "opening";
  ship(network, opener.peer, SYN, undefined);
}

function forget<M, P>(network: Network<M, P>, process: Process<M, P>): void {
  process.isRunning = false;
  process.ends.clear();
  network.processes.delete(process.id);
  for (const listener of network.listeners.values()) {
    if (listener.process === process) network.listeners.delete(listener.address);
  }
}
