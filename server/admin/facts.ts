import { isVoter } from "../../core/election/quorum.ts";
import type { Member } from "../../core/config.ts";
import { printConfiguration } from "../../core/ensemble/configuration-text.ts";
import type { ClientConn } from "../../core/request/clients-state.ts";
import type { Server } from "../../core/server-state.ts";
import { NO_SESSION, type SessionId } from "../../core/session/session-id.ts";
import { nodeAt } from "../../core/tree/tree.ts";
import { pathsByWatcher, watchersByPath } from "../../core/tree/watches.ts";
import type { Handler } from "../../core/zab/leader-state.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import type { ServerView } from "./view.ts";

/** What both the words and the commands say where there is nobody to answer them. */
export const NOT_SERVING = "This ZooKeeper instance is not currently serving requests";

export type Mode = "standalone" | "leader" | "follower" | "observer" | "read-only";

export function isServing({ server }: ServerView): boolean {
  return server.serving && server.database !== null;
}

export function modeOf(server: Server): Mode {
  if (server.config.standalone) return "standalone";
  if (server.leader !== null) return "leader";
  if (server.learner === null) return "read-only";
  return server.learner.observer ? "observer" : "follower";
}

/** Without a quorum, for clients that asked for no more than reads. */
export function isReadOnly(server: Server): boolean {
  return server.serving && modeOf(server) === "read-only";
}

/** What a member of an ensemble is in, such as `leading - broadcast`; null without an ensemble. */
export function peerStateOf(server: Server): string | null {
  if (server.config.standalone) return null;
  const state = server.state.toLowerCase();
  return server.state === "LOOKING" ? state : `${state} - ${server.phase.toLowerCase()}`;
}

/** Znodes, where the root counts twice: the real map knows it as "" and as "/". */
export function nodeCount(server: Server): number {
  return (server.database?.tree.nodes.size ?? 0) + 1;
}

export function lastZxid(server: Server): bigint {
  return server.database?.lastZxid ?? 0n;
}

/** The session that a connection carries; null before it has one. */
export function establishedClient(server: Server, conn: number): ClientConn | null {
  const client = server.clients.byConn.get(conn);
  if (client === undefined || client.sessionId === NO_SESSION) return null;
  return client.stage === "established" || client.stage === "closing" ? client : null;
}

export function localSessionCount(server: Server): number {
  if (!server.config.options.localSessions) return 0;
  let count = 0;
  for (const { local } of server.clients.byConn.values()) if (local) count++;
  return count;
}

/** Data watches by path: who waits there, as sessions. Child watches are invisible to the words, as in the real server. */
export function dataWatches(server: Server): Map<string, SessionId[]> {
  const found = new Map<string, SessionId[]>();
  for (const [path, watchers] of watchersByPath(server.clients.watches.data)) {
    const sessions: SessionId[] = [];
    for (const conn of watchers) {
      const client = server.clients.byConn.get(conn);
      if (client !== undefined) sessions.push(client.sessionId);
    }
    if (sessions.length > 0) found.set(path, sessions);
  }
  return found;
}

/** The same the other way round. */
export function watchedPaths(server: Server): Map<SessionId, string[]> {
  const found = new Map<SessionId, string[]>();
  for (const [conn, paths] of pathsByWatcher(server.clients.watches.data)) {
    const client = server.clients.byConn.get(conn);
    if (client !== undefined) found.set(client.sessionId, [...paths]);
  }
  return found;
}

/** Learners of this leader that are up to date, by kind. */
export function syncedLearners(
  server: Server,
  kind: "follower" | "nonVoting" | "observer",
): Handler[] {
  const handlers = [...(server.leader?.handlers.values() ?? [])];
  return handlers.filter(({ sid, observer, stage }) => {
    if (stage !== "broadcast") return false;
    if (observer) return kind === "observer";
    return kind === (isVoter(server.configuration.quorum, sid) ? "follower" : "nonVoting");
  });
}

/** This server's own line of the configuration. */
export function ownMember(server: Server): Member | undefined {
  return server.configuration.members.find(({ sid }) => sid === server.sid);
}

/** The configuration in force: its lines, and `version=` at the end. */
export function configurationText(server: Server): string {
  const tree = server.database?.tree;
  const stored = tree === undefined ? null : nodeAt(tree, "/zookeeper/config")?.record.data;
  if (stored !== null && stored !== undefined && stored.length > 0) {
    return new TextDecoder().decode(stored);
  }
  const { members, quorum } = server.config;
  return printConfiguration(members, quorum, ZERO_ZXID);
}

/** The port of `host:port`, −1 where there is none. */
export function portOf(address: string): number {
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  return Number.isInteger(port) && port > 0 ? port : -1;
}

/** The host of `host:port`, an IPv6 address without its brackets. */
export function hostOf(address: string): string {
  const host = address.slice(0, address.lastIndexOf(":"));
  return host.startsWith("[") ? host.slice(1, -1) : host;
}
