import type { Change, Inode } from "./state.ts";

/** So many small durable appends are joined into one: a long log stays cheap to clone. */
const PACK_COUNT = 1024;

export function createInode(): Inode {
  return {
    changes: [],
    start: 0,
    durableEnd: 0,
    packedCount: 0,
    writtenBytes: 0,
    lengthBytes: 0,
    journalEnd: 0,
  };
}

/** The number that the next change will have. */
export function changesEnd(inode: Inode): number {
  return inode.start + inode.changes.length;
}

export function change(inode: Inode, what: Change): void {
  inode.changes.push(what);
  if (what instanceof Uint8Array) {
    inode.writtenBytes += what.length;
    inode.lengthBytes = Math.max(inode.lengthBytes, inode.writtenBytes);
  } else if (what.kind === "allocate") {
    inode.lengthBytes = Math.max(inode.lengthBytes, what.lengthBytes);
  } else {
    inode.writtenBytes = Math.min(inode.writtenBytes, what.lengthBytes);
    inode.lengthBytes = what.lengthBytes;
  }
}

/** The content as a process reads it. Not to be changed: it may be what was written, itself. */
export function contentOf(inode: Inode): Uint8Array {
  const [first] = inode.changes;
  if (inode.changes.length === 1 && first instanceof Uint8Array) return first;
  const bytes = new Uint8Array(inode.lengthBytes);
  let written = 0;
  for (const what of inode.changes) {
    if (what instanceof Uint8Array) {
      const room = bytes.length - written;
      // A later truncation may have made the file shorter than it was.
      if (room > 0) bytes.set(what.length <= room ? what : what.subarray(0, room), written);
      written += what.length;
    } else if (what.kind === "truncate" && what.lengthBytes < written) {
      bytes.fill(0, what.lengthBytes);
      written = what.lengthBytes;
    }
  }
  return bytes;
}

/** Makes the changes below `end` durable. */
export function makeDurable(inode: Inode, end: number): void {
  if (end <= inode.durableEnd) return;
  const before = inode.durableEnd;
  inode.durableEnd = end;
  dropVoid(inode, before);
  if (end - inode.start - inode.packedCount >= PACK_COUNT) pack(inode);
}

/** What came before a truncation to nothing, durable since number `from`, can never be seen again. */
function dropVoid(inode: Inode, from: number): void {
  for (let number = inode.durableEnd - 1; number >= from; number--) {
    const what = inode.changes[number - inode.start]!;
    if (what instanceof Uint8Array || what.kind !== "truncate" || what.lengthBytes > 0) continue;
    inode.changes.splice(0, number + 1 - inode.start);
    inode.start = number + 1;
    inode.packedCount = 0;
    return;
  }
}

/** Joins neighbouring durable appends. */
function pack(inode: Inode): void {
  const durableCount = inode.durableEnd - inode.start;
  const packed = inode.changes.slice(0, inode.packedCount);
  let run: Uint8Array[] = [];
  for (const what of inode.changes.slice(inode.packedCount, durableCount)) {
    if (what instanceof Uint8Array) {
      run.push(what);
      continue;
    }
    if (run.length > 0) packed.push(join(run));
    run = [];
    packed.push(what);
  }
  if (run.length > 0) packed.push(join(run));
  inode.start += durableCount - packed.length;
  inode.packedCount = packed.length;
  inode.changes = [...packed, ...inode.changes.slice(durableCount)];
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
