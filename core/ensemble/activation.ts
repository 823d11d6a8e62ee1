import type { ServerEffect } from "../effect.ts";
import { forgetConnections, meet } from "../election/connections.ts";
import type { Server } from "../server-state.ts";
import type { Database } from "../tree/database.ts";
import type { Zxid } from "../zxid.ts";
import { writeConfigNode } from "./config-node.ts";
import { isObserver, isSameMembership, memberOf, type Configuration } from "./configuration.ts";

/**
 * How a server's configuration changes: first one is proposed and only remembered, then it is in force.
 * @see spec election-and-zab 6.9; ZooKeeper, server/quorum/QuorumPeer.java (processReconfig)
 */

/** Who leads under a new configuration, and the last zxid of the one who says so. */
export type Suggestion = { readonly leader: number; readonly zxid: Zxid };

/** A newer configuration was proposed: from here on decisions need its quorums too. */
export function configurationProposed(
  server: Server,
  configuration: Configuration,
  out: ServerEffect[],
): void {
  if (!server.config.options.reconfigEnabled) return;
  if (configuration.version <= server.lastSeen.version) return;
  server.lastSeen = configuration;
  const { version, text } = configuration;
  out.push({ kind: "configured", version, text, committed: false });
  for (const { sid } of configuration.members) {
    if (sid !== server.sid && memberOf(server.configuration, sid) === null) meet(server, sid, out);
  }
}

/**
 * Puts a newer configuration in force.
 *
 * @param suggestion null where nobody has said who leads: whoever led goes on, if it still can
 * @returns true when the present role has to end, because the role or the leader is another now
 */
export function activate(
  server: Server,
  configuration: Configuration,
  suggestion: Suggestion | null,
  out: ServerEffect[],
): boolean {
  const former = server.configuration;
  if (!adoptConfiguration(server, configuration, out)) return false;
  if (isSameMembership(former, configuration)) return false;
  forgetConnections(server, out);
  server.election.round = 0;
  rebind(server, former, out);
  const roleChanges = isObserver(former, server.sid) !== isObserver(configuration, server.sid);
  if (roleChanges) {
    server.reconfigured = true;
    const became = isObserver(configuration, server.sid)
      ? "an observer"
      : memberOf(configuration, server.sid) === null
        ? "a non-voting participant"
        : "a voting participant";
    out.push({ kind: "warned", text: `Becoming ${became}` });
  }
  if (suggestion === null) {
    // Without a word on who leads there has to be an election, if it comes to that.
    server.reconfigured = false;
    return roleChanges || !keepsItsPlace(former, configuration, server.vote.leader);
  }
  if (suggestion.leader === server.vote.leader) return roleChanges;
  server.vote = { ...suggestion, electionEpoch: -1, peerEpoch: -1 };
  server.reconfigured = true;
  out.push({ kind: "warned", text: `Suggested leader: ${suggestion.leader}` });
  return true;
}

/**
 * A server that looks has heard of a newer configuration.
 *
 * @returns true when the election has to begin anew, among others
 */
export function adoptWhileLooking(
  server: Server,
  configuration: Configuration,
  out: ServerEffect[],
): boolean {
  const former = server.configuration;
  if (!adoptConfiguration(server, configuration, out)) return false;
  showConfiguration(server);
  if (isSameMembership(former, configuration)) return false;
  forgetConnections(server, out);
  server.election.round = 0;
  rebind(server, former, out);
  return true;
}

/** Lets clients read the configuration in force. */
export function showConfiguration(
  server: Server,
  database: Database | null = server.database,
): void {
  if (database === null || server.config.standalone) return;
  const timeMs = Math.floor(server.nowMs + server.wallOffsetMs);
  writeConfigNode(database.tree, server.configuration, timeMs);
}

function adoptConfiguration(
  server: Server,
  configuration: Configuration,
  out: ServerEffect[],
): boolean {
  if (!server.config.options.reconfigEnabled) return false;
  const { version, text } = configuration;
  if (version <= server.configuration.version) return false;
  server.configuration = configuration;
  if (version > server.lastSeen.version) server.lastSeen = configuration;
  out.push({ kind: "configured", version, text, committed: true });
  return true;
}

/** Is `leader` still a voter, where it was? */
function keepsItsPlace(former: Configuration, present: Configuration, leader: number): boolean {
  const before = memberOf(former, leader);
  const now = memberOf(present, leader);
  if (before?.role !== "participant" || now?.role !== "participant") return false;
  return before.quorumAddress === now.quorumAddress;
}

/** Ports that this server has elsewhere now. The quorum port belongs to whoever leads, and to the role. */
function rebind(server: Server, former: Configuration, out: ServerEffect[]): void {
  const before = memberOf(former, server.sid);
  const now = memberOf(server.configuration, server.sid);
  if (before === null || now === null) return;
  if (before.electionAddress !== now.electionAddress) {
    out.push({ kind: "unlisten", port: "election" }, { kind: "listen", port: "election" });
  }
  if (now.clientAddress !== "" && before.clientAddress !== now.clientAddress) {
    out.push({ kind: "unlisten", port: "client" }, { kind: "listen", port: "client" });
  }
}
