import { clearRing } from "../ring.ts";
import type { ServerEffect } from "../effect.ts";
import { activate, configurationProposed, showConfiguration } from "../ensemble/activation.ts";
import { configurationIn } from "../ensemble/configuration.ts";
import { remarkState } from "../remark-state.ts";
import { leaveRole } from "../role.ts";
import type { Server } from "../server-state.ts";
import { addPiece, createIncoming } from "../storage/snapshot-load.ts";
import { OwnerError } from "../tree/owner.ts";
import { OpCode, type Txn } from "../txn.ts";
import { JuteError } from "../wire/jute.ts";
import { counterOf, epochOf, formatZxid, UNTRUSTED_ZXID, type Zxid } from "../zxid.ts";
import type { Learner } from "./learner-state.ts";
import type { QuorumPacket, SnapshotPiece } from "./packet.ts";
import { deliverInSync } from "./sync-delivery.ts";
import { beginTruncation } from "./truncation.ts";

/** What ends a role that a reconfiguration changes. */
export const CHANGED = "changes proposed in reconfig";

/**
 * What a learner does with the packets between ACKEPOCH and UPTODATE.
 *
 * Until NEWLEADER, after SNAP or TRUNC, what is committed goes straight to the tree, and the snapshot at
 * NEWLEADER saves it. After DIFF, and for everybody after NEWLEADER, it is collected and goes through the log.
 * @see spec election-and-zab 5.4; ZooKeeper, server/quorum/Learner.java (syncWithLeader)
 */
export function syncReceived(
  server: Server,
  learner: Learner,
  packet: QuorumPacket,
  out: ServerEffect[],
): void {
  switch (packet.kind) {
    case "DIFF":
    case "TRUNC":
    case "SNAP":
      syncModeReceived(server, learner, packet, out);
      break;
    case "SNAPPIECE":
      pieceReceived(server, learner, packet, out);
      break;
    case "PROPOSAL":
      proposalReceived(server, learner, packet.txn, out);
      break;
    case "COMMIT":
      commitReceived(server, learner, packet.zxid, out);
      break;
    case "INFORM":
      proposalReceived(server, learner, packet.txn, out);
      commitReceived(server, learner, packet.txn.zxid, out);
      break;
    case "COMMITANDACTIVATE": {
      const txn = learner.pending.find(({ zxid }) => zxid === packet.zxid);
      commitReceived(server, learner, packet.zxid, out);
      if (txn !== undefined) activateAsLearner(server, txn, packet.leader, out);
      break;
    }
    case "INFORMANDACTIVATE":
      proposalReceived(server, learner, packet.txn, out);
      commitReceived(server, learner, packet.txn.zxid, out);
      activateAsLearner(server, packet.txn, packet.leader, out);
      break;
    case "PING":
      break;
    default:
      if (learner.stage === "sync") exitOnNonsense(server, packet, out);
  }
}

function syncModeReceived(
  server: Server,
  learner: Learner,
  packet: Extract<QuorumPacket, { kind: "DIFF" | "TRUNC" | "SNAP" }>,
  out: ServerEffect[],
): void {
  const { kind, zxid } = packet;
  if (learner.stage !== "sync") return;
  learner.stage = "receiving";
  learner.mode = kind;
  remarkTold(server, packet, out);
  remarkState(server, out);
  if (kind === "DIFF") showConfiguration(server);
  if (kind === "TRUNC") beginTruncation(server, learner, zxid, out);
  if (kind === "SNAP") {
    learner.snapZxid = zxid;
    learner.incoming = createIncoming(zxid);
  }
}

/** The tree in memory changes at once, when the last piece is there; the disk keeps the old one until NEWLEADER. */
function pieceReceived(
  server: Server,
  learner: Learner,
  piece: SnapshotPiece,
  out: ServerEffect[],
): void {
  const { incoming } = learner;
  if (incoming === null) return;
  try {
    addPiece(incoming, piece);
  } catch (error) {
    if (!(error instanceof JuteError || error instanceof OwnerError)) throw error;
    leaveRole(server, error.message, out);
    return;
  }
  if (!piece.last) return;
  learner.incoming = null;
  learner.unsaved = true;
  learner.lastQueued = learner.snapZxid;
  server.database = incoming;
  clearRing(server.log.tail);
  showConfiguration(server);
  out.push({ kind: "snapshotDelivered", zxid: learner.snapZxid });
}

function proposalReceived(server: Server, learner: Learner, txn: Txn, out: ServerEffect[]): void {
  const last = server.database?.lastZxid;
  // The stream behind SNAP may hold what was queued before it was cut; the tree has it already.
  if (learner.mode !== "DIFF" && last !== undefined && txn.zxid <= last) return;
  const { committedListHoleAfterDiff } = server.config.defects;
  // What closed the hole in the list of ZOOKEEPER-4925 made sure of this, too.
  if (!follows(learner.lastQueued, txn.zxid) && !committedListHoleAfterDiff) {
    const hole = `${formatZxid(txn.zxid)} does not follow ${formatZxid(learner.lastQueued)}`;
    leaveRole(server, hole, out);
    return;
  }
  learner.lastQueued = txn.zxid;
  learner.pending.push(txn);
  if (txn.type === OpCode.reconfig) noteConfiguration(server, txn, out);
}

function commitReceived(server: Server, learner: Learner, zxid: Zxid, out: ServerEffect[]): void {
  const last = server.database?.lastZxid;
  if (learner.mode !== "DIFF" && last !== undefined && zxid <= last) return;
  if (learner.mode === "DIFF" || learner.stage === "adopted") {
    learner.committed.push(zxid);
    return;
  }
  const head = learner.pending[0];
  if (head === undefined || head.zxid !== zxid) {
    out.push({ kind: "warned", text: `Committing ${formatZxid(zxid)}, but it is not next` });
    return;
  }
  learner.pending.shift();
  learner.unsaved = true;
  deliverInSync(server, head, out);
}

export function remarkTold(
  server: Server,
  packet: Extract<QuorumPacket, { kind: "DIFF" | "TRUNC" | "SNAP" | "NEWLEADER" | "UPTODATE" }>,
  out: ServerEffect[],
): void {
  if (server.config.talkative !== true) return;
  const zxid = packet.kind === "UPTODATE" ? UNTRUSTED_ZXID : packet.zxid;
  out.push({ kind: "syncTold", packet: packet.kind, zxid });
}

/** A reconfiguration was proposed. */
export function noteConfiguration(server: Server, txn: Txn, out: ServerEffect[]): void {
  const configuration = configurationIn(txn);
  if (configuration !== null) configurationProposed(server, configuration, out);
}

/** A reconfiguration is committed; where it changes this server's role or leader, the role ends. */
export function activateAsLearner(
  server: Server,
  txn: Txn,
  leader: number,
  out: ServerEffect[],
): void {
  const configuration = configurationIn(txn);
  if (configuration === null || server.leaving) return;
  if (activate(server, configuration, { leader, zxid: txn.zxid }, out)) {
    leaveRole(server, CHANGED, out);
  }
}

/** Within an epoch nothing may be missing, and an epoch begins with counter 1 (ZOOKEEPER-2846, 4925). */
function follows(previous: Zxid, zxid: Zxid): boolean {
  if (zxid === previous + 1n) return true;
  return epochOf(zxid) > epochOf(previous) && counterOf(zxid) === 1;
}

function exitOnNonsense(server: Server, packet: QuorumPacket, out: ServerEffect[]): void {
  server.life = "exited";
  out.push({ kind: "exit", code: 13, reason: `Got unexpected packet from leader: ${packet.kind}` });
}
