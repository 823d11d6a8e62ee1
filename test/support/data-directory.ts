import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileContent } from "../../core/event.ts";
import { DEFAULT_OPTIONS } from "../../core/options.ts";
import {
  planRecovery,
  recover,
  type Recovery,
  type RecoveryOptions,
  type RecoveryPlan,
} from "../../core/storage/recovery.ts";
import { openDisk } from "../../server/disk/disk.ts";

/** As the captured servers ran: TTL nodes are known. */
export const RECOVERY_OPTIONS: RecoveryOptions = {
  commitLogCount: 500,
  emptyMayVote: true,
  options: { ...DEFAULT_OPTIONS, extendedTypes: true },
};

const GOLDEN = new URL("../golden/datadirs/", import.meta.url).pathname;

/** What real servers made of a data directory; see test/golden/datadirs/README.md. */
export type Expected = {
  readonly release_3_8_0: Outcome;
  readonly release_3_9_5: Outcome & { readonly differingPaths?: readonly string[] };
  readonly recovery: { snapshotUsed: string; logsRead: string[]; txnsReplayed: number };
  readonly sessions: Readonly<Record<string, number>>;
  readonly tree: Readonly<Record<string, ExpectedNode>>;
  readonly logFiles: Readonly<Record<string, ExpectedLog>>;
  readonly snapshotFiles: Readonly<Record<string, ExpectedSnapshot>>;
};

export type Outcome = {
  readonly outcome: "starts" | "fails";
  readonly lastZxid: string;
  readonly treeDigest: string;
  readonly digestMismatchReported: boolean;
  readonly exception: readonly string[];
};

export type ExpectedNode = {
  readonly data: string | null;
  readonly acl: readonly { perms: number; scheme: string; id: string }[];
  readonly stat: Readonly<Record<string, string | number>>;
  readonly persisted: Readonly<Record<string, string | number>>;
};

export type ExpectedLog = {
  readonly records: number;
  readonly lastRecordEnds: number;
  readonly end: string;
};

export type ExpectedSnapshot = {
  readonly sessions?: number;
  readonly nodes?: number;
  readonly seal1?: { readonly ok: boolean };
  readonly digest?: { readonly zxid: string; readonly treeDigest: string } | null;
  readonly seal2?: { readonly ok: boolean } | null;
};

/** Every captured directory, as `bad-crc/last-record`. */
export function dataDirectories(): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    if (existsSync(join(GOLDEN, path, "expected.json"))) found.push(path);
    else for (const entry of directoriesIn(path)) visit(join(path, entry));
  };
  for (const entry of directoriesIn("")) visit(entry);
  return found.sort();
}

export function expectedOf(directory: string): Expected {
  return JSON.parse(readFileSync(join(GOLDEN, directory, "expected.json"), "utf8")) as Expected;
}

/** The files of version-2, of dataDir and dataLogDir together where they are two. */
export function filesOf(directory: string): FileContent[] {
  return ["version-2", "data/version-2", "log/version-2"]
    .map((part) => join(GOLDEN, directory, part))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readdirSync(path).map((name) => ({
        name,
        bytes: new Uint8Array(readFileSync(join(path, name))),
      })),
    );
}

/** The same as a real disk lists and reads them: what was compressed is not any more. */
export async function filesFromDisk(directory: string): Promise<readonly FileContent[]> {
  const isSplit = existsSync(join(GOLDEN, directory, "data"));
  const snapDir = join(GOLDEN, directory, isSplit ? "data" : "", "version-2");
  const logDir = isSplit ? join(GOLDEN, directory, "log", "version-2") : snapDir;
  return new Promise((done, fail) => {
    const disk = openDisk({
      snapDir,
      logDir,
      onEvent: (event) => {
        if (event.kind === "listed") {
          disk.perform({ kind: "read", files: event.files.map(({ name }) => name), ticket: 2 });
        } else if (event.kind === "read") done(event.files);
        else fail(new Error(`${directory}: ${JSON.stringify(event)}`));
      },
    });
    disk.perform({ kind: "list", ticket: 1 });
  });
}

/** Recovers as a starting server does: again and again until a snapshot is good or none is left. */
export function recoverFiles(
  files: readonly FileContent[],
  options: RecoveryOptions = RECOVERY_OPTIONS,
): {
  readonly plan: RecoveryPlan;
  readonly recovery: Recovery;
  readonly rejected: Map<string, boolean>;
} {
  const infos = files.map(({ name, bytes }) => ({ name, lengthBytes: bytes.length }));
  const rejected = new Map<string, boolean>();
  for (;;) {
    const plan = planRecovery(infos, rejected);
    const recovery = recover(plan, files, options);
    if (recovery.kind !== "badSnapshot") return { plan, recovery, rejected };
    rejected.set(recovery.name, recovery.whole);
  }
}

function directoriesIn(path: string): string[] {
  return readdirSync(join(GOLDEN, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
