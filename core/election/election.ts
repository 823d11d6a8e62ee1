import type { ServerEffect } from "../effect.ts";
import { adoptWhileLooking } from "../ensemble/activation.ts";
import { isObserver, readConfiguration } from "../ensemble/configuration.ts";
import { hasVote, mayDecide, votersOf } from "../ensemble/deciders.ts";
import type { Server } from "../server-state.ts";
import { MIN_ZXID, UNTRUSTED_ZXID, ZERO_ZXID } from "../zxid.ts";
import { connectAll, hasDelivered, sendNotification } from "./connections.ts";
import type { Election, Heard } from "./election-state.ts";
import { NO_LEADER, type Notification, type ServerState } from "./notification.ts";
import { isVoter } from "./quorum.ts";
import { sameVote, supersedes, type HeardVote, type Vote } from "./vote.ts";

/**
 * Fast leader election: every server tells every voter whom it would elect, adopts a better vote when it
 * hears one, and stops when a quorum agrees and nothing better comes for {@link FINALIZE_WAIT_MS}.
 * @see spec election-and-zab 3; ZooKeeper, server/quorum/FastLeaderElection.java
 */
export const FINALIZE_WAIT_MS = 200;

/** Starts an election: a new round, in which this server proposes itself. */
export function startElection(server: Server, out: ServerEffect[]): void {
  const { election, config } = server;
  election.received.clear();
  election.outside.clear();
  election.inbox.length = 0;
  election.finalizing = false;
  server.reconfigured = false;
  election.waitMs = config.minNotificationMs;
  election.startedMs = server.nowMs;
  election.round++;
  election.proposal = initialProposal(server);
  if (server.config.talkative === true) {
    out.push({ kind: "electionStarted", zxid: election.proposal.zxid });
  }
  sendProposal(server, out);
  startWaiting(server, out);
  readInbox(server, out);
}

/** The receiver thread: runs in every state, answers who has to be answered, feeds a running election. */
export function notificationReceived(
  server: Server,
  sid: number,
  notification: Notification,
  out: ServerEffect[],
): void {
  if (adoptNewer(server, notification, out)) return;
  if (!hasVote(server, sid)) {
    // Observers and strangers are told what this server last decided, which may be long out of date.
    answer(server, sid, server.vote, server.election.round, server.state, out);
    return;
  }
  if (server.state === "LOOKING") {
    // The process may still be reading its database: then nobody is looking yet.
    if (server.life !== "running") return;
    remarkHeard(server, sid, notification, out);
    if (notification.state === "LOOKING" && notification.electionEpoch < server.election.round) {
      const { proposal, round } = server.election;
      answer(server, sid, proposal, round, "LOOKING", out);
    }
    server.election.inbox.push({ sid, notification });
    readInbox(server, out);
    return;
  }
  remarkHeard(server, sid, notification, out);
  if (notification.state === "LOOKING") {
    answer(server, sid, server.vote, server.vote.electionEpoch, server.state, out);
  }
}

/**
 * A server that looks takes a newer configuration from whoever tells it, and then looks again, among its members.
 *
 * @returns true when it does
 */
function adoptNewer(server: Server, { config }: Notification, out: ServerEffect[]): boolean {
  if (config === server.configuration.text || !server.config.options.reconfigEnabled) return false;
  if (server.state !== "LOOKING" || server.life !== "running") return false;
  const told = readConfiguration(config);
  if (told === null || !adoptWhileLooking(server, told, out)) return false;
  server.election.inbox.length = 0;
  server.transition = "look";
  return true;
}

/** Nothing has come for a while: say it again, or find out who can be reached. */
export function notificationWaitOver(server: Server, out: ServerEffect[]): void {
  const { election, config } = server;
  if (server.state !== "LOOKING" || election.finalizing) return;
  if (server.nowMs < election.waitUntilMs) {
    armWait(server, out);
    return;
  }
  if (hasDelivered(server)) sendProposal(server, out);
  else connectAll(server, out);
  election.waitMs = Math.min(election.waitMs * 2, config.maxNotificationMs);
  if (server.config.talkative === true) out.push({ kind: "electionWait", ms: election.waitMs });
  startWaiting(server, out);
  readInbox(server, out);
}

/** Silence since a quorum agreed: the election is over. */
export function finalizeWaitOver(server: Server, out: ServerEffect[]): void {
  const { election } = server;
  if (server.state !== "LOOKING" || !election.finalizing) return;
  if (server.nowMs < election.waitUntilMs) {
    out.push({
      kind: "arm",
      timer: "finalize",
      of: 0,
      afterMs: election.waitUntilMs - server.nowMs,
    });
    return;
  }
  conclude(server, { ...election.proposal, electionEpoch: election.round }, out);
}

/** How many servers, as far as this one has heard, share its proposal. */
export function tallyOf(election: Election): number {
  let count = 0;
  const mine = ownBallot(election);
  for (const vote of election.received.values()) if (sameVote(vote, mine)) count++;
  return count;
}

function readInbox(server: Server, out: ServerEffect[]): void {
  const { inbox } = server.election;
  for (let heard = inbox.shift(); heard !== undefined; heard = inbox.shift()) {
    if (server.state !== "LOOKING" || server.transition !== null) return;
    if (server.election.finalizing) heardWhileFinalizing(server, heard, out);
    else heardWhileLooking(server, heard, out);
  }
}

/** Only a better vote interrupts the last wait; everything else that comes meanwhile is dropped. */
function heardWhileFinalizing(server: Server, heard: Heard, out: ServerEffect[]): void {
  const { election, configuration } = server;
  if (!supersedes(configuration.quorum, heard.notification, election.proposal)) {
    election.waitUntilMs = server.nowMs + FINALIZE_WAIT_MS;
    return;
  }
  election.finalizing = false;
  out.push({ kind: "disarm", timer: "finalize", of: 0 });
  election.inbox.push(heard);
  startWaiting(server, out);
}

function heardWhileLooking(server: Server, heard: Heard, out: ServerEffect[]): void {
  const { sid, notification } = heard;
  server.election.waitUntilMs = server.nowMs + server.election.waitMs;
  if (!hasVote(server, sid) || !hasVote(server, notification.leader)) return;
  switch (notification.state) {
    case "LOOKING":
      countVote(server, sid, notification, out);
      break;
    case "FOLLOWING":
    case "LEADING":
      joinEstablished(server, sid, notification, out);
      break;
    case "OBSERVING":
      break;
  }
}

function countVote(
  server: Server,
  sid: number,
  notification: Notification,
  out: ServerEffect[],
): void {
  const { election, configuration } = server;
  const own = server.database?.lastZxid;
  if (own === UNTRUSTED_ZXID || notification.zxid === UNTRUSTED_ZXID) return;
  if (notification.electionEpoch < election.round) return;
  if (notification.electionEpoch > election.round) {
    election.round = notification.electionEpoch;
    election.received.clear();
    const initial = initialProposal(server);
    election.proposal = supersedes(configuration.quorum, notification, initial)
      ? voteOf(notification)
      : initial;
    sendProposal(server, out);
  } else if (supersedes(configuration.quorum, notification, election.proposal)) {
    election.proposal = voteOf(notification);
    sendProposal(server, out);
  }
  election.received.set(sid, heardVoteOf(notification));
  if (!agreed(server, election.received, ownBallot(election))) return;

  // A better vote may still be on its way, so agreement only starts the last wait.
  election.finalizing = true;
  election.waitUntilMs = server.nowMs + FINALIZE_WAIT_MS;
  out.push({ kind: "disarm", timer: "notification", of: 0 });
  out.push({ kind: "arm", timer: "finalize", of: 0, afterMs: FINALIZE_WAIT_MS });
}

/** A server that is done looking has spoken: follow its leader if a quorum does, the leader among them. */
function joinEstablished(
  server: Server,
  sid: number,
  notification: Notification,
  out: ServerEffect[],
): void {
  const { election } = server;
  const vote = heardVoteOf(notification);
  if (notification.electionEpoch === election.round) {
    election.received.set(sid, vote);
    if (agreed(server, election.received, vote) && leads(server, election.received, vote)) {
      conclude(server, voteOf(notification), out);
      return;
    }
  }
  election.outside.set(sid, vote);
  if (agreed(server, election.outside, vote) && leads(server, election.outside, vote)) {
    election.round = notification.electionEpoch;
    conclude(server, voteOf(notification), out);
  }
}

/**
 * Does the proposed leader itself say that it leads? Others may still follow one that has crashed.
 * About itself a server believes it only for its present round (ZOOKEEPER-1514).
 */
function leads(server: Server, votes: ReadonlyMap<number, HeardVote>, vote: HeardVote): boolean {
  if (vote.leader === server.sid) return vote.electionEpoch === server.election.round;
  return votes.get(vote.leader)?.state === "LEADING";
}

function agreed(server: Server, votes: ReadonlyMap<number, HeardVote>, vote: HeardVote): boolean {
  const { quorum } = server.configuration;
  if (votes.size <= quorum.voters.length >> 1 && quorum.kind === "majority") return false;
  const agreeing: number[] = [];
  for (const [sid, other] of votes) if (sameVote(other, vote)) agreeing.push(sid);
  return mayDecide(server, agreeing);
}

function conclude(server: Server, vote: Vote, out: ServerEffect[]): void {
  const { election } = server;
  election.inbox.length = 0;
  election.finalizing = false;
  server.vote = vote;
  server.transition = vote.leader === server.sid ? "lead" : "learn";
  out.push({ kind: "disarm", timer: "notification", of: 0 });
  out.push({ kind: "disarm", timer: "finalize", of: 0 });
  out.push({ kind: "elected", leader: vote.leader, electionEpoch: vote.electionEpoch });
}

function sendProposal(server: Server, out: ServerEffect[]): void {
  const { election, sid } = server;
  const notification = notificationOf(server, election.proposal, election.round, "LOOKING");
  for (const voter of votersOf(server)) {
    if (voter === sid) {
      election.inbox.push({ sid, notification });
      remarkHeard(server, sid, notification, out);
    } else sendNotification(server, voter, notification, out);
  }
}

function remarkHeard(
  server: Server,
  sid: number,
  notification: Notification,
  out: ServerEffect[],
): void {
  if (server.config.talkative !== true) return;
  out.push({ kind: "heard", sid, notification, state: server.state });
}

function answer(
  server: Server,
  sid: number,
  vote: Vote,
  round: number,
  state: ServerState,
  out: ServerEffect[],
): void {
  sendNotification(server, sid, notificationOf(server, vote, round, state), out);
}

function startWaiting(server: Server, out: ServerEffect[]): void {
  server.election.waitUntilMs = server.nowMs + server.election.waitMs;
  armWait(server, out);
}

function armWait(server: Server, out: ServerEffect[]): void {
  const afterMs = server.election.waitUntilMs - server.nowMs;
  out.push({ kind: "arm", timer: "notification", of: 0, afterMs });
}

/**
 * A server that may not be elected proposes nobody: an observer with the least zxid and epoch there are, one that is
 * not listed with its own.
 */
function initialProposal(server: Server): Vote {
  const { configuration, sid, election, database, currentEpoch } = server;
  const observer = isObserver(configuration, sid);
  return {
    leader: isVoter(configuration.quorum, sid) ? sid : NO_LEADER,
    zxid: observer ? MIN_ZXID : (database?.lastZxid ?? ZERO_ZXID),
    electionEpoch: election.round,
    peerEpoch: observer ? -1 : currentEpoch,
  };
}

function ownBallot(election: Election): HeardVote {
  const { leader, zxid, peerEpoch } = election.proposal;
  return { leader, zxid, peerEpoch, electionEpoch: election.round, state: "LOOKING" };
}

function notificationOf(
  server: Server,
  vote: Vote,
  round: number,
  state: ServerState,
): Notification {
  return {
    kind: "notification",
    state,
    leader: vote.leader,
    zxid: vote.zxid,
    electionEpoch: round,
    peerEpoch: vote.peerEpoch,
    config: server.configuration.text,
  };
}

function voteOf({ leader, zxid, electionEpoch, peerEpoch }: Notification): Vote {
  return { leader, zxid, electionEpoch, peerEpoch };
}

function heardVoteOf({ leader, zxid, electionEpoch, peerEpoch, state }: Notification): HeardVote {
  return { leader, zxid, electionEpoch, peerEpoch, state };
}
