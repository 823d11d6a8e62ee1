import type { Acl } from "../tree/acl.ts";
import { OpCode, type SubTxn, type TxnBody } from "../txn.ts";
import { JuteError, type JuteReader, type JuteWriter } from "../wire/jute.ts";

/** Bytes of a digest that may follow a body: i32 version, i64 digest. */
export const DIGEST_BYTES = 12;
export const DIGEST_VERSION = 2;

/** Writes `body` as the fields that follow a header of its type. */
export function writeBody(writer: JuteWriter, body: TxnBody): void {
  switch (body.kind) {
    case "setData":
      writer.string(body.path);
      writer.buffer(body.data);
      writer.int(body.version);
      break;
    case "create":
      writer.string(body.path);
      writer.buffer(body.data);
      writeAcl(writer, body.acl);
      writer.bool(body.ephemeral);
      writer.int(body.parentCversion);
      break;
    case "delete":
      writer.string(body.path);
      break;
    case "createSession":
      writer.int(body.timeoutMs);
      break;
    case "closeSession":
      if (body.paths !== null) writePaths(writer, body.paths);
      break;
    case "error":
      writer.int(body.err);
      break;
    case "createContainer":
    case "createTtl":
      writer.string(body.path);
      writer.buffer(body.data);
      writeAcl(writer, body.acl);
      writer.int(body.parentCversion);
      if (body.kind === "createTtl") writer.longNumber(body.ttlMs);
      break;
    case "setAcl":
      writer.string(body.path);
      writeAcl(writer, body.acl);
      writer.int(body.version);
      break;
    case "check":
      writer.string(body.path);
      writer.int(body.version);
      break;
    case "multi":
      writer.int(body.txns.length);
      for (const sub of body.txns) writeSubTxn(writer, sub);
      break;
  }
}

/**
 * Reads the body of a top-level transaction.
 *
 * @throws JuteError for a type that no log may hold; a check is one, because only a multi may contain it
 * @see ZooKeeper, server/util/SerializeUtils.java
 */
export function readBody(reader: JuteReader, type: number): TxnBody {
  if (type === OpCode.check) throw unsupported(type);
  return readBodyOf(reader, type);
}

function readBodyOf(reader: JuteReader, type: number): TxnBody {
  switch (type) {
    case OpCode.setData:
    case OpCode.reconfig:
      return { kind: "setData", path: reader.text(), data: reader.buffer(), version: reader.int() };
    case OpCode.create:
    case OpCode.create2:
      return readCreate(reader);
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { kind: "delete", path: reader.text() };
    case OpCode.createSession:
      return { kind: "createSession", timeoutMs: reader.int() };
    case OpCode.closeSession:
      return { kind: "closeSession", paths: readClosedPaths(reader) };
    case OpCode.error:
      return { kind: "error", err: reader.int() };
    case OpCode.createContainer:
      return {
        kind: "createContainer",
        path: reader.text(),
        data: reader.buffer(),
        acl: readAcl(reader),
        parentCversion: reader.int(),
      };
    case OpCode.createTtl:
      return {
        kind: "createTtl",
        path: reader.text(),
        data: reader.buffer(),
        acl: readAcl(reader),
        parentCversion: reader.int(),
        ttlMs: reader.longNumber(),
      };
    case OpCode.setAcl:
      return { kind: "setAcl", path: reader.text(), acl: readAcl(reader), version: reader.int() };
    case OpCode.check:
      return { kind: "check", path: reader.text(), version: reader.int() };
    case OpCode.multi:
      return { kind: "multi", txns: readSubTxns(reader) };
    default:
      throw unsupported(type);
  }
}

/** Records older than 3.4 end before the parent's cversion; there is nothing else to know them by. */
function readCreate(reader: JuteReader): TxnBody {
  const path = reader.text();
  const data = reader.buffer();
  const acl = readAcl(reader);
  const ephemeral = reader.bool();
  const parentCversion = reader.remaining >= 4 ? reader.int() : -1;
  return { kind: "create", path, data, acl, ephemeral, parentCversion };
}

/**
 * A writer with `closeSessionTxn.enabled=false` leaves the list out, so what follows the header is nothing
 * or a digest. A list of two paths cannot be mistaken for one: neither path has room for its "/".
 */
function readClosedPaths(reader: JuteReader): readonly string[] | null {
  if (reader.remaining === 0) return null;
  if (reader.remaining === DIGEST_BYTES && reader.peekInt() === DIGEST_VERSION) return null;
  const paths: string[] = [];
  for (let left = reader.count(); left > 0; left--) paths.push(reader.text());
  return paths;
}

function writePaths(writer: JuteWriter, paths: readonly string[]): void {
  writer.int(paths.length);
  for (const path of paths) writer.string(path);
}

/** A part of a multi is a record within the record: its type, then its body as a buffer. */
function writeSubTxn(writer: JuteWriter, sub: SubTxn): void {
  writer.int(sub.type);
  const lengthAt = writer.length;
  writer.int(0);
  writeBody(writer, sub.body);
  writer.patchInt(lengthAt, writer.length - lengthAt - 4);
}

function readSubTxns(reader: JuteReader): readonly SubTxn[] {
  const txns: SubTxn[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const type = reader.int();
    txns.push({ type, body: readBodyOf(reader.nested(), type) });
  }
  return txns;
}

export function writeAcl(writer: JuteWriter, acl: readonly Acl[]): void {
  writer.int(acl.length);
  for (let i = 0; i < acl.length; i++) {
    const entry = acl[i] as Acl;
    writer.int(entry.perms);
    writer.string(entry.scheme);
    writer.string(entry.id);
  }
}

export function readAcl(reader: JuteReader): readonly Acl[] {
  const acl: Acl[] = [];
  for (let left = reader.count(); left > 0; left--) {
    acl.push({ perms: reader.int(), scheme: reader.text(), id: reader.text() });
  }
  return acl;
}

/** The "%d" is the real server's own slip, kept because people search for the message. */
function unsupported(type: number): JuteError {
  return new JuteError(`Unsupported Txn with type=%d${type}`);
}
