import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import { sessionPassword } from "../session/password.ts";
import { NO_SESSION, type SessionId } from "../session/session-id.ts";
import { removeWatcher } from "../tree/watches.ts";
import type { Zxid } from "../zxid.ts";
import type { ClientConn } from "./clients-state.ts";
import { ErrorCode } from "./error-code.ts";
import type { Result } from "./operation.ts";
import { armSilence } from "./silence.ts";
import { requestAnswered } from "./throttle.ts";

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
  if (zxid !== undefined) sendReplyAt(server, conn, xid, zxid, err, result, out);
}

/** Answers a request of an own client with a zxid that is not the last one: of what never reaches the tree. */
export function sendReplyAt(
  server: Server,
  conn: ConnId,
  xid: number,
  zxid: Zxid,
  err: number,
  result: Result | null,
  out: ServerEffect[],
): void {
  out.push({ kind: "send", conn, message: { kind: "reply", xid, zxid, err, result } });
  if (xid > 0) requestAnswered(server, conn, out);
}

/** The session of a connection is agreed on: the client may send requests. */
export function establish(
  server: Server,
  conn: ConnId,
  sessionId: SessionId,
  timeoutMs: number,
  out: ServerEffect[],
): void {
  const client = server.clients.byConn.get(conn);
  if (client === undefined) return;
  client.stage = "established";
  client.sessionId = sessionId;
  client.timeoutMs = timeoutMs;
  server.clients.bySession.set(sessionId, conn);
  const password = sessionPassword(sessionId);
  const readOnly = readOnlyAnswer(server, client);
  out.push({
    kind: "send",
    conn,
    message: { kind: "connectResponse", timeoutMs, sessionId, password, readOnly },
  });
  armSilence(server, client, out);
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
  const client = server.clients.byConn.get(conn);
  if (client === undefined) return;
  out.push({
    kind: "send",
    conn,
    message: {
      kind: "connectResponse",
      timeoutMs: 0,
      sessionId: NO_SESSION,
      password: NO_PASSWORD,
      readOnly: readOnlyAnswer(server, client),
    },
  });
  closeClient(server, conn, out);
}

/** Only who has asked is told. */
function readOnlyAnswer(server: Server, client: ClientConn): boolean | null {
  return client.readOnly === null ? null : server.readOnly;
}

/** Hangs up on an own client. Its session lives on. */
export function closeClient(server: Server, conn: ConnId, out: ServerEffect[]): void {
  if (!server.clients.byConn.has(conn)) return;
  out.push({ kind: "close", conn });
  forgetClient(server, conn, out);
}

/**
 * The connection of an own client is gone, and its watches with it. What it has asked for keeps its place in
 * the line of the session, which may come back meanwhile.
 */
export function forgetClient(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const { clients } = server;
  const client = clients.byConn.get(conn);
  if (client === undefined) return;
  clients.byConn.delete(conn);
  clients.outstandingCount -= client.outstandingCount;
  leaveAddress(clients.countByAddress, client.address);
  removeWatcher(clients.watches, conn);
  out.push({ kind: "disarm", timer: "clientSilence", of: conn });
  if (clients.bySession.get(client.sessionId) !== conn) return;
  clients.bySession.delete(client.sessionId);
}

/** Hangs up on everybody: this server serves no longer, and nobody else knows its local sessions. */
export function closeAllClients(server: Server, out: ServerEffect[]): void {
  for (const conn of [...server.clients.byConn.keys()]) closeClient(server, conn, out);
  if (server.clients.localSessions === null) return;
  server.clients.localSessions = null;
  out.push({ kind: "disarm", timer: "expire", of: 1 });
}

function leaveAddress(counts: Map<string, number>, address: string): void {
  const left = (counts.get(address) ?? 0) - 1;
  if (left > 0) counts.set(address, left);
  else counts.delete(address);
}
