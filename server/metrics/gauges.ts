import { watchCount } from "../../core/tree/watches.ts";
import { localSessionCount, nodeCount, syncedLearners } from "../admin/facts.ts";
import type { ServerView } from "../admin/view.ts";
import { averageOf } from "./summary.ts";

/** A number that is read when somebody asks. `decimal` marks what ZooKeeper prints as a double. */
export type Gauge = {
  readonly name: string;
  readonly decimal?: true;
  readonly read: (view: ServerView) => number;
};

/** What every server shows. */
const COMMON: readonly Gauge[] = [
  { name: "avg_latency", decimal: true, read: ({ stats }) => averageOf(stats.latency) },
  { name: "min_latency", read: ({ stats }) => stats.latency.min },
  { name: "max_latency", read: ({ stats }) => stats.latency.max },
  { name: "packets_received", read: ({ stats }) => stats.packetsReceived },
  { name: "packets_sent", read: ({ stats }) => stats.packetsSent },
  { name: "num_alive_connections", read: (view) => countOf(view.connections()) },
  { name: "outstanding_requests", read: ({ stats }) => stats.outstandingCount },
  { name: "znode_count", read: ({ server }) => nodeCount(server) },
  { name: "watch_count", read: ({ server }) => watchCount(server.clients.watches) },
  { name: "ephemerals_count", read: ephemeralCount },
  // The one character more is the root's second name, "/".
  {
    name: "approximate_data_size",
    read: ({ server }) => (server.database?.tree.size.held ?? 0) + 1,
  },
  { name: "global_sessions", read: ({ server }) => server.database?.sessions.size ?? 0 },
  { name: "local_sessions", read: ({ server }) => localSessionCount(server) },
  { name: "open_file_descriptor_count", read: (view) => view.fileDescriptors().open },
  { name: "max_file_descriptor_count", read: (view) => view.fileDescriptors().max },
  { name: "uptime", read: (view) => Math.floor(view.nowMs() - view.stats.startedMs) },
  { name: "last_client_response_size", read: ({ stats }) => stats.responses.last },
  { name: "min_client_response_size", read: ({ stats }) => stats.responses.min },
  { name: "max_client_response_size", read: ({ stats }) => stats.responses.max },
  { name: "auth_failed_count", read: ({ stats }) => stats.authFailedCount },
  // Connections are not throttled by tokens, and none is encrypted.
  {
    name: "connection_drop_probability",
    decimal: true,
    read: ({ server }) => server.clients.bucket.dropChance,
  },
  { name: "outstanding_tls_handshake", read: () => 0 },
  { name: "non_mtls_remote_conn_count", read: () => 0 },
  { name: "non_mtls_local_conn_count", read: () => 0 },
];

const MEMBER: readonly Gauge[] = [
  { name: "quorum_size", read: ({ server }) => server.configuration.quorum.voters.length },
];

const LEADER: readonly Gauge[] = [
  { name: "learners", read: ({ server }) => server.leader?.handlers.size ?? 0 },
  { name: "synced_followers", read: ({ server }) => syncedLearners(server, "follower").length },
  {
    name: "synced_non_voting_followers",
    read: ({ server }) => syncedLearners(server, "nonVoting").length,
  },
  { name: "synced_observers", read: ({ server }) => syncedLearners(server, "observer").length },
  { name: "pending_syncs", read: pendingSyncCount },
  {
    name: "leader_uptime",
    read: ({ stats, nowMs }) =>
      stats.servingSinceMs < 0 ? 0 : Math.floor(nowMs() - stats.servingSinceMs),
  },
  { name: "last_proposal_size", read: ({ stats }) => stats.proposals.last },
  { name: "min_proposal_size", read: ({ stats }) => stats.proposals.min },
  { name: "max_proposal_size", read: ({ stats }) => stats.proposals.max },
];

/** The gauges that a server in this role shows. */
export function gaugesOf({ server }: ServerView): readonly Gauge[] {
  if (server.config.standalone) return COMMON;
  return server.leader === null ? [...COMMON, ...MEMBER] : [...COMMON, ...MEMBER, ...LEADER];
}

/** Every gauge there is, for providers that must know them beforehand. */
export function allGauges(): readonly Gauge[] {
  return [...COMMON, ...MEMBER, ...LEADER];
}

function ephemeralCount({ server }: ServerView): number {
  let count = 0;
  for (const paths of server.database?.tree.ephemerals.values() ?? []) count += paths.names.size;
  return count;
}

function pendingSyncCount({ server }: ServerView): number {
  let count = 0;
  for (const waiting of server.leader?.syncs.values() ?? []) count += waiting.length;
  return count;
}

function countOf(items: Iterable<unknown>): number {
  let count = 0;
  for (const _ of items) count++;
  return count;
}
