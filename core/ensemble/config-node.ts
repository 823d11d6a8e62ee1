import { withData } from "../tree/change.ts";
import type { Tree } from "../tree/tree.ts";
import { replaceRecord } from "../tree/tree.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import type { Configuration } from "./configuration.ts";

export const CONFIG_PATH = "/zookeeper/config";

/** The version that this znode has for ever: nobody can write to it by naming one. */
export const CONFIG_NODE_VERSION = -1;

/** The last text shown, as bytes: a server shows the same one again and again. */
let lastShown: { readonly text: string; readonly data: Uint8Array } = {
  text: "",
  data: new Uint8Array(0),
};

/**
 * Puts the configuration in force where clients read it. No transaction does that before the first
 * reconfiguration, so every server does it for itself, with its own clock; the digest leaves the znode out.
 *
 * @see spec client-protocol 5.3; ZooKeeper, server/ZKDatabase.java (initConfigInZKDatabase)
 */
export function writeConfigNode(
  tree: Tree,
  { text, version }: Configuration,
  timeMs: number,
): void {
  const znode = tree.nodes.get(CONFIG_PATH);
  if (znode === undefined) return;
  if (text !== lastShown.text) lastShown = { text, data: encodeUtf8(text) };
  const { data } = lastShown;
  replaceRecord(tree, znode, withData(znode.record, data, CONFIG_NODE_VERSION, version, timeMs));
}
