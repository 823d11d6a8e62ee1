import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import type { ClientConn } from "./clients-state.ts";

/**
 * Back-pressure: with too many requests in process, connections that have asked something are not read
 * until one of their answers is out. Nobody gets an error. Only requests with an xid above 0 count.
 * @see spec client-protocol 10.4; ZooKeeper, server/ZooKeeperServer.java (shouldThrottle)
 */
export function requestCounted(server: Server, client: ClientConn, out: ServerEffect[]): void {
  client.outstandingCount++;
  server.clients.outstandingCount++;
  if (client.paused || !isOverloaded(server)) return;
  client.paused = true;
  out.push({ kind: "pauseReading", conn: client.conn });
}

/** One of its requests is answered, or was dropped without an answer. */
export function requestAnswered(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const client = server.clients.byConn.get(conn);
  if (client === undefined || client.outstandingCount === 0) return;
  client.outstandingCount--;
  server.clients.outstandingCount--;
  if (client.paused && (client.outstandingCount === 0 || !isOverloaded(server))) {
    client.paused = false;
    out.push({ kind: "resumeReading", conn });
  }
}

/** The servers of an ensemble share the limit among them, as its writes meet at one leader. */
function isOverloaded(server: Server): boolean {
  const { options, quorum } = server.config;
  const voters = quorum.voters.length;
  const sharers = voters > 2 ? voters - 1 : 1;
  return server.clients.outstandingCount > Math.floor(options.globalOutstandingMax / sharers);
}
