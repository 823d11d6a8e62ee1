import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import { isPassword } from "../session/password.ts";
import { NO_SESSION, type SessionId } from "../session/session-id.ts";
import type { ClientConn } from "./clients-state.ts";
import { establish } from "./final.ts";
import type { ClientToServer, ConnectRequest, Request } from "./operation.ts";
import { closeClient, forgetClient, refuseSession } from "./reply.ts";
import { submitRequest, touch } from "./submit.ts";

/** A connection that never asks for a session is dropped after about this long. */
const SESSIONLESS_MS = 10_000;
const CLOSE_CXID = 0;

/**
 * Client connections: sessions begin, come back and move here.
 * @see spec client-protocol 2.2; ZooKeeper, server/ZooKeeperServer.java (processConnectRequest)
 */
export function clientAccepted(
  server: Server,
  conn: ConnId,
  from: string,
  out: ServerEffect[],
): void {
  server.clients.byConn.set(conn, {
    conn,
    sessionId: NO_SESSION,
    timeoutMs: SESSIONLESS_MS,
    stage: "new",
    heardMs: server.nowMs,
    identities: [{ scheme: "ip", id: from }],
    readOnly: null,
    local: false,
  });
  out.push({ kind: "arm", timer: "clientSilence", of: conn, afterMs: SESSIONLESS_MS });
}

export function clientReceived(
  server: Server,
  client: ClientConn,
  message: ClientToServer,
  out: ServerEffect[],
): void {
  client.heardMs = server.nowMs;
  if (!server.serving) {
    closeClient(server, client.conn, out);
    return;
  }
  if (message.kind === "connect") connectRequested(server, client, message, out);
  else requestReceived(server, client, message, out);
}

/** The connection broke. The session stays until it expires. */
export function clientDisconnected(server: Server, conn: ConnId, out: ServerEffect[]): void {
  forgetClient(server, conn, out);
}

/** Nothing heard from a client for its whole timeout: a half-open connection is dropped. */
export function clientSilent(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const client = server.clients.byConn.get(conn);
  if (client === undefined) return;
  const leftMs = client.heardMs + client.timeoutMs - server.nowMs;
  if (leftMs <= 0) closeClient(server, conn, out);
  else out.push({ kind: "arm", timer: "clientSilence", of: conn, afterMs: leftMs });
}

/** Hangs up on everybody: this server serves no longer. */
export function closeAllClients(server: Server, out: ServerEffect[]): void {
  for (const conn of [...server.clients.byConn.keys()]) closeClient(server, conn, out);
}

/** The leader has said whether a session that wants to move here is still alive. */
export function revalidated(
  server: Server,
  conn: ConnId,
  sessionId: SessionId,
  valid: boolean,
  out: ServerEffect[],
): void {
  const client = server.clients.byConn.get(conn);
  if (client === undefined || client.stage !== "connecting") return;
  if (valid) establish(server, conn, sessionId, client.timeoutMs, out);
  else refuseSession(server, conn, out);
}

function connectRequested(
  server: Server,
  client: ClientConn,
  request: ConnectRequest,
  out: ServerEffect[],
): void {
  const { config, database } = server;
  if (client.stage !== "new" || database === null || request.lastZxidSeen > database.lastZxid) {
    // The client has seen more than this server knows: it must try another one.
    closeClient(server, client.conn, out);
    return;
  }
  client.stage = "connecting";
  client.readOnly = request.readOnly;
  client.timeoutMs = Math.min(
    Math.max(request.timeoutMs, config.minSessionTimeoutMs),
    config.maxSessionTimeoutMs,
  );
  if (request.sessionId === NO_SESSION) beginSession(server, client, out);
  else resumeSession(server, client, request, out);
}

function beginSession(server: Server, client: ClientConn, out: ServerEffect[]): void {
  client.sessionId = newSessionId(server);
  server.clients.bySession.set(client.sessionId, client.conn);
  const op = { kind: "createSession", timeoutMs: client.timeoutMs } as const;
  submitRequest(server, client, CLOSE_CXID, op, out);
}

function resumeSession(
  server: Server,
  client: ClientConn,
  { sessionId, password }: ConnectRequest,
  out: ServerEffect[],
): void {
  const { conn, timeoutMs } = client;
  const former = server.clients.bySession.get(sessionId);
  if (former !== undefined && former !== conn) closeClient(server, former, out);
  if (password === null || !isPassword(sessionId, password)) {
    refuseSession(server, conn, out);
    return;
  }
  client.sessionId = sessionId;
  if (server.leader !== null) {
    const alive = touch(server, sessionId, timeoutMs);
    const session = server.leader.sessions.byId.get(sessionId);
    if (alive && session !== undefined) session.owner = 0;
    revalidated(server, conn, sessionId, alive, out);
    return;
  }
  const { learner } = server;
  if (learner === null) return;
  learner.revalidating.set(sessionId, conn);
  const question = { kind: "REVALIDATE", sessionId, timeoutMs, valid: null } as const;
  out.push({ kind: "send", conn: learner.conn, message: question });
}

function requestReceived(
  server: Server,
  client: ClientConn,
  { xid, op }: Request,
  out: ServerEffect[],
): void {
  if (client.stage !== "established") return;
  if (!touch(server, client.sessionId, client.timeoutMs)) return;
  if (op.kind === "closeSession") client.stage = "closing";
  submitRequest(server, client, xid, op, out);
}

/**
 * Server id in the high byte, then the time at the first session, then a count.
 * @see ZooKeeper, server/SessionTrackerImpl.java (initializeNextSessionId)
 */
function newSessionId(server: Server): SessionId {
  const { clients } = server;
  if (clients.nextSessionId === NO_SESSION) {
    const wallMs = BigInt(Math.floor(server.nowMs + server.wallOffsetMs));
    const time = BigInt.asUintN(40, wallMs) << 16n;
    clients.nextSessionId = BigInt.asIntN(64, (BigInt(server.sid) << 56n) | time) as SessionId;
  }
  const id = clients.nextSessionId;
  clients.nextSessionId = (id + 1n) as SessionId;
  return id;
}
