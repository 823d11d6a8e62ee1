import type { Disk, Inode, JournalEntry } from "./state.ts";

/** Does a change of names in the cache, and notes it for the disk. Returns the number of the next entry. */
export function record(disk: Disk, entry: JournalEntry): number {
  disk.journal.push(entry);
  apply(disk.files, entry);
  return disk.journalStart + disk.journal.length;
}

/** Makes the entries below number `end` durable. */
export function force(disk: Disk, end: number): void {
  const count = end - disk.journalStart;
  if (count <= 0) return;
  for (const entry of disk.journal.splice(0, count)) apply(disk.durableFiles, entry);
  disk.journalStart = end;
}

function apply(files: Map<string, Inode>, entry: JournalEntry): void {
  switch (entry.kind) {
    case "create":
      files.set(entry.file, entry.inode);
      break;
    case "rename": {
      const inode = files.get(entry.file);
      if (inode === undefined)
        throw new Error(`the journal renames ${entry.file}, which is not there`);
      files.delete(entry.file);
      files.set(entry.to, inode);
      break;
    }
    case "remove":
      files.delete(entry.file);
      break;
    case "truncate":
      break; // of the inode alone
  }
}
