import type { FileContent, FileInfo } from "../../core/event.ts";
import { schedule, type Kernel, type Turn } from "../kernel/kernel.ts";
import { drawAt, openSource } from "../kernel/source.ts";
import type { Stream } from "../kernel/stream.ts";
import { change, changesEnd, contentOf, createInode, makeDurable } from "./inode.ts";
import { force, record } from "./journal.ts";
import type { Disk, DiskEvent, DiskRequest, DiskTimes, Inode } from "./state.ts";
import { isHeldUp } from "./trouble.ts";

export function createDisk(
  kernel: Kernel,
  stream: Stream,
  settings: { readonly turnKind: number; readonly times: DiskTimes },
): Disk {
  return {
    kernel,
    stream,
    source: openSource(stream.label, "times"),
    syncCount: 0,
    readCount: 0,
    turnKind: settings.turnKind,
    times: settings.times,
    files: new Map(),
    durableFiles: new Map(),
    journal: [],
    journalStart: 0,
    lastRename: null,
    busyUntilUs: 0,
    crashCount: 0,
    trouble: "none",
    addedUs: 0,
    waiting: [],
    failed: false,
  };
}

/** Adds bytes behind what was written to a file, which is made when it is not there. */
export function append(disk: Disk, file: string, chunks: readonly Uint8Array[]): void {
  const inode = openOrCreate(disk, file);
  for (const chunk of chunks) if (chunk.length > 0) change(inode, chunk);
}

/** Makes a file at least this long, with zeros; appends go on where they were. */
export function allocate(disk: Disk, file: string, lengthBytes: number): void {
  const inode = openOrCreate(disk, file);
  if (lengthBytes > inode.lengthBytes) change(inode, { kind: "allocate", lengthBytes });
}

/** Replaces or makes a whole file, as opening it for writing does: it is emptied, then written. */
export function write(disk: Disk, file: string, bytes: Uint8Array): void {
  const inode = openOrCreate(disk, file);
  if (inode.lengthBytes > 0) cutTo(disk, inode, 0);
  if (bytes.length > 0) change(inode, bytes);
}

/** Sets a file's length. */
export function truncate(disk: Disk, file: string, lengthBytes: number): void {
  const inode = disk.files.get(file);
  if (inode === undefined) throw new Error(`cannot truncate ${file}: no such file`);
  cutTo(disk, inode, lengthBytes);
}

/** Gives a file another name, in place of the one that has it. */
export function rename(disk: Disk, file: string, to: string): void {
  const inode = disk.files.get(file);
  if (inode === undefined) throw new Error(`cannot rename ${file} to ${to}: no such file`);
  disk.lastRename = { file, to, inode, replaced: disk.files.get(to) ?? null };
  inode.journalEnd = record(disk, { kind: "rename", file, to });
}

/** Removes a file, if it is there. */
export function remove(disk: Disk, file: string): void {
  if (disk.files.has(file)) record(disk, { kind: "remove", file });
}

/**
 * Answered by `synced` when all that was done to these files up to now, and their names, are durable, and with them
 * all changes of names and lengths from before the files' own. Names that are not there are passed over.
 */
export function sync(
  disk: Disk,
  processId: number,
  files: readonly string[],
  ticket: number,
): void {
  const covers: { readonly inode: Inode; readonly changesEnd: number }[] = [];
  let journalEnd = 0;
  for (const file of files) {
    const inode = disk.files.get(file);
    if (inode === undefined) continue;
    covers.push({ inode, changesEnd: changesEnd(inode) });
    journalEnd = Math.max(journalEnd, inode.journalEnd);
  }
  ask(disk, processId, { kind: "sync", ticket, covers, journalEnd });
}

/** Answered by `listed`: all files, by name. */
export function list(disk: Disk, processId: number, ticket: number): void {
  ask(disk, processId, { kind: "list", ticket });
}

/** Answered by `read`: these files, without those that are not there. */
export function read(
  disk: Disk,
  processId: number,
  files: readonly string[],
  ticket: number,
): void {
  ask(disk, processId, { kind: "read", ticket, files });
}

/**
 * Handles a turn whose kind is a disk's. Its target is the process that asked.
 *
 * @returns the answer; undefined when that process has ended since
 */
export function onDiskTurn(turn: Turn): DiskEvent | undefined {
  const request = turn.payload as DiskRequest;
  const { disk, crashCount, asks } = request;
  if (crashCount !== disk.crashCount) return undefined;
  if (disk.trouble !== "none" && isHeldUp(disk, turn.target, request)) return undefined;
  switch (asks.kind) {
    case "fail":
      return { kind: "diskFailed", reason: asks.reason };
    case "sync":
      force(disk, asks.journalEnd);
      for (const { inode, changesEnd } of asks.covers) makeDurable(inode, changesEnd);
      return { kind: "synced", ticket: asks.ticket };
    case "list":
      return { kind: "listed", ticket: asks.ticket, files: listing(disk) };
    case "read":
      return { kind: "read", ticket: asks.ticket, files: contents(disk, asks.files) };
  }
}

/** The files as a process sees them, by name. */
export function listing(disk: Disk): FileInfo[] {
  const names = [...disk.files.keys()].sort();
  return names.map((name) => ({ name, lengthBytes: disk.files.get(name)!.lengthBytes }));
}

/** The content of those of these files that are there, as a process sees it. */
export function contents(disk: Disk, files: readonly string[]): FileContent[] {
  const found: FileContent[] = [];
  for (const name of files) {
    const inode = disk.files.get(name);
    if (inode !== undefined) found.push({ name, bytes: contentOf(inode) });
  }
  return found;
}

function openOrCreate(disk: Disk, file: string): Inode {
  let inode = disk.files.get(file);
  if (inode === undefined) {
    inode = createInode();
    inode.journalEnd = record(disk, { kind: "create", file, inode });
  }
  return inode;
}

function cutTo(disk: Disk, inode: Inode, lengthBytes: number): void {
  inode.journalEnd = record(disk, { kind: "truncate" });
  change(inode, { kind: "truncate", lengthBytes, journalNumber: inode.journalEnd - 1 });
}

function ask(disk: Disk, processId: number, asks: DiskRequest["asks"]): void {
  const { kernel } = disk;
  const startUs = Math.max(disk.busyUntilUs, kernel.nowUs);
  disk.busyUntilUs = startUs + timeOf(disk, asks.kind) + disk.addedUs;
  const request: DiskRequest = { disk, crashCount: disk.crashCount, asks };
  schedule(kernel, disk.busyUntilUs, disk.turnKind, processId, 0, request);
}

function timeOf(disk: Disk, kind: DiskRequest["asks"]["kind"]): number {
  const { source, times, crashCount } = disk;
  return kind === "sync"
    ? drawAt(source, 2 * crashCount, disk.syncCount++, times.sync)
    : drawAt(source, 2 * crashCount + 1, disk.readCount++, times.read);
}
