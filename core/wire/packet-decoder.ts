import { readNode } from "../storage/node-codec.ts";
import type { AclEntry } from "../storage/snapshot-walk.ts";
import type { SessionId } from "../session/session-id.ts";
import type { NodeRecord } from "../tree/node-record.ts";
import type { QuorumPacket, SessionTouch } from "../zab/packet.ts";
import { holdNothing, takeItems, type HeldBytes } from "./held-bytes.ts";
import { intAt, JuteError, JuteReader, skipField } from "./jute.ts";
import { packetEnd, readPacket, type Sender } from "./packet-reader.ts";
import { readAcl } from "./records.ts";
import { aclEnd, isEndOfNodes, nodeEnd, SIGNATURE } from "./snapshot-stream.ts";

/** Reads the stream of one end of a quorum connection. Plain data. */
export type PacketDecoder = {
  readonly from: Sender;
  /** What came of an item that is not whole yet. */
  readonly held: HeldBytes;
  /** What the next item is. */
  next: "packet" | "sessionCount" | "session" | "aclCount" | "acl" | "node" | "signature";
  /** Sessions or ACLs still to come. */
  left: number;
  /** The head of a snapshot's stream until the piece that brings it; null before and after. */
  sessions: SessionTouch[] | null;
  acls: AclEntry[] | null;
  nodes: NodeRecord[];
};

export function createPacketDecoder(from: Sender): PacketDecoder {
  return {
    from,
    held: holdNothing(),
    next: "packet",
    left: 0,
    sessions: null,
    acls: null,
    nodes: [],
  };
}

/**
 * Takes the next bytes of the stream, none of which is kept, and returns the packets that they complete. What they
 * bring of a snapshot is one piece, whole znodes only.
 *
 * @throws JuteError for what cannot be; the connection is of no use any more
 */
export function feed(decoder: PacketDecoder, chunk: Uint8Array): QuorumPacket[] {
  const packets: QuorumPacket[] = [];
  takeItems(decoder.held, chunk, (bytes, at, end) => takeItem(decoder, bytes, at, end, packets));
  if (decoder.next === "node" && (decoder.sessions !== null || decoder.nodes.length > 0)) {
    packets.push(takePiece(decoder, false));
  }
  return packets;
}

const reader = new JuteReader();

/** Takes one item and returns where it ends, or −1 when it is not whole. */
function takeItem(
  decoder: PacketDecoder,
  bytes: Uint8Array,
  at: number,
  end: number,
  packets: QuorumPacket[],
): number {
  const itemEnd = itemEndOf(decoder, bytes, at, end);
  if (itemEnd < 0) return -1;
  reader.reset(bytes, at, itemEnd);
  switch (decoder.next) {
    case "packet": {
      const packet = readPacket(bytes, at, itemEnd, decoder.from);
      if (packet === null) break;
      packets.push(packet);
      if (packet.kind === "SNAP") decoder.next = "sessionCount";
      break;
    }
    case "sessionCount":
      decoder.sessions = [];
      decoder.left = reader.int();
      decoder.next = decoder.left > 0 ? "session" : "aclCount";
      break;
    case "session":
      decoder.sessions?.push({ sessionId: reader.long() as SessionId, timeoutMs: reader.int() });
      if (--decoder.left === 0) decoder.next = "aclCount";
      break;
    case "aclCount":
      decoder.acls = [];
      decoder.left = reader.int();
      decoder.next = decoder.left > 0 ? "acl" : "node";
      break;
    case "acl":
      decoder.acls?.push({ id: reader.longNumber(), acl: readAcl(reader) });
      if (--decoder.left === 0) decoder.next = "node";
      break;
    case "node":
      if (isEndOfNodes(bytes, at)) decoder.next = "signature";
      else decoder.nodes.push(readNode(reader, reader.text()));
      break;
    case "signature":
      if (reader.string() !== SIGNATURE) throw new JuteError("Missing signature");
      packets.push(takePiece(decoder, true));
      decoder.next = "packet";
      break;
  }
  return itemEnd;
}

function itemEndOf(decoder: PacketDecoder, bytes: Uint8Array, at: number, end: number): number {
  switch (decoder.next) {
    case "packet":
      return packetEnd(bytes, at, end);
    case "sessionCount":
    case "aclCount":
      return at + 4 > end ? -1 : at + 4;
    case "session":
      return at + 12 > end ? -1 : at + 12;
    case "acl":
      return aclEnd(bytes, at, end);
    case "node":
      if (at + 5 > end) return -1;
      return isEndOfNodes(bytes, at) ? at + 5 : nodeEnd(bytes, at, end);
    case "signature":
      // Checked before it is waited for, so that no more than its ten bytes ever are.
      if (at + 4 <= end && intAt(bytes, at) !== SIGNATURE.length) {
        throw new JuteError("Missing signature");
      }
      return skipField(bytes, at, end);
  }
}

function takePiece(decoder: PacketDecoder, last: boolean): QuorumPacket {
  const { sessions, acls, nodes } = decoder;
  decoder.sessions = null;
  decoder.acls = null;
  decoder.nodes = [];
  return { kind: "SNAPPIECE", sessions, acls, nodes, last };
}
