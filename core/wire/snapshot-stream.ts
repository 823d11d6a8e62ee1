import { writeNode } from "../storage/node-codec.ts";
import { writeAcl } from "../storage/txn-body.ts";
import type { SnapshotPiece } from "../zab/packet.ts";
import { intAt, skipField, skipStrings, type JuteWriter } from "./jute.ts";

/** Ends the znodes of the stream; the root's own path is "" there. */
const END_OF_NODES = "/";
const SLASH = 0x2f;
export const SIGNATURE = "BenWasHere";
/** Of a znode, behind its path and its data. */
const NODE_TAIL_BYTES = 68;

/**
 * Appends a part of the raw stream: its head with the first piece, then znodes, and its end with the last.
 * There is one table of ACLs only, in the head.
 */
export function writeSnapshotPiece(writer: JuteWriter, piece: SnapshotPiece): void {
  if (piece.sessions !== null) {
    writer.int(piece.sessions.length);
    for (const { sessionId, timeoutMs } of piece.sessions) {
      writer.long(sessionId);
      writer.int(timeoutMs);
    }
    const acls = piece.acls ?? [];
    writer.int(acls.length);
    for (const { id, acl } of acls) {
      writer.longNumber(id);
      writeAcl(writer, acl);
    }
  } else if (piece.acls !== null) {
    throw new Error("ACLs behind the head of a snapshot's stream");
  }
  for (const node of piece.nodes) writeNode(writer, node);
  if (!piece.last) return;
  writer.string(END_OF_NODES);
  writer.string(SIGNATURE);
}

/** Where the znode at `start` ends, or −1 while that is not known. */
export function nodeEnd(bytes: Uint8Array, start: number, end: number): number {
  const dataEnd = skipField(bytes, skipField(bytes, start, end), end);
  return dataEnd < 0 || dataEnd + NODE_TAIL_BYTES > end ? -1 : dataEnd + NODE_TAIL_BYTES;
}

/** Is "/" next, where a znode would be? Its five bytes must be there. */
export function isEndOfNodes(bytes: Uint8Array, start: number): boolean {
  return intAt(bytes, start) === 1 && bytes[start + 4] === SLASH;
}

/** Where the entry of the ACL table at `start` ends, or −1 while that is not known. */
export function aclEnd(bytes: Uint8Array, start: number, end: number): number {
  return skipStrings(bytes, start + 8, end, 2, 4);
}
