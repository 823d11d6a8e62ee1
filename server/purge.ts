import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  compressionOf,
  logsFrom,
  parseName,
  sortByZxid,
  type FilePrefix,
} from "../core/storage/file-name.ts";
import { isWholeSnapshot, SNAPSHOT_MIN_BYTES } from "../core/storage/snapshot-file.ts";
import { nextZxid, type Zxid } from "../core/zxid.ts";
import { isSnappy } from "./disk/snappy.ts";

/** Snapshots that are kept at least. */
export const KEEP_MIN = 3;

const HOUR_MS = 3_600_000;
/** A timer of Node takes no more. */
const DELAY_MAX_MS = 2_147_483_647;

export type PurgePlan = {
  /** The `version-2` directories. */
  readonly snapDir: string;
  readonly logDir: string;
  /** Snapshots to keep, {@link KEEP_MIN} at least. */
  readonly keep: number;
};

/**
 * Removes the snapshots that are older than the newest few whole ones, and the logs that none of those needs.
 *
 * @returns the paths that were removed
 * @throws RangeError when fewer are to be kept than must be
 * @see ZooKeeper, server/PurgeTxnLog.java
 */
export async function purge({ snapDir, logDir, keep }: PurgePlan): Promise<readonly string[]> {
  if (keep < KEEP_MIN) throw new RangeError(`count should be greater than or equal to ${KEEP_MIN}`);
  const oldest = await oldestKept(snapDir, keep);
  if (oldest === null) return [];
  const removed: string[] = [];
  for (const name of await namesIn(snapDir, "snapshot")) {
    if (zxidOf(name, "snapshot") < oldest) removed.push(join(snapDir, name));
  }
  const logs = await namesIn(logDir, "log");
  const needed = new Set(logsFrom(asFiles(logs), nextZxid(oldest)).map(({ name }) => name));
  for (const name of logs) {
    if (zxidOf(name, "log") < oldest && !needed.has(name)) removed.push(join(logDir, name));
  }
  for (const path of removed) await rm(path, { force: true });
  return removed;
}

/**
 * Purges at once and then every so many hours.
 *
 * @param told hears what was removed, or what went wrong; the next try comes all the same
 * @returns stops it
 */
export function startAutopurge(
  plan: PurgePlan,
  intervalHours: number,
  told: (result: { readonly removed: readonly string[] } | { readonly error: Error }) => void,
): () => void {
  const run = (): void => {
    purge(plan).then(
      (removed) => {
        told({ removed });
      },
      (error: Error) => {
        told({ error });
      },
    );
  };
  run();
  const timer = setInterval(run, Math.min(intervalHours * HOUR_MS, DELAY_MAX_MS));
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** The zxid of the oldest snapshot that is kept; null without any that is whole. */
async function oldestKept(snapDir: string, keep: number): Promise<Zxid | null> {
  const newestFirst = sortByZxid(asFiles(await namesIn(snapDir, "snapshot")), "snapshot").reverse();
  let oldest: Zxid | null = null;
  let left = keep;
  for (const { file, zxid } of newestFirst) {
    if (left === 0) break;
    if (!(await looksWhole(join(snapDir, file.name)))) continue;
    oldest = zxid;
    left--;
  }
  return oldest;
}

/** As much as a starting server looks at before it opens a snapshot. */
async function looksWhole(path: string): Promise<boolean> {
  const method = compressionOf(path);
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(Math.min(size, SNAPSHOT_MIN_BYTES));
    await handle.read(bytes, 0, bytes.length, method === null ? size - bytes.length : 0);
    if (method === "gz") return bytes[0] === 0x1f && bytes[1] === 0x8b;
    return method === "snappy" ? isSnappy(bytes) : isWholeSnapshot(bytes);
  } finally {
    await handle.close();
  }
}

async function namesIn(directory: string, prefix: FilePrefix): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith(`${prefix}.`));
}

/** A name without a proper zxid counts as older than everything. */
function zxidOf(name: string, prefix: FilePrefix): bigint {
  return parseName(name, prefix) ?? -1n;
}

function asFiles(names: readonly string[]): { readonly name: string }[] {
  return names.map((name) => ({ name }));
}
