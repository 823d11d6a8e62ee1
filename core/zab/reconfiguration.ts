import type { ServerEffect } from "../effect.ts";
import { isQuorum, isVoter } from "../election/quorum.ts";
import { activate, configurationProposed } from "../ensemble/activation.ts";
import { configurationIn, memberOf, type Configuration } from "../ensemble/configuration.ts";
import type { Server } from "../server-state.ts";
import type { Txn } from "../txn.ts";
import { itemsOf } from "../ring.ts";
import type { Zxid } from "../zxid.ts";
import type { Leader } from "./leader-state.ts";

/**
 * A reconfiguration as its leader sees it: one is under way at a time, needs the quorums of both configurations, and
 * takes force when it commits.
 * @see spec election-and-zab 6.9; ZooKeeper, server/quorum/Leader.java (propose, tryToCommit, getDesignatedLeader)
 */

/** From this proposal on, until it commits, every proposal needs the quorums of both configurations. */
export function proposeReconfiguration(server: Server, txn: Txn, out: ServerEffect[]): void {
  const configuration = configurationIn(txn);
  if (configuration !== null) configurationProposed(server, configuration, out);
}

/**
 * The transaction that made {@link Server.lastSeen} is committed, or a leader that was elected with it pending is
 * established: it takes force here.
 *
 * @param acks who is known to have it
 * @returns who leads from here on; when that is another, this leader commits nothing more
 */
export function activateAsLeader(
  server: Server,
  leader: Leader,
  acks: readonly number[],
  zxid: Zxid,
  out: ServerEffect[],
): number {
  const designated = designatedLeader(server, leader, acks, zxid);
  activate(server, server.lastSeen, { leader: designated, zxid: leader.lastProposed }, out);
  if (designated !== server.sid) leader.mayCommit = false;
  return designated;
}

/** Is there a quorum of `configuration` among those who get proposals and keep up? */
export function isSyncedQuorum(server: Server, leader: Leader, { quorum }: Configuration): boolean {
  const sids = [server.sid];
  for (const { sid, observer, forwarding, deadlineTick } of leader.handlers.values()) {
    if (forwarding && !observer && deadlineTick >= leader.tick) sids.push(sid);
  }
  return isQuorum(quorum, sids);
}

/**
 * This server, while it is a voter at the same address. Else one of the new voters that have the reconfiguration,
 * and of those the one that has most of what comes behind it: that much less is cut off.
 */
function designatedLeader(
  server: Server,
  leader: Leader,
  acks: readonly number[],
  zxid: Zxid,
): number {
  const { configuration, lastSeen, sid } = server;
  const own = memberOf(lastSeen, sid);
  const stays =
    own?.role === "participant" &&
    own.quorumAddress === memberOf(configuration, sid)?.quorumAddress;
  if (stays) return sid;
  let candidates = acks
    .filter((ack) => ack !== sid && isVoter(lastSeen.quorum, ack))
    .sort((a, b) => a - b);
  for (const { txn: later, acks: laterAcks } of itemsOf(leader.outstanding)) {
    if (later.zxid <= zxid) continue;
    const better = candidates.filter((candidate) => laterAcks.includes(candidate));
    if (better.length === 0) break;
    candidates = better;
  }
  return candidates[0] ?? sid;
}
