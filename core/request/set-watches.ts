import type { ServerEffect } from "../effect.ts";
import type { ConnId } from "../message.ts";
import { nodeAt, type Tree } from "../tree/tree.ts";
import { addPersistentWatch, addWatch, TriggerType, type Watches } from "../tree/watches.ts";
import type { SetWatchesOp } from "./operation.ts";
import { sendWatchEvent } from "./reply.ts";

/**
 * A client that has moved here sets its watches again; those that would have fired since
 * `relativeZxid` fire at once and are not set. Persistent ones are just set: what they missed, they missed.
 *
 * @see spec client-protocol 6.5; ZooKeeper, server/DataTree.java (setWatches)
 */
export function setWatches(
  tree: Tree,
  watches: Watches,
  conn: ConnId,
  op: SetWatchesOp,
  out: ServerEffect[],
): void {
  for (const path of op.data) {
    const znode = nodeAt(tree, path);
    if (znode === undefined) sendWatchEvent(conn, TriggerType.deleted, path, out);
    else if (znode.record.mzxid > op.relativeZxid) {
      sendWatchEvent(conn, TriggerType.dataChanged, path, out);
    } else addWatch(watches, "data", path, conn);
  }
  for (const path of op.exist) {
    if (nodeAt(tree, path) === undefined) addWatch(watches, "data", path, conn);
    else sendWatchEvent(conn, TriggerType.created, path, out);
  }
  for (const path of op.child) {
    const znode = nodeAt(tree, path);
    if (znode === undefined) sendWatchEvent(conn, TriggerType.deleted, path, out);
    else if (znode.record.pzxid > op.relativeZxid) {
      sendWatchEvent(conn, TriggerType.childrenChanged, path, out);
    } else addWatch(watches, "child", path, conn);
  }
  for (const path of op.persistent) addPersistentWatch(watches, path, conn, false);
  for (const path of op.recursive) addPersistentWatch(watches, path, conn, true);
}
