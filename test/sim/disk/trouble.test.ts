import { expect, test } from "vitest";
import { append, createDisk, onDiskTurn, read, sync, write } from "../../../sim/disk/disk.ts";
import { endProcess } from "../../../sim/disk/failure.ts";
import { filesOf, replaceFiles } from "../../../sim/disk/replace.ts";
import type { Disk, DiskEvent } from "../../../sim/disk/state.ts";
import { refuses, setAddedUs, setTrouble } from "../../../sim/disk/trouble.ts";
import { clone } from "../../../sim/kernel/clone.ts";
import { createKernel, run } from "../../../sim/kernel/kernel.ts";
import { makeTable, openStream } from "../../../sim/kernel/stream.ts";

const SYNC_US = 1000;
const READ_US = 50;
const NO_SPACE: DiskEvent = { kind: "diskFailed", reason: "No space left on device" };
const IO_ERROR: DiskEvent = { kind: "diskFailed", reason: "Input/output error" };

function newDisk(): Disk {
  return createDisk(createKernel(), openStream("1", "disk"), {
    turnKind: 4,
    times: { sync: makeTable([[1, SYNC_US, SYNC_US]]), read: makeTable([[1, READ_US, READ_US]]) },
  });
}

/** What process 1 hears within so many µs: ticket or reason, and when. */
function heard(disk: Disk, us: number): (readonly [atUs: number, event: DiskEvent])[] {
  const found: (readonly [number, DiskEvent])[] = [];
  run(disk.kernel, disk.kernel.nowUs + us, (turn) => {
    const event = onDiskTurn(turn);
    if (event !== undefined) found.push([turn.atUs, event]);
  });
  return found;
}

test("a slow disk takes so much longer, and is itself again afterwards", () => {
  const disk = newDisk();
  write(disk, "a", Uint8Array.of(1));

  setAddedUs(disk, 5000);
  sync(disk, 1, ["a"], 1);
  setAddedUs(disk, 0);
  sync(disk, 1, ["a"], 2);

  expect(heard(disk, 20_000)).toEqual([
    [6000, { kind: "synced", ticket: 1 }],
    [7000, { kind: "synced", ticket: 2 }],
  ]);
});

test("a stalled disk answers nothing, and then everything in its order", () => {
  const disk = newDisk();
  write(disk, "a", Uint8Array.of(1));
  sync(disk, 1, ["a"], 1);

  setTrouble(disk, "stalled");
  read(disk, 1, ["a"], 2);
  expect(heard(disk, 1_000_000)).toEqual([]);
  const copy = clone(disk);
  setTrouble(disk, "none");

  expect(heard(disk, 10).map(([, event]) => event)).toMatchObject([{ ticket: 1 }, { ticket: 2 }]);
  expect(heard(copy, 10)).toEqual([]);
});

test("what a process asked a stalled disk for is not answered to the next one", () => {
  const disk = newDisk();
  setTrouble(disk, "stalled");
  sync(disk, 1, [], 1);
  heard(disk, 1_000_000);
  endProcess(disk);
  setTrouble(disk, "none");

  expect(heard(disk, 1_000_000)).toEqual([]);
});

test("a full disk fails what adds to a file, once, and syncs and reads what is there", () => {
  const disk = newDisk();
  append(disk, "log.1", [Uint8Array.of(1)]);
  sync(disk, 1, ["log.1"], 1);
  setTrouble(disk, "full");
  expect(refuses(disk, 1, "sync")).toBe(false);
  expect(refuses(disk, 1, "rename")).toBe(false);
  expect(refuses(disk, 1, "read")).toBe(false);
  expect(heard(disk, 2000)).toMatchObject([[SYNC_US, { kind: "synced" }]]);

  expect(refuses(disk, 1, "append")).toBe(true);
  expect(refuses(disk, 1, "write")).toBe(true);
  expect(refuses(disk, 1, "sync")).toBe(true);

  expect(heard(disk, 2000)).toEqual([[2000, NO_SPACE]]);
});

test("a failing disk fails the sync that is under way, and every later one", () => {
  const disk = newDisk();
  append(disk, "log.1", [Uint8Array.of(1)]);
  sync(disk, 1, ["log.1"], 1);
  sync(disk, 1, ["log.1"], 2);
  setTrouble(disk, "failing");

  expect(heard(disk, 10_000)).toEqual([[SYNC_US, IO_ERROR]]);
  expect(disk.files.get("log.1")?.durableEnd).toBe(0);
});

test("the next process finds a full disk full, and is told so itself", () => {
  const disk = newDisk();
  setTrouble(disk, "full");
  refuses(disk, 1, "append");
  endProcess(disk);

  expect(heard(disk, 10)).toEqual([]);
  expect(refuses(disk, 2, "append")).toBe(true);
  expect(heard(disk, 10)).toEqual([[20 - 10, NO_SPACE]]);
});

test("a copy of a disk brings back the files of that instant, all of them durable", () => {
  const disk = newDisk();
  write(disk, "epoch", Uint8Array.of(1));
  append(disk, "log.1", [Uint8Array.of(1, 2)]);
  const files = filesOf(disk);
  write(disk, "epoch", Uint8Array.of(2));
  append(disk, "log.1", [Uint8Array.of(3)]);
  write(disk, "snapshot.1", Uint8Array.of(9));

  replaceFiles(disk, files);

  expect(filesOf(disk)).toEqual(files);
  expect([...disk.durableFiles.keys()]).toEqual(["epoch", "log.1"]);
  expect([...disk.files.values()].map(({ changes, durableEnd }) => changes.length - durableEnd)).toEqual([0, 0]); // prettier-ignore
});
