import type { FileContent, FileInfo } from "../../core/event.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Source } from "../kernel/source.ts";
import type { DrawTable, Stream } from "../kernel/stream.ts";

/**
 * One host's disk, with the page cache in front of it. What a process writes is in the cache at once, where every
 * later process finds it; only a sync makes it certain to outlive a power loss.
 *
 * Byte strings are kept by reference and are never changed. Plain data: a clone is a checkpoint, together
 * with the kernel and the stream that it refers to.
 */
export type Disk = {
  readonly kernel: Kernel;
  readonly stream: Stream;
  /** How long things take is drawn from it, by what is asked for, and how often it was since the process began. */
  readonly source: Source;
  syncCount: number;
  readCount: number;
  /** The `kind` of all disks' turns, to be handed to `onDiskTurn`. */
  readonly turnKind: number;
  times: DiskTimes;
  /** What a process sees. */
  readonly files: Map<string, Inode>;
  /** The names that are certain to outlive a power loss. */
  readonly durableFiles: Map<string, Inode>;
  /** Changes of names and lengths that are not durable yet, in order. A power loss keeps a first part of them. */
  journal: JournalEntry[];
  /** The number of `journal[0]`: all entries before it are durable. */
  journalStart: number;
  /** The last file that got another name, and the one that had that name before. */
  lastRename: {
    readonly file: string;
    readonly to: string;
    readonly inode: Inode;
    readonly replaced: Inode | null;
  } | null;
  /** The disk does one thing at a time. */
  busyUntilUs: number;
  /** Grows when this host's process ends: what was asked for before is not answered. */
  crashCount: number;
  /** What is wrong with it now. */
  trouble: DiskTrouble;
  /** µs more that everything takes. */
  addedUs: number;
  /** What came due while it was stalled, in order. */
  readonly waiting: { readonly processId: number; readonly request: DiskRequest }[];
  /** It has failed the present process, which is about to hear of it: nothing more is done for that one. */
  failed: boolean;
};

/**
 * - stalled: it answers nothing, and goes on later where it was;
 * - full: nothing can be added to a file (ENOSPC); what was written before can be synced and read;
 * - failing: neither writes nor syncs succeed (I/O error). What was not synced by then is gone with the process.
 */
export type DiskTrouble = "none" | "stalled" | "full" | "failing";

/** µs, by what the disk is asked for. A slow disk is other tables. */
export type DiskTimes = {
  readonly sync: DrawTable;
  readonly read: DrawTable;
};

/** A file, whatever its name. */
export type Inode = {
  /** What was done to it, oldest first; done again in this order, it gives the content. */
  changes: Change[];
  /** The number of `changes[0]`. Later changes are numbered on from it. */
  start: number;
  /** Changes below this number are certain to outlive a power loss. */
  durableEnd: number;
  /** The first so many changes are packed, see `pack`. */
  packedCount: number;
  /** Where the next append goes, and the length; between them the file is zeros. */
  writtenBytes: number;
  lengthBytes: number;
  /** One more than the number of the last journal entry about it; 0 for none. */
  journalEnd: number;
};

/** Bytes are appended. Truncating is a journal entry besides, under that number. */
export type Change =
  | Uint8Array
  | { readonly kind: "allocate"; readonly lengthBytes: number }
  | { readonly kind: "truncate"; readonly lengthBytes: number; readonly journalNumber: number };

export type JournalEntry =
  | { readonly kind: "create"; readonly file: string; readonly inode: Inode }
  | { readonly kind: "rename"; readonly file: string; readonly to: string }
  | { readonly kind: "remove"; readonly file: string }
  | { readonly kind: "truncate" };

/** What a process hears from its disk. */
export type DiskEvent =
  | { readonly kind: "diskFailed"; readonly reason: string }
  | { readonly kind: "synced"; readonly ticket: number }
  | { readonly kind: "listed"; readonly ticket: number; readonly files: readonly FileInfo[] }
  | { readonly kind: "read"; readonly ticket: number; readonly files: readonly FileContent[] };

/** What the disk was asked for, on its way through the kernel. */
export type DiskRequest = {
  readonly disk: Disk;
  readonly crashCount: number;
  readonly asks:
    | { readonly kind: "fail"; readonly reason: string }
    | {
        readonly kind: "sync";
        readonly ticket: number;
        /** As it was when the sync was asked for; what is written later is not covered. */
        readonly covers: readonly { readonly inode: Inode; readonly changesEnd: number }[];
        readonly journalEnd: number;
      }
    | { readonly kind: "list"; readonly ticket: number }
    | { readonly kind: "read"; readonly ticket: number; readonly files: readonly string[] };
};
