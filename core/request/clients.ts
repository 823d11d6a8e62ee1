import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import {
  beginLocalSession,
  isLocalSession,
  startsLocal,
  touchLocalSession,
} from "../session/local.ts";
import { isPassword } from "../session/password.ts";
import { NO_SESSION, type SessionId } from "../session/session-id.ts";
import type { Identity } from "../tree/acl.ts";
import { CONTAINER_OWNER } from "../tree/owner.ts";
import { OpCode } from "../txn.ts";
import { UNTRUSTED_ZXID, type Zxid } from "../zxid.ts";
import { authReceived, firstIdentities, isAuthenticated, refuseClient } from "./auth.ts";
import { mayConnect } from "./connect-bucket.ts";
import type { ClientConn } from "./clients-state.ts";
import { ErrorCode } from "./error-code.ts";
import type { ClientToServer, ConnectRequest, Request } from "./operation.ts";
import {
  closeClient,
  establish,
  forgetClient,
  refuseSession,
  refuseType,
  sendReply,
} from "./reply.ts";
import { saslReceived } from "./sasl.ts";
import { armSilence, silenceEndsMs } from "./silence.ts";
import { submitRequest, touch } from "./submit.ts";
import { isThrottled, throttle } from "./request-throttle.ts";
import { requestAnswered, requestCounted } from "./throttle.ts";

const CREATE_SESSION_CXID = 0;

/**
 * Client connections: they are let in, their sessions begin, come back and move here, and what they ask for
 * is answered at once or goes into the pipeline.
 * @see spec client-protocol 2; ZooKeeper, server/ZooKeeperServer.java (processConnectRequest, processPacket)
 *
 * @param from the other side's address without its port
 * @param proven what its certificate says
 */
export function clientAccepted(
  server: Server,
  conn: ConnId,
  from: string,
  proven: readonly Identity[],
  out: ServerEffect[],
): void {
  const { byConn, countByAddress } = server.clients;
  const refusal = refusalOf(server, from);
  if (refusal !== null) {
    out.push({ kind: "warned", text: `Error accepting new connection: ${refusal}` });
    out.push({ kind: "close", conn });
    return;
  }
  countByAddress.set(from, (countByAddress.get(from) ?? 0) + 1);
  const client: ClientConn = {
    conn,
    address: from,
    sessionId: NO_SESSION,
    timeoutMs: server.config.options.sessionlessMs,
    stage: "new",
    heardMs: server.nowMs,
    identities: firstIdentities(server, from, proven),
    readOnly: null,
    local: false,
    outstandingCount: 0,
    paused: false,
    sasl: null,
  };
  byConn.set(conn, client);
  armSilence(server, client, out);
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
  if (message.kind === "request") requestReceived(server, client, message, out);
  else if (client.stage === "new") connectRequested(server, client, message, out);
  else {
    // Behind the first one it reads as a request: the version is the xid, half a zxid the type.
    const op = { kind: "unknown", type: Number(message.lastZxidSeen >> 32n) } as const;
    requestReceived(server, client, { kind: "request", xid: 0, op }, out);
  }
}

/** The connection broke. The session stays until it expires. */
export function clientDisconnected(server: Server, conn: ConnId, out: ServerEffect[]): void {
  forgetClient(server, conn, out);
}

/** Nothing heard from a client for its whole timeout, and then some: a half-open connection is dropped. */
export function clientSilent(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const client = server.clients.byConn.get(conn);
  if (client === undefined) return;
  if (silenceEndsMs(server, client) <= server.nowMs) closeClient(server, conn, out);
  else armSilence(server, client, out);
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

/** Why a connection is not let in; null when it is. */
function refusalOf({ clients, config }: Server, from: string): string | null {
  const { connectionsMax, connectionsPerAddressMax } = config.options;
  if (connectionsMax > 0 && clients.byConn.size >= connectionsMax) {
    return `Too many connections max allowed is ${connectionsMax}`;
  }
  const count = clients.countByAddress.get(from) ?? 0;
  if (connectionsPerAddressMax > 0 && count >= connectionsPerAddressMax) {
    return `Too many connections from ${from} - max is ${connectionsPerAddressMax}`;
  }
  return null;
}

/** The order of these decisions can be seen from outside (spec client-protocol 2.2). */
function connectRequested(
  server: Server,
  client: ClientConn,
  request: ConnectRequest,
  out: ServerEffect[],
): void {
  const { config, database } = server;
  const reason = whyAnotherServer(server, client, request);
  if (reason !== null || database === null) {
    if (reason !== null) out.push({ kind: "warned", text: reason });
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

/** Why this client cannot be served here, and may be by another server. It is not told. */
function whyAnotherServer(
  server: Server,
  { address }: ClientConn,
  { lastZxidSeen, readOnly, sessionId }: ConnectRequest,
): string | null {
  if (!mayConnect(server, weightClassOf(server, sessionId))) {
    return `Refusing session request for client /${address}: connection throttled`;
  }
  if (server.leader !== null && !server.config.options.leaderServes) {
    return "the leader does not serve clients";
  }
  if (server.readOnly && readOnly !== true) {
    return `Refusing session request for not-read-only client /${address}`;
  }
  const own = server.database?.lastZxid ?? UNTRUSTED_ZXID;
  if (lastZxidSeen <= own) return null;
  return (
    `Refusing session request for client /${address} as it has seen zxid 0x${hex(lastZxidSeen)} ` +
    `our last zxid is 0x${hex(own)} client must try another server`
  );
}

function weightClassOf(server: Server, sessionId: SessionId): "new" | "renewal" | "local" {
  if (sessionId !== NO_SESSION) return "renewal";
  return startsLocal(server) ? "local" : "new";
}

function beginSession(server: Server, client: ClientConn, out: ServerEffect[]): void {
  const { conn, timeoutMs } = client;
  client.sessionId = newSessionId(server);
  server.clients.bySession.set(client.sessionId, conn);
  if (startsLocal(server)) {
    beginLocalSession(server, client, out);
    establish(server, conn, client.sessionId, timeoutMs, out);
  } else if (server.readOnly) {
    // Nobody to agree on a session with. The real server says so in a form that no client expects.
    sendReply(server, conn, CREATE_SESSION_CXID, ErrorCode.notReadOnly, null, out);
  } else {
    const op = { kind: "createSession", timeoutMs } as const;
    submitRequest(server, client, CREATE_SESSION_CXID, op, out);
  }
}

/** Whoever holds the session now is cut off before the password is looked at: the real server does it. */
function resumeSession(
  server: Server,
  client: ClientConn,
  { sessionId, password }: ConnectRequest,
  out: ServerEffect[],
): void {
  const { clients, learner, database } = server;
  const { conn, timeoutMs } = client;
  if (server.readOnly && database?.sessions.has(sessionId) === true) {
    const text = `Refusing global session reconnection in RO mode /${client.address}`;
    out.push({ kind: "warned", text });
    closeClient(server, conn, out);
    return;
  }
  const former = clients.bySession.get(sessionId);
  if (former !== undefined) closeClient(server, former, out);
  client.sessionId = sessionId;
  clients.bySession.set(sessionId, conn);
  if (password === null || !isPassword(sessionId, password)) refuseSession(server, conn, out);
  else if (isLocalSession(server, sessionId)) {
    client.local = touchLocalSession(server, sessionId, timeoutMs);
    revalidated(server, conn, sessionId, client.local, out);
  } else if (server.leader !== null) {
    const alive = touch(server, sessionId, timeoutMs);
    const session = server.leader.sessions.byId.get(sessionId);
    if (alive && session !== undefined) session.owner = 0;
    revalidated(server, conn, sessionId, alive, out);
  } else if (learner !== null) {
    learner.revalidating.set(sessionId, conn);
    const question = { kind: "REVALIDATE", sessionId, timeoutMs, valid: null } as const;
    out.push({ kind: "send", conn: learner.conn, message: question });
  } else {
    // Read-only: a session that nobody here knows passes, unless this server could have known it.
    revalidated(server, conn, sessionId, !startsLocal(server), out);
  }
}

function requestReceived(
  server: Server,
  client: ClientConn,
  request: Request,
  out: ServerEffect[],
): void {
  if (client.stage !== "established") {
    // The driver holds back what follows a ConnectRequest; what precedes one is none.
    if (client.stage === "new") closeClient(server, client.conn, out);
    return;
  }
  const { xid, op } = request;
  if (xid > 0) requestCounted(server, client, out);
  switch (op.kind) {
    case "auth":
      authReceived(server, client, xid, op, out);
      return;
    case "sasl":
      saslReceived(server, client, xid, op, out);
      return;
    case "malformed":
      if (op.type !== OpCode.auth && op.type !== OpCode.sasl) break;
      closeClient(server, client.conn, out);
      return;
    default:
      break;
  }
  if (!isAuthenticated(server, client)) {
    refuseClient(server, client, xid, ErrorCode.sessionRequiresSasl, null, out);
  } else if (!touchOf(server, client)) {
    if (xid > 0) requestAnswered(server, client.conn, out);
  } else if (op.kind === "unknown") unknownReceived(server, client, xid, op.type, out);
  else {
    if (isThrottled(server, xid)) {
      throttle(server, client, request);
      return;
    }
    if (op.kind === "closeSession") client.stage = "closing";
    submitRequest(server, client, xid, op, out);
  }
}

/** No such operation: answered when it is read, ahead of what waits. The session lives on. */
function unknownReceived(
  server: Server,
  client: ClientConn,
  xid: number,
  type: number,
  out: ServerEffect[],
): void {
  if (server.readOnly && type === OpCode.check) {
    sendReply(server, client.conn, xid, ErrorCode.notReadOnly, null, out);
    return;
  }
  refuseType(server, client.conn, xid, out);
}

function touchOf(server: Server, { local, sessionId, timeoutMs }: ClientConn): boolean {
  return local
    ? touchLocalSession(server, sessionId, timeoutMs)
    : touch(server, sessionId, timeoutMs);
}

/**
 * Server id in the high byte, then the time at the first session, then a count. The real server takes the time
 * since its machine started, which may come again; the wall clock's low 40 bits do so every 34 years.
 * @see ZooKeeper, server/SessionTrackerImpl.java (initializeNextSessionId)
 */
function newSessionId(server: Server): SessionId {
  const { clients } = server;
  if (clients.nextSessionId === NO_SESSION) {
    const wallMs = BigInt(Math.floor(server.nowMs + server.wallOffsetMs));
    const time = BigInt.asUintN(40, wallMs) << 16n;
    const first = BigInt.asIntN(64, (BigInt(server.sid) << 56n) | time);
    // What marks a container owns no ephemerals.
    clients.nextSessionId = (first === CONTAINER_OWNER ? first + 1n : first) as SessionId;
  }
  const id = clients.nextSessionId;
  clients.nextSessionId = (id + 1n) as SessionId;
  return id;
}

function hex(zxid: Zxid): string {
  return BigInt.asUintN(64, zxid).toString(16);
}
