import type { ServerEffect } from "./effect.ts";
import { beginRecovery } from "./boot.ts";
import { fastForward } from "./request/final.ts";
import { closeAllClients } from "./request/reply.ts";
import { remarkState } from "./remark-state.ts";
import type { Server } from "./server-state.ts";
import { clearRing } from "./ring.ts";
import { isLoggerDrained } from "./storage/logger.ts";
import { abandonSnapshotTask } from "./storage/snapshot-task.ts";
import { drawBelow } from "./draw.ts";

/**
 * The end of a role. Connections close at once; the logger drains first, then the tree catches up with the log,
 * and only then does the server look for a leader again (ZOOKEEPER-2845, 4712). Until then it answers others
 * in its old role.
 */
export function leaveRole(server: Server, reason: string, out: ServerEffect[]): void {
  if (server.leaving || server.state === "LOOKING") return;
  server.leaving = true;
  server.leaveReason = reason;
  if (server.config.talkative === true) {
    out.push({ kind: "roleEnded", state: server.state, reason });
  }
  server.serving = false;
  abandonSnapshotTask(server, out);
  clearRing(server.commits.items);
  closeAllClients(server, out);
  server.commits.waiting.clear();
  if (server.leader !== null) closeLeader(server, out);
  if (server.learner !== null) closeLearner(server, out);
  finishLeaving(server, out);
}

/** Goes on once nothing is under way on the disk any more. Called after every disk event while leaving. */
export function finishLeaving(server: Server, out: ServerEffect[]): void {
  if (!server.leaving || !isLoggerDrained(server) || server.waits.size > 0) return;
  if (server.learner?.unsaved === true && server.recovering === null) {
    server.learner.unsaved = false;
    beginRecovery(server, "unsaved", out);
    return;
  }
  if (server.database === null) return;
  if (server.config.defects.staleDatabaseAfterStepdown) clearRing(server.log.tail);
  else fastForward(server, out);
  const observer = server.learner?.observer === true;
  server.leader = null;
  server.learner = null;
  server.leaving = false;
  server.state = "LOOKING";
  server.phase = "ELECTION";
  if (server.reconfigured) {
    // The reconfiguration has said who leads: nobody needs to be elected.
    server.reconfigured = false;
    server.transition = server.vote.leader === server.sid ? "lead" : "learn";
    return;
  }
  out.push({ kind: "became", state: "LOOKING", reason: server.leaveReason });
  remarkState(server, out);
  const pauseMs = observer
    ? drawBelow(server.draws, Math.max(1, server.config.observerPauseMs))
    : 0;
  if (pauseMs === 0) server.transition = "look";
  else out.push({ kind: "arm", timer: "observerPause", of: 0, afterMs: pauseMs });
}

function closeLeader(server: Server, out: ServerEffect[]): void {
  const { leader } = server;
  if (leader === null) return;
  out.push({ kind: "unlisten", port: "quorum" });
  for (const handler of leader.handlers.values()) {
    out.push({ kind: "disarm", timer: "learnerSilence", of: handler.conn });
    out.push({ kind: "close", conn: handler.conn });
    if (handler.readTicket !== 0) server.waits.delete(handler.readTicket);
  }
  leader.handlers.clear();
  out.push({ kind: "disarm", timer: "halfTick", of: 0 });
  out.push({ kind: "disarm", timer: "quorumWait", of: 0 });
  out.push({ kind: "disarm", timer: "expire", of: 0 });
  if (leader.cleaner.armed) out.push({ kind: "disarm", timer: "containers", of: 0 });
}

function closeLearner(server: Server, out: ServerEffect[]): void {
  const { learner } = server;
  if (learner === null) return;
  if (learner.conn !== 0) out.push({ kind: "close", conn: learner.conn });
  learner.conn = 0;
  out.push({ kind: "disarm", timer: "leaderSilence", of: 0 });
  out.push({ kind: "disarm", timer: "learnerRetry", of: 0 });
  out.push({ kind: "disarm", timer: "learnerConnect", of: 0 });
}
