import type { ServerEffect } from "../effect.ts";
import { isQuorum, isVoter } from "../election/quorum.ts";
import { nextQuorum } from "../ensemble/deciders.ts";
import { addLast, itemAt, takeFirst } from "../ring.ts";
import { commitLater } from "../request/commit.ts";
import type { Server } from "../server-state.ts";
import { logLater } from "../storage/logger.ts";
import { OpCode, type Txn } from "../txn.ts";
import type { Zxid } from "../zxid.ts";
import { outstandingAt, type Leader, type Proposal } from "./leader-state.ts";
import type { QuorumPacket } from "./packet.ts";
import { noteProposal, sendToLearner } from "./outbox.ts";
import { activateAsLeader, proposeReconfiguration } from "./reconfiguration.ts";

/**
 * Broadcast on the leader's side: propose, count acks, commit in order.
 * @see spec election-and-zab 6.1, 6.2; ZooKeeper, server/quorum/Leader.java
 */

/** Sends a proposal to all that follow, and then to the own log: the followers may be faster. */
export function propose(server: Server, leader: Leader, txn: Txn, out: ServerEffect[]): void {
  leader.lastProposed = txn.zxid;
  const { quorum } = server.configuration;
  if (txn.type === OpCode.reconfig) proposeReconfiguration(server, txn, out);
  const next = nextQuorum(server);
  addLast(leader.outstanding, { txn, acks: [], quorum, next });
  out.push({ kind: "proposed", txn });
  const packet = { kind: "PROPOSAL", txn } as const;
  for (const handler of leader.handlers.values()) {
    if (!handler.forwarding || handler.observer) continue;
    sendToLearner(handler, packet, out);
    if (handler.stage === "broadcast") noteProposal(handler, txn.zxid, server.nowMs);
  }
  logLater(server, txn, out);
}

/** `sid` has made everything up to `zxid` durable. */
export function processAck(
  server: Server,
  leader: Leader,
  sid: number,
  zxid: Zxid,
  out: ServerEffect[],
): void {
  if (zxid <= leader.lastCommitted || !leader.mayCommit) return;
  const proposal = outstandingAt(leader, zxid);
  if (proposal === undefined) return;
  const { quorum, next, acks } = proposal;
  const votes = isVoter(quorum, sid) || (next !== null && isVoter(next, sid));
  if (votes && !acks.includes(sid)) acks.push(sid);
  if (!tryToCommit(server, leader, proposal, out) || next === null) return;
  // What waited behind a reconfiguration may have been acked by enough all along.
  let following: Proposal | undefined;
  do following = outstandingAt(leader, (leader.lastCommitted + 1n) as Zxid);
  while (
    following !== undefined &&
    leader.mayCommit &&
    tryToCommit(server, leader, following, out)
  );
}

/** Commits follow each other without a gap, so only the oldest proposal can be next. True: it is committed. */
function tryToCommit(
  server: Server,
  leader: Leader,
  proposal: Proposal,
  out: ServerEffect[],
): boolean {
  const { txn, acks, quorum, next } = proposal;
  const { zxid } = txn;
  if (proposal !== itemAt(leader.outstanding, 0)) return false;
  if (!isQuorum(quorum, acks) || (next !== null && !isQuorum(next, acks))) return false;
  takeFirst(leader.outstanding);
  addLast(leader.toBeApplied, txn);
  leader.lastCommitted = zxid;
  out.push({ kind: "committed", txn });
  if (txn.type === OpCode.reconfig) {
    const designated = activateAsLeader(server, leader, acks, zxid, out);
    const commit = { kind: "COMMITANDACTIVATE", zxid, leader: designated } as const;
    const inform = { kind: "INFORMANDACTIVATE", txn, leader: designated } as const;
    tellLearners(leader, zxid, commit, inform, out);
  } else {
    const commit = { kind: "COMMIT", zxid } as const;
    tellLearners(leader, zxid, commit, { kind: "INFORM", txn }, out);
  }
  commitLater(server, txn, out);
  releaseSyncs(leader, zxid, out);
  return true;
}

function tellLearners(
  leader: Leader,
  zxid: Zxid,
  commit: QuorumPacket,
  inform: QuorumPacket,
  out: ServerEffect[],
): void {
  for (const handler of leader.handlers.values()) {
    if (!handler.forwarding || zxid <= handler.upTo) continue;
    sendToLearner(handler, handler.observer ? inform : commit, out);
  }
}

function releaseSyncs(leader: Leader, zxid: Zxid, out: ServerEffect[]): void {
  const waiting = leader.syncs.get(zxid);
  if (waiting === undefined) return;
  leader.syncs.delete(zxid);
  for (const conn of waiting) {
    const handler = leader.handlers.get(conn);
    if (handler !== undefined) sendToLearner(handler, { kind: "SYNC" }, out);
  }
}

/** A learner's sync: answered at once, or behind the newest proposal that is still under way. */
export function pinSync(leader: Leader, conn: number, out: ServerEffect[]): void {
  const handler = leader.handlers.get(conn);
  if (handler === undefined) return;
  if (leader.outstanding.length === 0) {
    sendToLearner(handler, { kind: "SYNC" }, out);
    return;
  }
  const waiting = leader.syncs.get(leader.lastProposed);
  if (waiting === undefined) leader.syncs.set(leader.lastProposed, [conn]);
  else waiting.push(conn);
}
