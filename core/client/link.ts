import { drawBelow } from "../draw.ts";
import type { ConnId } from "../message.ts";
import { connectTimeoutMs, OWN_TICKET, type Client, type Pending } from "./client.ts";
import { CLIENT_TIMERS, type ClientEffect, type Loss, type SessionState } from "./event.ts";
import { clearWatches } from "./watches.ts";

const RETRY_PAUSE_MS = 1000;
const ROUND_PAUSE_MS = 1000;

export function sendRequest(
  client: Client,
  request: Pending,
  nowMs: number,
  out: ClientEffect[],
): void {
  request.xid = ++client.lastXid;
  client.pending.push(request);
  client.lastSentMs = nowMs;
  out.push({
    kind: "send",
    conn: client.conn,
    message: { kind: "request", xid: request.xid, op: request.op },
  });
}

/** Loses the connection: what was asked for fails, and the next server is tried, with the same session. */
export function drop(client: Client, closeIt: boolean, out: ClientEffect[]): void {
  if (closeIt) out.push({ kind: "close", conn: client.conn });
  leave(client, out);
  failAll(client, "connectionLoss", out);
  if (client.closing) {
    become(client, "closed", out);
    return;
  }
  if (client.state === "connected") become(client, "suspended", out);
  scheduleTry(client, out);
}

/** The session is over: nothing more is tried. */
export function end(client: Client, state: "expired" | "closed", out: ClientEffect[]): void {
  close(client, out);
  failAll(client, state === "expired" ? "sessionExpired" : "sessionClosed", out);
  clearWatches(client.watches);
  become(client, state, out);
}

export function close(client: Client, out: ClientEffect[]): void {
  out.push({ kind: "close", conn: client.conn });
  leave(client, out);
}

export function leave(client: Client, out: ClientEffect[]): void {
  client.link = "idle";
  client.conn = 0;
  for (const timer of CLIENT_TIMERS) out.push({ kind: "disarm", timer });
}

function failAll(client: Client, reason: Loss, out: ClientEffect[]): void {
  const { pending, pendingHead, queued } = client;
  client.pending = [];
  client.pendingHead = 0;
  client.queued = [];
  for (let i = pendingHead; i < pending.length; i++) lose(pending[i], reason, true, out);
  for (const request of queued) lose(request, reason, false, out);
}

function lose(
  request: Pending | undefined,
  reason: Loss,
  sent: boolean,
  out: ClientEffect[],
): void {
  if (request === undefined || request.ticket === OWN_TICKET) return;
  out.push({ kind: "lost", ticket: request.ticket, reason, sent });
}

/**
 * Moves on to the next server of the list. The pauses are the real client's: none before the first
 * server is reached, then up to a second; one second more after a whole round without success.
 */
export function scheduleTry(client: Client, out: ClientEffect[]): void {
  client.current = (client.current + 1) % client.order.length;
  let pauseMs = client.isFirstConnect ? 0 : drawBelow(client.draws, RETRY_PAUSE_MS);
  if (client.current === client.lastReached) pauseMs += ROUND_PAUSE_MS;
  if (client.lastReached === -1) client.lastReached = 0;
  if (pauseMs === 0) tryServer(client, out);
  else out.push({ kind: "arm", timer: "retry", afterMs: pauseMs });
}

export function tryServer(client: Client, out: ClientEffect[]): void {
  const conn: ConnId = ++client.lastConn;
  client.conn = conn;
  client.link = "opening";
  out.push({ kind: "connect", conn, address: addressOf(client) });
  out.push({ kind: "arm", timer: "connect", afterMs: connectTimeoutMs(client) });
}

export function become(client: Client, state: SessionState, out: ClientEffect[]): void {
  client.state = state;
  out.push({
    kind: "sessionChanged",
    state,
    sessionId: client.sessionId,
    address: client.link === "idle" ? "" : addressOf(client),
  });
}

function addressOf(client: Client): string {
  return client.order[client.current] ?? "";
}

/** Why a client takes no more requests; null while it does. */
export function endOf(client: Client): Loss | null {
  if (client.state === "expired") return "sessionExpired";
  if (client.state === "none" || client.state === "closed" || client.closing) {
    return "sessionClosed";
  }
  return null;
}

/** The addresses in an order of this client's own, by Fisher and Yates. */
export function shuffled(client: Client): string[] {
  const order = client.addresses.slice();
  // The first draws of neighbouring seeds are alike.
  for (let i = 0; i < 8; i++) drawBelow(client.draws, 2);
  for (let i = order.length - 1; i > 0; i--) {
    const j = drawBelow(client.draws, i + 1);
    const swapped = order[i] ?? "";
    order[i] = order[j] ?? "";
    order[j] = swapped;
  }
  return order;
}
