import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileContent } from "../../core/event.ts";
import {
  planRecovery,
  recover,
  type Recovery,
  type RecoveryOptions,
  type RecoveryPlan,
} from "../../core/storage/recovery.ts";

const GOLDEN = new URL("../golden/datadirs/", import.meta.url).pathname;

/** What real servers made of a data directory; see test/golden/datadirs/README.md. */
export type Expected = {
  readonly release_3_8_0: Outcome;
  readonly release_3_9_5: Outcome & { readonly differingPaths?: readonly string[] };
  readonly recovery: { snapshotUsed: string; logsRead: string[]; txnsReplayed: number };
  readonly sessions: Readonly<Record<string, number>>;
  readonly tree: Readonly<Record<string, ExpectedNode>>;
  readonly logFiles: Readonly<Record<string, ExpectedLog>>;
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

/** Recovers as a starting server does: again and again until a snapshot is good or none is left. */
export function recoverFiles(
  files: readonly FileContent[],
  options: RecoveryOptions = { commitLogCount: 500, emptyMayVote: true },
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
