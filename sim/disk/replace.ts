import type { FileContent } from "../../core/event.ts";
import { change, changesEnd, createInode, makeDurable } from "./inode.ts";
import { listing, contents } from "./disk.ts";
import type { Disk } from "./state.ts";

/** Everything on a disk as a process sees it: what `cp -r` of the directory gives. */
export function filesOf(disk: Disk): FileContent[] {
  return contents(
    disk,
    listing(disk).map(({ name }) => name),
  );
}

/** Puts these files on a disk, and nothing else: written and durable long ago. No process may be using it. */
export function replaceFiles(disk: Disk, files: readonly FileContent[]): void {
  disk.journalStart += disk.journal.length;
  disk.journal = [];
  disk.lastRename = null;
  disk.files.clear();
  disk.durableFiles.clear();
  for (const { name, bytes } of files) {
    const inode = createInode();
    if (bytes.length > 0) change(inode, bytes);
    makeDurable(inode, changesEnd(inode));
    disk.files.set(name, inode);
    disk.durableFiles.set(name, inode);
  }
}
