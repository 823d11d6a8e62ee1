import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import { NO_SESSION } from "../session/session-id.ts";
import { removeWatcher } from "../tree/watches.ts";
import type { Zxid } from "../zxid.ts";
import { ErrorCode } from "./error-code.ts";
import type { Result } from "./operation.ts";

/** Watch events say that the client is connected. */
const SYNC_CONNECTED = 3;
const NO_ZXID = -1n as Zxid;
const NO_PASSWORD = new Uint8Array(16);

/** Answers a request of an own client, with the zxid of the last transaction applied here. */
export function sendReply(
  server: Server,
  conn: ConnId,
  xid: number,
  err: number,
  result: Result | null,
  out: ServerEffect[],
): void {
  const zxid = server.database?.lastZxid;
  if (zxid === undefined) return;
  out.push({ kind: "send", conn, message: { kind: "reply", xid, zxid, err, result } });
}

/** Tells a client that one of its watches has fired. */
export function sendWatchEvent(
  conn: ConnId,
  type: number,
  path: string,
  out: ServerEffect[],
): void {
  out.push({
    kind: "send",
    conn,
    message: { kind: "watchEvent", type, state: SYNC_CONNECTED, path },
  });
}

/**
 * Answers a request of a type that there is not, and hangs up. This does not wait behind what the client
 * asked before.
 */
export function refuseType(server: Server, conn: ConnId, xid: number, out: ServerEffect[]): void {
  const err = ErrorCode.unimplemented;
  out.push({
    kind: "send",
    conn,
    message: { kind: "reply", xid, zxid: NO_ZXID, err, result: null },
  });
  closeClient(server, conn, out);
}

/** Tells a client that its session is gone, and hangs up. */
export function refuseSession(server: Server, conn: ConnId, out: ServerEffect[]): void {
  out.push({
    kind: "send",
    conn,
    message: {
      kind: "connectResponse",
      timeoutMs: 0,
      sessionId: NO_SESSION,
      password: NO_PASSWORD,
      readOnly: false,
    },
  });
  closeClient(server, conn, out);
}

/** Hangs up on an own client. Its session lives on. */
export function closeClient(server: Server, conn: ConnId, out: ServerEffect[]): void {
  if (!server.clients.byConn.has(conn)) return;
  out.push({ kind: "close", conn });
  forgetClient(server, conn, out);
}

/** The connection of an own client is gone: so are its watches and its place in the commit queue. */
export function forgetClient(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const { clients, commits } = server;
  const client = clients.byConn.get(conn);
  if (client === undefined) return;
  clients.byConn.delete(conn);
  removeWatcher(clients.watches, conn);
  out.push({ kind: "disarm", timer: "clientSilence", of: conn });
  if (clients.bySession.get(client.sessionId) !== conn) return;
  clients.bySession.delete(client.sessionId);
  commits.waiting.delete(client.sessionId);
}
