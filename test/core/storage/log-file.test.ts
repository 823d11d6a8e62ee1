import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../core/bytes.ts";
import {
  LOG_HEADER,
  logName,
  paddedLength,
  parseName,
  readLog,
} from "../../../core/storage/log-file.ts";
import type { Txn } from "../../../core/txn.ts";
import { toZxid } from "../../../core/zxid.ts";
import { filesOf } from "../../support/data-directory.ts";
import { creates, makeTxn } from "../../support/txns.ts";

const txns = [1, 2, 3, 4].map((zxid) => makeTxn(zxid, creates(`/n${zxid}`, zxid), { digest: 5n }));

describe("reading", () => {
  test("a log that is cut at any byte keeps the records before the cut", () => {
    const bytes = logOf(txns);
    const ends = endsOf(txns);
    for (let length = LOG_HEADER.length; length <= bytes.length; length++) {
      const whole = ends.filter((end) => end <= length).length;

      expect(readLog(bytes.slice(0, length), "log.1")).toEqual({
        kind: "read",
        txns: txns.slice(0, whole),
        endBytes: whole === 0 ? LOG_HEADER.length : ends[whole - 1],
        end: "eof",
      });
    }
  });

  test("a padded log whose tail never reached the disk keeps the records before, or is refused", () => {
    const bytes = logOf(txns);
    const ends = endsOf(txns);
    for (let length = LOG_HEADER.length; length <= bytes.length; length++) {
      const padded = concatBytes([bytes.slice(0, length), new Uint8Array(500)]);
      const whole = ends.filter((end) => end <= length).length;

      const read = readLog(padded, "log.1");

      expect(read.txns).toEqual(txns.slice(0, whole));
      expect(read.kind).toBe("read");
    }
  });

  test("a flipped bit in an entry or its checksum is never taken for the end", () => {
    const bytes = logOf(txns);
    const ends = endsOf(txns);
    fc.assert(
      fc.property(fc.nat(txns.length - 1), fc.nat(1000), fc.nat(7), (record, offset, bit) => {
        const start = record === 0 ? LOG_HEADER.length : (ends[record - 1] ?? 0);
        const size = (ends[record] ?? 0) - start;
        const at = offset % (size - 1);
        if (at >= 8 && at < 12) return; // the length is not covered
        const damaged = bytes.slice();
        damaged[start + at] = (damaged[start + at] ?? 0) ^ (1 << bit);

        expect(readLog(damaged, "log.1")).toMatchObject({
          kind: "refused",
          message: "CRC check failed",
          txns: { length: record },
        });
      }),
    );
  });

  test("one of nothing but room holds nothing, and stops nobody", () => {
    expect(readLog(new Uint8Array(4112), "log.1")).toMatchObject({ kind: "read", txns: [] });
  });

  test("one without its header and with records is refused", () => {
    const bytes = new Uint8Array(4112);
    bytes.set(LOG_HEADER, 100);

    expect(readLog(bytes, "log.1")).toMatchObject({
      kind: "refused",
      message: "Transaction log: log.1 has invalid magic number 0 != 1514884167",
    });
  });

  test("the header is that of every log", () => {
    const logs = filesOf("rolled-snapshots").filter(({ name }) => parseName(name, "log") !== null);

    expect(logs.map(({ bytes }) => bytes.slice(0, 16))).toEqual(logs.map(() => LOG_HEADER));
    expect(logs).toHaveLength(7);
  });
});

describe("names", () => {
  test.each([
    ["log.1", "log", 1n],
    ["log.19c", "log", 0x19cn],
    ["log.19C", "log", 0x19cn],
    ["log.7fffffffffffffff", "log", (1n << 63n) - 1n],
    ["log.8000000000000000", "log", null],
    ["log.ffffffffffffffff", "log", null],
    ["log.-1", "log", null],
    ["log.", "log", null],
    ["log", "log", null],
    ["log.xyz", "log", null],
    ["logs.1", "log", null],
    ["snapshot.1", "log", null],
    ["snapshot.19c.tmp", "snapshot", 0x19cn],
    ["snapshot.3f.gz", "snapshot", 0x3fn],
  ] as const)("%s as a %s is %s", (name, prefix, zxid) => {
    expect(parseName(name, prefix)).toBe(zxid);
  });

  test("a log's name is its zxid in hexadecimal", () => {
    expect(logName(toZxid(0x1_0000_0007n))).toBe("log.100000007");
  });
});

describe("padding", () => {
  test("a file grows by whole steps before less than 4 KB is left of it", () => {
    const step = 4096;
    let lengthBytes = 16;
    const lengths: number[] = [];
    for (let position = 16; position < 12_000; position += 100) {
      lengthBytes = paddedLength(position, lengthBytes, step);
      if (lengths.at(-1) !== lengthBytes) lengths.push(lengthBytes);
    }
    expect(lengths).toEqual([4112, 8208, 12304, 16400]);
  });

  test("the default file is 64 MB and its header", () => {
    expect(paddedLength(16, 16, 65536 * 1024)).toBe(67108880);
  });

  test("a record larger than the step is followed by a multiple of it", () => {
    expect(paddedLength(10_000, 4112, 4096)).toBe(12_288);
  });

  test("it can be switched off", () => {
    expect(paddedLength(5000, 100, 0)).toBe(100);
  });
});

function logOf(records: readonly Txn[]): Uint8Array {
  return concatBytes([LOG_HEADER, ...records.map(({ record }) => record)]);
}

function endsOf(records: readonly Txn[]): number[] {
  let end = LOG_HEADER.length;
  return records.map(({ record }) => (end += record.length));
}
