import type { MultiOp, Operation, SetWatchesOp } from "../request/operation.ts";
import { OpCode } from "../txn.ts";
import { toZxid } from "../zxid.ts";
import { JuteError, type JuteReader, type JuteWriter } from "./jute.ts";
import { isRead, readPart, readParts, writePart, writeParts } from "./part-codec.ts";
import { readSentAcl, readStrings, writeSentAcl, writeStrings } from "./records.ts";

const SET_WATCHES = 101;
const SET_WATCHES_2 = 105;

/**
 * Reads what follows a request's header. Bytes after the last field are nobody's and are left unread.
 *
 * A body that does not decode makes a `malformed` operation, with a copy of it, and a type that is none of a
 * client's makes an `unknown` one: both are answered further on, in their turn.
 *
 * @throws JuteError for an auth or a sasl that does not decode, which ends the connection
 */
export function readOperation(reader: JuteReader, type: number): Operation {
  const bodyAt = reader.position;
  try {
    return readBodyOf(reader, type);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    if (type === OpCode.auth || type === OpCode.sasl) throw error;
    reader.seek(bodyAt);
    return { kind: "malformed", type, body: reader.rest() };
  }
}

function readBodyOf(reader: JuteReader, type: number): Operation {
  switch (type) {
    case OpCode.getData:
    case OpCode.setData:
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTtl:
    case OpCode.getChildren:
    case OpCode.delete:
      return readPart(reader, type) as Exclude<ReturnType<typeof readPart>, { kind: "check" }>;
    case OpCode.exists:
      return { kind: "exists", path: reader.text(), watch: reader.bool() };
    case OpCode.getChildren2:
      return { kind: "getChildren", type, path: reader.text(), watch: reader.bool() };
    case OpCode.ping:
      return { kind: "ping" };
    case OpCode.multi:
      return { kind: "multi", ops: readMulti(reader) };
    case OpCode.multiRead:
      return { kind: "multiRead", ops: readParts(reader) };
    case OpCode.sync:
      return { kind: "sync", path: reader.string() };
    case OpCode.setAcl:
      return {
        kind: "setAcl",
        path: reader.text(),
        acl: readSentAcl(reader),
        version: reader.int(),
      };
    case OpCode.getAcl:
      return { kind: "getAcl", path: reader.text() };
    case OpCode.closeSession:
      return { kind: "closeSession" };
    case SET_WATCHES:
    case SET_WATCHES_2:
      return readSetWatches(reader, type);
    case OpCode.addWatch:
      return { kind: "addWatch", path: reader.text(), mode: reader.int() };
    case OpCode.checkWatches:
      return { kind: "checkWatches", path: reader.text(), type: reader.int() };
    case OpCode.removeWatches:
      return { kind: "removeWatches", path: reader.text(), type: reader.int() };
    case OpCode.getEphemerals:
      return { kind: "getEphemerals", prefix: reader.string() };
    case OpCode.getAllChildrenNumber:
      return { kind: "getAllChildrenNumber", path: reader.text() };
    case OpCode.whoAmI:
      return { kind: "whoAmI" };
    case OpCode.reconfig:
      return {
        kind: "reconfig",
        joining: reader.string(),
        leaving: reader.string(),
        members: reader.string(),
        fromVersion: reader.long(),
      };
    case OpCode.auth:
      reader.int(); // a type that nobody has ever looked at
      return { kind: "auth", scheme: reader.string(), auth: reader.buffer() };
    case OpCode.sasl:
      return { kind: "sasl", token: reader.buffer() };
    case OpCode.deleteContainer:
      // The leader's own. A client has nothing to put here.
      throw new JuteError("deleteContainer from a client");
    default:
      return { kind: "unknown", type };
  }
}

/** A list of reads is no multi, though it decodes. */
function readMulti(reader: JuteReader): readonly MultiOp[] {
  const parts = readParts(reader);
  const first = parts[0];
  if (first !== undefined && isRead(first)) throw new JuteError("a multi of reads");
  return parts as readonly MultiOp[];
}

const NO_PATHS: readonly string[] = Object.freeze([]);

function readSetWatches(reader: JuteReader, type: 101 | 105): SetWatchesOp {
  return {
    kind: "setWatches",
    type,
    relativeZxid: toZxid(reader.long()),
    data: readStrings(reader),
    exist: readStrings(reader),
    child: readStrings(reader),
    persistent: type === SET_WATCHES_2 ? readStrings(reader) : NO_PATHS,
    recursive: type === SET_WATCHES_2 ? readStrings(reader) : NO_PATHS,
  };
}

/** Writes the fields that follow a header of the operation's type. */
export function writeOperation(writer: JuteWriter, op: Operation): void {
  switch (op.kind) {
    case "create":
    case "delete":
    case "setData":
    case "getData":
    case "getChildren":
      writePart(writer, op);
      break;
    case "exists":
      writer.string(op.path);
      writer.bool(op.watch);
      break;
    case "setAcl":
      writer.string(op.path);
      writeSentAcl(writer, op.acl);
      writer.int(op.version);
      break;
    case "multi":
    case "multiRead":
      writeParts(writer, op.ops);
      break;
    case "sync":
    case "getAcl":
    case "getAllChildrenNumber":
    case "deleteContainer":
      writer.string(op.path);
      break;
    case "getEphemerals":
      writer.string(op.prefix);
      break;
    case "setWatches":
      writeSetWatches(writer, op);
      break;
    case "checkWatches":
    case "removeWatches":
      writer.string(op.path);
      writer.int(op.type);
      break;
    case "addWatch":
      writer.string(op.path);
      writer.int(op.mode);
      break;
    case "reconfig":
      writer.string(op.joining);
      writer.string(op.leaving);
      writer.string(op.members);
      writer.long(op.fromVersion);
      break;
    case "auth":
      writer.int(0);
      writer.string(op.scheme);
      writer.buffer(op.auth);
      break;
    case "sasl":
      writer.buffer(op.token);
      break;
    case "createSession":
      writer.int(op.timeoutMs);
      break;
    case "malformed":
      writer.raw(op.body);
      break;
    case "whoAmI":
    case "ping":
    case "closeSession":
    case "unknown":
      break;
  }
}

function writeSetWatches(writer: JuteWriter, op: SetWatchesOp): void {
  writer.long(op.relativeZxid);
  writeStrings(writer, op.data);
  writeStrings(writer, op.exist);
  writeStrings(writer, op.child);
  if (op.type === SET_WATCHES) return;
  writeStrings(writer, op.persistent);
  writeStrings(writer, op.recursive);
}
