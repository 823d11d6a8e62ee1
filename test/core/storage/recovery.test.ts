import { expect, test } from "vitest";
import { itemsOf } from "../../../core/ring.ts";
import { concatBytes } from "../../../core/bytes.ts";
import type { FileContent } from "../../../core/event.ts";
import { LOG_HEADER } from "../../../core/storage/log-file.ts";
import { planRecovery } from "../../../core/storage/recovery.ts";
import {
  beginSnapshot,
  continueSnapshot,
  finishSnapshot,
} from "../../../core/storage/snapshot-file.ts";
import { createDatabase } from "../../../core/tree/database.ts";
import { treeDigest } from "../../../core/tree/tree.ts";
import { creates, makeTxn } from "../../support/txns.ts";
import { RECOVERY_OPTIONS, recoverFiles } from "../../support/data-directory.ts";

const EMPTY = { name: "snapshot.0", bytes: emptySnapshot() };

test("an empty directory is an empty database that may vote", () => {
  const { recovery } = recoverFiles([]);

  expect(recovery).toMatchObject({ kind: "recovered", txnCount: 0, snapshotZxid: null });
  expect(recovery).toMatchObject({ database: { lastZxid: 0n } });
});

test("where an empty database may not vote, its last zxid is −1", () => {
  const options = { ...RECOVERY_OPTIONS, emptyMayVote: false };

  expect(recoverFiles([], options).recovery).toMatchObject({
    database: { lastZxid: -1n },
    warnings: ["Unexpected empty data tree, setting zxid to -1"],
  });
});

test("a snapshot that ends as none does is passed over, and the one before it is used", () => {
  const torn = { name: "snapshot.5", bytes: EMPTY.bytes.slice(0, 100) };

  const { rejected, recovery } = recoverFiles([EMPTY, torn]);

  expect([...rejected]).toEqual([["snapshot.5", false]]);
  expect(recovery).toMatchObject({ kind: "recovered", snapshotZxid: 0n });
});

test("a snapshot of less than ten bytes is not even tried", () => {
  const { rejected, recovery } = recoverFiles([
    EMPTY,
    { name: "snapshot.5", bytes: new Uint8Array(9) },
  ]);

  expect(rejected.size).toBe(0);
  expect(recovery).toMatchObject({ kind: "recovered", snapshotZxid: 0n });
});

test("after a hundred broken snapshots the server gives up", () => {
  const broken = EMPTY.bytes.slice();
  broken[100] = 1;
  const files = Array.from({ length: 120 }, (_, i) => ({
    name: `snapshot.${(i + 1).toString(16)}`,
    bytes: broken,
  }));

  const { rejected, recovery } = recoverFiles([EMPTY, ...files]);

  expect(rejected.size).toBe(100);
  expect(recovery).toEqual({
    kind: "refused",
    message: "Not able to find valid snapshots in version-2",
  });
});

test("where all snapshots are torn, there is none: with logs that is half of a history", () => {
  const torn = { name: "snapshot.5", bytes: EMPTY.bytes.slice(0, 100) };

  expect(recoverFiles([torn, { name: "log.1", bytes: LOG_HEADER }]).recovery).toEqual({
    kind: "refused",
    message: "No snapshot found, but there are log entries. Something is broken!",
  });
});

test("the plan reads the log that may hold the first missing record, and all after it", () => {
  const names = ["log.1", "log.3e", "log.a9", "snapshot.3c", "snapshot.0", "log.x", "readme"];
  const files = names.map((name) => ({ name, lengthBytes: 1000 }));

  expect(planRecovery(files, new Map())).toEqual({
    snapshot: "snapshot.3c",
    logs: ["log.1", "log.3e", "log.a9"],
    rejectedCount: 0,
  });
  expect(planRecovery(files.slice(1), new Map()).logs).toEqual(["log.3e", "log.a9"]);
});

test("a torn log does not hide the next one", () => {
  const [one, two, three] = [1, 2, 3].map((zxid) => makeTxn(zxid, creates(`/n${zxid}`, zxid)));
  const torn = concatBytes(
    [LOG_HEADER, one?.record ?? [], (two?.record ?? []).slice(0, 20)].map(toBytes),
  );
  const next = concatBytes([LOG_HEADER, three?.record ?? []].map(toBytes));
  const files: FileContent[] = [
    EMPTY,
    { name: "log.1", bytes: torn },
    { name: "log.3", bytes: next },
  ];

  const { recovery } = recoverFiles(files);

  expect(recovery).toMatchObject({ kind: "recovered", txnCount: 2, database: { lastZxid: 3n } });
});

test("only the newest committed transactions stay in memory", () => {
  const txns = Array.from({ length: 30 }, (_, i) => makeTxn(i + 1, creates(`/n${i}`, i + 1)));
  const log = { name: "log.1", bytes: concatBytes([LOG_HEADER, ...txns.map((t) => t.record)]) };

  const { recovery } = recoverFiles([EMPTY, log], { ...RECOVERY_OPTIONS, commitLogCount: 10 });
  if (recovery.kind !== "recovered") throw new Error(recovery.kind);

  expect(itemsOf(recovery.database.committedLog).map(({ zxid }) => Number(zxid))).toEqual([
    20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
  ]);
});

test("the first digest that differs is named", () => {
  const digest = treeDigest(createDatabase().tree);
  const txns = [
    makeTxn(1, { kind: "createSession", timeoutMs: 1000 }, { digest }),
    makeTxn(2, { kind: "createSession", timeoutMs: 1000 }, { digest: digest + 1n }),
    makeTxn(3, { kind: "createSession", timeoutMs: 1000 }, { digest: digest + 2n }),
  ];
  const log = { name: "log.1", bytes: concatBytes([LOG_HEADER, ...txns.map((t) => t.record)]) };

  expect(recoverFiles([EMPTY, log]).recovery).toMatchObject({ digestMismatch: 2n });
});

test("a log that goes back in zxids is replayed with a warning", () => {
  const txns = [3, 2].map((zxid) => makeTxn(zxid, creates(`/n${zxid}`, zxid)));
  const log = { name: "log.1", bytes: concatBytes([LOG_HEADER, ...txns.map((t) => t.record)]) };

  expect(recoverFiles([EMPTY, log]).recovery).toMatchObject({
    txnCount: 2,
    database: { lastZxid: 3n },
    warnings: ["3(highestZxid) > 2(next log) for type 1"],
  });
});

function emptySnapshot(): Uint8Array {
  const database = createDatabase();
  const writer = beginSnapshot(database);
  while (!continueSnapshot(writer, database, 100));
  return finishSnapshot(writer, database);
}

function toBytes(bytes: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(bytes);
}
