import { NO_LEADER, type ServerState } from "../../core/election/notification.ts";
import { printMember } from "../../core/ensemble/member-text.ts";
import type { Remark } from "../../core/remark.ts";
import type { ZabPhase } from "../../core/server-state.ts";
import type { Zxid } from "../../core/zxid.ts";
import type { LogLevel, LogLine } from "./layout.ts";

/** Of a vote that names nobody. */
const NOBODY = "-9223372036854775808";

/** Where each class says it: the numbers are those of the lines of the real server. */
type Say = (source: string, message: string, thread?: string, level?: LogLevel) => LogLine;

/**
 * The lines that the real server writes of elections, roles and syncs.
 *
 * @param sid this server
 * @param peerThread the name of its main thread
 * @see spec election-and-zab 10.2
 */
export function describeRemark(remark: Remark, sid: number, peerThread: string): LogLine[] {
  const say: Say = (source, message, thread = peerThread, level = "INFO") => ({
    level,
    thread,
    source,
    message,
  });
  switch (remark.kind) {
    case "electionStarted": {
      const text = `New election. My id = ${sid}, proposed zxid=${hex(remark.zxid)}`;
      return [say("QuorumPeer@1455", "LOOKING"), say("FastLeaderElection@946", text)];
    }
    case "heard":
      return [describeHeard(remark, sid, say)];
    case "electionWait":
      return [say("FastLeaderElection@996", `Notification time out: ${remark.ms} ms`)];
    case "electionTook": {
      const source = remark.state === "LEADING" ? "Leader@588" : "Follower@77";
      return [say(source, `${remark.state} - LEADER ELECTION TOOK - ${remark.ms} MS`)];
    }
    case "stateDetail":
      return describeState(remark.state, remark.phase, remark.sync, say);
    case "electionLink":
      return describeLink(remark, sid, say);
    case "learnerFound": {
      const text =
        remark.member === null
          ? `Follower sid: ${remark.sid} not in the current config ${remark.configVersion.toString(16)}`
          : `Follower sid: ${remark.sid} : info : ${printMember(remark.member).replace(/^[^=]*=/, "")}`;
      const source = remark.member === null ? "LearnerHandler@513" : "LearnerHandler@510";
      return [say(source, text, `LearnerHandler-${remark.sid}`)];
    }
    case "synchronizing": {
      const { learner, max, min, last, peer } = remark;
      const text = `Synchronizing with Learner sid: ${learner} maxCommittedLog=${hex(max)} minCommittedLog=${hex(min)} lastProcessedZxid=${hex(last)} peerLastZxid=${hex(peer)}`;
      return [say("LearnerHandler@805", text, `LearnerHandler-${learner}`)];
    }
    case "syncTold":
      return [describeTold(remark, say)];
    case "supported": {
      const text = `Have quorum of supporters, sids: [[${remark.sids.join(", ")}]]; starting up and setting last processed zxid: ${hex(remark.zxid)}`;
      return [say("Leader@1519", text)];
    }
    case "roleEnded":
      return describeEnd(remark.state, remark.reason, peerThread, say);
  }
}

function describeHeard(
  { sid: from, notification, state }: Extract<Remark, { kind: "heard" }>,
  sid: number,
  say: Say,
): LogLine {
  const { leader, electionEpoch, peerEpoch, zxid, config } = notification;
  const named = leader === NO_LEADER ? NOBODY : leader;
  const version = /(?:^|\n)version=([0-9a-f]+)/.exec(config)?.[1] ?? "0";
  const text = `Notification: my state:${state}; n.sid:${from}, n.state:${notification.state}, n.leader:${named}, n.round:${hex(electionEpoch)}, n.peerEpoch:${hex(peerEpoch)}, n.zxid:${hex(zxid)}, message format version:0x2, n.config version:0x${version}`;
  const source = "FastLeaderElection$Messenger$WorkerReceiver@391";
  return say(source, text, `WorkerReceiver[myid=${sid}]`);
}

/** The state alone is said where a role begins. */
function describeState(
  state: ServerState,
  phase: ZabPhase,
  sync: "DIFF" | "TRUNC" | "SNAP" | null,
  say: Say,
): LogLine[] {
  if (state === "LOOKING") {
    return [
      say("QuorumPeer@917", "Peer state changed: looking"),
      say("QuorumPeer@1585", "PeerState set to LOOKING", undefined, "WARN"),
    ];
  }
  const detail = `Peer state changed: ${state} - ${phase}`.toLowerCase().replace("peer", "Peer");
  if (phase !== "SYNCHRONIZATION" || sync === null) return [say("QuorumPeer@917", detail)];
  return [say("QuorumPeer@922", `${detail} - ${sync.toLowerCase()}`)];
}

function describeLink(
  { what, sid: other, address }: Extract<Remark, { kind: "electionLink" }>,
  sid: number,
  say: Say,
): LogLine[] {
  const opening = `QuorumConnectionThread-[myid=${sid}]-1`;
  switch (what) {
    case "dropped": {
      const text = `Have smaller server identifier, so dropping the connection: (myId:${sid} --> sid:${other})`;
      return [say("QuorumCnxManager@514", text, opening)];
    }
    case "unreachable": {
      const text = `Cannot open channel to ${other} at election address /${address}`;
      return [say("QuorumCnxManager@401", text, opening, "WARN")];
    }
    case "received": {
      const source = "QuorumCnxManager$Listener$ListenerHandler@1076";
      return [say(source, `Received connection request from /${address}`, "ListenerHandler")];
    }
    case "broken": {
      const warn = (source: string, text: string, thread: string): LogLine =>
        say(`QuorumCnxManager$${source}`, text, `${thread}:${other}`, "WARN");
      return [
        warn("RecvWorker@1402", `Connection broken for id ${other}, my id = ${sid}`, "RecvWorker"),
        warn(
          "RecvWorker@1408",
          `Interrupting SendWorker thread from RecvWorker. sid: ${other}. myId: ${sid}`,
          "RecvWorker",
        ),
        warn(
          "SendWorker@1300",
          `Send worker leaving thread id ${other} my id = ${sid}`,
          "SendWorker",
        ),
      ];
    }
  }
}

function describeTold({ packet, zxid }: Extract<Remark, { kind: "syncTold" }>, say: Say): LogLine {
  switch (packet) {
    case "DIFF":
      return say("Learner@565", `Getting a diff from the leader ${hex(zxid)}`);
    case "SNAP":
      return say("Learner@576", `Getting a snapshot from leader ${hex(zxid)}`);
    case "TRUNC": {
      const text = `Truncating log to get in sync with the leader ${hex(zxid)}`;
      return say("Learner@599", text, undefined, "WARN");
    }
    case "NEWLEADER":
      return say("Learner@737", "Learner received NEWLEADER message");
    case "UPTODATE":
      return say("Learner@721", "Learner received UPTODATE message");
  }
}

/** Why a learner's role ended stands where the real server has a stack trace: on a line of its own. */
function describeEnd(state: ServerState, reason: string, thread: string, say: Say): LogLine[] {
  switch (state) {
    case "LOOKING":
      return [];
    case "LEADING":
      return [
        say("Leader@813", "Shutting down"),
        say("Leader@819", `Shutdown called. For the reason ${reason}`),
      ];
    case "FOLLOWING":
      return [
        say("Follower@128", `Exception when following the leader\n${reason}`, thread, "WARN"),
        say("Follower@286", "shutdown Follower"),
      ];
    case "OBSERVING":
      return [
        say("Observer@132", `Exception when observing the leader\n${reason}`, thread, "WARN"),
        say("Observer@249", "shutdown Observer"),
      ];
  }
}

function hex(number: number | Zxid): string {
  return `0x${BigInt.asUintN(64, BigInt(number)).toString(16)}`;
}
