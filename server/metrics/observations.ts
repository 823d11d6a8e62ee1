import type { Observation } from "../../core/effect.ts";
import type { Server } from "../../core/server-state.ts";
import { TriggerType } from "../../core/tree/watches.ts";
import type { Txn, TxnBody } from "../../core/txn.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import { noteNamespace, type Namespaces } from "./namespaces.ts";
import { noteSize, type ServerStats } from "./stats.ts";
import { addAdvancedSample, addSample, createAdvancedSummary } from "./summary.ts";

/** Every so many zxids the digest of the tree is remembered, and so many of them at most. */
const DIGEST_INTERVAL = 128;
const DIGEST_MAX = 1024;

/** Checksum, length and end mark around a transaction in a log record. */
const RECORD_FRAME_BYTES = 13;

/** Counts what a server says about itself. `wallMs` is its wall clock. */
export function noteObservation(
  stats: ServerStats,
  server: Server,
  observation: Observation,
  wallMs: number,
): void {
  const { counters } = stats;
  switch (observation.kind) {
    case "proposed":
      noteProposed(stats, server, observation.txn);
      break;
    case "committed":
      if (!server.config.standalone) {
        counters.commit_count++;
        const tookMs = since(observation.txn.timeMs, wallMs);
        addAdvancedSample(stats.advanced.quorum_ack_latency, tookMs);
      }
      break;
    case "delivered":
      noteDelivered(stats, server, observation.txn, observation.digest, wallMs);
      break;
    case "syncChosen":
      if (observation.mode === "SNAP") counters.snap_count++;
      else counters.diff_count++;
      break;
    case "sessionExpired":
      counters.stale_sessions_expired++;
      break;
    case "became":
      noteRole(stats, server, observation.state === "LOOKING");
      break;
    case "serving":
      noteServing(stats, server);
      break;
    case "recovered":
      if (stats.unavailableSinceMs < 0 && !server.config.standalone) noteLooking(stats, server);
      break;
    default:
      break;
  }
}

/** A packet came over a quorum connection, from the leader or from a learner. */
export function noteQuorumPacket(stats: ServerStats, packet: QuorumPacket, wallMs: number): void {
  const { counters } = stats;
  switch (packet.kind) {
    case "PROPOSAL":
      counters.learner_proposal_received_count++;
      addAdvancedSample(stats.advanced.proposal_latency, since(packet.txn.timeMs, wallMs));
      break;
    case "COMMIT":
    case "COMMITANDACTIVATE":
    case "INFORM":
    case "INFORMANDACTIVATE":
      counters.learner_commit_received_count++;
      break;
    case "REQUEST":
      counters.prep_processor_request_queued++;
      break;
    case "REVALIDATE":
      // The question is counted by the leader, the answer by the learner.
      if (packet.valid === null) counters.connection_revalidate_count++;
      else counters.revalidate_count++;
      break;
    default:
      break;
  }
}

/** A member acked a proposal `tookMs` after it was made. */
export function noteAck(stats: ServerStats, sid: number, tookMs: number): void {
  let summary = stats.ackLatency.get(sid);
  if (summary === undefined) {
    summary = createAdvancedSummary();
    stats.ackLatency.set(sid, summary);
  }
  addAdvancedSample(summary, Math.floor(tookMs));
}

/** A watch event of an own client: events of one kind and place belong to one firing until {@link endFiring}. */
export function noteFired(stats: ServerStats, type: number, path: string): void {
  const { firing } = stats;
  if (firing.watchers === 0 || firing.type !== type || firing.path !== path) {
    endFiring(stats);
    firing.type = type;
    firing.path = path;
  }
  firing.watchers++;
}

/** No more watchers belong to the last firing. */
export function endFiring({ firing, summaries }: ServerStats): void {
  const { type, watchers } = firing;
  if (watchers === 0) return;
  firing.watchers = 0;
  if (type === TriggerType.created) addSample(summaries.node_created_watch_count, watchers);
  else if (type === TriggerType.deleted) addSample(summaries.node_deleted_watch_count, watchers);
  else if (type === TriggerType.dataChanged) {
    addSample(summaries.node_changed_watch_count, watchers);
  } else addSample(summaries.node_children_watch_count, watchers);
}

function noteProposed(stats: ServerStats, server: Server, { body, record }: Txn): void {
  stats.counters.outstanding_changes_queued += changeCount(body);
  if (server.config.standalone) return;
  stats.counters.proposal_count++;
  noteSize(stats.proposals, record.length - RECORD_FRAME_BYTES);
}

function noteDelivered(
  stats: ServerStats,
  server: Server,
  { zxid, timeMs, body }: Txn,
  digest: bigint,
  wallMs: number,
): void {
  const { counters, advanced } = stats;
  endFiring(stats);
  const tookMs = since(timeMs, wallMs);
  addAdvancedSample(advanced.propagation_latency, tookMs);
  if (server.learner !== null) addAdvancedSample(advanced.commit_propagation_latency, tookMs);
  if (!server.config.standalone) counters.request_commit_queued++;
  if (server.leader !== null) counters.outstanding_changes_removed += changeCount(body);
  noteWritten(stats.namespaces, body);
  if (Number(zxid) % DIGEST_INTERVAL === 0) {
    stats.digests.push({ zxid, digest });
    if (stats.digests.length > DIGEST_MAX) stats.digests.shift();
  }
}

function noteLooking(stats: ServerStats, server: Server): void {
  stats.counters.looking_count++;
  stats.lookingSinceMs = server.nowMs;
  stats.servingSinceMs = -1;
  if (stats.unavailableSinceMs < 0) stats.unavailableSinceMs = server.nowMs;
}

function noteRole(stats: ServerStats, server: Server, isLooking: boolean): void {
  if (isLooking) noteLooking(stats, server);
  else if (stats.lookingSinceMs >= 0) {
    const tookMs = Math.floor(server.nowMs - stats.lookingSinceMs);
    addSample(stats.summaries.election_time, tookMs);
    stats.lookingSinceMs = -1;
  }
}

function noteServing(stats: ServerStats, server: Server): void {
  stats.servingSinceMs = server.nowMs;
  if (stats.unavailableSinceMs < 0) return;
  const tookMs = Math.floor(server.nowMs - stats.unavailableSinceMs);
  addSample(stats.summaries.unavailable_time, tookMs);
  if (server.leader !== null) addSample(stats.summaries.leader_unavailable_time, tookMs);
  stats.unavailableSinceMs = -1;
}

/**
 * How many znodes a transaction changes, the parents of those that come and go included.
 * @see ZooKeeper, server/PrepRequestProcessor.java (addChangeRecord)
 */
function changeCount(body: TxnBody): number {
  switch (body.kind) {
    case "create":
    case "createContainer":
    case "createTtl":
    case "delete":
      return 2;
    case "setData":
    case "setAcl":
      return 1;
    case "closeSession":
      return 2 * (body.paths?.length ?? 0);
    case "multi":
      return body.txns.reduce((sum, part) => sum + changeCount(part.body), 0);
    default:
      return 0;
  }
}

/** Bytes written, by the first part of the path. */
function noteWritten(namespaces: Namespaces, body: TxnBody): void {
  switch (body.kind) {
    case "create":
    case "createContainer":
    case "createTtl":
    case "setData":
      noteNamespace(namespaces, "write", body.path, body.data?.length ?? 0);
      break;
    case "delete":
      noteNamespace(namespaces, "write", body.path, 0);
      break;
    case "multi":
      for (const part of body.txns) noteWritten(namespaces, part.body);
      break;
    default:
      break;
  }
}

/** ms since `thenMs`; clocks of two machines differ, so never below 0. */
function since(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.floor(nowMs - thenMs));
}
