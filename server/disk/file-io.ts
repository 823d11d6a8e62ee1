import * as fs from "node:fs";

/** Bytes that one call asks the kernel for; Linux gives no more than 2 GiB. */
const READ_BYTES = 64 << 20;

/** Up to here the page cache takes bytes at once: handing them to another thread would cost more than the copy. */
const AT_ONCE_MAX_BYTES = 1 << 18;
const joined = new Uint8Array(AT_ONCE_MAX_BYTES);

/**
 * Writes all the buffers at a position. A few bytes are written before this returns, and `done` is called by then;
 * more of them go to another thread, in as many calls as the kernel wants.
 */
export function writeAll(
  fd: number,
  chunks: readonly Uint8Array[],
  at: number,
  done: (error: NodeJS.ErrnoException | null) => void,
): void {
  const lengthBytes = join(chunks);
  if (lengthBytes > AT_ONCE_MAX_BYTES) {
    writeParts(fd, chunks, at, done);
    return;
  }
  try {
    for (let from = 0; from < lengthBytes;) {
      from += fs.writeSync(fd, joined, from, lengthBytes - from, at + from);
    }
  } catch (error) {
    done(error as NodeJS.ErrnoException);
    return;
  }
  done(null);
}

/** Puts the buffers side by side where they can be written from. Returns their length, also where it is too much. */
function join(chunks: readonly Uint8Array[]): number {
  let lengthBytes = 0;
  for (const chunk of chunks) {
    const end = lengthBytes + chunk.length;
    if (end <= AT_ONCE_MAX_BYTES) joined.set(chunk, lengthBytes);
    lengthBytes = end;
  }
  return lengthBytes;
}

function writeParts(
  fd: number,
  chunks: readonly Uint8Array[],
  at: number,
  done: (error: NodeJS.ErrnoException | null) => void,
): void {
  const [first] = chunks;
  if (first === undefined) {
    done(null);
    return;
  }
  const wrote = (error: NodeJS.ErrnoException | null, count: number): void => {
    if (error !== null) done(error);
    else writeParts(fd, behind(chunks, count), at + count, done);
  };
  if (chunks.length === 1) fs.write(fd, first, 0, first.length, at, wrote);
  else fs.writev(fd, chunks as Uint8Array[], at, wrote);
}

/** A whole file; undefined when it is not there. */
export async function readWhole(path: string): Promise<Uint8Array | undefined> {
  let handle: fs.promises.FileHandle;
  try {
    handle = await fs.promises.open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(READ_BYTES, size - at), at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** What is left of the buffers behind their first `count` bytes. */
function behind(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count;
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.length;
  }
  return [];
}
