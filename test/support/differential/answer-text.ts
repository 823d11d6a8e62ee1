import type { Operation, ServerToClient } from "../../../core/request/operation.ts";
import { isPassword } from "../../../core/session/password.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import type { Stat } from "../../../core/tree/stat.ts";
import {
  decodeServerToClient,
  writeServerToClient,
  type Awaited as Waiting,
} from "../../../core/wire/client-codec.ts";
import { JuteError, JuteWriter } from "../../../core/wire/jute.ts";
import { plainText } from "./conversation.ts";

/** What names mean in one conversation: zxids count from its beginning, sessions from its first. */
export type Names = { baseZxid: bigint; readonly sessions: SessionId[] };

export const CONFIG_PATH = "/zookeeper/config";

const LENGTH_BYTES = 4;

/** An answer as people read it, with what varies from server to server given its name in the conversation. */
export function answerText(payload: Uint8Array, op: Operation | null, names: Names): string {
  const waiting: Waiting = { kind: "replies", opOf: () => op ?? undefined };
  const xid = Buffer.from(payload).readInt32BE(0);
  const message = decoded(isEvent(payload) ? payload : withoutXid(payload), waiting);
  if (message === null || message.kind === "connectResponse") return undecoded(payload, names);
  if (message.kind === "watchEvent")
    return `event ${message.type} ${message.state} ${message.path}`;
  const { zxid, err, result } = message;
  const head = `xid ${xid} zxid ${zxidText(zxid, names)} err ${err}`;
  if (result === null) return head;
  if (op !== null && isAboutConfig(op)) return `${head} (the configuration)`;
  return `${head} ${resultText(result, names)}`;
}

/** A password is right or wrong: a server's are made of the session's id alone. */
export function connectText(payload: Uint8Array, names: Names): string {
  const message = decoded(payload, { kind: "session" });
  if (message?.kind !== "connectResponse") return undecoded(payload, names);
  const { timeoutMs, sessionId, password, readOnly } = message;
  const isRight = isPassword(sessionId, password);
  const proof = isRight ? "right" : Buffer.from(password).toString("hex");
  return `connected ${timeoutMs} ms, ${sessionText(sessionId, names)}, ${proof}, ${readOnly}`;
}

/** Is it one that the clients have not asked for? */
export function isEvent(payload: Uint8Array): boolean {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return (
    payload.length > 16 &&
    view.getInt32(0) === -1 &&
    view.getBigInt64(4) === -1n &&
    view.getInt32(12) === 0
  );
}

/** A request's xid may be the one that marks events. */
function withoutXid(payload: Uint8Array): Uint8Array {
  return payload.slice().fill(0, 0, 4);
}

/** Null where it does not decode, or is written in another way than ours would write the same thing. */
function decoded(payload: Uint8Array, waiting: Waiting): ServerToClient | null {
  try {
    const message = decodeServerToClient(payload, waiting);
    const writer = new JuteWriter();
    writeServerToClient(writer, message);
    const again = writer.peek().subarray(LENGTH_BYTES);
    return Buffer.compare(again, payload) === 0 ? message : null;
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}

function undecoded(payload: Uint8Array, names: Names): string {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const rest = Buffer.from(payload.subarray(16)).toString("hex");
  if (payload.length < 16) return `bytes ${Buffer.from(payload).toString("hex")}`;
  const zxid = zxidText(view.getBigInt64(4), names);
  return `xid ${view.getInt32(0)} zxid ${zxid} err ${view.getInt32(12)} bytes ${rest}`;
}

function resultText(result: object, names: Names): string {
  return plainText(masked(result, names));
}

function masked(value: unknown, names: Names): unknown {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((part: unknown) => masked(part, names));
  if ("czxid" in value) return statText(value as Stat, names);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]: [string, unknown]) => [key, masked(part, names)]),
  );
}

/** The znodes that are there from the beginning have a history of conversations before this one. */
function statText(stat: Stat, names: Names): string {
  const isFirst = stat.czxid === 0n;
  const { version, aversion, dataLength, numChildren } = stat;
  const zxids = [stat.czxid, stat.mzxid, stat.pzxid].map((zxid) =>
    isFirst && zxid <= names.baseZxid ? "old" : zxidText(zxid, names),
  );
  const times = [stat.ctime, stat.mtime].map((time) => (time === 0 ? 0 : "T"));
  const order = stat.mtime < stat.ctime ? " mtime<ctime" : "";
  const cversion = isFirst ? "any" : stat.cversion;
  return (
    `c/m/p ${zxids.join()} times ${times.join()}${order} v ${version} cv ${cversion} av ${aversion} ` +
    `owner ${sessionText(stat.ephemeralOwner, names)} length ${dataLength} children ${numChildren}`
  );
}

function zxidText(zxid: bigint, { baseZxid }: Names): string {
  if (zxid <= 0n) return String(zxid);
  return zxid > baseZxid ? `+${zxid - baseZxid}` : "old";
}

function sessionText(sessionId: SessionId, { sessions }: Names): string {
  if (sessionId === 0n) return "0";
  const index = sessions.indexOf(sessionId);
  return index < 0 ? `0x${BigInt.asUintN(64, sessionId).toString(16)}` : `session ${index}`;
}

/** An ensemble's configuration is a text with addresses, a standalone server's is empty. */
function isAboutConfig(op: Operation): boolean {
  if ("path" in op) return op.path === CONFIG_PATH;
  return op.kind === "multiRead" && op.ops.some(({ path }) => path === CONFIG_PATH);
}
