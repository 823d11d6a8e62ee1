import {
  NO_LEADER,
  type ElectionMessage,
  type Hello,
  type Notification,
  type ServerState,
} from "../election/notification.ts";
import { epochOf, MIN_ZXID, toZxid } from "../zxid.ts";
import { holdNothing, takeItems, type HeldBytes } from "./held-bytes.ts";
import { intAt, JuteError, JuteReader, type JuteWriter } from "./jute.ts";
import { utf8Length } from "./utf8.ts";

/** What stands before the sid in an initial message, since 3.5.0 and, with several addresses, since 3.6.0. */
const HELLO_VERSION = -65_536n;
const HELLO_VERSION_MULTI = -65_535n;
const ADDRESS_MAX_BYTES = 2048;
const NOTIFICATION_MAX_BYTES = 524_288;
const NOTIFICATION_VERSION = 2;
/** Stands for the epoch Long.MIN_VALUE, as {@link NO_LEADER} does for that sid. */
const NO_EPOCH = -1;
/** Between the addresses of a server that has several. */
const ADDRESS_SEPARATOR = "|";

/** In the order of their numbers. */
const STATES: readonly ServerState[] = ["LOOKING", "FOLLOWING", "LEADING", "OBSERVING"];

/**
 * Appends an initial message. It goes out in one write, for a real server reads its address with a single call.
 *
 * @param multiAddress is multiAddress.enabled, which servers before 3.6 do not understand
 */
export function writeHello(
  writer: JuteWriter,
  { sid, address }: Hello,
  multiAddress: boolean = address.includes(ADDRESS_SEPARATOR),
): void {
  writer.long(multiAddress ? HELLO_VERSION_MULTI : HELLO_VERSION);
  writer.longNumber(sid);
  writer.string(address);
}

/**
 * Appends a notification and its length before it. A vote for nobody has Long.MIN_VALUE for its leader, and
 * from an observer, whose history does not count, for its zxid and its epoch too.
 */
export function writeNotification(writer: JuteWriter, notification: Notification): void {
  const { leader, peerEpoch, config } = notification;
  const nobody = leader === NO_LEADER;
  writer.int(44 + utf8Length(config));
  writer.int(STATES.indexOf(notification.state));
  writer.long(nobody ? MIN_ZXID : BigInt(leader));
  writer.long(notification.zxid);
  writer.longNumber(notification.electionEpoch);
  writer.long(nobody && peerEpoch === NO_EPOCH ? MIN_ZXID : BigInt(peerEpoch));
  writer.int(NOTIFICATION_VERSION);
  writer.string(config);
}

/** Reads the stream of one end of an election connection. Plain data. */
export type ElectionDecoder = {
  /** Only the side that opened the connection introduces itself. */
  next: "hello" | "notification";
  readonly held: HeldBytes;
};

/** @param from the side that writes: the one that opened the connection or the one that accepted it */
export function createElectionDecoder(from: "opener" | "acceptor"): ElectionDecoder {
  return { next: from === "opener" ? "hello" : "notification", held: holdNothing() };
}

/**
 * Takes the next bytes of the stream, none of which is kept, and returns the messages that they complete.
 * A notification that makes no sense is passed over.
 *
 * @throws JuteError for a length or a version that ends the connection
 */
export function feedElection(decoder: ElectionDecoder, chunk: Uint8Array): ElectionMessage[] {
  const messages: ElectionMessage[] = [];
  takeItems(decoder.held, chunk, (bytes, at, end) => {
    const isHello = decoder.next === "hello";
    const itemEnd = isHello ? helloEnd(bytes, at, end) : notificationEnd(bytes, at, end);
    if (itemEnd < 0) return -1;
    const message = isHello
      ? decodeHello(bytes.subarray(at, itemEnd))
      : decodeNotification(bytes.subarray(at + 4, itemEnd));
    decoder.next = "notification";
    if (message !== null) messages.push(message);
    return itemEnd;
  });
  return messages;
}

/** Where an initial message ends, or −1 while that is not known. One of 3.4 is a sid and nothing else. */
function helloEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 8 > end) return -1;
  if (intAt(bytes, at) >= 0) return at + 8;
  if (at + 20 > end) return -1;
  const addressBytes = intAt(bytes, at + 16);
  if (addressBytes < 1 || addressBytes > ADDRESS_MAX_BYTES) {
    throw new JuteError(`Unreasonable buffer length: ${addressBytes}`);
  }
  const itemEnd = at + 20 + addressBytes;
  return itemEnd > end ? -1 : itemEnd;
}

function notificationEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) return -1;
  const lengthBytes = intAt(bytes, at);
  if (lengthBytes < 1 || lengthBytes > NOTIFICATION_MAX_BYTES) {
    throw new JuteError(`Invalid packet length: ${lengthBytes}`);
  }
  const itemEnd = at + 4 + lengthBytes;
  return itemEnd > end ? -1 : itemEnd;
}

const reader = new JuteReader();

function decodeHello(bytes: Uint8Array): Hello {
  reader.reset(bytes);
  const version = reader.long();
  if (version >= 0n) return { kind: "hello", sid: Number(version), address: "" };
  if (version !== HELLO_VERSION && version !== HELLO_VERSION_MULTI) {
    throw new JuteError(`Got unrecognized protocol version ${version}`);
  }
  const sid = reader.longNumber();
  reader.int();
  return { kind: "hello", sid, address: reader.restText() };
}

/**
 * Reads a notification, whose version its length tells: 28 bytes are of the first servers, 40 of those before 3.5.
 *
 * @param bytes without the length before it
 * @returns null for one that a real server drops
 * @see ZooKeeper, server/quorum/FastLeaderElection.java (WorkerReceiver)
 */
function decodeNotification(bytes: Uint8Array): Notification | null {
  const { length } = bytes;
  if (length < 28 || (length > 28 && length < 40)) return null;
  reader.reset(bytes);
  const state = STATES[reader.int()];
  const sid = reader.long();
  const zxid = toZxid(reader.long());
  const electionEpoch = reader.longNumber();
  const peerEpoch = length === 28 ? BigInt(epochOf(zxid)) : reader.long();
  const version = length <= 40 ? 0 : reader.int();
  const config = version >= NOTIFICATION_VERSION ? readConfig(length) : "";
  if (state === undefined || config === null) return null;
  return {
    kind: "notification",
    state,
    leader: sid === MIN_ZXID ? NO_LEADER : Number(sid),
    zxid,
    electionEpoch,
    peerEpoch: peerEpoch === MIN_ZXID ? NO_EPOCH : Number(peerEpoch),
    config,
  };
}

/** What its length promises must be there; bytes behind it are nobody's. */
function readConfig(packetBytes: number): string | null {
  if (reader.remaining < 4) return null;
  const lengthBytes = reader.peekInt();
  if (lengthBytes < 0 || lengthBytes > packetBytes || lengthBytes + 4 > reader.remaining)
    return null;
  return reader.text();
}
