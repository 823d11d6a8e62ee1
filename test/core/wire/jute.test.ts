import * as fc from "fast-check";
import { expect, test } from "vitest";
import { JuteError, JuteReader, JuteWriter } from "../../../core/wire/jute.ts";
import { encodeUtf8 } from "../../../core/wire/utf8.ts";

const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const fields = fc.record({
  int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  long,
  time: fc.maxSafeInteger(),
  bool: fc.boolean(),
  string: fc.option(fc.string({ unit: "binary", maxLength: 300 })),
  buffer: fc.option(fc.uint8Array({ maxLength: 300 })),
});

test("every field is read as it was written, however small the writer began", () => {
  fc.assert(
    fc.property(fields, fc.nat(8), (written, capacity) => {
      const writer = new JuteWriter(capacity);
      writer.int(written.int);
      writer.long(written.long);
      writer.longNumber(written.time);
      writer.bool(written.bool);
      writer.string(written.string);
      writer.buffer(written.buffer);

      const reader = new JuteReader(writer.toBytes());
      const read = {
        int: reader.int(),
        long: reader.long(),
        time: reader.longNumber(),
        bool: reader.bool(),
        string: reader.string(),
        buffer: reader.buffer(),
      };

      const string = written.string?.replace(/[\u{10000}-\u{10ffff}]/gu, "\ufffd\ufffd") ?? null;
      expect(read).toEqual({ ...written, string });
      expect(reader.remaining).toBe(0);
    }),
  );
});

test("a record that is cut anywhere is an error of one kind", () => {
  const writer = new JuteWriter();
  writer.int(7);
  writer.string("/a");
  writer.buffer(new Uint8Array(3));
  const bytes = writer.toBytes();
  for (let length = 0; length < bytes.length; length++) {
    const reader = new JuteReader(bytes.slice(0, length));
    expect(() => [reader.int(), reader.string(), reader.buffer()]).toThrow(JuteError);
  }
});

test.each([
  ["ffffffff", null],
  ["00000000", ""],
])("the string %s is %j: null and empty differ", (hex, value) => {
  expect(reading(hex).string()).toBe(value);
});

test("lengths below −1 and beyond the limit are refused, and null vectors are not empty ones", () => {
  expect(() => reading("fffffffe").string()).toThrow("Unreasonable length = -2");
  expect(() => new JuteReader(fromHex("0000000b"), 10).buffer()).toThrow(
    "Unreasonable length = 11",
  );
  expect([reading("ffffffff").count(), reading("fffffffe").count()]).toEqual([-1, 0]);
});

test("any byte but 0 is true", () => {
  expect([reading("02").bool(), reading("00").bool()]).toEqual([true, false]);
});

test("a character above U+FFFF leaves as two sequences of three bytes", () => {
  expect(Buffer.from(encodeUtf8("\u{1f600}")).toString("hex")).toBe("eda0bdedb880");
});

test.each([
  ["f09f9880", "\u{1f600}"],
  ["61ff62", "a\ufffdb"],
  ["c3", "\ufffd"],
  ["e282", "\ufffd"],
  ["e28241", "\ufffdA"],
  ["c0af", "\ufffd\ufffd"],
  ["eda0bd", "\ufffd"],
  ["f4908080", "\ufffd\ufffd\ufffd\ufffd"],
])("the bytes %s are read as %j", (hex, text) => {
  const bytes = fromHex(hex);
  const writer = new JuteWriter();
  writer.buffer(bytes);
  expect(new JuteReader(writer.toBytes()).string()).toBe(text);
});

test("well-formed text of any length is read as the platform reads it", () => {
  const text = `${"ü".repeat(9000)}${"\u{1f600}".repeat(9000)}${"a".repeat(20000)}`;
  const writer = new JuteWriter();
  writer.buffer(new TextEncoder().encode(text));
  expect(new JuteReader(writer.toBytes()).string()).toBe(text);
  writer.reset();
  writer.string("a".repeat(20000));
  expect(new JuteReader(writer.toBytes()).string()).toBe("a".repeat(20000));
});

function reading(hex: string): JuteReader {
  return new JuteReader(fromHex(hex));
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}
