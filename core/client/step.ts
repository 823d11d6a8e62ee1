import { createDraws } from "../draw.ts";
import {
  PING_XID,
  type ConnectResponse,
  type Operation,
  type Reply,
  type Request,
  type WatchEvent,
} from "../request/operation.ts";
import { NO_SESSION } from "../session/session-id.ts";
import { ZERO_ZXID } from "../zxid.ts";
import {
  connectTimeoutMs,
  OWN_TICKET,
  pingAfterMs,
  readTimeoutMs,
  type Client,
  type Pending,
} from "./client.ts";
import type { ClientEffect, ClientEvent, ClientTimer } from "./event.ts";
import {
  become,
  drop,
  end,
  endOf,
  leave,
  scheduleTry,
  sendRequest,
  shuffled,
  tryServer,
} from "./link.ts";
import { clearWatches, registerWatch, takeWatches, watchesToSet } from "./watches.ts";

/**
 * Applies one event to `client` and adds to `out` what the driver must do, in order.
 * The behaviour is that of the stock Java client.
 *
 * @param nowMs the client's own monotonic clock
 * @see ZooKeeper, ClientCnxn.java (SendThread), client/StaticHostProvider.java
 */
export function step(client: Client, event: ClientEvent, nowMs: number, out: ClientEffect[]): void {
  switch (event.kind) {
    case "received":
      if (event.conn === client.conn) onReceived(client, event.message, nowMs, out);
      break;
    case "invoked":
      onInvoked(client, event.ticket, event.op, nowMs, out);
      break;
    case "fired":
      onFired(client, event.timer, nowMs, out);
      break;
    case "connected":
      if (event.conn === client.conn) onConnected(client, nowMs, out);
      break;
    case "disconnected":
      if (event.conn === client.conn && client.link !== "idle") drop(client, false, out);
      break;
    case "opened":
      onOpened(client, event.entropy, out);
      break;
    case "closed":
      onClosed(client, nowMs, out);
      break;
  }
}

function onReceived(
  client: Client,
  message: ConnectResponse | Reply | WatchEvent,
  nowMs: number,
  out: ClientEffect[],
): void {
  client.lastHeardMs = nowMs;
  switch (message.kind) {
    case "reply":
      onReply(client, message, out);
      break;
    case "watchEvent":
      if (takeWatches(client.watches, message.type, message.path)) {
        out.push({ kind: "watched", type: message.type, path: message.path });
      }
      break;
    case "connectResponse":
      onConnectResponse(client, message, nowMs, out);
      break;
  }
}

function onInvoked(
  client: Client,
  ticket: number,
  op: Operation,
  nowMs: number,
  out: ClientEffect[],
): void {
  const over = endOf(client);
  if (over !== null) {
    out.push({ kind: "lost", ticket, reason: over, sent: false });
    return;
  }
  const request: Pending = { ticket, op, xid: 0 };
  if (client.link === "attached") sendRequest(client, request, nowMs, out);
  else client.queued.push(request);
}

function onFired(client: Client, timer: ClientTimer, nowMs: number, out: ClientEffect[]): void {
  switch (timer) {
    case "retry":
      if (client.link === "idle" && endOf(client) === null) tryServer(client, out);
      break;
    case "connect":
      if (client.link === "opening" || client.link === "greeting") drop(client, true, out);
      break;
    case "ping":
      if (client.link === "attached") onPingDue(client, nowMs, out);
      break;
    case "silence":
      if (client.link === "attached") onSilence(client, nowMs, out);
      break;
  }
}

/** TCP is there: asks for the session before anything else. */
function onConnected(client: Client, nowMs: number, out: ClientEffect[]): void {
  client.link = "greeting";
  client.isFirstConnect = false;
  client.lastReached = client.current;
  client.lastHeardMs = nowMs;
  client.lastSentMs = nowMs;
  out.push({
    kind: "send",
    conn: client.conn,
    message: {
      kind: "connect",
      lastZxidSeen: client.lastZxid,
      timeoutMs: client.requestedTimeoutMs,
      sessionId: client.sessionId,
      password: client.password,
      readOnly: false,
    },
  });
  out.push({ kind: "arm", timer: "connect", afterMs: connectTimeoutMs(client) });
}

/** Everything of the session before is forgotten, except for the count of connections. */
function onOpened(client: Client, entropy: number, out: ClientEffect[]): void {
  if (client.link !== "idle") out.push({ kind: "close", conn: client.conn });
  leave(client, out);
  client.sessionId = NO_SESSION;
  client.password = new Uint8Array(16);
  client.lastZxid = ZERO_ZXID;
  client.timeoutMs = client.requestedTimeoutMs;
  client.draws.word = createDraws(entropy).word;
  client.order = shuffled(client);
  client.current = -1;
  client.lastReached = -1;
  client.isFirstConnect = true;
  client.lastXid = 0;
  client.queued = [];
  client.pending = [];
  client.pendingHead = 0;
  client.closing = false;
  clearWatches(client.watches);
  become(client, "connecting", out);
  scheduleTry(client, out);
}

function onClosed(client: Client, nowMs: number, out: ClientEffect[]): void {
  if (endOf(client) !== null) return;
  const request: Pending = { ticket: OWN_TICKET, op: { kind: "closeSession" }, xid: 0 };
  if (client.link === "attached") sendRequest(client, request, nowMs, out);
  else client.queued.push(request);
  client.closing = true;
}

/** Replies come in the order of the requests; pings and watches are not counted among them. */
function onReply(client: Client, reply: Reply, out: ClientEffect[]): void {
  if (reply.zxid > client.lastZxid) client.lastZxid = reply.zxid;
  if (reply.xid === PING_XID) return;
  const request = client.pending[client.pendingHead];
  if (request === undefined || request.xid !== reply.xid) {
    // The real client closes such a connection as out of order, and tries the next server.
    drop(client, true, out);
    return;
  }
  client.pendingHead++;
  if (client.pendingHead === client.pending.length) {
    client.pending.length = 0;
    client.pendingHead = 0;
  } else if (client.pendingHead >= COMPACT_AFTER) {
    client.pending.splice(0, client.pendingHead);
    client.pendingHead = 0;
  }
  registerWatch(client.watches, request.op, reply.err);
  if (request.ticket !== OWN_TICKET) {
    out.push({
      kind: "completed",
      ticket: request.ticket,
      err: reply.err,
      zxid: reply.zxid,
      result: reply.result,
    });
  } else if (request.op.kind === "closeSession") {
    end(client, "closed", out);
  }
}

function onConnectResponse(
  client: Client,
  response: ConnectResponse,
  nowMs: number,
  out: ClientEffect[],
): void {
  if (client.link !== "greeting") return;
  if (response.timeoutMs <= 0) {
    end(client, "expired", out);
    return;
  }
  client.link = "attached";
  client.sessionId = response.sessionId;
  client.password = response.password;
  client.timeoutMs = response.timeoutMs;
  out.push({ kind: "disarm", timer: "connect" });
  out.push({ kind: "arm", timer: "ping", afterMs: pingAfterMs(client) });
  out.push({ kind: "arm", timer: "silence", afterMs: readTimeoutMs(client) });
  become(client, "connected", out);

  // Watches go first, so that no reply can show a change before its event.
  const watches = watchesToSet(client.watches, client.lastZxid);
  if (watches !== null) {
    sendRequest(client, { ticket: OWN_TICKET, op: watches, xid: 0 }, nowMs, out);
  }
  const queued = client.queued;
  client.queued = [];
  for (const request of queued) sendRequest(client, request, nowMs, out);
}

/** The timer is armed once an interval and looks at the clock, which is cheaper than arming it at every send. */
function onPingDue(client: Client, nowMs: number, out: ClientEffect[]): void {
  const idleMs = nowMs - client.lastSentMs;
  const afterMs = pingAfterMs(client);
  if (idleMs < afterMs) {
    out.push({ kind: "arm", timer: "ping", afterMs: afterMs - idleMs });
    return;
  }
  client.lastSentMs = nowMs;
  out.push({ kind: "send", conn: client.conn, message: PING });
  out.push({ kind: "arm", timer: "ping", afterMs });
}

function onSilence(client: Client, nowMs: number, out: ClientEffect[]): void {
  const idleMs = nowMs - client.lastHeardMs;
  const limitMs = readTimeoutMs(client);
  if (idleMs < limitMs) {
    out.push({ kind: "arm", timer: "silence", afterMs: limitMs - idleMs });
    return;
  }
  drop(client, true, out);
}

const PING: Request = { kind: "request", xid: PING_XID, op: { kind: "ping" } };

/** Answered requests kept at the front of the list before it is cut. */
const COMPACT_AFTER = 256;
