import type { ServerConfig } from "../../core/config.ts";
import type { ServerState } from "../../core/election/notification.ts";
import { isVoter } from "../../core/election/quorum.ts";
import type { ConnId } from "../../core/message.ts";
import type { Txn } from "../../core/txn.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { NO_NODE, NO_SLOT, ROOT } from "./history.ts";

/** A file other than a log that is on its way to the disk: an epoch, or a snapshot. */
export type FileWrite = {
  /** As it is called at the moment. */
  name: string;
  readonly kind: "acceptedEpoch" | "currentEpoch" | "snapshot";
  /** An epoch, or the history that the snapshot stands for. */
  readonly value: number;
  /** The sync that covers it under this name, 0 none. */
  ticket: number;
};

/** What the checks know of one server. Histories are nodes; all of them outlive its process. */
export type Watch = {
  readonly sid: number;
  readonly index: number;
  /** By the configuration that it has itself. */
  votes: boolean;

  /** As of its last turn. */
  state: ServerState;
  serving: boolean;
  /** Its process has ended, or has not read its disk yet. */
  down: boolean;

  /** H: what its disk stands for, in the page cache or beyond. */
  log: number;
  /** Dur: what of it is durable. */
  durable: number;
  /**
   * While a learner replaces its history (TRUNC, SNAP) and has not acked NEWLEADER, a crash may bring back the
   * old one: a history between these two. {@link NO_NODE} at other times.
   */
  oldLog: number;
  oldLogFloor: number;
  /** SNAP has replaced its tree, and NEWLEADER is not acked: the next snapshot it writes replaces its history. */
  replacing: boolean;
  /** The sync that makes what was read back at a start durable; −1 until it is asked for, 0 when it is done. */
  bootTicket: number;
  /** That sync is done. */
  booted: boolean;
  /** Its history rests on a snapshot of this one, which is not durable; {@link NO_NODE} when not. */
  restsOn: number;
  /** The log file that appends go to; what had been appended when it was opened. */
  logFile: string;
  logFileStart: number;
  /** Earlier log files that are not durable. */
  readonly rolledFiles: string[];
  /** Syncs of logs under way: by ticket, what they will make durable. */
  readonly syncTickets: number[];
  readonly syncNodes: number[];
  readonly files: FileWrite[];
  /** A snapshot on disk was still being cut when the tree was here: it may hold effects up to this one. */
  snapshotEnd: number;

  /** Acc and Cur, as made durable. */
  acceptedEpoch: number;
  currentEpoch: number;
  /** As last shown. */
  shownAcceptedEpoch: number;
  shownCurrentEpoch: number;
  /** The highest epoch it answered ACKEPOCH for. */
  promised: number;

  /** What its tree holds, delivered or not. */
  tree: number;
  /** The tree came from a snapshot that was cut while it changed: it is exact again from here on. */
  fuzzyUntil: number;
  /** What opened and closed sessions in the present turn, and where the table was last looked at. */
  readonly sessionTxns: Txn[];
  sessionsJudgedAt: number;

  /** The connection to its leader, 0 none; its leader's place, −1 none; the epoch that LEADERINFO told. */
  leaderConn: ConnId;
  leader: number;
  linkEpoch: number;
  linkStart: Zxid;
  /** The epochs of earlier connections, which a thread may still write to. */
  readonly oldLinks: Map<ConnId, number>;
  /** The history that the leader sent on this connection, and how much of it as committed. */
  received: number;
  receivedCommitted: number;
  /** {@link receivedCommitted} as of NEWLEADER: what the ack of it stands for. What comes behind it does not count. */
  newLeaderCovers: number;
  /** NEWLEADER is acked. */
  newLeaderAcked: boolean;
  /** The leadership it follows, from NEWLEADER on. */
  following: number;
  /** The same once it has acked NEWLEADER, or is that leader; appends must keep to it. */
  adopted: number;
  /** Between UPTODATE and the end of the connection. */
  upToDate: boolean;

  /** Its own leadership, while it leads. */
  leading: number;
  /** The last it committed as leader. */
  leaderCommitted: number;
  /** Whose connections are whose, as FOLLOWERINFO and OBSERVERINFO told it. */
  readonly learners: Map<ConnId, number>;
  /** The highest zxid that each server acked to it since it began to lead. */
  readonly acks: Zxid[];
  /** Voters that acked its NEWLEADER. */
  newLeaderAcks: number;
};

export function createWatch(config: ServerConfig, index: number, serverCount: number): Watch {
  return {
    sid: config.sid,
    index,
    votes: isVoter(config.quorum, config.sid),
    state: "LOOKING",
    serving: false,
    down: true,
    log: ROOT,
    durable: ROOT,
    oldLog: NO_NODE,
    oldLogFloor: NO_NODE,
    replacing: false,
    bootTicket: 0,
    booted: false,
    restsOn: NO_NODE,
    logFile: "",
    logFileStart: ROOT,
    rolledFiles: [],
    syncTickets: [],
    syncNodes: [],
    files: [],
    snapshotEnd: NO_NODE,
    acceptedEpoch: 0,
    currentEpoch: 0,
    shownAcceptedEpoch: 0,
    shownCurrentEpoch: 0,
    promised: 0,
    tree: ROOT,
    fuzzyUntil: NO_NODE,
    sessionTxns: [],
    sessionsJudgedAt: NO_NODE,
    leaderConn: 0,
    leader: -1,
    linkEpoch: 0,
    linkStart: ZERO_ZXID,
    oldLinks: new Map(),
    received: ROOT,
    receivedCommitted: ROOT,
    newLeaderCovers: ROOT,
    newLeaderAcked: false,
    following: NO_SLOT,
    adopted: NO_SLOT,
    upToDate: false,
    leading: NO_SLOT,
    leaderCommitted: ROOT,
    learners: new Map(),
    acks: Array.from({ length: serverCount }, () => ZERO_ZXID),
    newLeaderAcks: 0,
  };
}

/**
 * From here to the ack of NEWLEADER a crash may bring the old history back, or what of it is left on the way
 * to the new one, but nothing shorter than `floor`.
 */
export function keepOldLog(watch: Watch, floor: number, depth: Int32Array): void {
  if (watch.oldLog === NO_NODE) {
    watch.oldLog = watch.log;
    watch.oldLogFloor = floor;
  } else if (depth[floor]! < depth[watch.oldLogFloor]!) watch.oldLogFloor = floor;
}
