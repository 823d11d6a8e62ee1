import type { ServerEffect } from "../effect.ts";
import type { ClientConn } from "../request/clients-state.ts";
import type { MultiOp, Operation } from "../request/operation.ts";
import { closeClient } from "../request/reply.ts";
import type { Server } from "../server-state.ts";
import { formatSessionId, type SessionId } from "./session-id.ts";
import {
  createSessions,
  expireNext,
  forgetSession,
  touchSession,
  trackSession,
  type Sessions,
} from "./tracker.ts";

/**
 * Local sessions: known to the server they were opened at and to nobody else, without a transaction, and
 * gone with its role. It expires them itself. Only an ephemeral znode needs more: then the session is turned
 * into a global one first, or the create is refused.
 * @see spec storage-and-processing 9.7; ZooKeeper, server/quorum/UpgradeableSessionTracker.java
 */

/** Do new sessions begin as local ones? A server that stands alone has nobody to keep them from. */
export function startsLocal({ config }: Server): boolean {
  return config.options.localSessions && !config.standalone;
}

export function beginLocalSession(server: Server, client: ClientConn, out: ServerEffect[]): void {
  client.local = true;
  let sessions = server.clients.localSessions;
  if (sessions === null) {
    sessions = createSessions(server.config.tickMs, server.nowMs);
    server.clients.localSessions = sessions;
    armExpiry(server, sessions, out);
  }
  trackSession(sessions, client.sessionId, client.timeoutMs, server.nowMs);
}

export function isLocalSession(server: Server, sessionId: SessionId): boolean {
  return server.clients.localSessions?.byId.has(sessionId) === true;
}

export function touchLocalSession(server: Server, id: SessionId, timeoutMs: number): boolean {
  const { localSessions } = server.clients;
  return localSessions !== null && touchSession(localSessions, id, timeoutMs, server.nowMs);
}

/** It was closed, has expired, or is a global one from here on. */
export function endLocalSession(server: Server, sessionId: SessionId): void {
  const { localSessions } = server.clients;
  if (localSessions !== null) forgetSession(localSessions, sessionId);
}

/** The next bucket of local sessions is due: nobody else needs to hear of it. */
export function localExpireOver(server: Server, out: ServerEffect[]): void {
  const sessions = server.clients.localSessions;
  if (sessions === null) return;
  while (sessions.nextMs <= server.nowMs) {
    for (const { id } of expireNext(sessions)) {
      out.push({ kind: "warned", text: `Expiring session ${formatSessionId(id)}` });
      forgetSession(sessions, id);
      const conn = server.clients.bySession.get(id);
      if (conn !== undefined) closeClient(server, conn, out);
    }
  }
  armExpiry(server, sessions, out);
}

/** Creates an ephemeral znode, which everybody has to know the owner of. */
export function needsGlobalSession(op: Operation): boolean {
  return op.kind === "multi" ? op.ops.some(isEphemeralCreate) : isEphemeralCreate(op);
}

function isEphemeralCreate(op: Operation | MultiOp): boolean {
  return op.kind === "create" && op.type <= 15 && (op.flags === 1 || op.flags === 3);
}

function armExpiry(server: Server, sessions: Sessions, out: ServerEffect[]): void {
  const afterMs = Math.max(0, sessions.nextMs - server.nowMs);
  out.push({ kind: "arm", timer: "expire", of: 1, afterMs });
}
