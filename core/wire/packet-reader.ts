import type { SessionId } from "../session/session-id.ts";
import { decodeTxnEntry } from "../storage/txn-record.ts";
import type { Identity } from "../tree/acl.ts";
import type { Txn } from "../txn.ts";
import type { QuorumPacket, SessionTouch } from "../zab/packet.ts";
import { toZxid, type Zxid } from "../zxid.ts";
import { FIELD_MAX_BYTES, JuteError, JuteReader, skipField, skipStrings } from "./jute.ts";
import { readOperation } from "./operation-codec.ts";
import { PacketType, PROTOCOL_VERSION } from "./packet-type.ts";
import { readIdentities } from "./records.ts";

/** The side that wrote a packet: some mean something else the other way round. */
export type Sender = "leader" | "learner";

/** Data and identities together. A real server has a limit for each string only. */
const PACKET_MAX_BYTES = 2 * FIELD_MAX_BYTES;
const HEAD_BYTES = 12;
const TOUCH_BYTES = 12;

/**
 * Where the packet at `start` ends, or −1 while that is not known yet.
 *
 * @throws JuteError for a length that no packet has
 */
export function packetEnd(bytes: Uint8Array, start: number, end: number): number {
  const dataEnd = skipField(bytes, start + HEAD_BYTES, end);
  const packetEnd = skipStrings(bytes, dataEnd, end, 2);
  const known = packetEnd < 0 ? end : packetEnd;
  if (known - start > PACKET_MAX_BYTES) throw new JuteError("a packet too large to be one");
  return packetEnd;
}

/** Both are used again by every packet: none waits for another. */
const whole = new JuteReader();
const inner = new JuteReader();

/**
 * Reads the packet at `start`, which is all there.
 *
 * @returns null for a type that this sender does not use: it is passed over, as a real server does
 * @throws JuteError for data that cannot be that packet's
 */
export function readPacket(
  bytes: Uint8Array,
  start: number,
  end: number,
  from: Sender,
): QuorumPacket | null {
  whole.reset(bytes, start, end);
  const type = whole.int();
  const zxid = toZxid(whole.long());
  const lengthBytes = whole.int();
  const dataAt = start + HEAD_BYTES + 4;
  const data = lengthBytes < 0 ? null : bytes.subarray(dataAt, dataAt + lengthBytes);
  if (from === "leader") return fromLeader(type, zxid, data);
  inner.reset(data ?? NO_DATA);
  if (type !== PacketType.REQUEST) return fromLearner(type, zxid, data);
  whole.reset(bytes, dataAt + Math.max(0, lengthBytes), end);
  return readRequest(readIdentities(whole));
}

const NO_DATA = new Uint8Array(0);

function fromLeader(type: number, zxid: Zxid, data: Uint8Array | null): QuorumPacket | null {
  inner.reset(data ?? NO_DATA);
  switch (type) {
    case PacketType.PROPOSAL:
      return { kind: "PROPOSAL", txn: readTxn(data, 0) };
    case PacketType.COMMIT:
      return { kind: "COMMIT", zxid };
    case PacketType.PING:
      return { kind: "PING", zxid, sessions: null };
    case PacketType.INFORM:
      return { kind: "INFORM", txn: readTxn(data, 0) };
    case PacketType.REVALIDATE:
      return {
        kind: "REVALIDATE",
        sessionId: inner.long() as SessionId,
        timeoutMs: 0,
        valid: inner.bool(),
      };
    case PacketType.SYNC:
      return { kind: "SYNC" };
    case PacketType.COMMITANDACTIVATE:
      return { kind: "COMMITANDACTIVATE", zxid, leader: inner.longNumber() };
    case PacketType.INFORMANDACTIVATE:
      return { kind: "INFORMANDACTIVATE", leader: inner.longNumber(), txn: readTxn(data, 8) };
    case PacketType.LEADERINFO:
      inner.int(); // its protocol version: whatever it is, it is not older than 3.4
      return { kind: "LEADERINFO", zxid };
    case PacketType.NEWLEADER:
      return { kind: "NEWLEADER", zxid, config: inner.restText() };
    case PacketType.UPTODATE:
      return { kind: "UPTODATE" };
    case PacketType.DIFF:
      return { kind: "DIFF", zxid };
    case PacketType.TRUNC:
      return { kind: "TRUNC", zxid };
    case PacketType.SNAP:
      return { kind: "SNAP", zxid };
    default:
      return null;
  }
}

function fromLearner(type: number, zxid: Zxid, data: Uint8Array | null): QuorumPacket | null {
  switch (type) {
    case PacketType.ACK:
      return { kind: "ACK", zxid };
    case PacketType.PING:
      return { kind: "PING", zxid, sessions: readTouches() };
    case PacketType.REVALIDATE:
      return {
        kind: "REVALIDATE",
        sessionId: inner.long() as SessionId,
        timeoutMs: inner.int(),
        valid: null,
      };
    case PacketType.FOLLOWERINFO:
      return { kind: "FOLLOWERINFO", zxid, ...readLearnerInfo(data) };
    case PacketType.OBSERVERINFO:
      return { kind: "OBSERVERINFO", zxid, ...readLearnerInfo(data) };
    case PacketType.ACKEPOCH:
      return { kind: "ACKEPOCH", zxid, epoch: inner.int() };
    default:
      return null;
  }
}

/**
 * Since 3.5 there is a configuration's version, before it was left out; a learner without a protocol version, or
 * an older one, would skip the epoch's handshake, and so would have to be older than 3.4.
 */
function readLearnerInfo(data: Uint8Array | null): {
  readonly sid: number;
  readonly configVersion: Zxid;
} {
  if (data === null || data.length < 12) throw new JuteError("a learner older than 3.4");
  const sid = inner.longNumber();
  if (inner.int() < PROTOCOL_VERSION) throw new JuteError("a learner older than 3.4");
  return { sid, configVersion: toZxid(inner.remaining >= 8 ? inner.long() : 0n) };
}

function readTouches(): readonly SessionTouch[] {
  const sessions: SessionTouch[] = [];
  if (inner.remaining % TOUCH_BYTES !== 0) throw new JuteError("EOFException");
  while (inner.remaining > 0) {
    sessions.push({ sessionId: inner.long() as SessionId, timeoutMs: inner.int() });
  }
  return sessions;
}

/**
 * What a learner's client wants. That its body does not decode is found out here as it is at the learner, but
 * createSession is the learner's own.
 */
function readRequest(identities: readonly Identity[]): QuorumPacket {
  const sessionId = inner.long() as SessionId;
  const cxid = inner.int();
  const type = inner.int();
  const op =
    type === CREATE_SESSION
      ? ({ kind: "createSession", timeoutMs: inner.int() } as const)
      : readOperation(inner, type);
  return { kind: "REQUEST", sessionId, cxid, op, identities };
}

const CREATE_SESSION = -10;

function readTxn(data: Uint8Array | null, at: number): Txn {
  if (data === null) throw new JuteError("a proposal of nothing");
  return decodeTxnEntry(data.subarray(at));
}
