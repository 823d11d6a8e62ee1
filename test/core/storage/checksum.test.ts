import * as fc from "fast-check";
import { deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { adler32, crc32 } from "../../../core/storage/checksum.ts";

// zlib ends a deflate stream with the Adler-32 of its input, and gzip with the CRC-32.
const zlibAdler = (bytes: Uint8Array): number =>
  deflateSync(bytes).readUInt32BE(deflateSync(bytes).length - 4);
const zlibCrc = (bytes: Uint8Array): number =>
  gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8);

test("both checksums are zlib's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect([adler32(bytes), crc32(bytes)]).toEqual([zlibAdler(bytes), zlibCrc(bytes)]);
    }),
  );
});

test("Adler-32 of large input in the worst case does not overflow", () => {
  const bytes = new Uint8Array(100_003).fill(255);
  expect(adler32(bytes)).toBe(zlibAdler(bytes));
  expect(crc32(bytes)).toBe(zlibCrc(bytes));
});

test("Adler-32 goes on where it stopped", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const at = Math.min(cut, bytes.length);
      const first = adler32(bytes, 0, at);
      expect(adler32(bytes, at, bytes.length, first)).toBe(adler32(bytes));
    }),
  );
});
