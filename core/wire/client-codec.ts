import { operationType } from "../request/operation-type.ts";
import {
  type ClientToServer,
  type ConnectRequest,
  type ConnectResponse,
  type Operation,
  type Reply,
  type Request,
  type ServerToClient,
  type WatchEvent,
} from "../request/operation.ts";
import type { SessionId } from "../session/session-id.ts";
import { toZxid, type Zxid } from "../zxid.ts";
import { JuteError, JuteReader, type JuteWriter } from "./jute.ts";
import { readOperation, writeOperation } from "./operation-codec.ts";
import { readResult, writeResult } from "./result-codec.ts";

/** The xid and the zxid of every notification of a watch. */
const NOTIFICATION_XID = -1;
const NOTIFICATION_ZXID = -1n as Zxid;
/** Bytes of a reply without a body. */
const REPLY_HEADER_BYTES = 16;

/** One for all: decoding never nests and never waits. */
const reader = new JuteReader();

/**
 * Reads the first payload of a connection. What follows the readOnly byte is ignored.
 *
 * @param payload a frame without its length
 * @throws JuteError when it is too short for anything but the readOnly byte
 */
export function decodeConnectRequest(payload: Uint8Array): ConnectRequest {
  reader.reset(payload);
  reader.int(); // the protocol version, which every server ignores
  return {
    kind: "connect",
    lastZxidSeen: toZxid(reader.long()),
    timeoutMs: reader.int(),
    sessionId: reader.long() as SessionId,
    password: reader.buffer(),
    readOnly: reader.remaining > 0 ? reader.bool() : null,
  };
}

/**
 * Reads any later payload of a client.
 *
 * @throws JuteError when there is no room for a header, or an auth or a sasl does not decode: hang up
 */
export function decodeRequest(payload: Uint8Array): Request {
  reader.reset(payload);
  const xid = reader.int();
  const type = reader.int();
  return { kind: "request", xid, op: readOperation(reader, type) };
}

/** Appends a whole frame, its length included. */
export function writeServerToClient(writer: JuteWriter, message: ServerToClient): void {
  const at = writer.length;
  writer.int(0);
  switch (message.kind) {
    case "reply":
      writeReplyHeader(writer, message.xid, message.zxid, message.err);
      if (message.result !== null) writeResult(writer, message.result);
      break;
    case "watchEvent":
      writeReplyHeader(writer, NOTIFICATION_XID, NOTIFICATION_ZXID, 0);
      writer.int(message.type);
      writer.int(message.state);
      writer.string(message.path);
      break;
    case "connectResponse":
      writer.int(0);
      writer.int(message.timeoutMs);
      writer.long(message.sessionId);
      writer.buffer(message.password);
      if (message.readOnly !== null) writer.bool(message.readOnly);
      break;
  }
  writer.patchInt(at, writer.length - at - 4);
}

function writeReplyHeader(writer: JuteWriter, xid: number, zxid: Zxid, err: number): void {
  writer.int(xid);
  writer.long(zxid);
  writer.int(err);
}

/** Appends a whole frame, its length included. */
export function writeClientToServer(writer: JuteWriter, message: ClientToServer): void {
  const at = writer.length;
  writer.int(0);
  if (message.kind === "request") {
    writer.int(message.xid);
    writer.int(operationType(message.op));
    writeOperation(writer, message.op);
  } else {
    writer.int(0);
    writer.long(message.lastZxidSeen);
    writer.int(message.timeoutMs);
    writer.long(message.sessionId);
    writer.buffer(message.password);
    if (message.readOnly !== null) writer.bool(message.readOnly);
  }
  writer.patchInt(at, writer.length - at - 4);
}

/** What a connection's client waits for: its session, or answers to the requests that it has sent. */
export type Awaited =
  | { readonly kind: "session" }
  /** The operation sent with this xid; undefined when there is none. */
  | { readonly kind: "replies"; readonly opOf: (xid: number) => Operation | undefined };

/**
 * Reads a payload from a server.
 *
 * @throws JuteError when it does not decode, or answers a request that was never sent
 */
export function decodeServerToClient(payload: Uint8Array, awaited: Awaited): ServerToClient {
  reader.reset(payload);
  // A server without a quorum answers a client that wants a global session with a bare error.
  const isReply = awaited.kind === "replies" || payload.length === REPLY_HEADER_BYTES;
  if (!isReply) return readConnectResponse();
  const xid = reader.int();
  const zxid = toZxid(reader.long());
  const err = reader.int();
  if (xid === NOTIFICATION_XID) return readWatchEvent();
  const op = awaited.kind === "replies" ? awaited.opOf(xid) : undefined;
  return { kind: "reply", xid, zxid, err, result: readReplyBody(op, err) };
}

function readConnectResponse(): ConnectResponse {
  reader.int();
  const timeoutMs = reader.int();
  const sessionId = reader.long() as SessionId;
  const password = reader.buffer();
  if (password === null) throw new JuteError("null password");
  const readOnly = reader.remaining > 0 ? reader.bool() : null;
  return { kind: "connectResponse", timeoutMs, sessionId, password, readOnly };
}

function readWatchEvent(): WatchEvent {
  return { kind: "watchEvent", type: reader.int(), state: reader.int(), path: reader.text() };
}

/** A reply with an error has no body, but for that to a SASL token and the stray one of a multiRead. */
function readReplyBody(op: Operation | undefined, err: number): Reply["result"] {
  if (err !== 0) {
    if (op?.kind !== "sasl" && op?.kind !== "multiRead") return null;
    return reader.remaining === 0 ? null : readResult(reader, op);
  }
  if (op !== undefined) return readResult(reader, op);
  if (reader.remaining > 0) throw new JuteError("a reply to nothing");
  return null;
}
