import { mkdirSync, type Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ServerEffect } from "../../core/effect.ts";
import type { FileContent, FileInfo, ServerEvent } from "../../core/event.ts";
import { compressionOf } from "../../core/storage/file-name.ts";
import { decompress } from "./compression.ts";
import { readWhole } from "./file-io.ts";
import { add, closeLane, createLane, store, type Lane } from "./lane.ts";

/** What the core asks of a disk. */
export type DiskEffect = Extract<
  ServerEffect,
  {
    readonly kind:
      | "append"
      | "extend"
      | "allocate"
      | "write"
      | "rename"
      | "remove"
      | "truncate"
      | "sync"
      | "list"
      | "read";
  }
>;

/** What it hears back. */
export type DiskEvent = Extract<
  ServerEvent,
  { readonly kind: "synced" | "listed" | "read" | "diskFailed" }
>;

export type DiskSettings = {
  /** The `version-2` directories: `log.*` is in the second, everything else in the first. They may be the same. */
  readonly snapDir: string;
  readonly logDir: string;
  /** Never called from within {@link Disk.perform}. */
  readonly onEvent: (event: DiskEvent) => void;
  /** `forceSync=no`: a sync is answered once the operating system has the bytes. */
  readonly forceSync?: boolean;
  /** Hears of every sync of the log: ms it took, bytes of the file. */
  readonly onLogSynced?: (durationMs: number, fileBytes: number) => void;
};

export type Disk = {
  readonly perform: (effect: DiskEffect) => void;
  /** Ends once all that was asked for is done. Nothing may be asked for afterwards. */
  readonly close: () => Promise<void>;
};

/**
 * The core's disk: real files below two directories, which are made if they are not there.
 * What is asked for is done in that order as far as anybody can see, after {@link Disk.perform} has returned.
 * The first failure is told, and nothing is done after it.
 */
export function openDisk(settings: DiskSettings): Disk {
  const { snapDir, logDir, onEvent, onLogSynced, forceSync = true } = settings;
  mkdirSync(snapDir, { recursive: true });
  mkdirSync(logDir, { recursive: true });

  let failed = false;
  const fail = (file: string, error: Error): void => {
    if (failed) return;
    failed = true;
    for (const lane of [logs, rest]) lane.failed = true;
    onEvent({ kind: "diskFailed", reason: `${file}: ${error.message}` });
  };
  const logs = createLane(logDir, forceSync, fail, onLogSynced ?? (() => {}));
  const rest = createLane(snapDir, forceSync, fail, () => {});

  /** Looks at files once everything asked for before is done, and does not hold up what comes after. */
  const looking = new Set<Promise<void>>();
  const answer = (look: () => Promise<DiskEvent>): void => {
    behindAll([logs, rest], () => {
      const looks = look().then(
        (event) => {
          looking.delete(looks);
          if (!failed) onEvent(event);
        },
        (error: Error) => {
          looking.delete(looks);
          fail("reading", error);
        },
      );
      looking.add(looks);
    });
  };

  return {
    perform: (effect) => {
      if (failed) return;
      switch (effect.kind) {
        case "list":
          answer(async () => ({
            kind: "listed",
            ticket: effect.ticket,
            files: await listing(snapDir, logDir),
          }));
          break;
        case "read":
          answer(async () => ({
            kind: "read",
            ticket: effect.ticket,
            files: await contents(effect.files, snapDir, logDir),
          }));
          break;
        case "sync":
          sync(logs, rest, effect.files, () => {
            if (!failed) onEvent({ kind: "synced", ticket: effect.ticket });
          });
          break;
        default:
          change(isLog(effect.file) ? logs : rest, effect);
          break;
      }
    },
    close: async () => {
      await Promise.all(
        [logs, rest].map(
          (lane) =>
            new Promise<void>((done) => {
              if (failed) done();
              else closeLane(lane, done);
            }),
        ),
      );
      await Promise.all(looking);
    },
  };
}

function isLog(file: string): boolean {
  return file.startsWith("log.");
}

function change(lane: Lane, effect: Exclude<DiskEffect, { kind: "sync" | "list" | "read" }>): void {
  switch (effect.kind) {
    case "append":
      store(
        lane,
        effect.file,
        effect.txns.map(({ record }) => record),
      );
      break;
    case "extend":
      store(lane, effect.file, [effect.bytes]);
      break;
    case "write":
      store(lane, effect.file, [effect.bytes], { fresh: true });
      break;
    case "allocate":
      store(lane, effect.file, [], { lengthBytes: effect.lengthBytes });
      break;
    default:
      add(lane, effect);
      break;
  }
}

/** In each lane that one of the files is in, and in one where a removal is not known to be durable yet. */
function sync(logs: Lane, rest: Lane, files: readonly string[], done: () => void): void {
  const inLogs = files.filter(isLog);
  const inRest = files.filter((file) => !isLog(file));
  const useLogs = inLogs.length > 0 || logs.hasRemoved;
  const useRest = inRest.length > 0 || rest.hasRemoved || !useLogs;
  let left = Number(useLogs) + Number(useRest);
  const part = (): void => {
    if (--left === 0) done();
  };
  if (useLogs) add(logs, { kind: "sync", files: inLogs, done: part });
  if (useRest) add(rest, { kind: "sync", files: inRest, done: part });
}

function behindAll(lanes: readonly Lane[], done: () => void): void {
  let left = lanes.length;
  for (const lane of lanes) {
    add(lane, {
      kind: "call",
      done: () => {
        if (--left === 0) done();
      },
    });
  }
}

/**
 * The files of both directories, by name. A log where snapshots are, or the other way round, is not ours. What is
 * renamed or removed meanwhile may be left out.
 */
async function listing(snapDir: string, logDir: string): Promise<FileInfo[]> {
  const found: FileInfo[] = [];
  const look = async (directory: string, wanted: (name: string) => boolean): Promise<void> => {
    for (const name of await readdir(directory)) {
      if (!wanted(name)) continue;
      const info = await statOf(join(directory, name));
      if (info?.isFile() === true) found.push({ name, lengthBytes: info.size });
    }
  };
  await look(snapDir, (name) => !isLog(name));
  await look(logDir, isLog);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** The content of those files that are there; of a compressed snapshot, what was compressed. */
async function contents(
  files: readonly string[],
  snapDir: string,
  logDir: string,
): Promise<FileContent[]> {
  const found: FileContent[] = [];
  for (const name of files) {
    const bytes = await readWhole(join(isLog(name) ? logDir : snapDir, name));
    if (bytes === undefined) continue;
    const method = isLog(name) ? null : compressionOf(name);
    found.push(method === null ? { name, bytes } : { name, ...(await decompress(method, bytes)) });
  }
  return found;
}
