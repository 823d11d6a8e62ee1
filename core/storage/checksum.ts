/** The largest prime below 2^16. */
const ADLER_BASE = 65521;
/** Bytes whose sums surely stay below 2^31, where V8 keeps them as integers, before they must be reduced. */
const ADLER_RUN = 3800;

/** The Adler-32 of no bytes. */
export const ADLER_START = 1;

/** Adler-32 of the bytes from `start` up to `end`, going on from `adler`; unsigned. */
export function adler32(
  bytes: Uint8Array,
  start: number = 0,
  end: number = bytes.length,
  adler: number = ADLER_START,
): number {
  let low = adler & 0xffff;
  let high = adler >>> 16;
  let at = start;
  while (at < end) {
    const stop = Math.min(end, at + ADLER_RUN);
    const unrolled = stop - 7;
    // Eight at a time: the high sum takes each byte as often as low sums will have contained it.
    while (at < unrolled) {
      const a = bytes[at] as number;
      const b = bytes[at + 1] as number;
      const c = bytes[at + 2] as number;
      const d = bytes[at + 3] as number;
      const e = bytes[at + 4] as number;
      const f = bytes[at + 5] as number;
      const g = bytes[at + 6] as number;
      const h = bytes[at + 7] as number;
      high += (low << 3) + (a << 3) + 7 * b + 6 * c + 5 * d + (e << 2) + 3 * f + (g << 1) + h;
      low += a + b + c + d + e + f + g + h;
      at += 8;
    }
    while (at < stop) {
      low += bytes[at++] as number;
      high += low;
    }
    low %= ADLER_BASE;
    high %= ADLER_BASE;
  }
  return ((high << 16) | low) >>> 0;
}

/** Eight tables of 256: table k is for a byte that k more bytes follow. The polynomial is that of zip and PNG. */
const CRC_TABLES: Int32Array = makeCrcTables();

/** The register of a CRC-32 over no bytes; {@link crcValue} makes it the checksum. */
export const CRC_START: number = -1;

/** Runs the bytes from `start` up to `end` through the register `crc`. */
export function crcBytes(crc: number, bytes: Uint8Array, start: number, end: number): number {
  const tables = CRC_TABLES;
  let at = start;
  for (const unrolled = end - 7; at < unrolled; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (tables[1792 + (low & 255)] as number) ^
      (tables[1536 + ((low >>> 8) & 255)] as number) ^
      (tables[1280 + ((low >>> 16) & 255)] as number) ^
      (tables[1024 + (low >>> 24)] as number) ^
      (tables[768 + (bytes[at + 4] as number)] as number) ^
      (tables[512 + (bytes[at + 5] as number)] as number) ^
      (tables[256 + (bytes[at + 6] as number)] as number) ^
      (tables[bytes[at + 7] as number] as number);
  }
  for (; at < end; at++) crc = crcByte(crc, bytes[at] as number);
  return crc;
}

/** Runs one byte through the register `crc`. */
export function crcByte(crc: number, byte: number): number {
  return (CRC_TABLES[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
}

/** The unsigned checksum that the register `crc` stands for. */
export function crcValue(crc: number): number {
  return ~crc >>> 0;
}

export function crc32(bytes: Uint8Array): number {
  return crcValue(crcBytes(CRC_START, bytes, 0, bytes.length));
}

function makeCrcTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] as number;
    tables[at] = (tables[before & 255] as number) ^ (before >>> 8);
  }
  return tables;
}
