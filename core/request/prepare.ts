import type { SessionId } from "../session/session-id.ts";
import type { Acl } from "../tree/acl.ts";
import { OPEN_ACL_ID } from "../tree/acl-table.ts";
import { newNode, withCreate, withData, withDelete } from "../tree/change.ts";
import type { Database } from "../tree/database.ts";
import type { NodeRecord } from "../tree/node-record.ts";
import { NO_OWNER, ownerKind } from "../tree/owner.ts";
import {
  hasParentPart,
  isValidPath,
  keyOf,
  parentKeyOf,
  RESERVED_PATHS,
  sequentialPath,
} from "../tree/path.ts";
import type { TxnBody } from "../txn.ts";
import type { Zxid } from "../zxid.ts";
import { ErrorCode } from "./error-code.ts";
import type { CreateOp, DeleteOp, Operation, SetDataOp } from "./operation.ts";
import {
  ephemeralsOf,
  lookUp,
  pendingDigest,
  pushChange,
  type ChangeRecord,
  type Pending,
} from "./pending.ts";

/** A write in the hands of the one who decides about writes. Its zxid is spent whatever comes of it. */
export type WriteRequest = {
  readonly sessionId: SessionId;
  readonly op: Operation;
  readonly zxid: Zxid;
  /** The leader's wall clock. */
  readonly timeMs: number;
  /** What the session checks said: 0, or the error that this write shall have. */
  readonly sessionErr: number;
};

/** What shall be logged. An error has no digest; `err` is what the client will be told. */
export type Prepared = {
  readonly body: TxnBody;
  readonly digest: bigint | null;
  readonly err: number;
};

/** An outcome before its digest is known: what to do, or an error code. */
type Decision = TxnBody | number;

const EPHEMERAL_FLAG = 1;
const SEQUENTIAL_FLAG = 2;
const CREATE_FLAGS_MAX = 3;

/**
 * Decides what a write will do, against the tree and all that is pending, and adds its changes to the latter.
 * The order of the checks can be seen by clients: the first that fails gives the error.
 *
 * @see ZooKeeper, server/PrepRequestProcessor.java
 */
export function prepare(database: Database, pending: Pending, request: WriteRequest): Prepared {
  const decision = decide(database, pending, request);
  if (typeof decision === "number") {
    return { body: { kind: "error", err: decision }, digest: null, err: decision };
  }
  return { body: decision, digest: pendingDigest(database, pending), err: ErrorCode.ok };
}

function decide(database: Database, pending: Pending, request: WriteRequest): Decision {
  const { op } = request;
  switch (op.kind) {
    case "setData":
      return decideSetData(database, pending, request, op);
    case "create":
      return decideCreate(database, pending, request, op);
    case "delete":
      return decideDelete(database, pending, request, op);
    case "createSession":
      return { kind: "createSession", timeoutMs: op.timeoutMs };
    case "closeSession":
      return decideCloseSession(database, pending, request);
    default:
      throw new Error(`a ${op.kind} is not a write`);
  }
}

function decideCreate(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: CreateOp,
): Decision {
  // Containers and TTLs have operations of their own; flags that say otherwise would be logged as something else.
  if (op.flags < 0 || op.flags > CREATE_FLAGS_MAX) return ErrorCode.badArguments;
  if (request.sessionErr !== ErrorCode.ok) return request.sessionErr;
  if (!hasParentPart(op.path)) return ErrorCode.badArguments;
  const acl = withoutRepeats((op.acl ?? []) as readonly Acl[]);
  if (acl.length === 0) return ErrorCode.invalidAcl;
  // Schemes and ids of the entries belong here too: invalidAcl.
  const parent = lookUpParent(database, pending, op.path);
  if (parent === null) return ErrorCode.noNode;
  // The CREATE permission on the parent belongs here: noAuth.

  const isSequential = (op.flags & SEQUENTIAL_FLAG) !== 0;
  const path = isSequential ? sequentialPath(op.path, parent.node.cversion) : op.path;
  if (!isValidPath(path)) return ErrorCode.badArguments;
  if (lookUp(database, pending, keyOf(path)) !== null) return ErrorCode.nodeExists;
  if (ownerKind(parent.node.ephemeralOwner) === "ephemeral") {
    return ErrorCode.noChildrenForEphemerals;
  }
  // Hard limits of a quota belong here.

  const { zxid, timeMs, sessionId } = request;
  const ephemeral = (op.flags & EPHEMERAL_FLAG) !== 0;
  const parentCversion = (parent.node.cversion + 1) | 0;
  const owner = ephemeral ? sessionId : NO_OWNER;
  const node = newNode(path, op.data, OPEN_ACL_ID, owner, zxid, timeMs);
  const parentNode = withCreate(parent.node, parentCversion, zxid);
  const { key, childCount, digest } = parent;
  pushChange(database, pending, zxid, key, parentNode, childCount + 1, digest);
  pushChange(database, pending, zxid, path, node, 0, 0);
  return { kind: "create", path, data: op.data, acl, ephemeral, parentCversion };
}

/** The path of a delete is not judged, only looked for; permission is the parent's to give. */
function decideDelete(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: DeleteOp,
): Decision {
  if (request.sessionErr !== ErrorCode.ok) return request.sessionErr;
  if (!hasParentPart(op.path) || RESERVED_PATHS.has(op.path)) return ErrorCode.badArguments;
  const parent = lookUpParent(database, pending, op.path);
  if (parent === null) return ErrorCode.noNode;
  // The DELETE permission on the parent belongs here: noAuth.
  const change = existing(lookUp(database, pending, op.path));
  if (change === null) return ErrorCode.noNode;
  if (!matches(op.version, change.node.version)) return ErrorCode.badVersion;
  if (change.childCount > 0) return ErrorCode.notEmpty;

  const { zxid } = request;
  const parentNode = withDelete(parent.node, zxid);
  pushChange(database, pending, zxid, parent.key, parentNode, parent.childCount - 1, parent.digest);
  pushChange(database, pending, zxid, op.path, null, 0, change.digest);
  return { kind: "delete", path: op.path };
}

function decideSetData(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: SetDataOp,
): Decision {
  if (request.sessionErr !== ErrorCode.ok) return request.sessionErr;
  if (!isValidPath(op.path)) return ErrorCode.badArguments;
  const change = existing(lookUp(database, pending, keyOf(op.path)));
  if (change === null) return ErrorCode.noNode;
  // The WRITE permission belongs here: noAuth. So does a quota on bytes.
  if (!matches(op.version, change.node.version)) return ErrorCode.badVersion;

  const { zxid, timeMs } = request;
  const version = (change.node.version + 1) | 0;
  const node = withData(change.node, op.data, version, zxid, timeMs);
  pushChange(database, pending, zxid, change.key, node, change.childCount, change.digest);
  return { kind: "setData", path: op.path, data: op.data, version };
}

/**
 * Not subject to the session checks. A parent's count of children is not lowered, so that its delete fails
 * with notEmpty until the close is applied: the real server does the same.
 */
function decideCloseSession(database: Database, pending: Pending, request: WriteRequest): Decision {
  const { zxid, sessionId } = request;
  const paths = ephemeralsOf(database, pending, sessionId);
  for (const path of paths) {
    const parent = lookUpParent(database, pending, path);
    if (parent !== null) {
      const node = withDelete(parent.node, zxid);
      pushChange(database, pending, zxid, parent.key, node, parent.childCount, parent.digest);
    }
    const digest = lookUp(database, pending, path)?.digest ?? 0;
    pushChange(database, pending, zxid, path, null, 0, digest);
  }
  return { kind: "closeSession", paths };
}

/** A change whose znode is there. */
type Existing = ChangeRecord & { readonly node: NodeRecord };

function lookUpParent(database: Database, pending: Pending, path: string): Existing | null {
  const parentKey = parentKeyOf(path);
  return parentKey === null ? null : existing(lookUp(database, pending, parentKey));
}

function existing(change: ChangeRecord | null): Existing | null {
  return change !== null && hasNode(change) ? change : null;
}

function hasNode(change: ChangeRecord): change is Existing {
  return change.node !== null;
}

/** −1 is any version; −2 is not. */
function matches(wanted: number, version: number): boolean {
  return wanted === -1 || wanted === version;
}

/** The list with the first of equal entries only. */
function withoutRepeats(acl: readonly Acl[]): readonly Acl[] {
  if (acl.length < 2) return acl;
  const kept: Acl[] = [];
  for (const entry of acl) {
    const { perms, scheme, id } = entry;
    if (!kept.some((k) => k.perms === perms && k.scheme === scheme && k.id === id)) {
      kept.push(entry);
    }
  }
  return kept;
}
