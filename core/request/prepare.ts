import type { Database } from "../tree/database.ts";
import { OpCode, type TxnBody } from "../txn.ts";
import { ErrorCode } from "./error-code.ts";
import type { Operation } from "./operation.ts";
import { pendingDigest, type Pending } from "./pending.ts";
import { decideCloseSession } from "./prepare-close.ts";
import { decideCreate } from "./prepare-create.ts";
import { decideDelete, decideDeleteContainer } from "./prepare-delete.ts";
import { decideMulti } from "./prepare-multi.ts";
import { decideSetAcl } from "./prepare-set-acl.ts";
import { decideSetData } from "./prepare-set-data.ts";
import type { Decision, WriteRequest } from "./write-request.ts";

/** What shall be logged. An error has no digest; `err` is what the client will be told. */
export type Prepared = {
  readonly body: TxnBody;
  readonly digest: bigint | null;
  readonly err: number;
};

/**
 * Decides what a write will do, other than a reconfiguration, against the tree and all that is pending, and adds its changes to the latter.
 * The order of the checks can be seen by clients: the first that fails gives the error.
 *
 * @see spec storage-and-processing 6.3; ZooKeeper, server/PrepRequestProcessor.java
 */
export function prepare(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: Operation,
): Prepared {
  const decision = decide(database, pending, request, op);
  if (typeof decision === "number") {
    return { body: { kind: "error", err: decision }, digest: null, err: decision };
  }
  const digest = request.options.digests ? pendingDigest(database, pending) : null;
  return { body: decision, digest, err: ErrorCode.ok };
}

function decide(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: Operation,
): Decision {
  switch (op.kind) {
    case "setData":
      return decideSetData(database, pending, request, op);
    case "create":
      return decideCreate(database, pending, request, op);
    case "delete":
      return decideDelete(database, pending, request, op);
    case "multi":
      return decideMulti(database, pending, request, op.ops);
    case "setAcl":
      return decideSetAcl(database, pending, request, op);
    case "createSession":
      return { kind: "createSession", timeoutMs: op.timeoutMs };
    case "closeSession":
      return decideCloseSession(database, pending, request);
    case "deleteContainer":
      return decideDeleteContainer(database, pending, request, op.path);
    case "malformed":
      return malformedErr(op.type, request);
    default:
      throw new Error(`a ${op.kind} is not a write`);
  }
}

/** Creates and multis are read before the session is looked at, the others after it. */
function malformedErr(type: number, { sessionErr }: WriteRequest): number {
  switch (type) {
    case OpCode.deleteContainer:
      // The leader's own operation: no client can word it.
      return ErrorCode.badArguments;
    case OpCode.delete:
    case OpCode.setData:
    case OpCode.setAcl:
      return sessionErr === ErrorCode.ok ? ErrorCode.marshallingError : sessionErr;
    default:
      return ErrorCode.marshallingError;
  }
}
