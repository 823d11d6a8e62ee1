import { branchOf, integer, oneIn, type Stream } from "../kernel/stream.ts";
import { change, createInode } from "./inode.ts";
import { force } from "./journal.ts";
import type { Change, Disk, Inode } from "./state.ts";

const SECTOR_BYTES = 512;

/**
 * What a power loss leaves of what was not synced: a drawn part; nothing; everything; or a drawn part
 * of each file whose last write is torn, and not where sectors meet.
 */
export const LEAVES = ["drawn", "nothing", "everything", "torn"] as const;
export type Leaves = (typeof LEAVES)[number];

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
export function losePower(disk: Disk, leaves: Leaves = "drawn"): void {
  endProcess(disk);
  disk.busyUntilUs = disk.kernel.nowUs;
  const stream = branchOf(disk.stream, `power ${disk.crashCount}`);
  force(disk, disk.journalStart + firstPart(stream, disk.journal.length, leaves));
  disk.journal = [];
  disk.files.clear();
  for (const [name, inode] of disk.durableFiles) {
    disk.files.set(name, survivor(stream, inode, disk.journalStart, leaves));
  }
  for (const [name, inode] of disk.files) disk.durableFiles.set(name, inode);
}

/** What is left of a file when the journal entries below `journalEnd` are. */
function survivor(stream: Stream, inode: Inode, journalEnd: number, leaves: Leaves): Inode {
  const { changes } = inode;
  const durableCount = inode.durableEnd - inode.start;
  let limit = durableCount;
  while (limit < changes.length && !isLostCut(changes[limit]!, journalEnd)) limit++;
  const kept = durableCount + firstPart(stream, limit - durableCount, leaves);

  const left = createInode();
  for (let index = 0; index < kept; index++) change(left, changes[index]!);
  const isWritten = kept < limit && leaves !== "nothing";
  const torn = isWritten ? tornPart(stream, changes[kept]!, left.writtenBytes, leaves) : undefined;
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
function tornPart(
  stream: Stream,
  what: Change,
  startBytes: number,
  leaves: Leaves,
): Uint8Array | undefined {
  if (!(what instanceof Uint8Array) || what.length < 2) return undefined;
  if (leaves === "torn") return what.subarray(0, integer(stream, 1, what.length - 1));
  if (oneIn(stream, 2)) return undefined;
  const cut = startBytes + integer(stream, 1, what.length - 1);
  const whole = cut - (cut % SECTOR_BYTES) - startBytes;
  return whole > 0 ? what.subarray(0, whole) : undefined;
}

/** How many of `count` are kept: as likely none, all, or any number; not all where the next one is to be torn. */
function firstPart(stream: Stream, count: number, leaves: Leaves): number {
  if (count === 0 || leaves === "nothing") return 0;
  if (leaves === "everything") return count;
  if (leaves === "torn") return integer(stream, 0, count - 1);
  switch (integer(stream, 0, 2)) {
    case 0:
      return 0;
    case 1:
      return count;
    default:
      return integer(stream, 0, count);
  }
}
