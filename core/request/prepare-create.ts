import type { SessionId } from "../session/session-id.ts";
import { OPEN_ACL_ID } from "../tree/acl-table.ts";
import { Permission, type Acl } from "../tree/acl.ts";
import { newNode, withCreate } from "../tree/change.ts";
import type { Database } from "../tree/database.ts";
import { CONTAINER_OWNER, NO_OWNER, ownerKind, TTL_MAX_MS, ttlOwner } from "../tree/owner.ts";
import { hasParentPart, isValidPath, keyOf, sequentialPath } from "../tree/path.ts";
import { ROOT_LIMITS_PATH } from "../tree/quota.ts";
import { OpCode, type TxnBody } from "../txn.ts";
import { fixUpAcl } from "./acl-fixup.ts";
import { ErrorCode } from "./error-code.ts";
import type { CreateOp } from "./operation.ts";
import { lookUp, pushChanged, pushCreated, type Pending } from "./pending.ts";
import { quotaErr } from "./quota-check.ts";
import type { Decision, WriteRequest } from "./write-request.ts";
import { lookUpParent, permissionErr } from "./written-node.ts";

/** Bits of the flags 0 … 3. Those above are numbers of their own: container, TTL, sequential TTL. */
const EPHEMERAL_FLAG = 1;
const SEQUENTIAL_FLAG = 2;
const PLAIN_FLAGS_MAX = 3;
const TTL_FLAGS = 5;
const SEQUENTIAL_TTL_FLAGS = 6;

export function decideCreate(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: CreateOp,
): Decision {
  const formErr = checkForm(op, request.options.extendedTypes);
  if (formErr !== ErrorCode.ok) return formErr;
  const sessionErr = isEphemeral(op.flags) ? request.ephemeralErr : request.sessionErr;
  if (sessionErr !== ErrorCode.ok) return sessionErr;
  if (!hasParentPart(op.path)) return ErrorCode.badArguments;
  const acl = fixUpAcl(op.acl, request.identities, request.options);
  if (typeof acl === "number") return acl;
  const parent = lookUpParent(database, pending, op.path);
  if (parent === null) return ErrorCode.noNode;
  const authErr = permissionErr(parent, Permission.create, request);
  if (authErr !== ErrorCode.ok) return authErr;

  const path = isSequential(op.flags) ? sequentialPath(op.path, parent.node.cversion) : op.path;
  if (!isValidPath(path) || path === ROOT_LIMITS_PATH) return ErrorCode.badArguments;
  if (lookUp(database, pending, keyOf(path)) !== null) return ErrorCode.nodeExists;
  if (ownerKind(parent.node.ephemeralOwner) === "ephemeral") {
    return ErrorCode.noChildrenForEphemerals;
  }
  if (request.options.enforceQuota) {
    const err = quotaErr(database.tree, path, op.data?.length ?? 0, 1);
    if (err !== ErrorCode.ok) return err;
  }

  const { zxid, timeMs, sessionId } = request;
  const parentCversion = (parent.node.cversion + 1) | 0;
  const owner = ownerOf(op, sessionId);
  const node = newNode(path, op.data, OPEN_ACL_ID, owner, zxid, timeMs);
  const parentNode = withCreate(parent.node, parentCversion, zxid);
  pushChanged(database, pending, zxid, parent, parentNode, parent.childCount + 1);
  pushCreated(database, pending, node, acl);
  return bodyOf(op, path, acl, parentCversion);
}

/**
 * Do flags, TTL and operation make sense together? The operation alone decides what is logged, so a plain
 * create with the flag of a container makes a persistent znode, and createContainer makes a container of
 * whatever is not an ephemeral. Where the two would make something that nobody can apply, or that nobody
 * asked for, the answer is badArguments; the real server logs a TTL of −1 and never starts again.
 */
function checkForm({ type, flags, ttlMs }: CreateOp, extendedTypes: boolean): number {
  if (flags < 0 || flags > SEQUENTIAL_TTL_FLAGS) return ErrorCode.badArguments;
  if (flags >= TTL_FLAGS) {
    if (!extendedTypes) return ErrorCode.unimplemented;
    return ttlMs > 0 && ttlMs <= TTL_MAX_MS ? ErrorCode.ok : ErrorCode.badArguments;
  }
  const agrees =
    type !== OpCode.createTtl && !(type === OpCode.createContainer && isEphemeral(flags));
  return ttlMs < 0 && agrees ? ErrorCode.ok : ErrorCode.badArguments;
}

function isEphemeral(flags: number): boolean {
  return flags <= PLAIN_FLAGS_MAX && (flags & EPHEMERAL_FLAG) !== 0;
}

function isSequential(flags: number): boolean {
  return flags <= PLAIN_FLAGS_MAX
    ? (flags & SEQUENTIAL_FLAG) !== 0
    : flags === SEQUENTIAL_TTL_FLAGS;
}

function ownerOf({ type, flags, ttlMs }: CreateOp, sessionId: SessionId): SessionId {
  if (type === OpCode.createContainer) return CONTAINER_OWNER;
  if (type === OpCode.createTtl) return ttlOwner(ttlMs);
  return isEphemeral(flags) ? sessionId : NO_OWNER;
}

function bodyOf(
  { type, flags, ttlMs, data }: CreateOp,
  path: string,
  acl: readonly Acl[],
  parentCversion: number,
): TxnBody {
  switch (type) {
    case OpCode.createContainer:
      return { kind: "createContainer", path, data, acl, parentCversion };
    case OpCode.createTtl:
      return { kind: "createTtl", path, data, acl, parentCversion, ttlMs };
    default:
      return { kind: "create", path, data, acl, ephemeral: isEphemeral(flags), parentCversion };
  }
}
