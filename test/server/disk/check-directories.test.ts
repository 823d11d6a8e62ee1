/** What a server makes of its directories before it starts (storage-and-processing 1). */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  checkDirectories,
  DirectoryProblem,
  takeInitializeMarker,
} from "../../../server/disk/check-directories.ts";

let root: string;
let dataDir: string;
let dataLogDir: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "zootrope-directories-"));
  dataDir = join(root, "data");
  dataLogDir = join(root, "log");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test("missing directories are made, parents and all", () => {
  const found = checkDirectories({ dataDir, dataLogDir, autocreate: true });

  expect(found).toEqual({
    snapDir: join(dataDir, "version-2"),
    logDir: join(dataLogDir, "version-2"),
  });
  expect(existsSync(found.snapDir) && existsSync(found.logDir)).toBe(true);
});

test("where they must not be made, the first missing one is named", () => {
  expect(problem(false)).toBe(
    `Missing data directory ${dataLogDir}/version-2, automatic data directory creation is disabled ` +
      "(zookeeper.datadir.autocreate is false). Please create this directory manually.",
  );
  mkdirSync(join(dataLogDir, "version-2"), { recursive: true });
  expect(problem(false)).toMatch(/^Missing snap directory .*\/data\/version-2, automatic/);
  expect(existsSync(dataDir)).toBe(false);
});

test("a directory that cannot be made is named", () => {
  writeFileSync(dataLogDir, "a file");

  expect(problem(true)).toBe(`Unable to create data directory ${dataLogDir}/version-2`);
});

test("snapshots among the logs, or logs among the snapshots, stop a server", () => {
  const { snapDir, logDir } = checkDirectories({ dataDir, dataLogDir, autocreate: true });
  writeFileSync(join(logDir, "snapshot.5"), "");
  expect(problem(true)).toBe(
    "Log directory has snapshot files. Check if dataLogDir and dataDir configuration is correct.",
  );
  rmSync(join(logDir, "snapshot.5"));
  writeFileSync(join(snapDir, "log.5"), "");
  expect(problem(true)).toBe(
    "Snapshot directory has log files. Check if dataLogDir and dataDir configuration is correct.",
  );
});

test("one directory may have both", () => {
  const { snapDir } = checkDirectories({ dataDir, dataLogDir: dataDir, autocreate: true });
  writeFileSync(join(snapDir, "snapshot.5"), "");
  writeFileSync(join(snapDir, "log.5"), "");

  expect(() => checkDirectories({ dataDir, dataLogDir: dataDir, autocreate: false })).not.toThrow();
});

test("the marker of an empty server counts once", () => {
  mkdirSync(dataLogDir);
  expect(takeInitializeMarker(dataLogDir)).toBe(false);
  writeFileSync(join(dataLogDir, "initialize"), "");

  expect(takeInitializeMarker(dataLogDir)).toBe(true);
  expect(takeInitializeMarker(dataLogDir)).toBe(false);
});

function problem(autocreate: boolean): string {
  try {
    checkDirectories({ dataDir, dataLogDir, autocreate });
  } catch (error) {
    if (error instanceof DirectoryProblem && error.exitCode === 3) return error.message;
    throw error;
  }
  return "none";
}
