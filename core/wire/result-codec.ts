import type { MultiResult, Operation, Result } from "../request/operation.ts";
import { writeAcl } from "../storage/txn-body.ts";
import { OpCode } from "../txn.ts";
import { JuteError, type JuteReader, type JuteWriter } from "./jute.ts";
import { writeMultiHeader } from "./part-codec.ts";
import {
  readAcl,
  readIdentities,
  readStat,
  readStrings,
  writeIdentities,
  writeStat,
  writeStrings,
} from "./records.ts";

const ERROR = -1;

/** Writes the body of a reply. */
export function writeResult(writer: JuteWriter, result: Result): void {
  switch (result.kind) {
    case "path":
      writer.string(result.path);
      break;
    case "created":
      writer.string(result.path);
      writeStat(writer, result.stat);
      break;
    case "stat":
      writeStat(writer, result.stat);
      break;
    case "data":
      writer.buffer(result.data);
      writeStat(writer, result.stat);
      break;
    case "children":
      writeStrings(writer, result.children);
      if (result.stat !== null) writeStat(writer, result.stat);
      break;
    case "acl":
      writeAcl(writer, result.acl);
      writeStat(writer, result.stat);
      break;
    case "count":
      writer.int(result.count);
      break;
    case "paths":
      writeStrings(writer, result.paths);
      break;
    case "multi":
      for (const part of result.results) writePartResult(writer, part);
      writeMultiHeader(writer, ERROR, true, -1);
      break;
    case "identities":
      writeIdentities(writer, result.identities);
      break;
    case "watchAdded":
      writer.int(0);
      break;
    case "token":
      writer.buffer(result.token);
      break;
  }
}

/** A part that is not carried out has its error twice: in its header and in place of a result. */
function writePartResult(writer: JuteWriter, part: MultiResult): void {
  writeMultiHeader(writer, part.type, false, part.err);
  if (part.type === ERROR) writer.int(part.err);
  else if (part.result !== null) writeResult(writer, part.result);
}

/** Reads the body of a reply without error to `op`; null where such a reply has none. */
export function readResult(reader: JuteReader, op: Operation): Result | null {
  switch (op.kind) {
    case "create":
      return op.type === OpCode.create ? readPath(reader) : readCreated(reader);
    case "sync":
      return readPath(reader);
    case "exists":
    case "setData":
    case "setAcl":
      return { kind: "stat", stat: readStat(reader) };
    case "getData":
    case "reconfig":
      return { kind: "data", data: reader.buffer(), stat: readStat(reader) };
    case "getChildren":
      return {
        kind: "children",
        children: readStrings(reader),
        stat: op.type === OpCode.getChildren ? null : readStat(reader),
      };
    case "getAcl":
      return { kind: "acl", acl: readAcl(reader), stat: readStat(reader) };
    case "getAllChildrenNumber":
      return { kind: "count", count: reader.int() };
    case "getEphemerals":
      return { kind: "paths", paths: readStrings(reader) };
    case "multi":
    case "multiRead":
      return { kind: "multi", results: readPartResults(reader) };
    case "addWatch":
      reader.int();
      return { kind: "watchAdded" };
    case "whoAmI":
      return { kind: "identities", identities: readIdentities(reader) };
    case "sasl":
      return { kind: "token", token: reader.buffer() };
    case "delete":
    case "setWatches":
    case "checkWatches":
    case "removeWatches":
    case "ping":
    case "auth":
    case "closeSession":
    case "createSession":
    case "deleteContainer":
    case "malformed":
    case "unknown":
      return null;
  }
}

function readPath(reader: JuteReader): Result {
  return { kind: "path", path: reader.string() };
}

function readCreated(reader: JuteReader): Result {
  return { kind: "created", path: reader.text(), stat: readStat(reader) };
}

function readPartResults(reader: JuteReader): readonly MultiResult[] {
  const results: MultiResult[] = [];
  for (;;) {
    const type = reader.int();
    const done = reader.bool();
    const err = reader.int();
    if (done) return results;
    results.push({ type, err, result: readPartResult(reader, type) });
  }
}

function readPartResult(reader: JuteReader, type: number): Result | null {
  switch (type) {
    case OpCode.create:
      return readPath(reader);
    case OpCode.create2:
      return readCreated(reader);
    case OpCode.setData:
      return { kind: "stat", stat: readStat(reader) };
    case OpCode.getData:
      return { kind: "data", data: reader.buffer(), stat: readStat(reader) };
    case OpCode.getChildren:
      return { kind: "children", children: readStrings(reader), stat: null };
    case OpCode.delete:
    case OpCode.check:
      return null;
    case ERROR:
      reader.int();
      return null;
    default:
      throw new JuteError(`Invalid type of result: ${type}`);
  }
}
