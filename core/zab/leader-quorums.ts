import { isQuorum, isVoter } from "../election/quorum.ts";
import { hasVote, mayDecide } from "../ensemble/deciders.ts";
import { memberOf, type Configuration } from "../ensemble/configuration.ts";
import type { Server } from "../server-state.ts";
import { counterOf, epochOf, type Zxid } from "../zxid.ts";
import type { Leader } from "./leader-state.ts";

/**
 * The three quorums that a leader needs before it leads: of accepted epochs, of epoch acks, of NEWLEADER acks.
 * Only voters count (ZOOKEEPER-2959); the first two must hold the leader itself (ZOOKEEPER-1270). The last one must be
 * one of the configuration that is proposed, too, for that takes force with it.
 * @see spec election-and-zab 4.6; ZooKeeper, server/quorum/Leader.java
 */

/** A server has promised no epoch above `acceptedEpoch`: until the epoch is fixed it must be higher. */
export function offerEpoch(
  server: Server,
  leader: Leader,
  sid: number,
  acceptedEpoch: number,
): void {
  const { configuration, lastSeen } = server;
  // Anybody may come and have promised anything; what nobody but a stranger has promised binds nobody here.
  if (leader.epochFixed || (!isMember(configuration, sid) && !isMember(lastSeen, sid))) return;
  if (acceptedEpoch >= leader.epoch) leader.epoch = acceptedEpoch + 1;
  if (isVoter(configuration.quorum, sid)) leader.connecting.add(sid);
}

function isMember(configuration: Configuration, sid: number): boolean {
  return memberOf(configuration, sid) !== null;
}

export function hasEpochQuorum(server: Server, leader: Leader): boolean {
  return (
    leader.connecting.has(server.sid) && isQuorum(server.configuration.quorum, leader.connecting)
  );
}

/**
 * A server has accepted the epoch; its own history is (epoch, zxid). Epoch −1 is not counted: it has
 * promised this epoch before.
 *
 * @returns false when that history is more recent than the leader's own
 */
export function countEpochAck(
  server: Server,
  leader: Leader,
  sid: number,
  epoch: number,
  zxid: Zxid,
): boolean {
  if (leader.epochAcked || epoch === -1) return true;
  const { summaryEpoch, summaryZxid } = leader;
  if (epoch > summaryEpoch || (epoch === summaryEpoch && zxid > summaryZxid)) return false;
  if (zxid !== -1n && isVoter(server.configuration.quorum, sid)) leader.epochAcks.add(sid);
  return true;
}

export function hasEpochAckQuorum(server: Server, leader: Leader): boolean {
  return (
    leader.epochAcks.has(server.sid) && isQuorum(server.configuration.quorum, leader.epochAcks)
  );
}

/** A server's history is the leader's. An ack of another zxid is one of a transaction, and not counted. */
export function countNewLeaderAck(server: Server, leader: Leader, sid: number, zxid: Zxid): void {
  if (epochOf(zxid) !== leader.epoch || counterOf(zxid) !== 0) return;
  if (hasVote(server, sid)) leader.newLeaderAcks.add(sid);
}

export function hasNewLeaderQuorum(server: Server, leader: Leader): boolean {
  return mayDecide(server, leader.newLeaderAcks);
}
