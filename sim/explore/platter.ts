import type { FileContent, FileInfo } from "../../core/event.ts";
import { createHash, mix, mixBytes, mixText, type RollingHash } from "../kernel/hash.ts";

/**
 * A disk with two conditions of everything: as its process sees it, and as a power loss would leave it at least. What
 * a power loss may keep besides, in part, is not looked at here: all of it (as when only the process ends), or nothing.
 */
export type Platter = {
  readonly files: Map<string, Inode>;
  readonly durableFiles: Map<string, Inode>;
  /** Changes of names that are not durable, in order, the first of them with the number `journalStart`. */
  journal: Entry[];
  journalStart: number;
};

type Inode = {
  bytes: Uint8Array;
  durable: Uint8Array;
  /** One more than the number of the last entry of the journal about it. */
  journalEnd: number;
};

type Entry =
  | { readonly kind: "create"; readonly file: string; readonly inode: Inode }
  | { readonly kind: "rename"; readonly file: string; readonly to: string }
  | { readonly kind: "remove"; readonly file: string }
  | { readonly kind: "truncate" };

/** A question to the disk that it has not answered. */
export type Ask = {
  readonly kind: "sync" | "list" | "read";
  readonly ticket: number;
  readonly files: readonly string[];
  /** What a sync makes durable: as it was when it was asked for. */
  readonly covers: readonly { readonly inode: Inode; readonly bytes: Uint8Array }[];
  readonly journalEnd: number;
};

export function createPlatter(files: readonly FileContent[]): Platter {
  const platter: Platter = {
    files: new Map(),
    durableFiles: new Map(),
    journal: [],
    journalStart: 0,
  };
  for (const { name, bytes } of files) {
    const inode = { bytes, durable: bytes, journalEnd: 0 };
    platter.files.set(name, inode);
    platter.durableFiles.set(name, inode);
  }
  return platter;
}

/** A platter of its own, and the questions to it. Bytes are shared: they are never changed. */
export function clonePlatter(
  { files, durableFiles, journal, journalStart }: Platter,
  asked: readonly Ask[],
): { platter: Platter; asked: Ask[] } {
  const inodes = new Map<Inode, Inode>();
  const copyOf = (inode: Inode): Inode => {
    let copy = inodes.get(inode);
    if (copy === undefined) inodes.set(inode, (copy = { ...inode }));
    return copy;
  };
  const copies = (from: ReadonlyMap<string, Inode>): Map<string, Inode> => {
    const to = new Map<string, Inode>();
    for (const [name, inode] of from) to.set(name, copyOf(inode));
    return to;
  };
  return {
    platter: {
      files: copies(files),
      durableFiles: copies(durableFiles),
      journal: journal.map((entry) =>
        entry.kind === "create" ? { ...entry, inode: copyOf(entry.inode) } : entry,
      ),
      journalStart,
    },
    asked: asked.map((ask) => ({
      ...ask,
      covers: ask.covers.map(({ inode, bytes }) => ({ inode: copyOf(inode), bytes })),
    })),
  };
}

export function write(platter: Platter, file: string, bytes: Uint8Array): void {
  const inode = openOrCreate(platter, file);
  if (inode.bytes.length > 0) inode.journalEnd = record(platter, { kind: "truncate" });
  inode.bytes = bytes;
}

export function append(platter: Platter, file: string, chunks: readonly Uint8Array[]): void {
  const inode = openOrCreate(platter, file);
  let { length } = inode.bytes;
  for (const chunk of chunks) length += chunk.length;
  const bytes = new Uint8Array(length);
  bytes.set(inode.bytes);
  let at = inode.bytes.length;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  inode.bytes = bytes;
}

export function truncate(platter: Platter, file: string, lengthBytes: number): void {
  const inode = openOrCreate(platter, file);
  inode.journalEnd = record(platter, { kind: "truncate" });
  inode.bytes = inode.bytes.slice(0, lengthBytes);
}

export function rename(platter: Platter, file: string, to: string): void {
  const inode = platter.files.get(file);
  if (inode === undefined) throw new Error(`cannot rename ${file} to ${to}: no such file`);
  inode.journalEnd = record(platter, { kind: "rename", file, to });
}

export function remove(platter: Platter, file: string): void {
  if (platter.files.has(file)) record(platter, { kind: "remove", file });
}

/** What a sync of these files will cover when it is done. */
export function askSync(platter: Platter, files: readonly string[], ticket: number): Ask {
  const inodes = files.flatMap((file) => platter.files.get(file) ?? []);
  return {
    kind: "sync",
    ticket,
    files,
    covers: inodes.map((inode) => ({ inode, bytes: inode.bytes })),
    journalEnd: Math.max(0, ...inodes.map(({ journalEnd }) => journalEnd)),
  };
}

/** A sync is done. */
export function makeDurable(platter: Platter, { covers, journalEnd }: Ask): void {
  const count = journalEnd - platter.journalStart;
  if (count > 0) {
    for (const entry of platter.journal.splice(0, count)) apply(platter.durableFiles, entry);
    platter.journalStart = journalEnd;
  }
  for (const { inode, bytes } of covers) inode.durable = bytes;
}

/** Is everything durable that a sync covers? */
export function isDone(platter: Platter, { covers, journalEnd }: Ask): boolean {
  return (
    journalEnd <= platter.journalStart &&
    covers.every(({ inode, bytes }) => inode.durable === bytes || bytes.length === 0)
  );
}

/** All changes of names become durable. */
export function forceNames(platter: Platter): void {
  for (const entry of platter.journal) apply(platter.durableFiles, entry);
  platter.journalStart += platter.journal.length;
  platter.journal = [];
}

/** Nothing is left but what a sync has covered. */
export function loseUnsynced(platter: Platter): Platter {
  return createPlatter(filesOf(platter, true));
}

/** The files as a process finds them that starts now, or after a power loss; by name. */
export function filesOf({ files, durableFiles }: Platter, durable: boolean): FileContent[] {
  const found: FileContent[] = [];
  for (const [name, inode] of durable ? durableFiles : files) {
    found.push({ name, bytes: durable ? inode.durable : inode.bytes });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Mixes in names and contents. */
export function mixFiles(hash: RollingHash, files: readonly FileContent[]): void {
  for (const { name, bytes } of files) {
    mixText(hash, name);
    mixContent(hash, bytes);
  }
}

export function listFiles({ files }: Platter): FileInfo[] {
  const names = [...files.keys()].sort();
  return names.map((name) => ({ name, lengthBytes: files.get(name)!.bytes.length }));
}

export function readFiles({ files }: Platter, names: readonly string[]): FileContent[] {
  return names.flatMap((name) => {
    const inode = files.get(name);
    return inode === undefined ? [] : [{ name, bytes: inode.bytes }];
  });
}

/** Mixes in all that makes a difference, now or later. */
export function mixPlatter(hash: RollingHash, platter: Platter, asked: readonly Ask[]): void {
  const { files, durableFiles, journal, journalStart } = platter;
  const numbers = new Map<Inode, number>();
  const mixInode = (inode: Inode): void => {
    let number = numbers.get(inode);
    if (number !== undefined) {
      mix(hash, number);
      return;
    }
    numbers.set(inode, (number = numbers.size + 1));
    mix(hash, number);
    mixContent(hash, inode.bytes);
    mixContent(hash, inode.durable);
    mix(hash, Math.max(0, inode.journalEnd - journalStart));
  };
  for (const from of [files, durableFiles]) {
    mix(hash, from.size);
    for (const name of [...from.keys()].sort()) {
      mixText(hash, name);
      mixInode(from.get(name)!);
    }
  }
  mix(hash, journal.length);
  for (const entry of journal) {
    mixText(hash, entry.kind);
    if (entry.kind !== "truncate") mixText(hash, entry.file);
    if (entry.kind === "create") mixInode(entry.inode);
    else if (entry.kind === "rename") mixText(hash, entry.to);
  }
  mix(hash, asked.length);
  for (const ask of asked) {
    mixText(hash, ask.kind);
    mix(hash, ask.ticket);
    for (const file of ask.files) mixText(hash, file);
    for (const { inode, bytes } of ask.covers) {
      mixInode(inode);
      mixContent(hash, bytes);
    }
    mix(hash, Math.max(0, ask.journalEnd - journalStart));
  }
}

/** Contents are the same objects in many conditions of a disk: each is read once. */
const contents = new WeakMap<Uint8Array, RollingHash>();

function mixContent(hash: RollingHash, bytes: Uint8Array): void {
  let own = contents.get(bytes);
  if (own === undefined) {
    own = createHash();
    mixBytes(own, bytes);
    contents.set(bytes, own);
  }
  mix(hash, own[0]!);
  mix(hash, own[1]!);
}

function openOrCreate(platter: Platter, file: string): Inode {
  const known = platter.files.get(file);
  if (known !== undefined) return known;
  const inode: Inode = { bytes: EMPTY, durable: EMPTY, journalEnd: 0 };
  inode.journalEnd = record(platter, { kind: "create", file, inode });
  return inode;
}

const EMPTY = new Uint8Array(0);

function record(platter: Platter, entry: Entry): number {
  platter.journal.push(entry);
  apply(platter.files, entry);
  return platter.journalStart + platter.journal.length;
}

function apply(files: Map<string, Inode>, entry: Entry): void {
  switch (entry.kind) {
    case "create":
      files.set(entry.file, entry.inode);
      break;
    case "rename": {
      const inode = files.get(entry.file);
      if (inode === undefined) break;
      files.delete(entry.file);
      files.set(entry.to, inode);
      break;
    }
    case "remove":
      files.delete(entry.file);
      break;
    case "truncate":
      break;
  }
}
