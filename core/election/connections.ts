import type { ServerEffect } from "../effect.ts";
import { memberOf, ownMember } from "../ensemble/configuration.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import type { Peer } from "./election-state.ts";
import type { Hello, Notification } from "./notification.ts";

/**
 * The connection manager: one election connection a pair of servers, opened by the larger sid,
 * over which only the latest notification ever travels.
 * @see spec election-and-zab 2; ZooKeeper, server/quorum/QuorumCnxManager.java
 */

/** Replaces whatever waits for `sid`, sends it if the connection is up, and opens one if there is none. */
export function sendNotification(
  server: Server,
  sid: number,
  notification: Notification,
  out: ServerEffect[],
): void {
  const peer = peerOf(server, sid);
  if (peer === null) {
    out.push({ kind: "warned", text: `Invalid server id: ${sid}` });
    return;
  }
  peer.known = true;
  peer.queued = notification;
  if (peer.conn !== 0) flush(peer, out);
  else openConnection(server, peer, out);
}

/** Has at least one peer been sent all that was meant for it? */
export function hasDelivered(server: Server): boolean {
  for (const peer of server.connections.peers.values()) {
    if (peer.known && peer.queued === null) return true;
  }
  return false;
}

/** Tries every peer that something was ever meant for and that is not connected. */
export function connectAll(server: Server, out: ServerEffect[]): void {
  for (const peer of server.connections.peers.values()) {
    if (peer.known && peer.conn === 0) openConnection(server, peer, out);
  }
}

/** A connection that this server opened is up: it introduces itself, and keeps it only as the larger sid. */
export function electionConnected(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const peer = openingPeer(server, conn);
  if (peer === null) return;
  peer.opening = 0;
  out.push({ kind: "disarm", timer: "electionConnect", of: peer.sid });
  out.push({ kind: "send", conn, message: hello(server) });
  if (server.sid < peer.sid) {
    remarkLink(server, "dropped", peer.sid, peer.address, out);
    out.push({ kind: "close", conn });
    return;
  }
  adopt(server, peer, conn, out);
}

/**
 * Somebody connected, and has some time to say who it is. A real server reads one initial message after the other,
 * so that whoever connects and says nothing keeps the members of the ensemble behind it waiting.
 */
export function electionAccepted(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const { tickMs, syncLimit } = server.config;
  server.connections.arrivals.add(conn);
  out.push({ kind: "arm", timer: "hello", of: conn, afterMs: tickMs * syncLimit });
}

/** An initial message came in. */
export function helloReceived(
  server: Server,
  conn: ConnId,
  message: Hello,
  out: ServerEffect[],
): void {
  if (!leaveArrivals(server, conn, out)) return;
  introduce(server, conn, message, out);
}

/** Nobody introduced himself in time. */
export function helloTimedOut(server: Server, conn: ConnId, out: ServerEffect[]): void {
  if (server.connections.arrivals.delete(conn)) out.push({ kind: "close", conn });
}

/** Opening a connection took too long. */
export function connectTimedOut(server: Server, sid: number, out: ServerEffect[]): void {
  const peer = server.connections.peers.get(sid);
  if (peer === undefined || peer.opening === 0) return;
  out.push({ kind: "close", conn: peer.opening });
  peer.opening = 0;
  forgetStranger(server, peer);
}

/** A connection broke or could not be opened. Nothing is done until there is something to send. */
export function electionDisconnected(server: Server, conn: ConnId, out: ServerEffect[]): void {
  const { sidOf, peers } = server.connections;
  const opening = openingPeer(server, conn);
  if (opening !== null) {
    opening.opening = 0;
    out.push({ kind: "disarm", timer: "electionConnect", of: opening.sid });
    remarkLink(server, "unreachable", opening.sid, opening.address, out);
    forgetStranger(server, opening);
    return;
  }
  if (leaveArrivals(server, conn, out)) return;
  const sid = sidOf.get(conn);
  sidOf.delete(conn);
  const peer = sid === undefined ? undefined : peers.get(sid);
  if (peer?.conn !== conn) return;
  peer.conn = 0;
  remarkLink(server, "broken", peer.sid, peer.address, out);
  forgetStranger(server, peer);
}

/** Opens a connection with a server that nothing was sent to yet. */
export function meet(server: Server, sid: number, out: ServerEffect[]): void {
  const peer = peerOf(server, sid);
  if (peer === null || peer.known) return;
  peer.known = true;
  openConnection(server, peer, out);
}

/** Drops all connections and what was said over them: the ensemble is another one now. */
export function forgetConnections(server: Server, out: ServerEffect[]): void {
  const { peers, sidOf, arrivals } = server.connections;
  for (const { sid, conn, opening } of peers.values()) {
    if (conn !== 0) out.push({ kind: "close", conn });
    if (opening === 0) continue;
    out.push({ kind: "disarm", timer: "electionConnect", of: sid });
    out.push({ kind: "close", conn: opening });
  }
  for (const conn of arrivals) {
    out.push({ kind: "disarm", timer: "hello", of: conn });
    out.push({ kind: "close", conn });
  }
  peers.clear();
  sidOf.clear();
  arrivals.clear();
}

function openConnection(server: Server, peer: Peer, out: ServerEffect[]): void {
  if (peer.opening !== 0) return;
  const conn = server.nextConn++;
  peer.opening = conn;
  out.push({ kind: "connect", conn, port: "election", address: peer.address });
  out.push({
    kind: "arm",
    timer: "electionConnect",
    of: peer.sid,
    afterMs: server.config.electionConnectMs,
  });
}

/** True when `conn` had not said yet who it is. */
function leaveArrivals(server: Server, conn: ConnId, out: ServerEffect[]): boolean {
  if (!server.connections.arrivals.delete(conn)) return false;
  out.push({ kind: "disarm", timer: "hello", of: conn });
  return true;
}

function introduce(
  server: Server,
  conn: ConnId,
  { sid, address }: Hello,
  out: ServerEffect[],
): void {
  if (sid === server.sid) {
    const text = "We got a connection request from a server with our own ID.";
    out.push({ kind: "warned", text });
    out.push({ kind: "close", conn });
    return;
  }
  remarkLink(server, "received", sid, address, out);
  const peer = peerOf(server, sid) ?? strangerOf(server, sid, address);
  if (sid > server.sid) {
    adopt(server, peer, conn, out);
    return;
  }
  // The larger sid connects: drop what there is and call back where the other one says it is.
  if (peer.conn !== 0) drop(server, peer, out);
  out.push({ kind: "close", conn });
  if (address !== "") peer.address = address;
  peer.known = true;
  openConnection(server, peer, out);
}

/** Anybody may come under any name: of those who are no members nothing stays behind. */
function forgetStranger({ connections, configuration, lastSeen }: Server, peer: Peer): void {
  const { sid, conn, opening } = peer;
  if (conn !== 0 || opening !== 0) return;
  if (memberOf(configuration, sid) !== null || memberOf(lastSeen, sid) !== null) return;
  connections.peers.delete(sid);
}

/** Makes `conn` the connection with `peer`, and tells it the latest there is to tell. */
function adopt(server: Server, peer: Peer, conn: ConnId, out: ServerEffect[]): void {
  if (peer.conn !== 0) drop(server, peer, out);
  peer.conn = conn;
  peer.known = true;
  server.connections.sidOf.set(conn, peer.sid);
  if (peer.queued !== null) flush(peer, out);
  else if (peer.lastSent !== null) out.push({ kind: "send", conn, message: peer.lastSent });
}

function remarkLink(
  server: Server,
  what: Extract<ServerEffect, { kind: "electionLink" }>["what"],
  sid: number,
  address: string,
  out: ServerEffect[],
): void {
  if (server.config.talkative === true) out.push({ kind: "electionLink", what, sid, address });
}

function drop(server: Server, peer: Peer, out: ServerEffect[]): void {
  out.push({ kind: "close", conn: peer.conn });
  server.connections.sidOf.delete(peer.conn);
  peer.conn = 0;
}

function flush(peer: Peer, out: ServerEffect[]): void {
  const { queued } = peer;
  if (queued === null) return;
  out.push({ kind: "send", conn: peer.conn, message: queued });
  peer.lastSent = queued;
  peer.queued = null;
}

function hello(server: Server): Hello {
  // An empty address ends the connection: who is in no configuration yet has one all the same.
  return { kind: "hello", sid: server.sid, address: ownMember(server)?.electionAddress ?? "" };
}

function openingPeer(server: Server, conn: ConnId): Peer | null {
  for (const peer of server.connections.peers.values()) if (peer.opening === conn) return peer;
  return null;
}

/** The peer of a configured sid, or one that has introduced itself; null for anybody else. */
function peerOf(server: Server, sid: number): Peer | null {
  const known = server.connections.peers.get(sid);
  if (known !== undefined) return known;
  const member = memberOf(server.configuration, sid) ?? memberOf(server.lastSeen, sid);
  return member === null ? null : strangerOf(server, sid, member.electionAddress);
}

function strangerOf(server: Server, sid: number, address: string): Peer {
  const peer: Peer = {
    sid,
    address,
    queued: null,
    lastSent: null,
    known: false,
    conn: 0,
    opening: 0,
  };
  server.connections.peers.set(sid, peer);
  return peer;
}
