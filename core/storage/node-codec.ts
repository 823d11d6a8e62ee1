import type { SessionId } from "../session/session-id.ts";
import type { NodeRecord } from "../tree/node-record.ts";
import { NO_OWNER } from "../tree/owner.ts";
import type { JuteReader, JuteWriter } from "../wire/jute.ts";
import { toZxid, type Zxid } from "../zxid.ts";

/** Writes a znode as snapshots, files and streams, have it. */
export function writeNode(writer: JuteWriter, node: NodeRecord): void {
  writer.string(node.path);
  writer.buffer(node.data);
  writer.longNumber(node.aclId);
  writer.long(node.czxid);
  writer.long(node.mzxid);
  writer.longNumber(node.ctime);
  writer.longNumber(node.mtime);
  writer.int(node.version);
  writer.int(node.cversion);
  writer.int(node.aversion);
  writer.long(node.ephemeralOwner);
  writer.long(node.pzxid);
}

/**
 * Reads what follows the path of a znode.
 *
 * Most were made and changed last by one transaction and have no owner: a number is made once, then shared.
 */
export function readNode(reader: JuteReader, path: string): NodeRecord {
  const data = reader.buffer();
  const aclId = reader.longNumber();
  const czxidAt = reader.position;
  const czxid = toZxid(reader.long());
  const mzxid = readSameZxid(reader, czxidAt, czxid);
  return {
    path,
    data,
    aclId,
    czxid,
    mzxid,
    ctime: reader.longNumber(),
    mtime: reader.longNumber(),
    version: reader.int(),
    cversion: reader.int(),
    aversion: reader.int(),
    ephemeralOwner: readOwner(reader),
    pzxid: readSameZxid(reader, czxidAt, czxid),
  };
}

function readSameZxid(reader: JuteReader, position: number, zxid: Zxid): Zxid {
  if (!reader.isLongAt(position)) return toZxid(reader.long());
  reader.skip(8);
  return zxid;
}

function readOwner(reader: JuteReader): SessionId {
  const owner = reader.long() as SessionId;
  return owner === NO_OWNER ? NO_OWNER : owner;
}
