import { branchOf, integer, oneIn, type Stream } from "../kernel/stream.ts";
import { change, createInode } from "./inode.ts";
import { force } from "./journal.ts";
import type { Change, Disk, Inode } from "./state.ts";

const SECTOR_BYTES = 512;

/** The host's process ends; the page cache lives on. What was asked for is not answered, nor made durable. */
export function endProcess(disk: Disk): void {
  disk.crashCount++;
  disk.syncCount = 0;
  disk.readCount = 0;
  disk.failed = false;
}

/**
 * The host loses power. Durable are the names and bytes that a sync has covered; of the rest a drawn part is there:
 *
 * - of the journal (names made, changed and removed, lengths cut) a first part, none, or all;
 * - of each file's bytes a first part, none, or all, and the last of them perhaps in part;
 *   but none from behind a truncation that did not survive.
 *
 * So a rename is done or not done; a new file may have its name but not its bytes; a file that was
 * being replaced may be old, empty, torn or new.
 */
export function losePower(disk: Disk): void {
  endProcess(disk);
  disk.busyUntilUs = disk.kernel.nowUs;
  const stream = branchOf(disk.stream, `power ${disk.crashCount}`);
  force(disk, disk.journalStart + firstPart(stream, disk.journal.length));
  disk.journal = [];
  disk.files.clear();
  for (const [name, inode] of disk.durableFiles) {
    disk.files.set(name, survivor(stream, inode, disk.journalStart));
  }
  for (const [name, inode] of disk.files) disk.durableFiles.set(name, inode);
}

/** What is left of a file when the journal entries below `journalEnd` are. */
function survivor(stream: Stream, inode: Inode, journalEnd: number): Inode {
  const { changes } = inode;
  const durableCount = inode.durableEnd - inode.start;
  let limit = durableCount;
  while (limit < changes.length && !isLostCut(changes[limit]!, journalEnd)) limit++;
  const kept = durableCount + firstPart(stream, limit - durableCount);

  const left = createInode();
  for (let index = 0; index < kept; index++) change(left, changes[index]!);
  const torn = kept < limit ? tornPart(stream, changes[kept]!, left.writtenBytes) : undefined;
  if (torn !== undefined) change(left, torn);
  for (const what of changes.slice(kept)) {
    if (
      !(what instanceof Uint8Array) &&
      what.kind === "truncate" &&
      what.journalNumber < journalEnd
    ) {
      // The length alone was written, of a file that may be shorter anyhow.
      if (what.lengthBytes < left.lengthBytes) change(left, what);
    }
  }
  left.durableEnd = left.changes.length;
  return left;
}

function isLostCut(what: Change, journalEnd: number): boolean {
  return (
    !(what instanceof Uint8Array) && what.kind === "truncate" && what.journalNumber >= journalEnd
  );
}

/** What a sector does not hold whole it does not hold: bytes tear where sectors meet. */
function tornPart(stream: Stream, what: Change, startBytes: number): Uint8Array | undefined {
  if (!(what instanceof Uint8Array) || what.length < 2 || oneIn(stream, 2)) return undefined;
  const cut = startBytes + integer(stream, 1, what.length - 1);
  const whole = cut - (cut % SECTOR_BYTES) - startBytes;
  return whole > 0 ? what.subarray(0, whole) : undefined;
}

/** How many of `count` are kept: as likely none, all, or any number. */
function firstPart(stream: Stream, count: number): number {
  if (count === 0) return 0;
  switch (integer(stream, 0, 2)) {
    case 0:
      return 0;
    case 1:
      return count;
    default:
      return integer(stream, 0, count);
  }
}
