import { operationType } from "../request/operation-type.ts";
import type { CreateOp, GetChildrenOp, GetDataOp, MultiOp } from "../request/operation.ts";
import { OpCode } from "../txn.ts";
import { JuteError, type JuteReader, type JuteWriter } from "./jute.ts";
import { readSentAcl, writeSentAcl } from "./records.ts";

/** What a multi or a multiRead is made of. But for check and getChildren2, each is a request of its own too. */
export type Part = MultiOp | GetDataOp | GetChildrenOp;

/** @throws JuteError where the fields do not fit, and for a type that is no part of anything */
export function readPart(reader: JuteReader, type: number): Part {
  switch (type) {
    case OpCode.getData:
      return { kind: "getData", path: reader.text(), watch: reader.bool() };
    case OpCode.setData:
      return { kind: "setData", path: reader.text(), data: reader.buffer(), version: reader.int() };
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTtl:
      return readCreate(reader, type);
    case OpCode.delete:
      return { kind: "delete", path: reader.text(), version: reader.int() };
    case OpCode.getChildren:
      return { kind: "getChildren", type, path: reader.text(), watch: reader.bool() };
    case OpCode.check:
      return { kind: "check", path: reader.text(), version: reader.int() };
    default:
      throw new JuteError(`Invalid type of op: ${type}`);
  }
}

/** A time to live beyond 2^53 ms is read as about that: it is refused all the same. */
function readCreate(reader: JuteReader, type: CreateOp["type"]): CreateOp {
  return {
    kind: "create",
    type,
    path: reader.text(),
    data: reader.buffer(),
    acl: readSentAcl(reader),
    flags: reader.int(),
    ttlMs: type === OpCode.createTtl ? reader.longNumber() : -1,
  };
}

export function writePart(writer: JuteWriter, part: Part): void {
  writer.string(part.path);
  switch (part.kind) {
    case "create":
      writer.buffer(part.data);
      writeSentAcl(writer, part.acl);
      writer.int(part.flags);
      if (part.type === OpCode.createTtl) writer.longNumber(part.ttlMs);
      break;
    case "setData":
      writer.buffer(part.data);
      writer.int(part.version);
      break;
    case "delete":
    case "check":
      writer.int(part.version);
      break;
    case "getData":
    case "getChildren":
      writer.bool(part.watch);
      break;
  }
}

/**
 * Reads parts up to the header that says "done". They are all writes or all reads.
 *
 * @throws JuteError when they are mixed, when one does not decode and when the end is missing
 */
export function readParts(reader: JuteReader): readonly Part[] {
  const parts: Part[] = [];
  for (;;) {
    const type = reader.int();
    const done = reader.bool();
    reader.int(); // an error code, which a request does not have
    if (done) return parts;
    const part = readPart(reader, type);
    if (parts.length > 0 && isRead(part) !== isRead(parts[0] as Part)) {
      throw new JuteError("reads and writes in one multi");
    }
    parts.push(part);
  }
}

export function writeParts(writer: JuteWriter, parts: readonly Part[]): void {
  for (const part of parts) {
    writeMultiHeader(writer, operationType(part), false, -1);
    writePart(writer, part);
  }
  writeMultiHeader(writer, -1, true, -1);
}

export function writeMultiHeader(
  writer: JuteWriter,
  type: number,
  done: boolean,
  err: number,
): void {
  writer.int(type);
  writer.bool(done);
  writer.int(err);
}

export function isRead(part: Part): part is GetDataOp | GetChildrenOp {
  return part.kind === "getData" || part.kind === "getChildren";
}
