import { planRecovery, recover } from "../../core/storage/recovery.ts";
import type { FileContent } from "../../core/event.ts";
import { treeDigest } from "../../core/tree/tree.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import {
  diskDamaged,
  diskMemory,
  isPartOf,
  mayBeDamaged,
  type DiskMemory,
} from "../check/damage.ts";
import { flipBit, misdirect, undoRename, type Corruption } from "../disk/corruption.ts";
import { endProcess } from "../disk/failure.ts";
import { filesOf, replaceFiles } from "../disk/replace.ts";
import { branchOf } from "../kernel/stream.ts";
import { crashServerProcess } from "./server-process.ts";
import type { Cluster, ServerProcess } from "./state.ts";

/** Keeps a copy of a server's disk, in place of the last one, as its process sees it at this instant. */
export function backUp({ checks }: Cluster, process: ServerProcess): void {
  process.backup = {
    files: filesOf(process.disk),
    memory: checks === null ? null : diskMemory(checks, process.sid),
  };
}

/**
 * The host gets an empty disk. Its process ends first.
 *
 * @returns whether it was done: with `spare` not if others would miss what is lost
 */
export function wipe(cluster: Cluster, process: ServerProcess, spare: boolean): boolean {
  return replace(cluster, process, spare, [], "nothing");
}

/** The host gets its disk as it was when it was last copied, once more; never where it was not. */
export function rollBack(cluster: Cluster, process: ServerProcess, spare: boolean): boolean {
  const { backup } = process;
  if (backup === null) return false;
  return replace(cluster, process, spare, backup.files, backup.memory ?? "any part");
}

/**
 * Damages the files of a host, whose process ends first. Where there is nothing to damage it does nothing.
 *
 * With `spare` also not where the server would take for whole what is not: ZooKeeper skips what follows a
 * record whose end is damaged, and goes on with the next log file.
 */
export function corrupt(
  cluster: Cluster,
  process: ServerProcess,
  what: Corruption,
  spare: boolean,
): boolean {
  const files = damaged(process, what);
  if (files === null || (spare && !isReadTruly(cluster, process, files))) return false;
  return replace(cluster, process, spare, files, "any part");
}

function damaged({ disk }: ServerProcess, what: Corruption): FileContent[] | null {
  const stream = branchOf(disk.stream, `damage ${disk.crashCount}`);
  const files = filesOf(disk);
  switch (what) {
    case "log bit":
      return flipBit(files, "log", stream);
    case "snapshot bit":
      return flipBit(files, "snapshot", stream);
    case "misdirected write":
      return misdirect(files, stream);
    case "lost rename":
      return undoRename(files, disk);
  }
}

function replace(
  cluster: Cluster,
  process: ServerProcess,
  spare: boolean,
  files: readonly FileContent[],
  left: DiskMemory | "nothing" | "any part",
): boolean {
  const { checks } = cluster;
  const { sid, disk } = process;
  const isSpared = checks !== null && mayBeDamaged(checks, sid);
  if (spare && !isSpared) return false;
  crashServerProcess(cluster, process, { power: false, losesSent: false });
  endProcess(disk);
  replaceFiles(disk, files);
  if (checks !== null) diskDamaged(checks, sid, left, !isSpared);
  return true;
}

/** Does a server refuse to start with these files, or find a part of its history in them? */
function isReadTruly(
  { checks }: Cluster,
  { sid, config }: ServerProcess,
  files: readonly FileContent[],
): boolean {
  const infos = files.map(({ name, bytes }) => ({ name, lengthBytes: bytes.length }));
  const rejected = new Map<string, boolean>();
  for (;;) {
    const recovery = recover(planRecovery(infos, rejected), files, config);
    if (recovery.kind === "refused") return true;
    if (recovery.kind === "badSnapshot") {
      rejected.set(recovery.name, recovery.whole);
      continue;
    }
    const { database, txnCount, snapshotZxid } = recovery;
    const from = snapshotZxid ?? ZERO_ZXID;
    const read = { from, txnCount, zxid: database.lastZxid, digest: treeDigest(database.tree) };
    return checks !== null && isPartOf(checks, sid, read);
  }
}
