import { decodeUtf8, encodeUtf8Into, utf8Length } from "./utf8.ts";

/** jute.maxbuffer and as much again: what a string or a buffer may have at most, by default. */
export const FIELD_MAX_BYTES: number = 2 * 0xfffff;

const TWO_32 = 4_294_967_296;

/** Bytes that do not decode. The message is the one that a real server would give. */
export class JuteError extends Error {
  override readonly name: string = "JuteError";
}

/**
 * Small copies share slabs, for an ArrayBuffer of its own costs more time and room than most values have bytes.
 * A slab lives as long as any of its copies; those that live as long as a znode and those that are gone after a few
 * hundred transactions have slabs of their own.
 */
type Slab = { bytes: Uint8Array; usedBytes: number };

const SLAB_BYTES = 8192;
const SHARED_MAX_BYTES = 1024;
/** From here on the platform copies quicker than a loop. */
const LOOPED_MAX_BYTES = 128;
/** What readers take out, and what writers have made or a log holds. */
const valueSlab: Slab = { bytes: new Uint8Array(SLAB_BYTES), usedBytes: 0 };
const recordSlab: Slab = { bytes: new Uint8Array(SLAB_BYTES), usedBytes: 0 };

function copyOf(slab: Slab, bytes: Uint8Array, start: number, lengthBytes: number): Uint8Array {
  if (lengthBytes > SHARED_MAX_BYTES) return bytes.slice(start, start + lengthBytes);
  if (slab.usedBytes + lengthBytes > SLAB_BYTES) {
    slab.bytes = new Uint8Array(SLAB_BYTES);
    slab.usedBytes = 0;
  }
  const at = slab.usedBytes;
  slab.usedBytes += lengthBytes;
  const copy = slab.bytes.subarray(at, at + lengthBytes);
  if (lengthBytes <= LOOPED_MAX_BYTES) {
    for (let i = 0; i < lengthBytes; i++) copy[i] = bytes[start + i] as number;
  } else {
    copy.set(bytes.subarray(start, start + lengthBytes));
  }
  return copy;
}

/** A copy of a record among other bytes, from `start` up to `end`. */
export function copyRecord(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return copyOf(recordSlab, bytes, start, end - start);
}

/** Writes jute fields into an array that grows. */
export class JuteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacityBytes: number = 256) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written and keeps the room. */
  reset(): void {
    this.#length = 0;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return copyRecord(this.#bytes, 0, this.#length);
  }

  /** What was written, valid until the next call that changes the writer. */
  peek(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(value: number): void {
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  bool(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  int(value: number): void {
    const at = this.#grow(4);
    this.#view.setInt32(at, value);
  }

  /** Overwrites an int that was written at `at`: lengths are known only afterwards. */
  patchInt(at: number, value: number): void {
    this.#view.setInt32(at, value);
  }

  patchLong(at: number, value: number): void {
    this.#view.setInt32(at, Math.floor(value / TWO_32));
    this.#view.setUint32(at + 4, value >>> 0);
  }

  long(value: bigint): void {
    const at = this.#grow(8);
    this.#view.setBigInt64(at, value);
  }

  /** A long that is a number here: times, lengths, ids of ACLs. */
  longNumber(value: number): void {
    const at = this.#grow(8);
    this.patchLong(at, value);
  }

  string(value: string | null): void {
    if (value === null) {
      this.int(-1);
      return;
    }
    const units = value.length;
    const at = this.#grow(4 + units);
    const bytes = this.#bytes;
    for (let i = 0; i < units; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#length = at;
        this.#longString(value);
        return;
      }
      bytes[at + 4 + i] = unit;
    }
    this.#view.setInt32(at, units);
  }

  /** A string that is not all ASCII, and so has more bytes than units. */
  #longString(value: string): void {
    const lengthBytes = utf8Length(value);
    const at = this.#grow(4 + lengthBytes);
    this.#view.setInt32(at, lengthBytes);
    encodeUtf8Into(value, this.#bytes, at + 4);
  }

  buffer(value: Uint8Array | null): void {
    if (value === null) {
      this.int(-1);
      return;
    }
    const at = this.#grow(4 + value.length);
    this.#view.setInt32(at, value.length);
    this.#bytes.set(value, at + 4);
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): void {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }

  /** Makes room for `count` bytes and returns where they start. */
  #grow(count: number): number {
    const at = this.#length;
    const end = at + count;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = end;
    return at;
  }
}

const NO_BYTES = new Uint8Array(0);

/** Reads jute fields; every short or impossible one throws a {@link JuteError}. */
export class JuteReader {
  #bytes: Uint8Array;
  /** Made only when a 64-bit integer is read: a view costs more than the rest of a small request. */
  #view: DataView | null = null;
  readonly #fieldMaxBytes: number;
  #position = 0;
  #end: number;

  constructor(bytes: Uint8Array = NO_BYTES, fieldMaxBytes: number = FIELD_MAX_BYTES) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#fieldMaxBytes = fieldMaxBytes;
  }

  /** Starts again with the bytes from `start` up to `end`: one reader serves all requests. */
  reset(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    this.#bytes = bytes;
    this.#view = null;
    this.#position = start;
    this.#end = end;
  }

  get position(): number {
    return this.#position;
  }

  /** Goes back to a {@link position} of before. */
  seek(position: number): void {
    this.#position = position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  bool(): boolean {
    return this.byte() !== 0;
  }

  int(): number {
    return this.#intAt(this.#take(4));
  }

  /** The int that the next {@link int} will return. */
  peekInt(): number {
    const value = this.int();
    this.#position -= 4;
    return value;
  }

  long(): bigint {
    const at = this.#take(8);
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#view ??= new DataView(buffer, byteOffset, byteLength);
    return this.#view.getBigInt64(at);
  }

  /** Is the long that comes next the one at `position`? Whoever knows it need not make it again. */
  isLongAt(position: number): boolean {
    const at = this.#position;
    if (at + 8 > this.#end) return false;
    return (
      this.#intAt(at) === this.#intAt(position) && this.#intAt(at + 4) === this.#intAt(position + 4)
    );
  }

  /** Passes over bytes. */
  skip(lengthBytes: number): void {
    this.#take(lengthBytes);
  }

  /** A long as a number; exact up to 2^53. */
  longNumber(): number {
    const at = this.#take(8);
    return this.#intAt(at) * TWO_32 + (this.#intAt(at + 4) >>> 0);
  }

  string(): string | null {
    const lengthBytes = this.#fieldLength();
    if (lengthBytes < 0) return null;
    const at = this.#take(lengthBytes);
    return decodeUtf8(this.#bytes, at, at + lengthBytes);
  }

  /** A string where a real server would stumble over null. */
  text(): string {
    const text = this.string();
    if (text === null) throw new JuteError("null string");
    return text;
  }

  /** A copy, so that what is kept does not hold the packet or the file it came in. */
  buffer(): Uint8Array | null {
    const lengthBytes = this.#fieldLength();
    if (lengthBytes < 0) return null;
    const at = this.#take(lengthBytes);
    return copyOf(valueSlab, this.#bytes, at, lengthBytes);
  }

  /** The number of elements that follow: −1 is a null vector, other negative counts are empty ones. */
  count(): number {
    const count = this.int();
    return count < -1 ? 0 : count;
  }

  /** A reader of the buffer that comes next; nothing is copied. */
  nested(): JuteReader {
    const lengthBytes = this.#fieldLength();
    if (lengthBytes < 0) throw new JuteError("null buffer");
    const at = this.#take(lengthBytes);
    return new JuteReader(this.#bytes.subarray(at, at + lengthBytes), this.#fieldMaxBytes);
  }

  /** Are the next bytes exactly these? If so they are passed over. */
  skipIf(expected: Uint8Array): boolean {
    const at = this.#position;
    if (at + expected.length > this.#end) return false;
    for (let i = 0; i < expected.length; i++) {
      if (this.#bytes[at + i] !== expected[i]) return false;
    }
    this.#position = at + expected.length;
    return true;
  }

  /** All that is left, as a copy. */
  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  /** All that is left, as text. */
  restText(): string {
    const at = this.#position;
    this.#position = this.#end;
    return decodeUtf8(this.#bytes, at, this.#end);
  }

  raw(lengthBytes: number): Uint8Array {
    const at = this.#take(lengthBytes);
    return this.#bytes.slice(at, at + lengthBytes);
  }

  #intAt(at: number): number {
    return intAt(this.#bytes, at);
  }

  #fieldLength(): number {
    const lengthBytes = this.int();
    if (lengthBytes < -1 || lengthBytes > this.#fieldMaxBytes) {
      throw new JuteError(`Unreasonable length = ${lengthBytes}`);
    }
    return lengthBytes;
  }

  #take(count: number): number {
    const at = this.#position;
    if (at + count > this.#end) throw new JuteError("EOFException");
    this.#position = at + count;
    return at;
  }
}

/** The int at `at`, all of whose bytes are there. */
export function intAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/**
 * Where the string or buffer at `at` ends, or −1 while that is not known: for streams without outer lengths.
 * `at` may itself be −1 and then nothing is known.
 *
 * @throws JuteError for an impossible length
 */
export function skipField(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0 || at + 4 > end) return -1;
  const lengthBytes = intAt(bytes, at);
  if (lengthBytes < -1 || lengthBytes > FIELD_MAX_BYTES) {
    throw new JuteError(`Unreasonable length = ${lengthBytes}`);
  }
  const next = at + 4 + Math.max(0, lengthBytes);
  return next > end ? -1 : next;
}

/** The same for a vector of records, each of `fixedBytes` and then `strings` strings. */
export function skipStrings(
  bytes: Uint8Array,
  at: number,
  end: number,
  strings: number,
  fixedBytes: number = 0,
): number {
  if (at < 0 || at + 4 > end) return -1;
  let next = at + 4;
  for (let left = intAt(bytes, at); left > 0 && next >= 0; left--) {
    next += fixedBytes;
    for (let n = 0; n < strings; n++) next = skipField(bytes, next, end);
  }
  return next;
}
