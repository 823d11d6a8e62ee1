/** The core's disk on real files. */
import fs from "node:fs";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { encodeTxn } from "../../../core/storage/txn-record.ts";
import { OpCode, type Txn } from "../../../core/txn.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { toZxid } from "../../../core/zxid.ts";
import { openDisk, type Disk, type DiskEvent } from "../../../server/disk/disk.ts";

let root: string;
let snapDir: string;
let logDir: string;
let disk: Disk;
let events: DiskEvent[];
let waiting: ((event: DiskEvent) => void) | null;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "zootrope-disk-"));
  snapDir = join(root, "data", "version-2");
  logDir = join(root, "log", "version-2");
  open(true);
});

afterEach(async () => {
  await disk.close();
  rmSync(root, { recursive: true });
});

test("what was written before a sync is in its file when it is answered", async () => {
  disk.perform({ kind: "write", file: "log.1", bytes: bytes(1, 2) });
  disk.perform({ kind: "append", file: "log.1", txns: [txn(1), txn(2)] });
  disk.perform({ kind: "extend", file: "log.1", bytes: bytes(9) });
  disk.perform({ kind: "sync", files: ["log.1"], ticket: 7 });

  expect(await answer()).toEqual({ kind: "synced", ticket: 7 });
  expect(contentOf(logDir, "log.1")).toEqual([1, 2, ...txn(1).record, ...txn(2).record, 9]);
});

test("logs are in one directory and everything else in the other", async () => {
  for (const file of ["log.1", "snapshot.0", "currentEpoch", "tmp.snapshot.5"]) {
    disk.perform({ kind: "write", file, bytes: bytes(1) });
  }
  disk.perform({ kind: "list", ticket: 1 });

  expect(await answer()).toEqual({
    kind: "listed",
    ticket: 1,
    files: ["currentEpoch", "log.1", "snapshot.0", "tmp.snapshot.5"].map((name) => ({
      name,
      lengthBytes: 1,
    })),
  });
  expect(readdirSync(logDir)).toEqual(["log.1"]);
  expect(readdirSync(snapDir).sort()).toEqual(["currentEpoch", "snapshot.0", "tmp.snapshot.5"]);
});

test("files that go while they are listed are no failure of the disk", async () => {
  // The last ones go while the first ones are looked at.
  const files = Array.from({ length: 400 }, (_, n) => `tmp.${String(n).padStart(3, "0")}`);
  for (const file of files) disk.perform({ kind: "write", file, bytes: bytes(1) });
  await sync(...files);
  disk.perform({ kind: "list", ticket: 2 });
  for (const file of files.toReversed()) disk.perform({ kind: "remove", file });

  expect(await answer()).toMatchObject({ kind: "listed", ticket: 2 });
});

test("a log goes on where it ended, not behind the room that was made for it", async () => {
  disk.perform({ kind: "write", file: "log.1", bytes: bytes(1) });
  disk.perform({ kind: "allocate", file: "log.1", lengthBytes: 4112 });
  await sync("log.1");
  disk.perform({ kind: "extend", file: "log.1", bytes: bytes(2) });
  await sync("log.1");

  const content = contentOf(logDir, "log.1");
  expect(content).toHaveLength(4112);
  expect(content.slice(0, 4)).toEqual([1, 2, 0, 0]);
});

test("a log has its header before it has its room: a process may be killed in between", async () => {
  const { ftruncate } = fs;
  const lengths: number[] = [];
  const watched = (fd: number, lengthBytes: number, done: fs.NoParamCallback): void => {
    lengths.push(fs.fstatSync(fd).size);
    ftruncate(fd, lengthBytes, done);
  };
  vi.spyOn(fs, "ftruncate").mockImplementation(watched as unknown as () => void);
  syncBuiltinESMExports();
  try {
    disk.perform({ kind: "write", file: "log.1", bytes: bytes(1, 2, 3) });
    disk.perform({ kind: "allocate", file: "log.1", lengthBytes: 4112 });
    disk.perform({ kind: "append", file: "log.1", txns: [txn(1)] });
    await sync("log.1");
  } finally {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  }

  expect(lengths).toEqual([3 + txn(1).record.length]);
});

test("a file that is written again holds nothing of what it held", async () => {
  disk.perform({ kind: "write", file: "acceptedEpoch", bytes: bytes(1, 2, 3) });
  disk.perform({ kind: "extend", file: "acceptedEpoch", bytes: bytes(4) });
  disk.perform({ kind: "write", file: "acceptedEpoch", bytes: bytes(5) });
  await sync("acceptedEpoch");

  expect(contentOf(snapDir, "acceptedEpoch")).toEqual([5]);
});

test("a rename takes the place of what had the name, and what is written then goes to the new file", async () => {
  disk.perform({ kind: "write", file: "currentEpoch", bytes: bytes(1) });
  await sync("currentEpoch");
  disk.perform({ kind: "write", file: "currentEpoch.tmp", bytes: bytes(2) });
  disk.perform({ kind: "rename", file: "currentEpoch.tmp", to: "currentEpoch" });
  disk.perform({ kind: "extend", file: "currentEpoch", bytes: bytes(3) });
  await sync("currentEpoch");

  expect(readdirSync(snapDir)).toEqual(["currentEpoch"]);
  expect(contentOf(snapDir, "currentEpoch")).toEqual([2, 3]);
});

test("a history is cut: files are removed, one is made shorter", async () => {
  for (const file of ["log.1", "log.5", "snapshot.4"]) {
    disk.perform({ kind: "write", file, bytes: bytes(1, 2, 3, 4) });
  }
  disk.perform({ kind: "remove", file: "log.5" });
  disk.perform({ kind: "remove", file: "snapshot.4" });
  disk.perform({ kind: "remove", file: "never.there" });
  disk.perform({ kind: "truncate", file: "log.1", lengthBytes: 2 });
  await sync("log.1");

  expect(contentOf(logDir, "log.1")).toEqual([1, 2]);
  expect(readdirSync(logDir)).toEqual(["log.1"]);
  expect(readdirSync(snapDir)).toEqual([]);
});

test("read answers what is there and passes over what is not", async () => {
  disk.perform({ kind: "write", file: "log.1", bytes: bytes(1) });
  disk.perform({ kind: "write", file: "snapshot.0", bytes: bytes(2) });
  disk.perform({ kind: "read", files: ["log.1", "log.2", "snapshot.0"], ticket: 3 });

  expect(await answer()).toEqual({
    kind: "read",
    ticket: 3,
    files: [
      { name: "log.1", bytes: bytes(1) },
      { name: "snapshot.0", bytes: bytes(2) },
    ],
  });
});

test("a sync of files that are not there is answered", async () => {
  expect(await sync("currentEpoch", "log.1")).toMatchObject({ kind: "synced" });
});

test("syncs are answered in the order in which they were asked for", async () => {
  for (let ticket = 1; ticket <= 50; ticket++) {
    disk.perform({ kind: "extend", file: "log.1", bytes: bytes(ticket) });
    disk.perform({ kind: "sync", files: ["log.1"], ticket });
  }
  await disk.close();

  expect(events).toEqual(Array.from({ length: 50 }, (_, i) => ({ kind: "synced", ticket: i + 1 })));
  expect(contentOf(logDir, "log.1")).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

test("more buffers than the kernel takes at once are all written", async () => {
  for (let i = 0; i < 5000; i++) {
    disk.perform({ kind: "extend", file: "log.1", bytes: bytes(i & 255, i >> 8) });
  }
  await sync("log.1");

  const expected = Array.from({ length: 5000 }, (_, i) => [i & 255, i >> 8]).flat();
  expect(contentOf(logDir, "log.1")).toEqual(expected);
});

test("without forceSync a sync is answered all the same", async () => {
  await disk.close();
  open(false);
  disk.perform({ kind: "write", file: "log.1", bytes: bytes(1) });

  expect(await sync("log.1")).toMatchObject({ kind: "synced" });
  expect(contentOf(logDir, "log.1")).toEqual([1]);
});

test("the first failure is told with the file and the reason, and nothing is done after it", async () => {
  rmSync(logDir, { recursive: true });
  disk.perform({ kind: "write", file: "log.1", bytes: bytes(1) });
  disk.perform({ kind: "sync", files: ["log.1"], ticket: 1 });
  const event = await answer();
  disk.perform({ kind: "write", file: "snapshot.0", bytes: bytes(1) });
  disk.perform({ kind: "sync", files: ["snapshot.0"], ticket: 2 });
  await new Promise((later) => setTimeout(later, 20));

  expect(event.kind === "diskFailed" && event.reason).toMatch(/^log\.1: ENOENT/);
  expect(events).toHaveLength(1);
  expect(readdirSync(snapDir)).toEqual([]);
});

test("nothing is answered from within perform", () => {
  disk.perform({ kind: "sync", files: [], ticket: 1 });
  disk.perform({ kind: "list", ticket: 2 });

  expect(events).toEqual([]);
});

describe.each(["gz", "snappy"])("a snapshot named .%s", (suffix) => {
  const plain = new Uint8Array(300_000).map((_, i) => (i % 1000 < 900 ? i % 7 : (i * 7919) & 255));

  test("is compressed as it is written and read as what it holds", async () => {
    const file = `snapshot.5.${suffix}`;
    disk.perform({ kind: "write", file: `tmp.${file}`, bytes: plain.subarray(0, 1000) });
    await sync();
    disk.perform({ kind: "extend", file: `tmp.${file}`, bytes: plain.subarray(1000, 200_000) });
    disk.perform({ kind: "extend", file: `tmp.${file}`, bytes: plain.subarray(200_000) });
    await sync(`tmp.${file}`);
    disk.perform({ kind: "rename", file: `tmp.${file}`, to: file });
    disk.perform({ kind: "read", files: [file], ticket: 9 });

    const event = await answer();
    expect(statSync(join(snapDir, file)).size).toBeLessThan(plain.length / 2);
    expect(isSame(event, plain)).toBe(true);
    if (suffix === "gz") {
      expect(gunzipSync(readFileSync(join(snapDir, file))).equals(plain)).toBe(true);
    }
  });

  test("is whole at once when it is written under its own name", async () => {
    const file = `snapshot.5.${suffix}`;
    disk.perform({ kind: "write", file, bytes: plain });
    disk.perform({ kind: "read", files: [file], ticket: 9 });

    const event = await answer();
    expect(isSame(event, plain)).toBe(true);
  });

  test("is called broken when it is cut short, and not a snapshot when it is something else", async () => {
    const file = `snapshot.5.${suffix}`;
    disk.perform({ kind: "write", file, bytes: plain });
    await sync(file);
    writeFileSync(
      join(snapDir, `snapshot.6.${suffix}`),
      readFileSync(join(snapDir, file)).subarray(0, 999),
    );
    writeFileSync(join(snapDir, `snapshot.7.${suffix}`), "something else");
    disk.perform({
      kind: "read",
      files: [`snapshot.6.${suffix}`, `snapshot.7.${suffix}`],
      ticket: 9,
    });

    const event = await answer();
    expect(event.kind === "read" && event.files).toEqual([
      {
        name: `snapshot.6.${suffix}`,
        bytes: new Uint8Array(0),
        broken: expect.any(String) as string,
      },
      { name: `snapshot.7.${suffix}`, bytes: new Uint8Array(0) },
    ]);
  });
});

function open(forceSync: boolean): void {
  events = [];
  waiting = null;
  disk = openDisk({
    snapDir,
    logDir,
    forceSync,
    onEvent: (event) => {
      events.push(event);
      waiting?.(event);
    },
  });
}

function answer(): Promise<DiskEvent> {
  return new Promise((done) => {
    waiting = done;
  });
}

function sync(...files: string[]): Promise<DiskEvent> {
  disk.perform({ kind: "sync", files, ticket: 100 });
  return answer();
}

/** Comparing typed arrays of this length by expect takes a second. */
function isSame(event: DiskEvent, bytes: Uint8Array): boolean {
  return event.kind === "read" && Buffer.from(event.files[0]?.bytes ?? []).equals(bytes);
}

function contentOf(directory: string, file: string): number[] {
  return [...readFileSync(join(directory, file))];
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function txn(zxid: number): Txn {
  const header = {
    clientId: 1n as SessionId,
    cxid: 1,
    zxid: toZxid(BigInt(zxid)),
    timeMs: 5,
    type: OpCode.delete,
  };
  return encodeTxn(header, { kind: "delete", path: "/a" }, null);
}
