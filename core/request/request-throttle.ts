import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import type { ClientConn } from "./clients-state.ts";
import { ErrorCode } from "./error-code.ts";
import type { Request } from "./operation.ts";
import { sendReply } from "./reply.ts";
import { submitRequest } from "./submit.ts";

/**
 * Has this request to wait in front of the pipeline, because so many are in it? It is counted already. Only those with
 * an xid above 0 ever are.
 * @see spec storage-and-processing 10; ZooKeeper, server/RequestThrottler.java
 */
export function isThrottled(server: Server, xid: number): boolean {
  const { requestsMax } = server.config.options;
  if (requestsMax <= 0 || xid <= 0) return false;
  return server.clients.throttled.length > 0 || inProcess(server) > requestsMax;
}

export function throttle(server: Server, { conn }: ClientConn, { xid, op }: Request): void {
  server.clients.throttled.push({ conn, xid, op, sinceMs: server.nowMs });
}

/** Lets in those who waited longest, as far as there is room. A request whose connection is gone is dropped. */
export function admitThrottled(server: Server, out: ServerEffect[]): void {
  const { clients, config } = server;
  const { requestsMax, throttledOpWaitMs } = config.options;
  while (clients.throttled.length > 0 && inProcess(server) < requestsMax) {
    const waiting = clients.throttled.shift();
    const client = waiting === undefined ? undefined : clients.byConn.get(waiting.conn);
    if (waiting === undefined || client === undefined) continue;
    const { xid, op, sinceMs } = waiting;
    const waitedMs = server.nowMs - sinceMs;
    if (throttledOpWaitMs > 0 && waitedMs > throttledOpWaitMs && op.kind !== "closeSession") {
      sendReply(server, client.conn, xid, ErrorCode.throttledOp, null, out);
      continue;
    }
    if (op.kind === "closeSession") client.stage = "closing";
    submitRequest(server, client, xid, op, out);
  }
}

/** Requests that are neither answered nor waiting in front. */
function inProcess({ clients }: Server): number {
  return clients.outstandingCount - clients.throttled.length;
}
