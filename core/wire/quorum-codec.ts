import { operationType } from "../request/operation-type.ts";
import { entryOf } from "../storage/txn-record.ts";
import type { Identity } from "../tree/acl.ts";
import type { Txn } from "../txn.ts";
import type { QuorumPacket } from "../zab/packet.ts";
import type { Zxid } from "../zxid.ts";
import type { JuteWriter } from "./jute.ts";
import { writeOperation } from "./operation-codec.ts";
import { PacketType, PROTOCOL_VERSION } from "./packet-type.ts";
import { writeIdentities } from "./records.ts";
import { writeSnapshotPiece } from "./snapshot-stream.ts";

/** The zxid of packets that are about none. */
const NO_ZXID = -1n as Zxid;
const SYNC_ZXID = 0n as Zxid;

/**
 * Appends a packet as it goes over a quorum port: type, zxid, data, identities, without a length.
 * A piece of a snapshot is no packet there, but a part of the raw stream behind SNAP.
 */
export function writeQuorumPacket(writer: JuteWriter, packet: QuorumPacket): void {
  switch (packet.kind) {
    case "ACK":
    case "COMMIT":
    case "DIFF":
    case "TRUNC":
    case "SNAP":
      writeEmpty(writer, PacketType[packet.kind], packet.zxid);
      break;
    case "UPTODATE":
      writeEmpty(writer, PacketType.UPTODATE, NO_ZXID);
      break;
    case "SYNC":
      writeEmpty(writer, PacketType.SYNC, SYNC_ZXID);
      break;
    case "PROPOSAL":
    case "INFORM":
      writeHead(writer, PacketType[packet.kind], packet.txn.zxid);
      writer.buffer(entryOf(packet.txn.record));
      writer.int(-1);
      break;
    case "SNAPPIECE":
      writeSnapshotPiece(writer, packet);
      break;
    default:
      writeWithData(writer, packet);
  }
}

type PacketWithData = Extract<
  QuorumPacket,
  {
    readonly kind:
      | "FOLLOWERINFO"
      | "OBSERVERINFO"
      | "LEADERINFO"
      | "ACKEPOCH"
      | "NEWLEADER"
      | "PING"
      | "REVALIDATE"
      | "REQUEST"
      | "COMMITANDACTIVATE"
      | "INFORMANDACTIVATE";
  }
>;

function writeWithData(writer: JuteWriter, packet: PacketWithData): void {
  switch (packet.kind) {
    case "FOLLOWERINFO":
    case "OBSERVERINFO":
      writeHead(writer, PacketType[packet.kind], packet.zxid);
      writer.int(20);
      writer.longNumber(packet.sid);
      writer.int(PROTOCOL_VERSION);
      writer.long(packet.configVersion);
      writer.int(-1);
      break;
    case "LEADERINFO":
      writeHead(writer, PacketType.LEADERINFO, packet.zxid);
      writer.int(4);
      writer.int(PROTOCOL_VERSION);
      writer.int(-1);
      break;
    case "ACKEPOCH":
      writeHead(writer, PacketType.ACKEPOCH, packet.zxid);
      writer.int(4);
      writer.int(packet.epoch);
      writer.int(-1);
      break;
    case "NEWLEADER":
      writeHead(writer, PacketType.NEWLEADER, packet.zxid);
      writer.string(packet.config);
      writer.int(-1);
      break;
    case "PING":
      writePing(writer, packet);
      break;
    case "REVALIDATE":
      writeHead(writer, PacketType.REVALIDATE, NO_ZXID);
      writer.int(packet.valid === null ? 12 : 9);
      writer.long(packet.sessionId);
      if (packet.valid === null) writer.int(packet.timeoutMs);
      else writer.bool(packet.valid);
      writer.int(-1);
      break;
    case "REQUEST":
      writeRequest(writer, packet);
      break;
    case "COMMITANDACTIVATE":
      writeHead(writer, PacketType.COMMITANDACTIVATE, packet.zxid);
      writer.int(8);
      writer.longNumber(packet.leader);
      writer.int(-1);
      break;
    case "INFORMANDACTIVATE":
      writeActivation(writer, packet.txn, packet.leader);
      break;
  }
}

function writeHead(writer: JuteWriter, type: number, zxid: Zxid): void {
  writer.int(type);
  writer.long(zxid);
}

/** Neither data nor identities: most packets. */
function writeEmpty(writer: JuteWriter, type: number, zxid: Zxid): void {
  writeHead(writer, type, zxid);
  writer.int(-1);
  writer.int(-1);
}

function writePing(
  writer: JuteWriter,
  { zxid, sessions }: Extract<QuorumPacket, { kind: "PING" }>,
): void {
  writeHead(writer, PacketType.PING, zxid);
  writer.int(sessions === null ? -1 : sessions.length * 12);
  for (const { sessionId, timeoutMs } of sessions ?? []) {
    writer.long(sessionId);
    writer.int(timeoutMs);
  }
  writer.int(-1);
}

function writeRequest(
  writer: JuteWriter,
  { sessionId, cxid, op, identities }: Extract<QuorumPacket, { kind: "REQUEST" }>,
): void {
  writeHead(writer, PacketType.REQUEST, NO_ZXID);
  const lengthAt = writer.length;
  writer.int(0);
  writer.long(sessionId);
  writer.int(cxid);
  writer.int(operationType(op));
  writeOperation(writer, op);
  writer.patchInt(lengthAt, writer.length - lengthAt - 4);
  writeAuthInfo(writer, identities);
}

/** Who asks; nobody does where a session is made, and that is null. */
function writeAuthInfo(writer: JuteWriter, identities: readonly Identity[]): void {
  if (identities.length === 0) writer.int(-1);
  else writeIdentities(writer, identities);
}

function writeActivation(writer: JuteWriter, txn: Txn, leader: number): void {
  const entry = entryOf(txn.record);
  writeHead(writer, PacketType.INFORMANDACTIVATE, txn.zxid);
  writer.int(8 + entry.length);
  writer.longNumber(leader);
  writer.raw(entry);
  writer.int(-1);
}
