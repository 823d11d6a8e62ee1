import * as fs from "node:fs";
import { join } from "node:path";
import { compressionOf, TEMPORARY_PREFIX } from "../../core/storage/file-name.ts";
import { createCompressor, type Compressor } from "./compression.ts";
import { writeAll } from "./file-io.ts";

/** Files that stay open, beyond which the one that was used longest ago is closed. */
const OPEN_MAX = 8;
/** Buffers that one call writes at most; Linux takes 1,024. */
const CHUNKS_MAX = 1024;

/** Bytes to be put into a file, and how long it shall be. What comes in while it waits is joined to it. */
type Store = {
  readonly kind: "store";
  readonly file: string;
  /** The file begins anew; otherwise the bytes go behind what was written to it. */
  readonly fresh: boolean;
  readonly chunks: Uint8Array[];
  lengthBytes: number;
};

type Task =
  | Store
  | { readonly kind: "rename"; readonly file: string; readonly to: string }
  | { readonly kind: "remove"; readonly file: string }
  | { readonly kind: "truncate"; readonly file: string; readonly lengthBytes: number }
  | { readonly kind: "sync"; readonly files: readonly string[]; readonly done: () => void }
  /** Everything before is done. */
  | { readonly kind: "call"; readonly done: () => void };

type Done = (error: NodeJS.ErrnoException | null) => void;

type OpenFile = {
  readonly fd: number;
  /** Where the next bytes go, and the length; between them the file is zeros. */
  writtenBytes: number;
  lengthBytes: number;
  readonly compressor: Compressor | null;
};

/**
 * Does what is asked of the files of one directory, one thing after the other. The thread that asks is held up for no
 * longer than the page cache needs to take a few bytes. Two lanes know nothing of each other: a snapshot of gigabytes does not delay the log.
 */
export type Lane = {
  readonly directory: string;
  /** Is anything made durable? Without, a sync only waits for its turn. */
  readonly forceSync: boolean;
  readonly onFailed: (file: string, error: Error) => void;
  /** A sync took that long, of a file of that length. */
  readonly onSynced: (durationMs: number, lengthBytes: number) => void;
  readonly tasks: Task[];
  busy: boolean;
  /** The one that waits and may be joined; null while there is none at the end of the queue. */
  last: Store | null;
  /** Names changed since they were durable. */
  namesDirty: boolean;
  /** A removal that no sync has covered yet is in the queue, or done. */
  hasRemoved: boolean;
  failed: boolean;
  readonly open: Map<string, OpenFile>;
};

export function createLane(
  directory: string,
  forceSync: boolean,
  onFailed: Lane["onFailed"],
  onSynced: Lane["onSynced"],
): Lane {
  return {
    directory,
    forceSync,
    onFailed,
    onSynced,
    tasks: [],
    busy: false,
    last: null,
    namesDirty: false,
    hasRemoved: false,
    failed: false,
    open: new Map(),
  };
}

/** Puts bytes behind what was written to a file; `fresh` empties it before. Both make it where there is none. */
export function store(
  lane: Lane,
  file: string,
  chunks: readonly Uint8Array[],
  options: { readonly fresh?: boolean; readonly lengthBytes?: number } = {},
): void {
  const { fresh = false, lengthBytes = 0 } = options;
  let { last } = lane;
  if (last === null || last.file !== file || fresh) {
    last = { kind: "store", file, fresh, chunks: [], lengthBytes: 0 };
    add(lane, last);
    lane.last = last;
  }
  for (const chunk of chunks) if (chunk.length > 0) last.chunks.push(chunk);
  if (lengthBytes > last.lengthBytes) last.lengthBytes = lengthBytes;
}

/** Adds a task that is done after all that were added before. */
export function add(lane: Lane, task: Task): void {
  if (lane.failed) return;
  lane.last = null;
  if (task.kind === "remove") lane.hasRemoved = true;
  else if (task.kind === "sync") lane.hasRemoved = false;
  lane.tasks.push(task);
  if (lane.busy) return;
  lane.busy = true;
  // What the same turn adds is joined before the first of it begins.
  queueMicrotask(() => {
    next(lane);
  });
}

/** Closes every file, once what waits is done. */
export function closeLane(lane: Lane, done: () => void): void {
  add(lane, {
    kind: "call",
    done: () => {
      for (const file of lane.open.values()) fs.closeSync(file.fd);
      lane.open.clear();
      done();
    },
  });
}

function next(lane: Lane): void {
  const task = lane.tasks.shift();
  if (task === undefined || lane.failed) {
    lane.busy = false;
    return;
  }
  if (lane.last === task) lane.last = null;
  run(lane, task, (error) => {
    if (error === null) {
      next(lane);
      return;
    }
    lane.failed = true;
    lane.tasks.length = 0;
    lane.onFailed("file" in task ? task.file : lane.directory, error);
  });
}

function run(lane: Lane, task: Task, done: Done): void {
  switch (task.kind) {
    case "store":
      runStore(lane, task, done);
      break;
    case "rename":
      runRename(lane, task.file, task.to, done);
      break;
    case "remove":
      runRemove(lane, task.file, done);
      break;
    case "truncate":
      runTruncate(lane, task.file, task.lengthBytes, done);
      break;
    case "sync":
      runSync(lane, task.files, 0, (error) => {
        if (error === null) task.done();
        done(error);
      });
      break;
    case "call":
      task.done();
      done(null);
      break;
  }
}

function runStore(lane: Lane, task: Store, done: Done): void {
  const { file, fresh, chunks, lengthBytes } = task;
  const finish = (error: NodeJS.ErrnoException | null): void => {
    if (error !== null || isUnfinished(file)) done(error);
    else finishFile(lane, file, done);
  };
  openFile(lane, file, fresh ? "w+" : "a", (failure, opened) => {
    if (opened === null) {
      done(failure);
      return;
    }
    // Its content first: a process that dies in between must not leave a log of nothing but room.
    writeChunks(opened, chunks, 0, (error) => {
      if (error === null) grow(opened, lengthBytes, finish);
      else finish(error);
    });
  });
}

/** More may come. What is written under its own name is written at once. */
function isUnfinished(file: string): boolean {
  return file.startsWith(TEMPORARY_PREFIX);
}

function grow(file: OpenFile, lengthBytes: number, done: Done): void {
  if (lengthBytes <= file.lengthBytes) {
    done(null);
    return;
  }
  file.lengthBytes = lengthBytes;
  fs.ftruncate(file.fd, lengthBytes, done);
}

function writeChunks(
  file: OpenFile,
  chunks: readonly Uint8Array[],
  from: number,
  done: Done,
): void {
  if (from >= chunks.length) {
    done(null);
    return;
  }
  const to = Math.min(chunks.length, from + CHUNKS_MAX);
  const plain = chunks.slice(from, to);
  const wholes = (error: Error | null, bytes: readonly Uint8Array[]): void => {
    if (error !== null) {
      done(error);
      return;
    }
    const at = file.writtenBytes;
    for (const chunk of bytes) file.writtenBytes += chunk.length;
    if (file.writtenBytes > file.lengthBytes) file.lengthBytes = file.writtenBytes;
    writeAll(file.fd, bytes, at, (failure) => {
      if (failure === null) writeChunks(file, chunks, to, done);
      else done(failure);
    });
  };
  if (file.compressor === null) wholes(null, plain);
  else file.compressor.add(plain, wholes);
}

function runRename(lane: Lane, file: string, to: string, done: Done): void {
  finishFile(lane, file, (failure) => {
    if (failure !== null) {
      done(failure);
      return;
    }
    closeFile(lane, to, () => {
      fs.rename(join(lane.directory, file), join(lane.directory, to), (error) => {
        lane.namesDirty = true;
        if (error === null) syncNames(lane, done);
        else done(error);
      });
    });
  });
}

function runRemove(lane: Lane, file: string, done: Done): void {
  closeFile(lane, file, () => {
    fs.unlink(join(lane.directory, file), (error) => {
      lane.namesDirty = true;
      done(error?.code === "ENOENT" ? null : error);
    });
  });
}

/** What was removed before is durably gone before a length changes, as in a history that is cut from its end. */
function runTruncate(lane: Lane, file: string, lengthBytes: number, done: Done): void {
  syncNames(lane, (failure) => {
    if (failure !== null) {
      done(failure);
      return;
    }
    openFile(lane, file, "r+", (error, opened) => {
      if (opened === null) {
        done(error);
        return;
      }
      opened.lengthBytes = lengthBytes;
      opened.writtenBytes = Math.min(opened.writtenBytes, lengthBytes);
      fs.ftruncate(opened.fd, lengthBytes, done);
    });
  });
}

/** The files one after the other, the names last. A file that is not there is passed over. */
function runSync(lane: Lane, files: readonly string[], index: number, done: Done): void {
  const file = files[index];
  if (file === undefined) {
    syncNames(lane, done);
    return;
  }
  const onward = (error: NodeJS.ErrnoException | null): void => {
    if (error === null) runSync(lane, files, index + 1, done);
    else done(error);
  };
  finishFile(lane, file, (failure) => {
    if (failure !== null || !lane.forceSync) {
      onward(failure);
      return;
    }
    openFile(lane, file, "r+", (error, opened) => {
      if (opened === null) {
        onward(error?.code === "ENOENT" ? null : error);
        return;
      }
      const beganMs = performance.now();
      fs.fdatasync(opened.fd, (fault) => {
        lane.onSynced(performance.now() - beganMs, opened.lengthBytes);
        onward(fault);
      });
    });
  });
}

/** A new name, a changed and a removed one outlive a power loss once their directory is durable. */
function syncNames(lane: Lane, done: Done): void {
  if (!lane.namesDirty || !lane.forceSync) {
    done(null);
    return;
  }
  lane.namesDirty = false;
  fs.open(lane.directory, "r", (error, fd) => {
    if (error !== null) {
      done(error);
      return;
    }
    fs.fsync(fd, (fault) => {
      fs.close(fd, (failure) => {
        done(fault ?? failure);
      });
    });
  });
}

/**
 * Opens a file, or finds it open.
 *
 * @param mode `w+` empties it, `a` makes it when it is not there and goes on at its end, `r+` wants it to be there
 */
function openFile(
  lane: Lane,
  file: string,
  mode: "w+" | "a" | "r+",
  done: (error: NodeJS.ErrnoException | null, opened: OpenFile | null) => void,
): void {
  const known = lane.open.get(file);
  if (known !== undefined && mode !== "w+") {
    done(null, known);
    return;
  }
  closeFile(lane, file, () => {
    // Not O_APPEND: bytes go where the last ones ended, which in a file with room at its end is not its end.
    const { O_CREAT, O_RDWR, O_TRUNC } = fs.constants;
    const flags = O_RDWR | (mode === "r+" ? 0 : O_CREAT) | (mode === "w+" ? O_TRUNC : 0);
    fs.open(join(lane.directory, file), flags, 0o644, (error, fd) => {
      if (error !== null) {
        done(error, null);
        return;
      }
      if (mode !== "r+") lane.namesDirty = true;
      fs.fstat(fd, (fault, stats) => {
        if (fault !== null) {
          done(fault, null);
          return;
        }
        keepOpen(lane, file, fd, stats.size, done);
      });
    });
  });
}

function keepOpen(
  lane: Lane,
  file: string,
  fd: number,
  lengthBytes: number,
  done: (error: null, opened: OpenFile) => void,
): void {
  const compressor = lengthBytes === 0 ? createCompressor(compressionOf(file)) : null;
  const opened: OpenFile = { fd, writtenBytes: lengthBytes, lengthBytes, compressor };
  const [oldest] = lane.open.keys();
  lane.open.set(file, opened);
  if (oldest === undefined || lane.open.size <= OPEN_MAX) done(null, opened);
  else finishFile(lane, oldest, () => closeFile(lane, oldest, () => done(null, opened)));
}

/** Writes what a compressor holds back. Nothing is added to such a file after this. */
function finishFile(lane: Lane, file: string, done: Done): void {
  const opened = lane.open.get(file);
  if (opened === undefined || opened.compressor === null || opened.compressor.finished) {
    done(null);
    return;
  }
  opened.compressor.end((error, bytes) => {
    if (error !== null) {
      done(error);
      return;
    }
    const at = opened.writtenBytes;
    for (const chunk of bytes) opened.writtenBytes += chunk.length;
    opened.lengthBytes = opened.writtenBytes;
    writeAll(opened.fd, bytes, at, done);
  });
}

function closeFile(lane: Lane, file: string, done: () => void): void {
  const opened = lane.open.get(file);
  if (opened === undefined) {
    done();
    return;
  }
  lane.open.delete(file);
  fs.close(opened.fd, () => {
    done();
  });
}
