import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import { bucketAfter } from "../session/tracker.ts";
import type { ClientConn } from "./clients-state.ts";

/**
 * When a connection without a word is dropped: its timeout after the last one, at the next of the looks that the
 * server takes at all of them. One without a session lasts once to twice its time.
 * @see spec client-protocol 2.6; ZooKeeper, server/NIOServerCnxnFactory.java
 *
 * @returns monotonic ms
 */
export function silenceEndsMs(server: Server, { heardMs, timeoutMs }: ClientConn): number {
  return bucketAfter(heardMs + timeoutMs, Math.max(1, server.config.options.sessionlessMs));
}

export function armSilence(server: Server, client: ClientConn, out: ServerEffect[]): void {
  const afterMs = silenceEndsMs(server, client) - server.nowMs;
  out.push({ kind: "arm", timer: "clientSilence", of: client.conn, afterMs });
}
