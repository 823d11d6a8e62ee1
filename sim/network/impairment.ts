import { drawAt } from "../kernel/source.ts";
import { reschedule, scheduleRelease } from "./end.ts";
import { linkOf, retransmissionUs } from "./link.ts";
import type { End, Link, Network, Trouble } from "./state.ts";

const NO_TROUBLE: Readonly<Trouble> = Object.freeze({
  bytesPerSecond: 0,
  freeAtUs: 0,
  lossOneIn: 0,
  connects: "pass",
});

/** Limits what goes from one host to another; 0 lifts the limit, and lets go what still waits for it. */
export function setBandwidth<M, P>(
  network: Network<M, P>,
  from: string,
  to: string,
  bytesPerSecond: number,
): void {
  const link = linkOf(network, from, to);
  const wasLimited = (link.trouble?.bytesPerSecond ?? 0) > 0;
  change(link, { bytesPerSecond, freeAtUs: 0 });
  if (wasLimited && bytesPerSecond === 0) hurry(network, link);
}

/**
 * Of so many packets from one host to another one is lost, for what is sent from now on; 0 for none. TCP sends it
 * again, and what is behind it on its connection waits.
 */
export function setLoss<M, P>(
  network: Network<M, P>,
  from: string,
  to: string,
  lossOneIn: number,
): void {
  change(linkOf(network, from, to), { lossOneIn });
}

/** What becomes of attempts to connect from one host to another. Connections that stand are not touched. */
export function setConnects<M, P>(
  network: Network<M, P>,
  from: string,
  to: string,
  connects: Trouble["connects"],
): void {
  const link = linkOf(network, from, to);
  change(link, { connects });
  if (connects === "unanswered" || !link.isOpen) return;
  for (const end of network.stalled) {
    if (end.link !== link) continue;
    scheduleRelease(network, end, retransmissionUs(network, link));
  }
}

function change(link: Link, changes: Partial<Trouble>): void {
  const trouble = { ...(link.trouble ?? NO_TROUBLE), ...changes };
  const { bytesPerSecond, lossOneIn, connects } = trouble;
  const isOver = bytesPerSecond === 0 && lossOneIn === 0 && connects === "pass";
  link.trouble = isOver ? null : trouble;
}

function hurry<M, P>(network: Network<M, P>, link: Link): void {
  const ways = new Set<End<M, P>>();
  for (const process of network.processes.values()) {
    for (const end of process.ends.values()) {
      if (end.link === link) ways.add(end);
      if (end.peer.link === link) ways.add(end.peer);
    }
  }
  for (const end of ways) {
    if (end.count === 0) continue;
    const afterUs = drawAt(link.source, 1, link.releaseCount++, link.latency);
    reschedule(network, end, network.kernel.nowUs + afterUs);
  }
}
