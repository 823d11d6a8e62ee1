import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../core/bytes.ts";
import type { FileContent } from "../../../core/event.ts";
import { cutLogs } from "../../../core/storage/log-cut.ts";
import { LOG_HEADER, readLog } from "../../../core/storage/log-file.ts";
import type { Txn } from "../../../core/txn.ts";
import { toZxid } from "../../../core/zxid.ts";
import { filesOf } from "../../support/data-directory.ts";
import { creates, makeTxn } from "../../support/txns.ts";

const first = [1, 2, 3, 4].map((zxid) => makeTxn(zxid, creates(`/n${zxid}`, zxid)));
const second = [7, 8].map((zxid) => makeTxn(zxid, creates(`/n${zxid}`, zxid)));
const third = [12].map((zxid) => makeTxn(zxid, creates(`/n${zxid}`, zxid)));
const logs: readonly FileContent[] = [
  { name: "log.c", bytes: logOf(third) },
  { name: "log.1", bytes: concatBytes([logOf(first), new Uint8Array(100)]) },
  { name: "log.7", bytes: logOf(second) },
];

describe("cutLogs", () => {
  test.each([
    [3n, { file: "log.1", lengthBytes: endsOf(first)[2] }, ["log.7", "log.c"]],
    [7n, { file: "log.7", lengthBytes: endsOf(second)[0] }, ["log.c"]],
    // The real server would leave 7: it cuts behind the next greater record.
    [5n, { file: "log.7", lengthBytes: LOG_HEADER.length }, ["log.c"]],
    [12n, null, []],
    [13n, null, []],
  ])("cuts behind the last record up to %s", (zxid, truncate, remove) => {
    expect(cutLogs(logs, toZxid(zxid))).toMatchObject({ truncate, remove });
  });

  test.each([0n, 2n, 5n, 7n, 12n])("leaves just the records up to %s", (zxid) => {
    const left = cutLogs(logs, toZxid(zxid)).left.flatMap(({ name, bytes }) =>
      readLog(bytes, name).txns.map((txn) => txn.zxid),
    );

    const all = [...first, ...second, ...third].map((txn) => txn.zxid);
    expect(left).toEqual(all.filter((each) => each <= zxid));
  });

  test("finds nothing to cut where there is no log", () => {
    expect(cutLogs([], toZxid(1n))).toEqual({ truncate: null, remove: [], left: [] });
  });

  test("leaves exactly what the captured TRUNC left", () => {
    const before = filesOf("ensemble-trunc/old-leader-before");
    const after = filesOf("ensemble-trunc/old-leader-after");
    const { truncate, remove, left } = cutLogs(before, toZxid(0x1_0000_0003n));

    expect(truncate).toEqual({ file: "log.100000001", lengthBytes: 295 });
    expect(remove).toEqual([]);
    expect(left[0]?.bytes).toEqual(after.find(({ name }) => name === truncate?.file)?.bytes);
  });
});

function logOf(records: readonly Txn[]): Uint8Array {
  return concatBytes([LOG_HEADER, ...records.map(({ record }) => record)]);
}

function endsOf(records: readonly Txn[]): number[] {
  let end = LOG_HEADER.length;
  return records.map(({ record }) => (end += record.length));
}
