/**
 * A byte stream that is cut into frames: an i32 length, then that many bytes. No more is kept than has arrived,
 * however much a length promises, and no more than twice that is held in memory.
 */
export type Frames = {
  bytes: Uint8Array;
  /** What is between these two has arrived and was not cut yet. */
  at: number;
  end: number;
  /** `bytes` is not a chunk as it arrived, but room of our own. */
  own: boolean;
};

/** A length that no frame may have. */
export class FrameError extends Error {
  override readonly name: string = "FrameError";
  /** What the length word said. */
  readonly lengthBytes: number;

  constructor(lengthBytes: number) {
    super(`a frame of ${lengthBytes} bytes`);
    this.lengthBytes = lengthBytes;
  }
}

const LENGTH_BYTES = 4;
const ROOM_MIN_BYTES = 1024;
const NOTHING = new Uint8Array(0);

export function createFrames(): Frames {
  return { bytes: NOTHING, at: 0, end: 0, own: false };
}

/** Adds what has arrived. What was cut before means nothing any more. */
export function pushBytes(frames: Frames, chunk: Uint8Array): void {
  if (frames.at === frames.end) {
    frames.bytes = chunk;
    frames.at = 0;
    frames.end = chunk.length;
    frames.own = false;
    return;
  }
  makeRoom(frames, chunk.length);
  frames.bytes.set(chunk, frames.end);
  frames.end += chunk.length;
}

/** The next length word, or null while it is not all there. It is not consumed. */
export function peekLength({ bytes, at, end }: Frames): number | null {
  if (end - at < LENGTH_BYTES) return null;
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/**
 * The next frame without its length word, or null while it is not all there. A view: it is good until more arrives.
 *
 * @throws FrameError for a negative length, and for one above `maxBytes`
 */
export function nextFrame(frames: Frames, maxBytes: number): Uint8Array | null {
  const lengthBytes = peekLength(frames);
  if (lengthBytes === null) return null;
  if (lengthBytes < 0 || lengthBytes > maxBytes) throw new FrameError(lengthBytes);
  const start = frames.at + LENGTH_BYTES;
  if (frames.end - start < lengthBytes) return null;
  frames.at = start + lengthBytes;
  return frames.bytes.subarray(start, frames.at);
}

/** What has arrived and was not cut yet, as a view. */
export function restOf({ bytes, at, end }: Frames): Uint8Array {
  return bytes.subarray(at, end);
}

function makeRoom(frames: Frames, count: number): void {
  const { bytes, at, end, own } = frames;
  const needed = end - at + count;
  if (own && bytes.length - end >= count) return;
  if (own && bytes.length >= needed) bytes.copyWithin(0, at, end);
  else {
    const room = new Uint8Array(Math.max(ROOM_MIN_BYTES, needed, 2 * (end - at)));
    room.set(bytes.subarray(at, end));
    frames.bytes = room;
    frames.own = true;
  }
  frames.end = end - at;
  frames.at = 0;
}
