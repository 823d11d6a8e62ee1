import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A server that cannot have its directories ends with this code. */
const NO_DATA_DIRECTORY_CODE = 3;
const FORMAT = "version-2";
const CHECK_CONFIGURATION = "Check if dataLogDir and dataDir configuration is correct.";

/** Why a server cannot start in its directories, in the real server's words. */
export class DirectoryProblem extends Error {
  override readonly name: string = "DirectoryProblem";
  readonly exitCode: number = NO_DATA_DIRECTORY_CODE;
}

export type DataDirectories = {
  /** As configured; the same where logs have no directory of their own. */
  readonly dataDir: string;
  readonly dataLogDir: string;
  /** Missing ones are made (`zookeeper.datadir.autocreate`). */
  readonly autocreate: boolean;
};

/**
 * Finds or makes the two directories below which everything lies, and sees that neither has files of the other.
 *
 * @throws DirectoryProblem
 * @see ZooKeeper, server/persistence/FileTxnSnapLog.java
 */
export function checkDirectories({ dataDir, dataLogDir, autocreate }: DataDirectories): {
  readonly snapDir: string;
  readonly logDir: string;
} {
  const logDir = join(dataLogDir, FORMAT);
  const snapDir = join(dataDir, FORMAT);
  checkDirectory(logDir, "data", autocreate);
  checkDirectory(snapDir, "snap", autocreate);
  if (logDir !== snapDir) {
    if (hasNamed(logDir, "snapshot.")) {
      throw new DirectoryProblem(`Log directory has snapshot files. ${CHECK_CONFIGURATION}`);
    }
    if (hasNamed(snapDir, "log.")) {
      throw new DirectoryProblem(`Snapshot directory has log files. ${CHECK_CONFIGURATION}`);
    }
  }
  return { snapDir, logDir };
}

/**
 * Takes away the marker by which an operator says that this server may be without data, and vote all the same.
 *
 * @returns was it there?
 */
export function takeInitializeMarker(dataLogDir: string): boolean {
  const marker = join(dataLogDir, "initialize");
  if (!existsSync(marker)) return false;
  rmSync(marker);
  return true;
}

function checkDirectory(directory: string, what: "data" | "snap", autocreate: boolean): void {
  if (!existsSync(directory)) {
    if (!autocreate) {
      throw new DirectoryProblem(
        `Missing ${what} directory ${directory}, automatic data directory creation is disabled ` +
          "(zookeeper.datadir.autocreate is false). Please create this directory manually.",
      );
    }
    try {
      mkdirSync(directory, { recursive: true });
    } catch {
      throw new DirectoryProblem(`Unable to create ${what} directory ${directory}`);
    }
  }
  try {
    accessSync(directory, constants.W_OK);
  } catch {
    throw new DirectoryProblem(`Cannot write to ${what} directory ${directory}`);
  }
}

function hasNamed(directory: string, prefix: string): boolean {
  return readdirSync(directory).some((name) => name.startsWith(prefix));
}
