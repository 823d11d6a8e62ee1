import { crc32 } from "../sim/trace/checksum.ts";
import {
  createDecoder,
  decodePreamble,
  decodeSection,
  encodePreamble,
  encodeSections,
  type Section,
} from "../sim/trace/codec.ts";
import type { Trace } from "../sim/trace/trace.ts";
import { TraceFileError } from "../sim/trace/trace-file-error.ts";

/**
 * A trace as a stream of bytes and back, in Node and in browsers alike. Each section stands alone:
 * a head of {@link HEAD_BYTES} bytes (tag, packing, packed and plain length, CRC-32 of the plain bytes),
 * then its bytes, squeezed or not. So a reader never holds more than one section twice.
 */
const HEAD_BYTES = 14;
const PLAIN = 0;
const GZIP = 1;

/** More than any section of ours; a length above it is damage, not a reason to allocate. */
const SECTION_BYTES_MAX = 1 << 28;
/** The two lines at the head of a file; a scenario's text is in there. */
const PREAMBLE_BYTES_MAX = 1 << 24;

export type Packing = "gzip" | "plain";

/** What has been read so far. */
export type ReadProgress = { readonly rows: number; readonly bytes: number };

/** The bytes of a `.zt` file, section by section. Plain ones are for passing on, gzip for keeping. */
export async function* encodeTrace(
  trace: Trace,
  packing: Packing = "gzip",
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield encodeText(encodePreamble(trace.header));
  for (const section of encodeSections(trace)) {
    const plain = section.tag === "R" ? section.bytes : encodeText(section.text);
    const packed = packing === "gzip" ? await gzip(plain) : plain;
    yield makeHead(section.tag, packing, packed.length, plain.length, crc32(plain));
    yield packed;
  }
}

/**
 * Reads a `.zt` file, however its bytes are cut into chunks.
 *
 * @throws TraceFileError when it is no trace, one of another format, cut short or damaged
 */
export async function decodeTrace(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onProgress?: (progress: ReadProgress) => void,
): Promise<Trace> {
  const source = createByteSource(chunks);
  const first = await takeLine(source, 64);
  const header = decodePreamble(first, await takeLine(source, PREAMBLE_BYTES_MAX));
  const trace = createDecoder(header);
  while (trace.footer === null || !(await isAtEnd(source))) {
    const at = source.taken;
    decodeSection(trace, await takeSection(source), at);
    onProgress?.({ rows: trace.columns.rows, bytes: source.taken });
  }
  return trace;
}

/** Chunks in one piece, for those who have room for it. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function makeHead(
  tag: Section["tag"],
  packing: Packing,
  packedBytes: number,
  plainBytes: number,
  crc: number,
): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(HEAD_BYTES);
  const view = new DataView(head.buffer);
  view.setUint8(0, tag.charCodeAt(0));
  view.setUint8(1, packing === "gzip" ? GZIP : PLAIN);
  view.setUint32(2, packedBytes);
  view.setUint32(6, plainBytes);
  view.setUint32(10, crc);
  return head;
}

async function takeSection(source: ByteSource): Promise<Section> {
  const at = source.taken;
  const head = await take(source, HEAD_BYTES, "the head of a section");
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const tag = String.fromCharCode(view.getUint8(0));
  const packing = view.getUint8(1);
  const packedBytes = view.getUint32(2);
  const plainBytes = view.getUint32(6);
  if ((tag !== "R" && tag !== "T" && tag !== "K" && tag !== "F") || packing > GZIP) {
    throw new TraceFileError("damaged", "a section R, T, K or F", "other bytes", at, null);
  }
  if (packedBytes > SECTION_BYTES_MAX || plainBytes > SECTION_BYTES_MAX) {
    throw new TraceFileError("damaged", "a length", `${packedBytes} bytes`, at, null);
  }
  const packed = await take(source, packedBytes, `${packedBytes} bytes of section ${tag}`);
  const plain = packing === GZIP ? await gunzip(packed, plainBytes, at) : packed;
  if (plain.length !== plainBytes || crc32(plain) !== view.getUint32(10)) {
    throw new TraceFileError("damaged", `the checksum of section ${tag}`, "another", at, null);
  }
  return tag === "R" ? { tag, bytes: plain } : { tag, text: new TextDecoder().decode(plain) };
}

type ByteSource = {
  readonly next: () => Promise<Uint8Array | null>;
  /** What came and was not yet taken; `from` is where in it. */
  chunk: Uint8Array;
  from: number;
  /** Bytes taken since the start of the file. */
  taken: number;
};

function createByteSource(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ByteSource {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  const next = async (): Promise<Uint8Array | null> => {
    const step = await iterator.next();
    return step.done === true ? null : step.value;
  };
  return { next, chunk: new Uint8Array(0), from: 0, taken: 0 };
}

/** Sees to it that there is something to take. False at the end of the file. */
async function refill(source: ByteSource): Promise<boolean> {
  while (source.from === source.chunk.length) {
    const chunk = await source.next();
    if (chunk === null) return false;
    source.chunk = chunk;
    source.from = 0;
  }
  return true;
}

async function isAtEnd(source: ByteSource): Promise<boolean> {
  return !(await refill(source));
}

async function take(
  source: ByteSource,
  count: number,
  expected: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  for (let got = 0; got < count;) {
    if (!(await refill(source))) {
      throw new TraceFileError("damaged", expected, "the end of the file", source.taken, null);
    }
    const part = source.chunk.subarray(source.from, source.from + count - got);
    bytes.set(part, got);
    got += part.length;
    source.from += part.length;
    source.taken += part.length;
  }
  return bytes;
}

/** A line without its end; what there is of it when the file or the patience ends first. */
async function takeLine(source: ByteSource, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < bytesMax && (await refill(source))) {
    const rest = source.chunk.subarray(source.from);
    const end = rest.indexOf(10);
    const part = rest.subarray(0, end < 0 ? bytesMax - length : end);
    parts.push(part);
    length += part.length;
    source.from += part.length + (end < 0 ? 0 : 1);
    source.taken += part.length + (end < 0 ? 0 : 1);
    if (end >= 0) break;
  }
  return new TextDecoder().decode(joinBytes(parts));
}

function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return pump(bytes, new CompressionStream("gzip"), SECTION_BYTES_MAX);
}

async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  plainBytes: number,
  at: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await pump(bytes, new DecompressionStream("gzip"), plainBytes);
  } catch {
    throw new TraceFileError("damaged", "gzip data", "bytes that are not", at, null);
  }
}

type Pipe = {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
};

async function pump(
  bytes: Uint8Array<ArrayBuffer>,
  pipe: Pipe,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = pipe.writable.getWriter();
  // A failure shows at the reading end; here it would only be reported twice.
  writer.write(bytes).catch(() => undefined);
  writer.close().catch(() => undefined);
  const reader = pipe.readable.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joinBytes(parts);
    length += value.length;
    if (length > bytesMax) throw new RangeError("more bytes than were announced");
    parts.push(value);
  }
}
