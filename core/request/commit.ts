import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Txn } from "../txn.ts";
import type { Leader } from "../zab/leader-state.ts";
import { addLast, itemAt, takeFirst } from "../ring.ts";
import type { CommitItem, LocalRequest } from "./commit-state.ts";
import { answerWrite, deliver } from "./final.ts";
import { answerRead } from "./read.ts";

/**
 * The commit pipeline: commits are applied in zxid order, one a step; requests of one session are
 * answered in the order in which they came, so that a read waits behind a write of its own session
 * and behind nothing else.
 * @see spec election-and-zab 7; ZooKeeper, server/quorum/CommitProcessor.java
 */

/** A request of an own client takes its place in its session's line. */
export function enqueueRequest(server: Server, request: LocalRequest, out: ServerEffect[]): void {
  const { waiting } = server.commits;
  const line = waiting.get(request.sessionId);
  if (line !== undefined) line.push(request);
  else if (!request.awaits) answerRead(server, request, out);
  else waiting.set(request.sessionId, [request]);
}

/** The leader has committed `txn`. */
export function commitLater(server: Server, txn: Txn, out: ServerEffect[]): void {
  push(server, { kind: "txn", txn }, out);
}

/** The leader has answered the oldest sync: everything committed before it is in front of it. */
export function syncLater(
  server: Server,
  sessionId: SessionId,
  cxid: number,
  out: ServerEffect[],
): void {
  push(server, { kind: "sync", sessionId, cxid }, out);
}

/** One turn of the commit thread. */
export function commitWoke(server: Server, out: ServerEffect[]): void {
  const { commits } = server;
  commits.awake = false;
  const item = takeFirst(commits.items);
  if (item === undefined) return;
  carryOut(server, item, out);
  wake(server, out);
}

function carryOut(server: Server, item: CommitItem, out: ServerEffect[]): void {
  if (item.kind === "sync") {
    const request = takeHead(server, item.sessionId, item.cxid);
    if (request !== null) answerRead(server, request, out);
    release(server, item.sessionId, out);
    return;
  }
  const { txn } = item;
  const result = deliver(server, txn, out);
  if (server.leader !== null) leaveToBeApplied(server.leader, txn);
  const request = takeHead(server, txn.clientId, txn.cxid);
  if (request === null) return;
  answerWrite(server, request, txn, result, out);
  release(server, txn.clientId, out);
}

/** What was committed before this server led is in nobody's list. */
function leaveToBeApplied({ toBeApplied }: Leader, { zxid }: Txn): void {
  if (itemAt(toBeApplied, 0)?.zxid === zxid) takeFirst(toBeApplied);
}

/** The first in line, if it is the one that was decided on. */
function takeHead(server: Server, sessionId: SessionId, cxid: number): LocalRequest | null {
  const line = server.commits.waiting.get(sessionId);
  const head = line?.[0];
  if (line === undefined || head === undefined || head.cxid !== cxid || !head.awaits) {
    return null;
  }
  line.shift();
  if (line.length === 0) server.commits.waiting.delete(sessionId);
  return head;
}

/** Lets the reads go that waited behind a write. */
function release(server: Server, sessionId: SessionId, out: ServerEffect[]): void {
  const { waiting } = server.commits;
  const line = waiting.get(sessionId);
  if (line === undefined) return;
  for (let head = line[0]; head !== undefined && !head.awaits; head = line[0]) {
    line.shift();
    answerRead(server, head, out);
  }
  if (line.length === 0) waiting.delete(sessionId);
}

function push(server: Server, item: CommitItem, out: ServerEffect[]): void {
  addLast(server.commits.items, item);
  wake(server, out);
}

function wake(server: Server, out: ServerEffect[]): void {
  const { commits } = server;
  if (commits.awake || commits.items.length === 0) return;
  commits.awake = true;
  out.push({ kind: "wake", thread: "commit", of: 0 });
}
