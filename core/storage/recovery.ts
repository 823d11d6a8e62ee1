import type { ServerConfig } from "../config.ts";
import type { FileContent, FileInfo } from "../event.ts";
import { createDatabase, applyToDatabase, type Database } from "../tree/database.ts";
import { OwnerError } from "../tree/owner.ts";
import { treeDigest } from "../tree/tree.ts";
import type { Txn } from "../txn.ts";
import { JuteError } from "../wire/jute.ts";
import { formatZxid, nextZxid, UNTRUSTED_ZXID, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { logsFrom, parseName, sortByZxid } from "./file-name.ts";
import { scanLog } from "./log-file.ts";
import {
  isWholeSnapshot,
  readSnapshot,
  SNAPSHOT_MIN_BYTES,
  type LoadedSnapshot,
  type SnapshotDigest,
} from "./snapshot-file.ts";

/** Snapshots that are tried before a server gives up. */
const SNAPSHOTS_MAX = 100;

/**
 * A real server takes these for ephemerals of a session that there is not, and deletes them at start, each server by
 * itself and without a transaction.
 */
const TTLS_WITHOUT_TYPE =
  "There are TTL nodes, and zookeeper.extendedTypesEnabled is not set: they stay, and nobody can create more";

/** Which files bring the database back; logs in the order of reading. */
export type RecoveryPlan = {
  /** Null when there is none, or none is left to try. */
  readonly snapshot: string | null;
  readonly logs: readonly string[];
  /** Snapshots that looked whole and turned out to be broken. */
  readonly rejectedCount: number;
};

/** What of a server's configuration recovery depends on. */
export type RecoveryOptions = Pick<ServerConfig, "commitLogCount" | "emptyMayVote" | "options">;

export type Recovery =
  | {
      readonly kind: "recovered";
      readonly database: Database;
      readonly txnCount: number;
      /** The zxid in the name of the snapshot; null for an empty directory. */
      readonly snapshotZxid: Zxid | null;
      /** The first transaction after which the tree is not the one that its leader had. */
      readonly digestMismatch: Zxid | null;
      /** Lines for a log. */
      readonly warnings: readonly string[];
    }
  /** Plan again without this snapshot. One that was cut short (not whole) counts as if it had never been. */
  | {
      readonly kind: "badSnapshot";
      readonly name: string;
      readonly reason: string;
      readonly whole: boolean;
    }
  /** The server does not start. */
  | { readonly kind: "refused"; readonly message: string };

/**
 * Chooses the newest snapshot that is not known to be broken, and the logs that continue it.
 *
 * @param rejected names that {@link recover} called bad, and whether it called them whole
 * @see ZooKeeper, server/persistence/FileSnap.java (findNValidSnapshots), FileTxnLog.java (init)
 */
export function planRecovery(
  files: readonly FileInfo[],
  rejected: ReadonlyMap<string, boolean>,
): RecoveryPlan {
  const candidates = sortByZxid(files, "snapshot").filter(
    ({ file }) => file.lengthBytes >= SNAPSHOT_MIN_BYTES && !rejected.has(file.name),
  );
  let rejectedCount = 0;
  for (const whole of rejected.values()) if (whole) rejectedCount++;
  const newest = rejectedCount < SNAPSHOTS_MAX ? candidates.at(-1) : undefined;
  const from = newest === undefined ? ZERO_ZXID : nextZxid(newest.zxid);
  return {
    snapshot: newest?.file.name ?? null,
    logs: logsFrom(files.filter(isBegun), from).map((file) => file.name),
    rejectedCount,
  };
}

/**
 * Loads the planned snapshot and replays the planned logs over it. Errors of applying do not matter:
 * a snapshot may hold effects of transactions that are replayed over it.
 *
 * @param contents of all files that the plan names
 * @see ZooKeeper, server/persistence/FileTxnSnapLog.java (restore)
 */
export function recover(
  plan: RecoveryPlan,
  contents: readonly FileContent[],
  options: RecoveryOptions,
): Recovery {
  if (plan.snapshot === null) return recoverWithoutSnapshot(plan, contents, options);
  const name = plan.snapshot;
  const zxid = parseName(name, "snapshot") ?? ZERO_ZXID;
  const { bytes, broken } = contentOf(contents, name);
  if (broken !== undefined) return { kind: "badSnapshot", name, reason: broken, whole: true };
  const whole = isWholeSnapshot(bytes);
  const loaded = whole ? load(bytes, zxid) : `Invalid snapshot, len = ${bytes.length}`;
  if (typeof loaded === "string") return { kind: "badSnapshot", name, reason: loaded, whole };
  try {
    return replay(loaded, zxid, plan.logs, contents, options, []);
  } catch (error) {
    if (error instanceof OwnerError) return { kind: "refused", message: error.message };
    throw error;
  }
}

/** A log without a snapshot is half of a history: nothing good comes of it. Nothing at all is a new server. */
function recoverWithoutSnapshot(
  plan: RecoveryPlan,
  contents: readonly FileContent[],
  options: RecoveryOptions,
): Recovery {
  if (plan.rejectedCount > 0) {
    return { kind: "refused", message: "Not able to find valid snapshots in version-2" };
  }
  const database = createDatabase();
  if (plan.logs.length > 0) {
    const found = "No snapshot found, but there are log entries.";
    if (!options.options.trustEmptySnapshot) {
      return { kind: "refused", message: `${found} Something is broken!` };
    }
    const empty: LoadedSnapshot = { database, digest: null, lastProcessedZxid: null };
    const warning = `${found} This should only be allowed during upgrading.`;
    return replay(empty, null, plan.logs, contents, options, [warning]);
  }
  const warnings: string[] = [];
  if (!options.emptyMayVote) {
    database.lastZxid = UNTRUSTED_ZXID;
    warnings.push("Unexpected empty data tree, setting zxid to -1");
  }
  return {
    kind: "recovered",
    database,
    txnCount: 0,
    snapshotZxid: null,
    digestMismatch: null,
    warnings,
  };
}

/** The loaded snapshot, or what is wrong with it. Each try starts clean. */
function load(bytes: Uint8Array, zxid: Zxid): LoadedSnapshot | string {
  try {
    return readSnapshot(bytes, zxid);
  } catch (error) {
    if (error instanceof JuteError || error instanceof OwnerError) return error.message;
    throw error;
  }
}

function replay(
  loaded: LoadedSnapshot,
  snapshotZxid: Zxid | null,
  logs: readonly string[],
  contents: readonly FileContent[],
  options: RecoveryOptions,
  warnings: string[],
): Recovery {
  const database = loaded.database;
  const from = snapshotZxid ?? ZERO_ZXID;
  const compares = options.options.digests;
  const digests = beginComparison(compares ? loaded : { ...loaded, digest: null }, from);
  let txnCount = 0;
  const take = (txn: Txn): void => {
    // Only what leads up to the snapshot is passed over; a lower zxid later on is replayed all the same.
    if (txnCount === 0 && txn.zxid <= from) return;
    if (txn.zxid < database.lastZxid) {
      warnings.push(
        `${database.lastZxid}(highestZxid) > ${txn.zxid}(next log) for type ${txn.type}`,
      );
    }
    applyToDatabase(database, txn, options.commitLogCount);
    if (compares) compareAfter(digests, database, txn);
    txnCount++;
  };
  for (const name of logs) {
    const scan = scanLog(contentOf(contents, name).bytes, name, take);
    if (scan.kind === "refused") return { kind: "refused", message: scan.message };
  }
  if (digests.fuzzyUntil !== null) {
    warnings.push(
      `Highest txn zxid ${formatZxid(database.lastZxid)} is not covering the snapshot digest zxid ` +
        `${formatZxid(digests.fuzzyUntil.zxid)}, which might lead to inconsistent state`,
    );
  }
  if (database.tree.ttls.size > 0 && !options.options.extendedTypes) {
    warnings.push(TTLS_WITHOUT_TYPE);
  }
  const digestMismatch = digests.mismatch;
  return { kind: "recovered", database, txnCount, snapshotZxid, digestMismatch, warnings };
}

/** What the tree is compared with during replay. */
type Comparison = {
  /** The digest of the snapshot while replay has not come to it: until then the tree is no one's. */
  fuzzyUntil: SnapshotDigest | null;
  mismatch: Zxid | null;
};

/** A snapshot whose digest is older than its name was taken by a new leader; that digest says nothing. */
function beginComparison(loaded: LoadedSnapshot, snapshotZxid: Zxid): Comparison {
  const digest = loaded.digest;
  if (digest === null || digest.zxid < snapshotZxid) return { fuzzyUntil: null, mismatch: null };
  if (digest.zxid > snapshotZxid) return { fuzzyUntil: digest, mismatch: null };
  const differs = digest.digest !== treeDigest(loaded.database.tree);
  return { fuzzyUntil: null, mismatch: differs ? snapshotZxid : null };
}

function compareAfter(digests: Comparison, database: Database, txn: Txn): void {
  const fuzzy = digests.fuzzyUntil;
  if (fuzzy !== null && txn.zxid < fuzzy.zxid) return;
  digests.fuzzyUntil = null;
  if (digests.mismatch !== null) return;
  const digest = treeDigest(database.tree);
  const differs =
    (fuzzy?.zxid === txn.zxid && fuzzy.digest !== digest) ||
    (txn.digest !== null && txn.digest !== digest);
  if (differs) digests.mismatch = txn.zxid;
}

function contentOf(contents: readonly FileContent[], name: string): FileContent {
  const content = contents.find((file) => file.name === name);
  if (content === undefined) throw new Error(`the plan names ${name}, and its content is missing`);
  return content;
}

/** A log file without a single byte is what a power loss leaves of a new one; since 3.9 it stops nobody. */
function isBegun({ lengthBytes }: FileInfo): boolean {
  return lengthBytes > 0;
}
