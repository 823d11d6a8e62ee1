import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import type { Server } from "../server-state.ts";
import { endLocalSession } from "../session/local.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Identity } from "../tree/acl.ts";
import { javaClone, namesInOrder } from "../tree/name-set.ts";
import { statOf, type Tree } from "../tree/tree.ts";
import { addWatch, type Watches } from "../tree/watches.ts";
import type { LocalRequest } from "./commit-state.ts";
import { ErrorCode } from "./error-code.ts";
import { identityOrder } from "./identity-order.ts";
import { multiRead } from "./multi-read.ts";
import { PING_XID, type ExistsOp, type Operation, type Result } from "./operation.ts";
import { readAcl, readChildren, readData, readDescendantCount, type Reader } from "./read-node.ts";
import { closeClient, sendReply } from "./reply.ts";
import { setWatches } from "./set-watches.ts";
import { addWatchOfMode, checkWatches, removeWatches } from "./watch-requests.ts";

/** Executes a read on the tree as it is now, and answers it. */
export function answerRead(server: Server, request: LocalRequest, out: ServerEffect[]): void {
  const { database, clients } = server;
  if (database === null || !clients.byConn.has(request.conn)) return;
  const { conn, cxid, op, identities } = request;
  const { tree } = database;
  const reader = { tree, options: server.config.options, identities };
  switch (op.kind) {
    case "ping":
      sendReply(server, conn, PING_XID, ErrorCode.ok, null, out);
      return;
    case "setWatches":
      setWatches(tree, clients.watches, conn, op, out);
      sendReply(server, conn, cxid, ErrorCode.ok, null, out);
      return;
    case "multiRead": {
      const result = multiRead(reader, op);
      if (result !== null) sendReply(server, conn, cxid, ErrorCode.ok, result, out);
      else sendReply(server, conn, cxid, ErrorCode.marshallingError, EMPTY_MULTI, out);
      return;
    }
    case "addWatch":
    case "checkWatches":
    case "removeWatches": {
      const err = changeWatches(clients.watches, conn, op);
      const result = op.kind === "addWatch" && err === ErrorCode.ok ? WATCH_ADDED : null;
      sendReply(server, conn, cxid, err, result, out);
      return;
    }
    case "closeSession":
      // A local session, of which nobody else knows.
      endLocalSession(server, request.sessionId);
      sendReply(server, conn, cxid, ErrorCode.ok, null, out);
      closeClient(server, conn, out);
      return;
    default: {
      const outcome = readOne(reader, clients.watches, request);
      if (typeof outcome === "number") sendReply(server, conn, cxid, outcome, null, out);
      else sendReply(server, conn, cxid, ErrorCode.ok, outcome, out);
    }
  }
}

/** The result, or an error code. A watch is left in the same step as the read. */
function readOne(
  reader: Reader,
  watches: Watches,
  { conn, sessionId, op }: LocalRequest,
): Result | number {
  switch (op.kind) {
    case "exists":
      return exists(reader.tree, watches, conn, op);
    case "getData": {
      const outcome = readData(reader, op.path);
      if (op.watch && typeof outcome !== "number") addWatch(watches, "data", op.path, conn);
      return outcome;
    }
    case "getChildren": {
      const outcome = readChildren(reader, op.path, op.type === 12);
      if (op.watch && typeof outcome !== "number") addWatch(watches, "child", op.path, conn);
      return outcome;
    }
    case "getAllChildrenNumber":
      return readDescendantCount(reader, op.path);
    case "getAcl":
      return readAcl(reader, op.path);
    case "getEphemerals":
      return { kind: "paths", paths: ephemeralsOf(reader.tree, sessionId, op.prefix) };
    case "whoAmI":
      return {
        kind: "identities",
        identities: identityOrder(reader.identities).map(withoutSecret),
      };
    case "sync":
      return { kind: "path", path: op.path };
    default:
      // What does not decode, and what is no read at all.
      return ErrorCode.marshallingError;
  }
}

/** Needs no permission, and leaves its watch where there is nothing, too. */
function exists(
  tree: Tree,
  watches: Watches,
  conn: ConnId,
  { path, watch }: ExistsOp,
): Result | number {
  if (path.includes("\0")) return ErrorCode.badArguments;
  if (watch) addWatch(watches, "data", path, conn);
  const stat = statOf(tree, path);
  return stat === null ? ErrorCode.noNode : { kind: "stat", stat };
}

function changeWatches(
  watches: Watches,
  conn: ConnId,
  op: Extract<Operation, { kind: "addWatch" | "checkWatches" | "removeWatches" }>,
): number {
  switch (op.kind) {
    case "addWatch":
      return addWatchOfMode(watches, conn, op.path, op.mode);
    case "checkWatches":
      return checkWatches(watches, op.path, op.type);
    case "removeWatches":
      return removeWatches(watches, conn, op.path, op.type);
  }
}

/** The session's ephemerals whose paths begin with `prefix`, which need not end where a component does. */
function ephemeralsOf(tree: Tree, sessionId: SessionId, prefix: string | null): readonly string[] {
  const paths = tree.ephemerals.get(sessionId);
  if (paths === undefined) return NO_PATHS;
  const all = namesInOrder(javaClone(paths));
  if (prefix === null || MEANS_ALL.test(prefix)) return all;
  return all.filter((path) => path.startsWith(prefix));
}

/** Nothing but a slash, or not even that, between what Java trims. */
const MEANS_ALL = /^[\0-\x20]*\/?[\0-\x20]*$/;

/** The user of a digest, as `whoAmI` names it. A super has no name. */
function withoutSecret({ scheme, id }: Identity): Identity {
  switch (scheme) {
    case "digest":
      return { scheme, id: id.split(":", 1)[0] ?? "" };
    case "super":
      return { scheme, id: "" };
    default:
      return { scheme, id };
  }
}

const NO_PATHS: readonly string[] = Object.freeze([]);
const WATCH_ADDED: Result = Object.freeze({ kind: "watchAdded" });
const EMPTY_MULTI: Result = Object.freeze({ kind: "multi", results: Object.freeze([]) });
