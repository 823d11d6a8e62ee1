import * as fs from "node:fs";

/** Bytes that one call asks the kernel for; Linux gives no more than 2 GiB. */
const READ_BYTES = 64 << 20;

/** Writes all the buffers at a position, in as many calls as the kernel wants. */
export function writeAll(
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
    else writeAll(fd, behind(chunks, count), at + count, done);
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
