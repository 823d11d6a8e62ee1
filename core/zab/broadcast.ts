import type { ServerEffect } from "../effect.ts";
import { isQuorum, isVoter } from "../election/quorum.ts";
import { commitLater } from "../request/commit.ts";
import type { Server } from "../server-state.ts";
import { logLater } from "../storage/logger.ts";
import type { Txn } from "../txn.ts";
import type { Zxid } from "../zxid.ts";
import type { Leader, Proposal } from "./leader-state.ts";
import { noteProposal, sendToLearner } from "./outbox.ts";

/**
 * Broadcast on the leader's side: propose, count acks, commit in order.
 * @see spec election-and-zab 6.1, 6.2; ZooKeeper, server/quorum/Leader.java
 */

/** Sends a proposal to all that follow, and then to the own log: the followers may be faster. */
export function propose(server: Server, leader: Leader, txn: Txn, out: ServerEffect[]): void {
  leader.lastProposed = txn.zxid;
  leader.outstanding.set(txn.zxid, { txn, acks: new Set() });
  out.push({ kind: "proposed", txn });
  const packet = { kind: "PROPOSAL", txn } as const;
  for (const handler of leader.handlers.values()) {
    if (!handler.forwarding || handler.observer) continue;
    sendToLearner(handler, packet, out);
    noteProposal(handler, txn.zxid, server.nowMs);
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
  if (zxid <= leader.lastCommitted) return;
  const proposal = leader.outstanding.get(zxid);
  if (proposal === undefined) return;
  if (isVoter(server.config.quorum, sid)) proposal.acks.add(sid);
  tryToCommit(server, leader, proposal, out);
}

/** Commits follow each other without a gap, so only the oldest proposal can be next. */
function tryToCommit(
  server: Server,
  leader: Leader,
  proposal: Proposal,
  out: ServerEffect[],
): void {
  const { txn, acks } = proposal;
  const { zxid } = txn;
  if (leader.outstanding.has((zxid - 1n) as Zxid)) return;
  if (!isQuorum(server.config.quorum, acks)) return;
  leader.outstanding.delete(zxid);
  leader.toBeApplied.set(zxid, txn);
  leader.lastCommitted = zxid;
  out.push({ kind: "committed", txn });
  const commit = { kind: "COMMIT", zxid } as const;
  const inform = { kind: "INFORM", txn } as const;
  for (const handler of leader.handlers.values()) {
    if (!handler.forwarding || zxid <= handler.upTo) continue;
    sendToLearner(handler, handler.observer ? inform : commit, out);
  }
  commitLater(server, txn, out);
  releaseSyncs(leader, zxid, out);
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
  if (leader.outstanding.size === 0) {
    sendToLearner(handler, { kind: "SYNC" }, out);
    return;
  }
  const waiting = leader.syncs.get(leader.lastProposed);
  if (waiting === undefined) leader.syncs.set(leader.lastProposed, [conn]);
  else waiting.push(conn);
}
