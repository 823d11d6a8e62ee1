import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ServerSettings } from "./settings.ts";

/** What is below dataDir and dataLogDir: the version of the formats on disk. */
export const VERSION_DIRECTORY = "version-2";

/** The marker that lets an empty server vote where empty ones may not. */
const INITIALIZE = "initialize";

/** The directories cannot be used; the process ends with code 3. */
export class DataDirectoryProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DataDirectoryProblem";
  }
}

/**
 * Makes the directories of logs and snapshots, and looks whether each has what belongs there.
 *
 * @throws DataDirectoryProblem in the words of the real server
 * @see spec storage-and-processing 1; ZooKeeper, server/persistence/FileTxnSnapLog.java
 */
export function prepareDataDirectories(settings: ServerSettings): void {
  const logDir = join(settings.dataLogDir, VERSION_DIRECTORY);
  const snapDir = join(settings.dataDir, VERSION_DIRECTORY);
  makeUsable("data", logDir, settings.dataDirAutocreate);
  makeUsable("snap", snapDir, settings.dataDirAutocreate);
  if (logDir === snapDir) return;
  if (readdirSync(logDir).some((name) => name.startsWith("snapshot."))) {
    throw new DataDirectoryProblem(
      "Log directory has snapshot files. Check if dataLogDir and dataDir configuration is correct.",
    );
  }
  if (readdirSync(snapDir).some((name) => name.startsWith("log."))) {
    throw new DataDirectoryProblem(
      "Snapshot directory has log files. Check if dataLogDir and dataDir configuration is correct.",
    );
  }
}

/** Takes the marker away, and says whether it was there. */
export function takeInitializeMarker({ dataLogDir }: ServerSettings): boolean {
  const marker = join(dataLogDir, INITIALIZE);
  if (!existsSync(marker)) return false;
  rmSync(marker);
  return true;
}

function makeUsable(what: "data" | "snap", directory: string, mayCreate: boolean): void {
  if (!existsSync(directory)) {
    if (!mayCreate) {
      throw new DataDirectoryProblem(
        `Missing ${what} directory ${directory}, automatic data directory creation is disabled (zookeeper.datadir.autocreate is false). Please create this directory manually.`,
      );
    }
    try {
      mkdirSync(directory, { recursive: true });
    } catch {
      throw new DataDirectoryProblem(`Unable to create ${what} directory ${directory}`);
    }
  }
  try {
    accessSync(directory, constants.W_OK);
  } catch {
    throw new DataDirectoryProblem(`Cannot write to ${what} directory ${directory}`);
  }
}
