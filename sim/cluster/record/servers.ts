import { tallyOf } from "../../../core/election/election.ts";
import type { ServerEffect } from "../../../core/effect.ts";
import type { ServerEvent, TimerName } from "../../../core/event.ts";
import { PhaseCode, RowKind, StateCode, TimerCode } from "../../trace/row.ts";
import type { ServerProcess } from "../state.ts";
import { row, textOfTxn, type Recording, type Shown } from "./recording.ts";

/** A timer fired, or a connection began or ended. */
export function recordEvent(
  recording: Recording,
  process: ServerProcess,
  event: ServerEvent,
): void {
  switch (event.kind) {
    case "fired":
      timerRow(recording, RowKind.fired, process.sid, event.timer, 0);
      break;
    case "accepted":
    case "connected":
    case "disconnected":
      recordConnection(recording, process, event);
      break;
    default:
      break;
  }
}

/** What a server did, or says that it did. */
export function recordEffect(recording: Recording, sid: number, effect: ServerEffect): void {
  switch (effect.kind) {
    case "append":
      for (const { zxid } of effect.txns) {
        row(recording, RowKind.logged, sid, 0, zxid, 0, 0, 0, 0);
      }
      break;
    case "proposed": {
      const link = textOfTxn(recording, effect.txn);
      row(recording, RowKind.proposed, sid, 0, effect.txn.zxid, 0, 0, 0, link);
      break;
    }
    case "delivered":
      row(recording, RowKind.applied, sid, 0, effect.txn.zxid, 0, 0, 0, 0);
      break;
    case "fastForwarded":
      row(recording, RowKind.applied, sid, 0, effect.txn.zxid, 1, 0, 0, 0);
      break;
    case "committed":
      row(recording, RowKind.committed, sid, 0, effect.txn.zxid, 0, 0, 0, 0);
      break;
    case "arm":
      timerRow(recording, RowKind.armed, sid, effect.timer, effect.afterMs);
      break;
    case "disarm":
      timerRow(recording, RowKind.disarmed, sid, effect.timer, 0);
      break;
    case "truncated":
      row(recording, RowKind.truncated, sid, 0, effect.zxid, 0, 0, 0, 0);
      break;
    case "snapshotDelivered":
      row(recording, RowKind.snapped, sid, 0, effect.zxid, 0, 0, 0, 0);
      break;
    case "recovered":
      row(recording, RowKind.recovered, sid, 0, effect.zxid, 0, 0, 0, 0);
      break;
    case "established":
      row(recording, RowKind.established, sid, 0, 0n, effect.epoch, 0, 0, 0);
      break;
    case "elected":
      row(recording, RowKind.elected, sid, effect.leader, 0n, effect.electionEpoch, 0, 0, 0);
      break;
    case "syncChosen": {
      const mode = SYNC_MODES[effect.mode];
      row(recording, RowKind.syncChosen, sid, effect.learner, effect.zxid, mode, 0, 0, 0);
      break;
    }
    default:
      break;
  }
}

/** Remembers who is connected, for when the connection is gone. Clients come and go without a row. */
function recordConnection(
  recording: Recording,
  { processId, sid }: ServerProcess,
  event: Extract<ServerEvent, { kind: "accepted" | "connected" | "disconnected" }>,
): void {
  let ends = recording.ends.get(processId);
  if (ends === undefined) {
    ends = new Map();
    recording.ends.set(processId, ends);
  }
  if (event.kind === "disconnected") {
    const peer = ends.get(event.conn);
    ends.delete(event.conn);
    if (peer !== undefined) row(recording, RowKind.cut, sid, peer, 0n, 0, 0, 0, 0);
    return;
  }
  const { processes } = recording.cluster.network;
  const owner = processes.get(processId)?.ends.get(event.conn)?.peer.owner;
  const peer = owner === undefined ? undefined : recording.who[owner.id];
  if (peer !== undefined && peer > 0) ends.set(event.conn, peer);
}

const SYNC_MODES = { DIFF: 0, TRUNC: 1, SNAP: 2 } as const;

const TIMERS: Partial<Record<TimerName, number>> = TimerCode;

function timerRow(
  recording: Recording,
  kind: number,
  sid: number,
  timer: TimerName,
  afterMs: number,
): void {
  const code = TIMERS[timer];
  if (code !== undefined) row(recording, kind, sid, 0, 0n, code, Math.ceil(afterMs), 0, 0);
}

/** What a server shows after its turn, as far as it did not show it before. */
export function recordState(recording: Recording, process: ServerProcess): void {
  const { server, sid, index } = process;
  const shown = recording.shown[index];
  if (server === null || shown === undefined) return;
  const { state, phase, serving } = server;
  const leader = server.learner?.leader ?? (server.leader === null ? -1 : sid);
  if (
    state !== shown.state ||
    phase !== shown.phase ||
    leader !== shown.leader ||
    serving !== shown.serving
  ) {
    shown.state = state;
    shown.phase = phase;
    shown.leader = leader;
    shown.serving = serving;
    const served = serving ? 1 : 0;
    row(recording, RowKind.state, sid, leader, 0n, StateCode[state], PhaseCode[phase], served, 0);
  }
  if (server.log.lastSynced !== shown.synced) {
    shown.synced = server.log.lastSynced;
    row(recording, RowKind.synced, sid, 0, shown.synced, 0, 0, 0, 0);
  }
  if (server.acceptedEpoch !== shown.accepted || server.currentEpoch !== shown.current) {
    shown.accepted = server.acceptedEpoch;
    shown.current = server.currentEpoch;
    row(recording, RowKind.epochs, sid, 0, 0n, shown.accepted, shown.current, 0, 0);
  }
  if (state === "LOOKING" || server.vote !== shown.vote) recordVote(recording, process, shown);
}

function recordVote(recording: Recording, { server, sid }: ServerProcess, shown: Shown): void {
  if (server === null) return;
  const looking = server.state === "LOOKING" && server.life === "running";
  const vote = looking ? server.election.proposal : server.vote;
  const round = looking ? server.election.round : vote.electionEpoch;
  shown.vote = server.vote;
  if (
    vote.leader !== shown.voteLeader ||
    vote.zxid !== shown.voteZxid ||
    round !== shown.voteRound ||
    vote.peerEpoch !== shown.voteEpoch
  ) {
    shown.voteLeader = vote.leader;
    shown.voteZxid = vote.zxid;
    shown.voteRound = round;
    shown.voteEpoch = vote.peerEpoch;
    row(recording, RowKind.vote, sid, vote.leader, vote.zxid, round, vote.peerEpoch, 0, 0);
  }
  if (!looking) return;
  const tally = tallyOf(server.election);
  if (tally === shown.tally) return;
  shown.tally = tally;
  row(recording, RowKind.tally, sid, 0, 0n, tally, recording.quorum, 0, 0);
}
