import { expect, test } from "vitest";
import { flipBit, misdirect, undoRename } from "../../../sim/disk/corruption.ts";
import { append, createDisk, onDiskTurn, rename, sync, write } from "../../../sim/disk/disk.ts";
import { losePower } from "../../../sim/disk/failure.ts";
import { filesOf, replaceFiles } from "../../../sim/disk/replace.ts";
import type { Disk } from "../../../sim/disk/state.ts";
import { createKernel, run } from "../../../sim/kernel/kernel.ts";
import { makeTable, openStream } from "../../../sim/kernel/stream.ts";

const SECTOR = 512;
const TIMES = makeTable([[1, 10, 10]]);

function newDisk(seed: string = "1"): Disk {
  return createDisk(createKernel(), openStream(seed, "disk"), {
    turnKind: 4,
    times: { sync: TIMES, read: TIMES },
  });
}

function syncNow(disk: Disk, ...files: string[]): void {
  sync(disk, 1, files, 0);
  run(disk.kernel, disk.kernel.nowUs + 1000, onDiskTurn);
}

function file(name: string, ...bytes: number[]): { name: string; bytes: Uint8Array } {
  return { name, bytes: Uint8Array.from(bytes) };
}

/** How many bits of two files are not the same. */
function bitsBetween(a: Uint8Array, b: Uint8Array): number {
  return [...a].reduce((sum, byte, at) => sum + ((byte ^ b[at]!).toString(2).match(/1/g)?.length ?? 0), 0); // prettier-ignore
}

test("flipBit changes one bit of the newest file of its kind, and nothing else", () => {
  const files = [file("log.1", 1, 2), file("log.10", 3, 4), file("log.a", 5), file("log.20")];
  const places = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const after = flipBit(files, "log", openStream(`${seed}`, "flip"))!;
    expect([after[0], after[2], after[3]]).toEqual([files[0], files[2], files[3]]);
    expect(bitsBetween(after[1]!.bytes, files[1]!.bytes)).toBe(1);
    places.add(after[1]!.bytes[0]! * 256 + after[1]!.bytes[1]!);
  }
  expect(places.size).toBe(16);
  expect(files[1]!.bytes).toEqual(Uint8Array.of(3, 4));
  expect(flipBit(files, "snapshot", openStream("1", "flip"))).toBeNull();
});

test("misdirect leaves a hole in the log, and its bytes somewhere else", () => {
  const log = { name: "log.1", bytes: new Uint8Array(3 * SECTOR).fill(7) };
  const snapshot = { name: "snapshot.0", bytes: new Uint8Array(2 * SECTOR).fill(9) };
  const epoch = file("currentEpoch", 0x31);
  const hit = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const after = misdirect([log, snapshot, epoch], openStream(`${seed}`, "miss"))!;
    const [logAfter, snapshotAfter, epochAfter] = after;
    expect(epochAfter).toEqual(epoch);
    const isHit = bitsBetween(snapshotAfter!.bytes, snapshot.bytes) > 0;
    hit.add(isHit ? "snapshot" : "log");
    expect(snapshotAfter!.bytes.filter((byte) => byte === 7)).toHaveLength(isHit ? SECTOR : 0);
    if (isHit) expect(logAfter!.bytes.filter((byte) => byte === 0)).toHaveLength(SECTOR);
  }
  expect([...hit].sort()).toEqual(["log", "snapshot"]);
});

test("undoRename brings the old name and what it replaced back, though both were synced", () => {
  const disk = newDisk();
  write(disk, "epoch", Uint8Array.of(1));
  write(disk, "epoch.tmp", Uint8Array.of(2));
  syncNow(disk, "epoch", "epoch.tmp");
  rename(disk, "epoch.tmp", "epoch");
  syncNow(disk, "epoch");

  const files = undoRename(filesOf(disk), disk)!;
  replaceFiles(disk, files);

  expect(filesOf(disk)).toEqual([file("epoch", 1), file("epoch.tmp", 2)]);
  expect(undoRename(filesOf(disk), disk)).toBeNull();
});

test("a rename that was overtaken by another is not undone alone", () => {
  const disk = newDisk();
  for (const name of ["a", "b"]) {
    write(disk, name, Uint8Array.of(1));
    rename(disk, name, "c");
  }
  rename(disk, "c", "d");
  write(disk, "c", Uint8Array.of(5));

  expect(undoRename(filesOf(disk), disk)).toEqual([file("c", 1)]);
});

test.for([
  ["nothing", [SECTOR]],
  ["everything", [2000]],
] as const)("a power loss that leaves %s leaves just that of a file", ([leaves, lengths]) => {
  expect(lengthsLeft(leaves)).toEqual([...lengths]);
});

test("a torn write ends anywhere, never whole", () => {
  const lengths = lengthsLeft("torn");
  expect(lengths.length).toBeGreaterThan(50);
  expect(lengths.every((length) => length > SECTOR && length < 2000)).toBe(true);
});

/** What is left of a synced sector and an unsynced write behind it, over many seeds, ascending. */
function lengthsLeft(leaves: "nothing" | "everything" | "torn"): number[] {
  const lengths = new Set<number>();
  for (let seed = 0; seed < 100; seed++) {
    const disk = newDisk(`${seed}`);
    write(disk, "log.1", new Uint8Array(SECTOR).fill(1));
    syncNow(disk, "log.1");
    append(disk, "log.1", [new Uint8Array(2000 - SECTOR).fill(2)]);
    losePower(disk, leaves);
    lengths.add(filesOf(disk)[0]!.bytes.length);
  }
  return [...lengths].sort((a, b) => a - b);
}
