import { constants, createGzip, gunzip, type Gzip } from "node:zlib";
import {
  isSnappy,
  snappyBlock,
  snappyDecompress,
  snappyHeader,
  SNAPPY_BLOCK_BYTES,
} from "./snappy.ts";

type Bytes = (error: Error | null, bytes: readonly Uint8Array[]) => void;

/** Compresses a file as it is written. */
export type Compressor = {
  /** Takes more; `done` hears what may be written of it, which may be nothing yet. */
  readonly add: (chunks: readonly Uint8Array[], done: Bytes) => void;
  /** What was held back. Nothing is added after it. */
  readonly end: (done: Bytes) => void;
  readonly finished: boolean;
};

/** What a file holds, or why that cannot be said. */
type Decompressed = { readonly bytes: Uint8Array; readonly broken?: string };

export function createCompressor(method: "gz" | "snappy" | null): Compressor | null {
  if (method === null) return null;
  return method === "gz" ? gzipCompressor() : snappyCompressor();
}

/** A broken file is one that looks right at its beginning; any other is handed on as it is, and is no snapshot. */
export async function decompress(
  method: "gz" | "snappy",
  bytes: Uint8Array,
): Promise<Decompressed> {
  if (method === "snappy") {
    if (!isSnappy(bytes)) return { bytes: new Uint8Array(0) };
    try {
      return { bytes: snappyDecompress(bytes) };
    } catch (error) {
      return { bytes: new Uint8Array(0), broken: (error as Error).message };
    }
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { bytes: new Uint8Array(0) };
  return new Promise((done) => {
    gunzip(bytes, (error, plain) => {
      if (error === null)
        done({ bytes: new Uint8Array(plain.buffer, plain.byteOffset, plain.length) });
      else done({ bytes: new Uint8Array(0), broken: error.message });
    });
  });
}

function gzipCompressor(): Compressor {
  const gzip: Gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const ready: Uint8Array[] = [];
  let failed: Error | null = null;
  let finished = false;
  gzip.on("data", (chunk: Buffer) => ready.push(chunk));
  gzip.on("error", (error) => (failed = error));
  const take = (): readonly Uint8Array[] => ready.splice(0);
  return {
    add: (chunks, done) => {
      let left = chunks.length;
      for (const chunk of chunks) {
        gzip.write(chunk, () => {
          if (--left === 0) done(failed, take());
        });
      }
    },
    end: (done) => {
      finished = true;
      gzip.once("end", () => done(failed, take()));
      gzip.end();
    },
    get finished() {
      return finished;
    },
  };
}

function snappyCompressor(): Compressor {
  const held = new Uint8Array(SNAPPY_BLOCK_BYTES);
  let heldBytes = 0;
  let finished = false;
  let begun = false;
  const begin = (): Uint8Array[] => {
    if (begun) return [];
    begun = true;
    return [snappyHeader()];
  };
  return {
    add: (chunks, done) => {
      const out = begin();
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) {
          const part = chunk.subarray(at, at + SNAPPY_BLOCK_BYTES - heldBytes);
          held.set(part, heldBytes);
          heldBytes += part.length;
          at += part.length;
          if (heldBytes < SNAPPY_BLOCK_BYTES) continue;
          out.push(snappyBlock(held));
          heldBytes = 0;
        }
      }
      done(null, out);
    },
    end: (done) => {
      finished = true;
      const out = begin();
      if (heldBytes > 0) out.push(snappyBlock(held.subarray(0, heldBytes)));
      done(null, out);
    },
    get finished() {
      return finished;
    },
  };
}
