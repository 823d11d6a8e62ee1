import type { FileContent } from "../../core/event.ts";
import { sortByZxid, type FilePrefix } from "../../core/storage/file-name.ts";
import { integer, pick, type Stream } from "../kernel/stream.ts";
import { contentOf } from "./inode.ts";
import type { Disk } from "./state.ts";

/** A "lost rename" was durable, as far as an fsync of the file itself makes sure of its name. */
export const CORRUPTIONS = ["log bit", "snapshot bit", "misdirected write", "lost rename"] as const;
export type Corruption = (typeof CORRUPTIONS)[number];

/*
 * What bad disks make of the files of a directory. Each of these gives the files as they are afterwards, or null where
 * there is nothing to damage.
 */

const SECTOR_BYTES = 512;

/** One bit of the newest log or snapshot is the other way round. */
export function flipBit(
  files: readonly FileContent[],
  prefix: FilePrefix,
  stream: Stream,
): FileContent[] | null {
  const name = newest(files, prefix);
  if (name === null) return null;
  return changed(files, name, (bytes) => {
    const bit = integer(stream, 0, bytes.length * 8 - 1);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  });
}

/** One of the last sectors of the newest log was written over another one of a log or snapshot, and is missing in its own place. */
export function misdirect(files: readonly FileContent[], stream: Stream): FileContent[] | null {
  const name = newest(files, "log");
  const log = files.find((file) => file.name === name)?.bytes;
  if (name === null || log === undefined) return null;
  const last = sectorCount(log) - 1;
  const from = integer(stream, Math.max(0, last - 3), last) * SECTOR_BYTES;
  const sector = log.slice(from, from + SECTOR_BYTES);
  const holed = changed(files, name, (bytes) => bytes.fill(0, from, from + SECTOR_BYTES));
  const hit = pick(
    stream,
    holed.filter((file) => file.bytes.length > 0 && /^(log|snapshot)\./.test(file.name)),
  );
  const to = integer(stream, 0, sectorCount(hit.bytes) - 1) * SECTOR_BYTES;
  return changed(holed, hit.name, (bytes) => {
    bytes.set(sector.subarray(0, bytes.length - to), to);
  });
}

/** The last file that got another name has its old one again, and what it replaced is back. */
export function undoRename(
  files: readonly FileContent[],
  { lastRename, files: inodes }: Disk,
): FileContent[] | null {
  if (lastRename === null || inodes.get(lastRename.to) !== lastRename.inode) return null;
  const { file, to, inode, replaced } = lastRename;
  const kept = files.filter(({ name }) => name !== to && name !== file);
  kept.push({ name: file, bytes: contentOf(inode) });
  if (replaced !== null) kept.push({ name: to, bytes: contentOf(replaced) });
  return kept;
}

/** The last file of a kind with anything in it. */
function newest(files: readonly FileContent[], prefix: FilePrefix): string | null {
  const written = files.filter(({ bytes }) => bytes.length > 0);
  return sortByZxid(written, prefix).at(-1)?.file.name ?? null;
}

function changed(
  files: readonly FileContent[],
  name: string,
  change: (bytes: Uint8Array) => void,
): FileContent[] {
  return files.map((file) => {
    if (file.name !== name) return file;
    const bytes = file.bytes.slice();
    change(bytes);
    return { name, bytes };
  });
}

function sectorCount(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / SECTOR_BYTES);
}
