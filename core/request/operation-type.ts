import { OpCode } from "../txn.ts";
import type { MultiOp, Operation } from "./operation.ts";

/** The number that an operation has on the wire. */
export function operationType(op: Operation | MultiOp): number {
  switch (op.kind) {
    case "create":
    case "getChildren":
    case "setWatches":
    case "malformed":
    case "unknown":
      return op.type;
    default:
      return OpCode[op.kind];
  }
}
