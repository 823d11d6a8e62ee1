import type { ServerEffect } from "../../core/effect.ts";
import { isQuorum } from "../../core/election/quorum.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import type { Cluster, Recorder, ServerProcess } from "../../sim/cluster/state.ts";

/** One leader that was found, from the moment a quorum of those who follow it were looking. */
export type Election = {
  readonly epoch: number;
  readonly leader: number;
  readonly startedUs: number;
  readonly finishedUs: number;
};

type SyncMode = "DIFF" | "TRUNC" | "SNAP";

/** What happened in a run so far, as far as conditions and reports ask for it. */
export type Facts = {
  /** Grows with everything that a condition could depend on. */
  version: number;
  /** Transactions committed by leaders, and those of them that are a client's writes. */
  committed: number;
  committedWrites: number;
  highestCommitted: Zxid;
  readonly elections: Election[];
  expiredSessions: number;
  /** How each server was brought up to date the last time that it was, by sid. */
  readonly syncedBy: Map<number, SyncMode>;
  readonly syncChosen: Map<number, SyncMode>;
  /** Since when a server has had no leader, by sid. */
  readonly lookingSinceUs: Map<number, number>;
  /** `client path` of every watch that fired. */
  readonly watchesFired: Set<string>;
};

export function createFacts(): Facts {
  return {
    version: 0,
    committed: 0,
    committedWrites: 0,
    highestCommitted: ZERO_ZXID,
    elections: [],
    expiredSessions: 0,
    syncedBy: new Map(),
    syncChosen: new Map(),
    lookingSinceUs: new Map(),
    watchesFired: new Set(),
  };
}

/** Lets `facts` follow what happens in `cluster`, besides whoever records it already. */
export function follow(cluster: Cluster, facts: Facts): void {
  const inner = cluster.recorder.value;
  const recorder: Recorder = {
    serverStarted: (_, process) => {
      inner?.serverStarted(cluster, process);
      facts.version++;
      facts.lookingSinceUs.set(process.sid, cluster.kernel.nowUs);
    },
    serverCrashed: (_, process, power) => {
      inner?.serverCrashed(cluster, process, power);
      facts.version++;
    },
    serverPaused: (_, process, paused) => {
      inner?.serverPaused(cluster, process, paused);
      facts.version++;
    },
    serverHeard: (process, event) => inner?.serverHeard(process, event),
    serverDid: (process, effect) => {
      inner?.serverDid(process, effect);
      observe(cluster, facts, process, effect);
    },
    serverStepped: (process) => inner?.serverStepped(process),
    clientActed: (_, process, effect) => {
      inner?.clientActed(cluster, process, effect);
      facts.version++;
      if (effect.kind === "watched") facts.watchesFired.add(`${process.name} ${effect.path}`);
    },
    clientInvoked: (_, process, ticket, op) => {
      inner?.clientInvoked(cluster, process, ticket, op);
      facts.version++;
    },
  };
  cluster.recorder.value = recorder;
}

function observe(
  cluster: Cluster,
  facts: Facts,
  process: ServerProcess,
  effect: ServerEffect,
): void {
  switch (effect.kind) {
    case "committed": {
      facts.version++;
      const { zxid, body } = effect.txn;
      if (zxid <= facts.highestCommitted) return;
      facts.highestCommitted = zxid;
      facts.committed++;
      const isWrite =
        body.kind !== "createSession" && body.kind !== "closeSession" && body.kind !== "error";
      if (isWrite) facts.committedWrites++;
      return;
    }
    case "became":
      facts.version++;
      if (effect.state === "LOOKING" && !facts.lookingSinceUs.has(process.sid)) {
        facts.lookingSinceUs.set(process.sid, cluster.kernel.nowUs);
      }
      return;
    case "serving":
      facts.version++;
      onServing(cluster, facts, process, effect.epoch);
      return;
    case "syncChosen":
      facts.version++;
      facts.syncChosen.set(effect.learner, effect.mode);
      return;
    case "sessionExpired":
      facts.version++;
      facts.expiredSessions++;
      return;
    case "delivered":
    case "established":
    case "recovered":
    case "snapshotDelivered":
      facts.version++;
      return;
    default:
      return;
  }
}

function onServing(cluster: Cluster, facts: Facts, process: ServerProcess, epoch: number): void {
  const { sid } = process;
  if (process.server?.state === "LEADING") {
    facts.elections.push({
      epoch,
      leader: sid,
      startedUs: startOfElection(cluster, facts, process),
      finishedUs: cluster.kernel.nowUs,
    });
  } else {
    const mode = facts.syncChosen.get(sid);
    if (mode !== undefined) facts.syncedBy.set(sid, mode);
  }
  facts.lookingSinceUs.delete(sid);
}

/** When as many of those who now follow the leader as make a quorum had begun to look for one. */
function startOfElection(cluster: Cluster, facts: Facts, leader: ServerProcess): number {
  const followers = cluster.servers
    .filter(({ sid, server }) => sid === leader.sid || server?.learner?.leader === leader.sid)
    .map(({ sid }) => ({ sid, sinceUs: facts.lookingSinceUs.get(sid) ?? 0 }))
    .sort((a, b) => a.sinceUs - b.sinceUs || a.sid - b.sid);
  const looking: number[] = [];
  for (const { sid, sinceUs } of followers) {
    looking.push(sid);
    if (isQuorum(leader.config.quorum, looking)) return sinceUs;
  }
  return facts.lookingSinceUs.get(leader.sid) ?? cluster.kernel.nowUs;
}
