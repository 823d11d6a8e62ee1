import { ErrorCode } from "../../../core/request/error-code.ts";
import type { CreateOp, DeleteOp, Operation, SetDataOp } from "../../../core/request/operation.ts";
import { isValidPath } from "../../../core/tree/path.ts";
import type { TxnBody } from "../../../core/txn.ts";
import { createsOf, isModelled, latest, parentOf, type Model } from "./model.ts";

/** What a write comes to at its place in the order: an error, or the znode it is about. */
export type Expected = {
  readonly err: number;
  /** The path as it is after the sequence number, "" for an error. */
  readonly path: string;
  /** Another error that a leader may give: it does not count a closing session's children as gone yet. */
  readonly orErr: number;
};

/**
 * What `op` must come to after all that the model has seen; null where the contract has no opinion (paths that no
 * znode can have, what is below /zookeeper, and operations whose outcome depends on more than the tree).
 */
export function expectedOf(model: Model, op: Operation): Expected | null {
  switch (op.kind) {
    case "setData":
      return isPlain(op.path) ? expectedSet(model, op) : null;
    case "delete":
      return isPlain(op.path) && op.path !== "/" ? expectedDelete(model, op) : null;
    case "create":
      return op.type === 1 && op.flags <= PLAIN_FLAGS_MAX && isPlain(op.path)
        ? expectedCreate(model, op)
        : null;
    default:
      return null;
  }
}

/** Errors that have to do with the session, the server or permissions, and not with the tree. */
export function isAboutSomethingElse(err: number): boolean {
  return ELSEWHERE.has(err);
}

/** Does the transaction do what was asked for, and nothing else? One line on what it does instead, or null. */
export function differenceOf(op: Operation, expected: Expected, body: TxnBody): string | null {
  if (body.kind === "error") {
    if (isAboutSomethingElse(body.err) || body.err === expected.err) return null;
    if (body.err === expected.orErr) return null;
    return `is refused with ${body.err} where ${wanted(expected)}`;
  }
  if (expected.err !== ErrorCode.ok) return `is carried out where ${wanted(expected)}`;
  if (body.kind !== op.kind) return `is carried out as ${body.kind}`;
  if ("path" in body && body.path !== expected.path) {
    return `is carried out on ${body.path} where ${wanted(expected)}`;
  }
  if ((op.kind === "create" || op.kind === "setData") && "data" in body) {
    if (!isSameData(op.data, body.data)) return "is carried out with other data";
  }
  if (op.kind === "create" && body.kind === "create") {
    if (body.ephemeral !== ((op.flags & 1) !== 0)) return "is carried out as another kind of znode";
  }
  return null;
}

export function isSameData(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function expectedSet(model: Model, op: SetDataOp): Expected {
  const stat = latest(model, op.path)?.stat;
  if (!stat) return failure(ErrorCode.noNode);
  return isWanted(op.version, stat.version) ? success(op.path) : failure(ErrorCode.badVersion);
}

function expectedDelete(model: Model, op: DeleteOp): Expected {
  const stat = latest(model, op.path)?.stat;
  if (!stat) return failure(ErrorCode.noNode);
  if (!isWanted(op.version, stat.version)) return failure(ErrorCode.badVersion);
  if (stat.numChildren > 0) return failure(ErrorCode.notEmpty);
  const closed = model.nodes.get(op.path)!.closedBelow !== 0n;
  return { err: ErrorCode.ok, path: op.path, orErr: closed ? ErrorCode.notEmpty : ErrorCode.ok };
}

function expectedCreate(model: Model, op: CreateOp): Expected {
  const parent = latest(model, parentOf(op.path))?.stat;
  if (!parent) return failure(ErrorCode.noNode);
  const isSequential = (op.flags & 2) !== 0;
  const path = isSequential ? op.path + tenDigits(createsOf(parent)) : op.path;
  if (latest(model, path)?.stat) return failure(ErrorCode.nodeExists);
  if (parent.ephemeralOwner !== 0n) return failure(ErrorCode.noChildrenForEphemerals);
  return success(path);
}

function tenDigits(sequence: number): string {
  return String(sequence).padStart(10, "0");
}

function wanted({ err, path }: Expected): string {
  return err === ErrorCode.ok ? `nothing is in the way of ${path}` : `${err} is due`;
}

function success(path: string): Expected {
  return { err: ErrorCode.ok, path, orErr: ErrorCode.ok };
}

function failure(err: number): Expected {
  return { err, path: "", orErr: err };
}

/** −1 is any version. */
function isWanted(wantedVersion: number, version: number): boolean {
  return wantedVersion === -1 || wantedVersion === version;
}

function isPlain(path: string): boolean {
  return isModelled(path) && isValidPath(path);
}

/** 0 … 3: persistent, ephemeral, sequential, both. */
const PLAIN_FLAGS_MAX = 3;

const ELSEWHERE: ReadonlySet<number> = new Set([
  ErrorCode.noAuth,
  ErrorCode.sessionExpired,
  ErrorCode.sessionMoved,
  ErrorCode.unknownSession,
  ErrorCode.quotaExceeded,
  ErrorCode.ephemeralOnLocalSession,
]);
