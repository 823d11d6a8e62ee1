/** Which files a purge leaves (storage-and-processing 4.6). */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { purge, startAutopurge } from "../../server/purge.ts";

const ROLLED = new URL("../golden/datadirs/rolled-snapshots/version-2", import.meta.url).pathname;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "zootrope-purge-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test("the newest snapshots stay, with the log that leads up to the oldest of them and all later ones", async () => {
  cpSync(ROLLED, directory, { recursive: true });

  const removed = await purge({ snapDir: directory, logDir: directory, keep: 3 });

  // As a real server left the same files.
  expect(readdirSync(directory).sort()).toEqual([
    "log.14f",
    "log.19e",
    "log.a9",
    "log.fb",
    "snapshot.14d",
    "snapshot.19c",
    "snapshot.f9",
  ]);
  expect(removed).toHaveLength(7);
});

test("snapshots that are not whole are not counted among those kept", async () => {
  cpSync(ROLLED, directory, { recursive: true });
  writeFileSync(join(directory, "snapshot.200"), "cut short");
  writeFileSync(join(directory, "snapshot.201.gz"), "no gzip");

  await purge({ snapDir: directory, logDir: directory, keep: 3 });

  expect(
    readdirSync(directory)
      .filter((name) => name.startsWith("snapshot"))
      .sort(),
  ).toEqual(["snapshot.14d", "snapshot.19c", "snapshot.200", "snapshot.201.gz", "snapshot.f9"]);
});

test("where there are no more snapshots than are kept, the logs before the first go", async () => {
  cpSync(ROLLED, directory, { recursive: true });
  for (const name of ["snapshot.0", "snapshot.3c", "snapshot.71", "snapshot.a7", "snapshot.f9"]) {
    rmSync(join(directory, name));
  }

  await purge({ snapDir: directory, logDir: directory, keep: 3 });

  expect(readdirSync(directory).sort()).toEqual([
    "log.14f",
    "log.19e",
    "log.fb",
    "snapshot.14d",
    "snapshot.19c",
  ]);
});

test("without a whole snapshot nothing is removed", async () => {
  writeFileSync(join(directory, "log.1"), "a log");

  expect(await purge({ snapDir: directory, logDir: directory, keep: 3 })).toEqual([]);
  expect(readdirSync(directory)).toEqual(["log.1"]);
});

test("other files are left alone", async () => {
  cpSync(ROLLED, directory, { recursive: true });
  for (const name of ["currentEpoch", "acceptedEpoch", "myid", "tmp.snapshot.1", "logbook"]) {
    writeFileSync(join(directory, name), "1");
  }

  await purge({ snapDir: directory, logDir: directory, keep: 3 });

  expect(readdirSync(directory)).toEqual(
    expect.arrayContaining(["currentEpoch", "acceptedEpoch", "myid", "tmp.snapshot.1", "logbook"]),
  );
});

test("fewer than three are refused", async () => {
  await expect(purge({ snapDir: directory, logDir: directory, keep: 2 })).rejects.toThrow(
    "count should be greater than or equal to 3",
  );
});

test("autopurge purges at once", async () => {
  cpSync(ROLLED, directory, { recursive: true });

  const result = await new Promise((told) => {
    const stop = startAutopurge({ snapDir: directory, logDir: directory, keep: 3 }, 1, (what) => {
      stop();
      told(what);
    });
  });

  expect(result).toMatchObject({ removed: { length: 7 } });
});
