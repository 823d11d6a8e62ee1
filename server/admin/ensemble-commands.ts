import type { Member } from "../../core/config.ts";
import { isVoter } from "../../core/election/quorum.ts";
import { watchSummary } from "../../core/tree/watches.ts";
import { counterOf, epochOf } from "../../core/zxid.ts";
import {
  dataWatches,
  hostOf,
  isServing,
  lastZxid,
  ownMember,
  portOf,
  syncedLearners,
  watchedPaths,
} from "./facts.ts";
import { jsonObject, type Json, type JsonObject } from "./json-text.ts";
import { hexText } from "./number-text.ts";
import { ephemeralsBySession, sessionBuckets } from "./session-words.ts";
import type { ServerView } from "./view.ts";

type Entry = readonly [string, Json];

/** When sessions expire, by monotonic ms, where this server expires them; and their ephemerals. */
export function dumpEntries({ server }: ServerView): Entry[] {
  const buckets = sessionBuckets(server).map(([atMs, ids]): Entry => [String(atMs), ids]);
  const owners = ephemeralsBySession(server).map(([id, paths]): Entry => [String(id), paths]);
  return [
    ["expiry_time_to_session_ids", jsonObject(buckets)],
    ["session_id_to_ephemeral_paths", jsonObject(owners)],
  ];
}

export function leaderEntries({ server }: ServerView): Entry[] {
  if (server.config.standalone) return [["error", "server is not initialized"]];
  const leader = server.leader === null ? server.learner?.leader : server.sid;
  const member = server.configuration.members.find(({ sid }) => sid === leader);
  if (member === undefined) return [["error", "server is not initialized"]];
  return [
    ["is_leader", server.leader !== null],
    ["leader_id", member.sid],
    ["leader_ip", hostOf(member.quorumAddress)],
  ];
}

export function observerEntries(view: ServerView): Entry[] {
  const links = new Map([...view.learners()].map((link) => [link.conn, link]));
  const observers = syncedLearners(view.server, "observer");
  const shown = observers.map(({ conn, sid, queue, peerZxid }) => {
    const link = links.get(conn);
    return jsonObject([
      ["remote_socket_address", link?.remote ?? ""],
      ["sid", sid],
      ["established", link?.establishedWallMs ?? 0],
      ["queued_packets", queue.length],
      ["packets_received", link?.received ?? 0],
      ["packets_sent", link?.sent ?? 0],
      ["last_zxid", peerZxid],
    ]);
  });
  return [
    ["synced_observers", observers.length],
    ["observers", shown],
  ];
}

/** The voters, as they are configured. */
export function votingViewEntries({ server, settings }: ServerView): Entry[] {
  if (server.config.standalone) return [["current_config", jsonObject([])]];
  const voters = server.configuration.members.filter(({ sid }) =>
    isVoter(server.configuration.quorum, sid),
  );
  const clientOf = ({ sid, clientAddress }: Member): string =>
    clientAddress === "" && sid === server.sid ? settings.staticClient : clientAddress;
  const shown = voters.map((member): Entry => [
    String(member.sid),
    votingMember(member, clientOf(member)),
  ]);
  return [["current_config", jsonObject(shown)]];
}

export function watchSummaryEntries({ server }: ServerView): Entry[] {
  const { watcherCount, pathCount, watchCount } = watchSummary(server.clients.watches.data);
  return [
    ["num_connections", watcherCount],
    ["num_paths", pathCount],
    ["num_total_watches", watchCount],
  ];
}

export function watchesBySessionEntries({ server }: ServerView): Entry[] {
  const shown = [...watchedPaths(server)].map(([id, paths]): Entry => [String(id), paths]);
  return [["session_id_to_watched_paths", jsonObject(shown)]];
}

export function watchesByPathEntries({ server }: ServerView): Entry[] {
  return [["path_to_session_ids", jsonObject([...dataWatches(server)])]];
}

/** Where this server is in the protocol; little while it serves nobody, and in a server that is alone. */
export function zabEntries(view: ServerView): Entry[] {
  const { server } = view;
  const member = ownMember(server);
  if (server.config.standalone || !isServing(view) || member === undefined) {
    return [
      ["voting", false],
      ["zabstate", ""],
    ];
  }
  const zxid = server.database?.lastZxid;
  return [
    ["myid", server.sid],
    ["is_leader", server.leader !== null],
    ["quorum_address", multipleAddresses(member.quorumAddress)],
    ["election_address", multipleAddresses(member.electionAddress)],
    ["client_address", member.clientAddress || view.settings.staticClient],
    ["voting", isVoter(server.configuration.quorum, server.sid)],
    ["last_zxid", hexText(lastZxid(server))],
    ["zab_epoch", zxid === undefined ? 0 : epochOf(zxid)],
    ["zab_counter", zxid === undefined ? 0 : counterOf(zxid)],
    ["zabstate", server.phase.toLowerCase()],
  ];
}

function votingMember(member: Member, clientAddress: string): JsonObject {
  return jsonObject([
    ["server_addresses", [member.quorumAddress]],
    ["election_addresses", [member.electionAddress]],
    ["client_address", clientAddress],
    ["learner_type", member.role],
  ]);
}

/** One address as the real server shows its lists of addresses, which may have several. */
function multipleAddresses(address: string): JsonObject {
  const port = portOf(address);
  return jsonObject([
    ["empty", false],
    ["all_addresses", [address]],
    ["all_reachable_addresses", [address]],
    ["one", address],
    ["reachable_address", address],
    ["wildcard_addresses", [`0.0.0.0:${port}`]],
    ["all_ports", [port]],
    ["all_host_strings", [hostOf(address)]],
    ["all_reachable_addresses_or_all", [address]],
    ["reachable_or_one", address],
  ]);
}
