import { OpCode } from "../txn.ts";
import { ErrorCode } from "./error-code.ts";
import type { MultiResult, Operation, Result } from "./operation.ts";
import { readChildren, readData, type Reader } from "./read-node.ts";

type MultiReadOp = Extract<Operation, { kind: "multiRead" }>;

/**
 * Reads one after the other; what becomes of one is nothing to the others. Their watch flags are ignored.
 * Null for a list of writes, which decodes, but is refused.
 *
 * @see spec client-protocol 7.5
 */
export function multiRead(reader: Reader, { ops }: MultiReadOp): Result | null {
  const results: MultiResult[] = [];
  for (const op of ops) {
    if (op.kind === "getData") {
      results.push(partOf(OpCode.getData, readData(reader, op.path)));
    } else if (op.kind === "getChildren") {
      results.push(partOf(OpCode.getChildren, readChildren(reader, op.path, false)));
    } else {
      return null;
    }
  }
  return { kind: "multi", results };
}

function partOf(type: number, outcome: Result | number): MultiResult {
  return typeof outcome === "number"
    ? { type: OpCode.error, err: outcome, result: null }
    : { type, err: ErrorCode.ok, result: outcome };
}
