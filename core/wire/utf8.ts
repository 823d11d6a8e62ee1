/**
 * Strings as Java reads and writes them. Encoding goes by UTF-16 unit, so that a character above U+FFFF
 * leaves as two 3-byte sequences; decoding is lenient and takes 4-byte sequences too.
 */

const REPLACEMENT = 0xfffd;
/** Arguments that one call of String.fromCharCode surely takes. */
const UNITS_MAX = 8192;

/** Up to here an array of units, spread over the arguments, is quicker than a view of the bytes. */
const SHORT_BYTES = 64;

/** Bytes that {@link encodeUtf8Into} will write for `text`. */
export function utf8Length(text: string): number {
  let lengthBytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) lengthBytes += unit < 0x800 ? 1 : 2;
  }
  return lengthBytes;
}

/** Writes `text` at `at`, where {@link utf8Length} bytes must be free, and returns where it ends. */
export function encodeUtf8Into(text: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}

export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  encodeUtf8Into(text, bytes, 0);
  return bytes;
}

/** Reads the bytes from `start` up to `end`; what is malformed becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  const lengthBytes = end - start;
  if (lengthBytes <= SHORT_BYTES) {
    const units = new Array<number>(lengthBytes);
    for (let i = 0; i < lengthBytes; i++) {
      const unit = bytes[start + i] as number;
      if (unit >= 0x80) return decodeMixed(bytes, start, end);
      units[i] = unit;
    }
    return String.fromCharCode(...units);
  }
  for (let i = start; i < end; i++) {
    if ((bytes[i] as number) >= 0x80) return decodeMixed(bytes, start, end);
  }
  if (end - start <= UNITS_MAX) return stringOf(bytes.subarray(start, end));
  let text = "";
  for (let i = start; i < end; i += UNITS_MAX) {
    text += stringOf(bytes.subarray(i, Math.min(end, i + UNITS_MAX)));
  }
  return text;
}

function decodeMixed(bytes: Uint8Array, start: number, end: number): string {
  const units: number[] = [];
  let text = "";
  let i = start;
  while (i < end) {
    const lead = bytes[i] as number;
    const length = lead < 0x80 ? 1 : sequenceLength(bytes, i, end);
    if (length > 0) pushCharacter(units, bytes, i, length);
    else units.push(REPLACEMENT);
    // A negative length is that of the malformed part, which becomes one replacement.
    i += length > 0 ? length : -length;
    if (units.length >= UNITS_MAX - 1) {
      text += stringOf(units);
      units.length = 0;
    }
  }
  return text + stringOf(units);
}

/**
 * The length of the well-formed sequence at `at`, or minus the length of the malformed part.
 * An encoded surrogate is one malformed part of 3 bytes, as in Java; the web's decoder sees three.
 */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  const want =
    lead >= 0xc2 && lead < 0xe0
      ? 2
      : lead >= 0xe0 && lead < 0xf0
        ? 3
        : lead >= 0xf0 && lead < 0xf5
          ? 4
          : 0;
  if (want === 0) return -1;
  for (let n = 1; n < want; n++) {
    if (at + n >= end) return -n;
    const next = bytes[at + n] as number;
    if ((next & 0xc0) !== 0x80) return -n;
    if (n > 1) continue;
    const overlong = (lead === 0xe0 && next < 0xa0) || (lead === 0xf0 && next < 0x90);
    if (overlong || (lead === 0xf4 && next >= 0x90)) return -1;
  }
  return lead === 0xed && (bytes[at + 1] as number) >= 0xa0 ? -3 : want;
}

function pushCharacter(units: number[], bytes: Uint8Array, at: number, length: number): void {
  const lead = bytes[at] as number;
  if (length === 1) {
    units.push(lead);
    return;
  }
  let point = lead & (0xff >> (length + 1));
  for (let n = 1; n < length; n++) point = (point << 6) | ((bytes[at + n] as number) & 0x3f);
  if (point < 0x10000) {
    units.push(point);
  } else {
    units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
  }
}

function stringOf(units: ArrayLike<number>): string {
  return Reflect.apply(String.fromCharCode, undefined, units) as string;
}
