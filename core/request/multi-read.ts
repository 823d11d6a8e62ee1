import { OpCode } from "../txn.ts";
import { ErrorCode } from "./error-code.ts";
import type { MultiResult, Operation, Result } from "./operation.ts";
import { readChildren, readData, type Reader } from "./read-node.ts";

type MultiReadOp = Extract<Operation, { kind: "multiRead" }>;

/** Bytes of data and names in one answer: a small request may name the same large znode tens of thousands of times. */
const RESULT_MAX_BYTES = 64 << 20;
/** What a name is counted for. */
const NAME_BYTES = 32;

/**
 * Reads one after the other; what becomes of one is nothing to the others. Their watch flags are ignored.
 * Null for a list of writes, which decodes, but is refused, and for an answer that nobody could take.
 *
 * @see spec client-protocol 7.5
 */
export function multiRead(reader: Reader, { ops }: MultiReadOp): Result | null {
  const results: MultiResult[] = [];
  let bytes = 0;
  for (const op of ops) {
    const { result = null } = results.at(-1) ?? {};
    if (result !== null) bytes += sizeOf(result);
    if (bytes > RESULT_MAX_BYTES) return null;
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

function sizeOf(result: Result): number {
  if (result.kind === "data") return result.data?.length ?? 0;
  return result.kind === "children" ? result.children.length * NAME_BYTES : 0;
}
