import type { ServerView } from "./view.ts";
import type { Server } from "../../core/server-state.ts";
import { formatSessionId, type SessionId } from "../../core/session/session-id.ts";
import { bucketAfter } from "../../core/session/tracker.ts";
import { namesInOrder } from "../../core/tree/name-set.ts";
import { watchSummary } from "../../core/tree/watches.ts";
import { dateText } from "./date-text.ts";
import { dataWatches, establishedClient, watchedPaths } from "./facts.ts";

/** `wchs`: how many watches of how many connections. */
export function watchSummaryText({ server }: ServerView): string {
  const { watcherCount, pathCount, watchCount } = watchSummary(server.clients.watches.data);
  return `${watcherCount} connections watching ${pathCount} paths\nTotal watches:${watchCount}\n`;
}

/** `wchc`: the paths that each session watches. */
export function watchesBySessionText({ server }: ServerView): string {
  const blocks = [...watchedPaths(server)].map(([session, paths]) =>
    blockText(formatSessionId(session), paths),
  );
  return `${blocks.join("")}\n`;
}

/** `wchp`: the sessions that watch each path. */
export function watchesByPathText({ server }: ServerView): string {
  const blocks = [...dataWatches(server)].map(([path, sessions]) =>
    blockText(path, sessions.map(formatSessionId)),
  );
  return `${blocks.join("")}\n`;
}

/** `dump`: sessions and when they expire, their ephemerals, connections and when they are given up. */
export function dumpText(view: ServerView): string {
  const parts = [
    "SessionTracker dump:\n",
    sessionsText(view),
    "ephemeral nodes dump:\n",
    ephemeralsText(view.server),
    "Connections dump:\n",
    connectionSetsText(view),
  ];
  return parts.join("");
}

/** Sessions of a server that expires them, by the monotonic ms at which their buckets empty. */
export function sessionBuckets({ leader }: Server): [number, SessionId[]][] {
  const buckets = [...(leader?.sessions.buckets ?? [])];
  return buckets
    .map(([atMs, ids]): [number, SessionId[]] => [atMs, [...ids]])
    .sort(([a], [b]) => a - b);
}

export function ephemeralsBySession({ database }: Server): [SessionId, readonly string[]][] {
  const owners = database?.tree.ephemerals ?? new Map<SessionId, never>();
  return [...owners].map(([session, paths]) => [session, namesInOrder(paths)]);
}

function sessionsText(view: ServerView): string {
  const { server } = view;
  const localText = server.config.options.localSessions ? localSessionsText(view) : "";
  if (server.leader !== null) {
    const prefix = server.config.options.localSessions ? "Global Session Sets" : "Session Sets";
    return localText + setsText(view, prefix, sessionBuckets(server), formatSessionId);
  }
  const sessions = [...(server.database?.sessions ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = sessions.map(([id, timeoutMs]) => `${formatSessionId(id)}\t${timeoutMs}ms\n`);
  return `${localText}Global Sessions(${sessions.length}):\n${lines.join("")}`;
}

function localSessionsText(view: ServerView): string {
  const { server } = view;
  const buckets = new Map<number, SessionId[]>();
  for (const { local, sessionId, heardMs, timeoutMs } of server.clients.byConn.values()) {
    if (local) putIn(buckets, bucketAfter(heardMs + timeoutMs, server.config.tickMs), sessionId);
  }
  return setsText(view, "Local Session Sets", sortedByTime(buckets), formatSessionId);
}

function ephemeralsText(server: Server): string {
  const owners = ephemeralsBySession(server);
  const blocks = owners.map(([session, paths]) => blockText(`${formatSessionId(session)}:`, paths));
  return `Sessions with Ephemerals (${owners.length}):\n${blocks.join("")}`;
}

/** Connections that have no session, or say nothing, are given up at the end of an interval of this many ms. */
function connectionSetsText(view: ServerView): string {
  const { server } = view;
  const intervalMs = server.config.options.sessionlessMs;
  const buckets = new Map<number, string[]>();
  for (const { conn, remote } of view.connections()) {
    const client = server.clients.byConn.get(conn);
    const dueMs =
      client === undefined ? view.nowMs() + intervalMs : client.heardMs + client.timeoutMs;
    const session = establishedClient(server, conn)?.sessionId ?? (0n as SessionId);
    const text = `ip: /${remote} sessionId: ${formatSessionId(session)}`;
    putIn(buckets, bucketAfter(dueMs, intervalMs), text);
  }
  return setsText(view, "Connections Sets", sortedByTime(buckets), String);
}

function setsText<Item>(
  view: ServerView,
  title: string,
  buckets: readonly [number, readonly Item[]][],
  text: (item: Item) => string,
): string {
  const total = buckets.reduce((sum, [, items]) => sum + items.length, 0);
  const aheadMs = view.wallMs() - view.nowMs();
  const blocks = buckets.map(([atMs, items]) =>
    blockText(`${items.length} expire at ${dateText(atMs + aheadMs)}:`, items.map(text)),
  );
  return `${title} (${buckets.length})/(${total}):\n${blocks.join("")}`;
}

function blockText(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `\t${line}\n`).join("")}`;
}

function putIn<Item>(buckets: Map<number, Item[]>, atMs: number, item: Item): void {
  const bucket = buckets.get(atMs);
  if (bucket === undefined) buckets.set(atMs, [item]);
  else bucket.push(item);
}

function sortedByTime<Item>(buckets: ReadonlyMap<number, Item[]>): [number, Item[]][] {
  return [...buckets].sort(([a], [b]) => a - b);
}
