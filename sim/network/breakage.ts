import { cut, cutBehind, reschedule, RST, ship } from "./end.ts";
import type { Network } from "./state.ts";

/**
 * A connection breaks: both sides hear `disconnected`, and what is under way is lost.
 *
 * @param keeps so many messages each way arrive before that, as long as there are any
 */
export function reset<M, P>(
  network: Network<M, P>,
  processId: number,
  conn: number,
  keeps: number = 0,
): void {
  const end = network.processes.get(processId)?.ends.get(conn);
  if (end === undefined) return;
  for (const side of [end, end.peer]) {
    cutBehind(network, side, keeps);
    ship(network, side, RST, undefined);
  }
}

/**
 * A connection ends for one process alone, which hears `disconnected`. The other side is told nothing: its end is
 * half-open, until it sends something and is answered with a reset. What is under way to the process is lost.
 *
 * @param lateUs when the other side hears what was under way to it, at the earliest; null when that is lost, too
 */
export function breakSilently<M, P>(
  network: Network<M, P>,
  processId: number,
  conn: number,
  lateUs: number | null,
): void {
  const end = network.processes.get(processId)?.ends.get(conn);
  if (end === undefined || end.state !== "open") return;
  const { peer } = end;
  const atUs = network.kernel.nowUs + (lateUs ?? 0);
  // An end that is gone itself has nothing more to hear but that.
  if (lateUs !== null) reschedule(network, peer, Math.max(peer.lastAtUs, atUs));
  else if (peer.state !== "gone") cut(network, peer);
  cut(network, end);
  end.state = "gone";
  ship(network, end, RST, undefined);
  // The other side may still send: that comes to a dead end behind the reset, and is answered.
  end.isEnding = false;
}
