import type { Database } from "../tree/database.ts";
import { OpCode, type SubTxn } from "../txn.ts";
import { ErrorCode } from "./error-code.ts";
import { operationType } from "./operation-type.ts";
import type { CreateOp, MultiOp } from "./operation.ts";
import { markPending, rollBack, type Pending } from "./pending.ts";
import { decideCheck } from "./prepare-check.ts";
import { decideCreate } from "./prepare-create.ts";
import { decideDelete } from "./prepare-delete.ts";
import { decideSetData } from "./prepare-set-data.ts";
import type { Decision, WriteRequest } from "./write-request.ts";

const CONTAINER_FLAGS = 4;
const TTL_FLAGS = 5;
const SEQUENTIAL_TTL_FLAGS = 6;

/**
 * All of the operations, each decided against what the ones before it leave, or none: then the first that
 * fails keeps its error, those after it are inconsistent, and what was pending is as it was before, sequence
 * numbers included. A multi that fails is logged as one all the same.
 *
 * @see spec storage-and-processing 6.4
 */
export function decideMulti(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  ops: readonly MultiOp[],
): Decision {
  const mark = markPending(pending);
  const txns: SubTxn[] = [];
  let failed = false;
  for (const sent of ops) {
    if (failed) {
      txns.push(errorPart(ErrorCode.runtimeInconsistency));
      continue;
    }
    const op = sent.kind === "create" ? loggedCreate(sent) : sent;
    if (op === null) {
      rollBack(pending, mark);
      return ErrorCode.marshallingError;
    }
    const decision = decidePart(database, pending, request, op);
    if (typeof decision !== "number") {
      txns.push({ type: operationType(op), body: decision });
      continue;
    }
    rollBack(pending, mark);
    // Something that could not be read spoils the whole.
    if (decision === ErrorCode.marshallingError) return decision;
    txns.push(errorPart(decision));
    failed = true;
  }
  return { kind: "multi", txns };
}

function decidePart(
  database: Database,
  pending: Pending,
  request: WriteRequest,
  op: MultiOp,
): Decision {
  switch (op.kind) {
    case "create":
      return decideCreate(database, pending, request, op);
    case "delete":
      return decideDelete(database, pending, request, op);
    case "setData":
      return decideSetData(database, pending, request, op);
    case "check":
      return decideCheck(database, pending, request, op);
  }
}

/**
 * Here the flags decide what a create is, not the number it came under, and create2 is a plain create:
 * that is how 3.8.0 reads a multi, and the only form of one that it can replay. Null where they ask for a TTL
 * and nothing else does: that cannot be read.
 *
 * @see ZooKeeper, MultiOperationRecord.java, Op.java
 */
function loggedCreate(op: CreateOp): CreateOp | null {
  const isTtl = op.flags === TTL_FLAGS || op.flags === SEQUENTIAL_TTL_FLAGS;
  if (isTtl) return op.type === OpCode.createTtl ? op : null;
  const type = op.flags === CONTAINER_FLAGS ? OpCode.createContainer : OpCode.create;
  return { ...op, type, ttlMs: -1 };
}

function errorPart(err: number): SubTxn {
  return { type: OpCode.error, body: { kind: "error", err } };
}
