import { nodeAt, type Tree, type Znode } from "./tree.ts";

/**
 * The number of znodes below the one at `path`, in time that grows with it.
 * The root's other name, "", counts one more than "/" does: there the root is its own descendant.
 *
 * @see ZooKeeper, server/DataTree.java (getAllChildrenNumber)
 */
export function descendantCount(tree: Tree, path: string): number {
  if (path === "/") return tree.nodes.size - 1;
  if (path === "") return tree.nodes.size;
  let count = 0;
  const open: Znode[] = [];
  for (let znode = nodeAt(tree, path); znode !== undefined; znode = open.pop()) {
    if (znode.children === null) continue;
    for (const name of znode.children.names) {
      const child = tree.nodes.get(`${znode.record.path}/${name}`);
      if (child === undefined) continue;
      count++;
      if (child.children !== null) open.push(child);
    }
  }
  return count;
}
