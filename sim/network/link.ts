import { drawAt, openSource } from "../kernel/source.ts";
import type { DrawTable } from "../kernel/stream.ts";
import { scheduleRelease } from "./end.ts";
import type { Host, Link, Network } from "./state.ts";

export function hostOf<M, P>(network: Network<M, P>, name: string): Host {
  let host = network.hosts.get(name);
  if (host === undefined) {
    host = { name, isUp: true, connectCount: 0, links: new Map() };
    network.hosts.set(name, host);
  }
  return host;
}

export function linkBetween<M, P>(network: Network<M, P>, from: Host, to: Host): Link {
  let link = from.links.get(to.name);
  if (link === undefined) {
    link = {
      from,
      to,
      walls: 0,
      isHeld: false,
      isOpen: to.isUp,
      latency: network.latency,
      trouble: null,
      source: openSource(network.stream.label, `${from.name} ${to.name}`),
      releaseCount: 0,
      opened: new Map(),
    };
    from.links.set(to.name, link);
  }
  return link;
}

/** Puts one more wall on the way from one host to another. What comes to it waits, in order. */
export function raiseWall<M, P>(network: Network<M, P>, from: string, to: string): void {
  const link = linkOf(network, from, to);
  link.walls++;
  link.isOpen = false;
}

/** Takes one wall away. Once none is left, what waits is retransmitted after a while. */
export function lowerWall<M, P>(network: Network<M, P>, from: string, to: string): void {
  const link = linkOf(network, from, to);
  if (link.walls > 0) link.walls--;
  openIfFree(network, link);
}

/** Takes all walls away. */
export function heal<M, P>(network: Network<M, P>): void {
  for (const host of network.hosts.values()) {
    for (const link of host.links.values()) {
      if (link.walls === 0) continue;
      link.walls = 0;
      openIfFree(network, link);
    }
  }
}

/** Stops one link: what comes to its end waits, in order, until {@link release}. */
export function hold<M, P>(network: Network<M, P>, from: string, to: string): void {
  const link = linkOf(network, from, to);
  link.isHeld = true;
  link.isOpen = false;
}

/** Lets go what {@link hold} stopped: at once, without the delay of a retransmission. */
export function release<M, P>(network: Network<M, P>, from: string, to: string): void {
  const link = linkOf(network, from, to);
  if (!link.isHeld) return;
  link.isHeld = false;
  link.isOpen = link.walls === 0 && link.to.isUp;
  if (!link.isOpen) return;
  for (const end of network.stalled) {
    if (end.link === link) scheduleRelease(network, end, 0);
  }
}

/** Gives one link its own latency, for what is sent from now on; undefined gives back the network's. */
export function setLatency<M, P>(
  network: Network<M, P>,
  from: string,
  to: string,
  table: DrawTable | undefined,
): void {
  linkOf(network, from, to).latency = table ?? network.latency;
}

/** Power for a host, or none: without, nothing arrives there, and what is sent to it waits. */
export function setPower<M, P>(network: Network<M, P>, hostName: string, isUp: boolean): void {
  const host = hostOf(network, hostName);
  host.isUp = isUp;
  for (const from of network.hosts.values()) {
    const link = from.links.get(hostName);
    if (link === undefined) continue;
    if (isUp) openIfFree(network, link);
    else link.isOpen = false;
  }
}

/** What waited on a link that opens is sent again, each connection by its own retransmission timer. */
function openIfFree<M, P>(network: Network<M, P>, link: Link): void {
  const wasOpen = link.isOpen;
  link.isOpen = link.walls === 0 && !link.isHeld && link.to.isUp;
  if (wasOpen || !link.isOpen) return;
  for (const end of network.stalled) {
    if (end.link !== link) continue;
    scheduleRelease(network, end, retransmissionUs(network, link));
  }
}

/** µs until a connection of this link sends again what waits. */
export function retransmissionUs<M, P>(network: Network<M, P>, link: Link): number {
  return drawAt(link.source, 0, link.releaseCount++, network.retransmission);
}

export function linkOf<M, P>(network: Network<M, P>, from: string, to: string): Link {
  return linkBetween(network, hostOf(network, from), hostOf(network, to));
}
