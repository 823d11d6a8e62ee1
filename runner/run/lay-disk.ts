import type { FileContent } from "../../core/event.ts";
import { write } from "../../sim/disk/disk.ts";
import { changesEnd, makeDurable } from "../../sim/disk/inode.ts";
import { force } from "../../sim/disk/journal.ts";
import type { Disk } from "../../sim/disk/state.ts";

/** Puts files on a disk before anything runs: written and durable long ago. */
export function layDisk(disk: Disk, files: readonly FileContent[]): void {
  for (const { name, bytes } of files) {
    write(disk, name, bytes);
    const inode = disk.files.get(name);
    if (inode !== undefined) makeDurable(inode, changesEnd(inode));
  }
  force(disk, disk.journalStart + disk.journal.length);
}
