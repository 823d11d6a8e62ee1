import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import { isLocalSession } from "../session/local.ts";
import { markClosing } from "../session/tracker.ts";
import { encodeTxn } from "../storage/txn-record.ts";
import { OpCode, type Txn } from "../txn.ts";
import type { Leader, PrepItem } from "../zab/leader-state.ts";
import { COUNTER_MAX, counterOf, nextZxid } from "../zxid.ts";
import { enqueueRequest } from "./commit.ts";
import { operationType } from "./operation-type.ts";
import type { LocalRequest } from "./commit-state.ts";
import { prepare } from "./prepare.ts";
import { prepareReconfig } from "./prepare-reconfig.ts";
import { checkEphemeralOwner, checkSession } from "./session-check.ts";
import { isRead } from "./submit.ts";

/** What one request came to: a transaction to propose, a sync to pin, nothing, or the end of the epoch. */
export type Prepared =
  | { readonly kind: "txn"; readonly txn: Txn }
  | { readonly kind: "sync"; readonly item: PrepItem }
  | { readonly kind: "passed" }
  | { readonly kind: "exhausted" };

/**
 * The leader's single line of validation: decides the outcome of every write against the tree and what is
 * on its way to it, and gives it the next zxid. A write that fails takes a zxid all the same.
 * @see spec storage-and-processing 6; ZooKeeper, server/PrepRequestProcessor.java
 */
export function prepareNext(
  server: Server,
  leader: Leader,
  item: PrepItem,
  out: ServerEffect[],
): Prepared {
  const { op } = item;
  const own = item.client !== 0;
  if (isRead(op) || (own && isLocalMatter(server, item))) {
    enqueueRequest(server, localOf(item, false), out);
    return { kind: "passed" };
  }
  if (op.kind === "sync") return { kind: "sync", item };
  if (isSpent(server, leader)) return { kind: "exhausted" };
  const txn = makeTxn(server, leader, item);
  if (txn === null) return { kind: "passed" };
  if (own) enqueueRequest(server, localOf(item, true), out);
  return { kind: "txn", txn };
}

/** An epoch has so many zxids and no more; without epochs they just count on. */
function isSpent(server: Server, leader: Leader): boolean {
  return counterOf(leader.lastProposed) + 1 >= COUNTER_MAX && !server.config.standalone;
}

function makeTxn(server: Server, leader: Leader, item: PrepItem): Txn | null {
  const { database } = server;
  if (database === null) return null;
  const zxid = nextZxid(leader.lastProposed);
  const timeMs = Math.floor(server.nowMs + server.wallOffsetMs);
  const { op, sessionId, cxid, identities } = item;
  const { options } = server.config;
  const sessionErr = checkSession(server, leader, item);
  const ephemeralErr = checkEphemeralOwner(server, leader, item, sessionErr);
  const request = {
    sessionId,
    zxid,
    timeMs,
    sessionErr,
    ephemeralErr,
    identities,
    options,
  };
  const { body, digest } =
    op.kind === "reconfig"
      ? prepareReconfig(server, leader, database, request, op)
      : prepare(database, leader.pending, request, op);
  if (op.kind === "closeSession") markClosing(leader.sessions, sessionId);
  const type = body.kind === "error" ? OpCode.error : operationType(op);
  return encodeTxn({ clientId: sessionId, cxid, zxid, timeMs, type }, body, digest);
}

/** What concerns this server alone, among what its own clients ask for. */
function isLocalMatter(server: Server, { op, sessionId }: PrepItem): boolean {
  return op.kind === "sync" || (op.kind === "closeSession" && isLocalSession(server, sessionId));
}

function localOf(item: PrepItem, awaits: boolean): LocalRequest {
  const { client: conn, sessionId, cxid, op, identities } = item;
  return { conn, sessionId, cxid, op, identities, awaits };
}
