import { isVoter } from "../../core/election/quorum.ts";
import { readConfiguration } from "../../core/ensemble/configuration.ts";
import type { ServerEffect } from "../../core/effect.ts";
import type { ServerEvent } from "../../core/event.ts";
import { NO_SESSION, type SessionId } from "../../core/session/session-id.ts";
import { formatZxid, type Zxid } from "../../core/zxid.ts";
import { report, type Checks } from "./checks.ts";
import {
  appended,
  fileRenamed,
  fileWritten,
  recovered,
  syncAsked,
  syncDone,
  truncated,
} from "./disk.ts";
import type { ServerFace } from "./face.ts";
import { deeper, prefixUpTo, ROOT, zxidAt } from "./history.ts";
import {
  heardByLeader,
  leaderCommitted,
  leaderEstablished,
  leaderProposed,
  leadershipBegun,
  snapSent,
} from "./leader.ts";
import { ackSent, heardByLearner, linkBegun, linkEnded, promiseSent } from "./learner.ts";
import { processEnded, stateShown } from "./life.ts";
import { judgeSessions } from "./sessions.ts";
import { applied, fastForwarded, treeReplaced } from "./tree.ts";
import type { Watch } from "./watch.ts";

/**
 * Judges one turn of server `sid`: the event that it got, then the effects that it gave, in their order,
 * then what it shows of itself. To be called for every turn of every server, in the order of the run.
 *
 * @param atUs µs of virtual time
 * @param server null where its process ended within the turn, before it could show anything
 * @param effects only the first `effectCount` are of this turn
 */
export function checkTurn(
  checks: Checks,
  turn: number,
  atUs: number,
  sid: number,
  server: ServerFace | null,
  event: ServerEvent,
  effects: readonly ServerEffect[],
  effectCount: number,
): void {
  const watch = checks.bySid.get(sid);
  if (watch === undefined) return;
  checks.turn = turn;
  checks.atUs = atUs;
  if (event.kind === "received") {
    if (event.conn === watch.leaderConn) heardByLearner(checks, watch, event.message);
    else heardByLeader(checks, watch, event.conn, event.message);
  } else if (event.kind === "synced") syncDone(checks, watch, event.ticket);
  else if (event.kind === "disconnected") linkEnded(watch, event.conn);
  else if (event.kind === "started") processEnded(watch);
  for (let at = 0; at < effectCount; at++) onEffect(checks, watch, effects[at]!);
  if (server === null) return;
  stateShown(checks, watch, server);
  judgeSessions(checks, watch, server);
}

/** The process of `sid` has ended by a fault. What its disk kept is learned when it has read it back. */
export function serverCrashed(checks: Checks, sid: number): void {
  const watch = checks.bySid.get(sid);
  if (watch !== undefined) processEnded(watch);
}

/**
 * A client got the answer to a write: S9. The answer's header names the transaction; a write that
 * failed in good order (an error transaction) counts as well.
 */
export function clientAcknowledged(
  checks: Checks,
  write: { readonly zxid: Zxid; readonly sessionId: SessionId; readonly cxid: number },
): void {
  const { history } = checks;
  const node = prefixUpTo(history, checks.committed, write.zxid);
  const name = `cxid ${write.cxid} of a client was answered with ${formatZxid(write.zxid)}`;
  if (node === ROOT || zxidAt(history, node) !== write.zxid) {
    report(checks, "S9", 0, `${name}, which no leader has committed`);
    return;
  }
  const txn = history.txns[node]!;
  const isOther = write.sessionId !== NO_SESSION && txn.clientId !== write.sessionId;
  if (isOther || txn.cxid !== write.cxid) {
    report(checks, "S9", 0, `${name}, which was committed for somebody else's cxid ${txn.cxid}`);
    return;
  }
  checks.acknowledged = deeper(history, checks.acknowledged, node);
}

function configurationAdopted(watch: Watch, text: string): void {
  const configuration = readConfiguration(text);
  if (configuration !== null) watch.votes = isVoter(configuration.quorum, watch.sid);
}

/** The frequent kinds first. */
function onEffect(checks: Checks, watch: Watch, effect: ServerEffect): void {
  switch (effect.kind) {
    case "send": {
      const { message } = effect;
      if (message.kind === "ACK") ackSent(checks, watch, effect.conn, message.zxid);
      else if (message.kind === "ACKEPOCH") promiseSent(checks, watch, effect.conn);
      else if (message.kind === "SNAP" || message.kind === "SNAPPIECE") {
        snapSent(checks, watch, effect.conn, message);
      }
      return;
    }
    // Named, because they are many and would else be compared with all that follows.
    case "wake":
    case "arm":
    case "disarm":
      return;
    case "append":
      appended(checks, watch, effect.file, effect.txns);
      return;
    case "sync":
      syncAsked(watch, effect.files, effect.ticket);
      return;
    case "delivered":
      applied(checks, watch, effect.txn, effect.digest);
      return;
    case "proposed":
      leaderProposed(checks, watch, effect.txn);
      return;
    case "committed":
      leaderCommitted(checks, watch, effect.txn);
      return;
    case "connect":
      if (effect.port === "quorum") linkBegun(checks, watch, effect.conn, effect.address);
      return;
    case "close":
      linkEnded(watch, effect.conn);
      return;
    case "write":
      fileWritten(checks, watch, effect.file, effect.bytes);
      return;
    case "rename":
      fileRenamed(checks, watch, effect.file, effect.to);
      return;
    case "truncated":
      truncated(checks, watch, effect.zxid);
      return;
    case "recovered":
      recovered(checks, watch, effect.zxid, effect.digest);
      return;
    case "fastForwarded":
      fastForwarded(checks, watch, effect.txn, effect.digest);
      return;
    case "snapshotDelivered":
      treeReplaced(checks, watch, effect.zxid);
      return;
    case "epochAcked":
      leadershipBegun(checks, watch, effect.epoch);
      return;
    case "established":
      leaderEstablished(checks, watch, effect.epoch);
      return;
    case "configured":
      if (effect.committed) configurationAdopted(watch, effect.text);
      return;
    case "exit":
      if (effect.code === 12)
        report(checks, "S12", watch.sid, `server ${watch.sid} ends: ${effect.reason}`);
      processEnded(watch);
      return;
    default:
  }
}
