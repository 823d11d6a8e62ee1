import type { ServerEffect } from "./effect.ts";
import type { Server } from "./server-state.ts";
import { watchContainers } from "./request/cleaner-timer.ts";
import { trackSession } from "./session/tracker.ts";
import { startSnapshotTask } from "./storage/snapshot-task.ts";
import { closeSessionOf } from "./tree/apply.ts";
import type { Database } from "./tree/database.ts";
import { armExpiry, createLeader } from "./zab/leader.ts";
import { epochOf } from "./zxid.ts";

/**
 * A server without an ensemble: the leader's pipeline with a quorum of one, no epochs, no learners, and zxids that
 * count on from the last one. Clients are served at once; the snapshot that every start writes is written meanwhile.
 * @see spec storage-and-processing 3.4, 4.5; ZooKeeper, server/ZooKeeperServer.java (startdata, startup)
 */
export function startStandalone(server: Server, out: ServerEffect[]): void {
  const { database, nowMs } = server;
  if (database === null) return;
  removeOrphans(database);
  const leader = createLeader(server);
  leader.stage = "broadcast";
  leader.epoch = epochOf(database.lastZxid);
  leader.lastProposed = database.lastZxid;
  leader.lastCommitted = database.lastZxid;
  server.leader = leader;
  server.state = "LEADING";
  server.phase = "BROADCAST";
  for (const [id, timeoutMs] of database.sessions) {
    trackSession(leader.sessions, id, timeoutMs, nowMs);
  }
  server.serving = true;
  out.push({ kind: "serving", epoch: leader.epoch });
  startSnapshotTask(server, out, "leading");
  armExpiry(server, leader, out);
  watchContainers(server, leader, out);
}

/** Ephemerals whose session is gone go too, as if it had been closed by the last transaction. */
function removeOrphans(database: Database): void {
  const { tree, sessions, lastZxid } = database;
  for (const owner of [...tree.ephemerals.keys()]) {
    if (!sessions.has(owner)) closeSessionOf(tree, owner, lastZxid);
  }
}
