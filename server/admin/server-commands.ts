import { outstandingOf } from "../metrics/connection-stats.ts";
import { metricsOf } from "../metrics/metric-list.ts";
import type { SizeStats } from "../metrics/stats.ts";
import { averageOf } from "../metrics/summary.ts";
import { establishedClient, isReadOnly, lastZxid, modeOf, nodeCount } from "./facts.ts";
import { jsonObject, type Json, type JsonObject } from "./json-text.ts";
import { operationName } from "./operation-name.ts";
import { interestOps, serverId } from "./server-words.ts";
import { versionText } from "./version.ts";
import type { ConnectionView, ServerView } from "./view.ts";

type Entry = readonly [string, Json];

export function configurationEntries(view: ServerView): Entry[] {
  const { server, settings } = view;
  const { config } = server;
  return [
    ["client_port", settings.clientPort],
    ["data_dir", settings.dataDir],
    ["data_log_dir", settings.dataLogDir],
    ["tick_time", config.tickMs],
    ["max_client_cnxns", config.options.connectionsPerAddressMax],
    ["min_session_timeout", config.minSessionTimeoutMs],
    ["max_session_timeout", config.maxSessionTimeoutMs],
    ["server_id", serverId(view)],
    ["client_port_listen_backlog", settings.clientPortListenBacklog],
  ];
}

export function connectionEntries(view: ServerView): Entry[] {
  return connectionLists(view, (connection) => fullConnection(view, connection));
}

export async function directoryEntries(view: ServerView): Promise<Entry[]> {
  const { dataBytes, logBytes } = await view.directorySizes();
  return [
    ["datadir_size", dataBytes],
    ["logdir_size", logBytes],
  ];
}

/** `zxid` in hexadecimal digits, and when it was written in seconds. */
export function lastSnapshotEntries({ lastSnapshot }: ServerView): Entry[] {
  const snapshot = lastSnapshot();
  return [
    ["zxid", (snapshot?.zxid ?? 0n).toString(16)],
    ["timestamp", Math.floor((snapshot?.wallMs ?? 0) / 1000)],
  ];
}

export function monitorEntries(view: ServerView): Entry[] {
  return metricsOf(view).map(({ name, value, decimal }) => [
    name,
    decimal && typeof value === "number" ? { decimal: value } : value,
  ]);
}

export async function serverStatsEntries(view: ServerView): Promise<Entry[]> {
  const { server, stats } = view;
  const entries: Entry[] = [
    ["version", versionText()],
    ["read_only", isReadOnly(server)],
    ["server_stats", await serverStats(view)],
    ["client_response", sizes(stats.responses)],
  ];
  if (modeOf(server) === "leader") entries.push(["proposal_stats", sizes(stats.proposals)]);
  return [...entries, ["node_count", nodeCount(server)]];
}

export async function statsEntries(view: ServerView): Promise<Entry[]> {
  return [...(await serverStatsEntries(view)), ...connectionLists(view, shortConnection)];
}

async function serverStats(view: ServerView): Promise<JsonObject> {
  const { server, stats } = view;
  const { dataBytes, logBytes } = await view.directorySizes();
  return jsonObject([
    ["packets_sent", stats.packetsSent],
    ["packets_received", stats.packetsReceived],
    ["fsync_threshold_exceed_count", stats.slowSyncCount],
    ["client_response_stats", sizes(stats.responses)],
    ["provider_null", false],
    ["data_dir_size", dataBytes],
    ["log_dir_size", logBytes],
    ["server_state", modeOf(server)],
    ["last_processed_zxid", lastZxid(server)],
    ["outstanding_requests", stats.outstandingCount],
    ["avg_latency", { decimal: averageOf(stats.latency) }],
    ["max_latency", stats.latency.max],
    ["min_latency", stats.latency.min],
    ["num_alive_client_connections", [...view.connections()].length],
    ["uptime", Math.floor(view.nowMs() - stats.startedMs)],
    ["auth_failed_count", stats.authFailedCount],
    ["non_mtlsremote_conn_count", 0],
    ["non_mtlslocal_conn_count", 0],
  ]);
}

function sizes({ last, min, max }: SizeStats): JsonObject {
  return jsonObject([
    ["last_buffer_size", last],
    ["min_buffer_size", min],
    ["max_buffer_size", max],
  ]);
}

function connectionLists(
  view: ServerView,
  show: (connection: ConnectionView) => JsonObject,
): Entry[] {
  const all = [...view.connections()];
  return [
    ["connections", all.filter(({ secure }) => !secure).map(show)],
    ["secure_connections", all.filter(({ secure }) => secure).map(show)],
  ];
}

function shortConnection(connection: ConnectionView): JsonObject {
  return jsonObject(shortEntries(connection));
}

function shortEntries(connection: ConnectionView): Entry[] {
  const { remote, stats } = connection;
  return [
    ["remote_socket_address", remote],
    ["interest_ops", interestOps(connection)],
    ["outstanding_requests", outstandingOf(stats)],
    ["packets_received", stats.received],
    ["packets_sent", stats.sent],
  ];
}

function fullConnection({ server }: ServerView, connection: ConnectionView): JsonObject {
  const client = establishedClient(server, connection.conn);
  if (client === null) return shortConnection(connection);
  const { stats } = connection;
  const { latency } = stats;
  return jsonObject([
    ...shortEntries(connection),
    ["session_id", client.sessionId],
    ["last_operation", operationName(stats.lastType)],
    ["established", Math.floor(stats.establishedWallMs)],
    ["session_timeout", client.timeoutMs],
    ["last_cxid", stats.lastCxid],
    ["last_zxid", stats.lastZxid],
    ["last_response_time", Math.floor(stats.lastResponseMs)],
    ["last_latency", stats.lastLatencyMs],
    ["min_latency", latency.min],
    ["avg_latency", Math.floor(averageOf(latency))],
    ["max_latency", latency.max],
  ]);
}
