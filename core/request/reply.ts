import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import { NO_SESSION } from "../session/session-id.ts";
import { removeWatcher } from "../tree/watches.ts";
import type { Result } from "./operation.ts";

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
