import { diskDamaged, diskMemory, mayBeDamaged, type DiskMemory } from "../check/damage.ts";
import { filesOf, replaceFiles } from "../disk/replace.ts";
import { crashServerProcess } from "./server-process.ts";
import type { Cluster, ServerProcess } from "./state.ts";

/** Keeps a copy of a server's disk, in place of the last one, as its process sees it at this instant. */
export function backUp({ checks }: Cluster, process: ServerProcess): void {
  process.backup = {
    files: filesOf(process.disk),
    memory: checks === null ? null : diskMemory(checks, process.sid),
  };
}

/** The host gets an empty disk. Its process ends first. */
export function wipe(cluster: Cluster, process: ServerProcess): void {
  endForGood(cluster, process);
  const isOwed = !isSpared(cluster, process);
  replaceFiles(process.disk, []);
  tell(cluster, process, "nothing", isOwed);
}

/** The host gets its disk as it was when it was last copied, once more. False when it never was. */
export function rollBack(cluster: Cluster, process: ServerProcess): boolean {
  const { backup } = process;
  if (backup === null) return false;
  endForGood(cluster, process);
  const isOwed = !isSpared(cluster, process);
  replaceFiles(process.disk, backup.files);
  tell(cluster, process, backup.memory ?? "any part", isOwed);
  return true;
}

/**
 * Has a quorum of the other servers all that this one's disk stands for? Then its loss must hurt nobody. Only
 * the checks know; without them nothing is known to be spared.
 */
export function isSpared({ checks }: Cluster, { sid }: ServerProcess): boolean {
  return checks !== null && mayBeDamaged(checks, sid);
}

function endForGood(cluster: Cluster, process: ServerProcess): void {
  crashServerProcess(cluster, process, { power: false, losesSent: false });
}

function tell(
  { checks }: Cluster,
  { sid }: ServerProcess,
  left: DiskMemory | "nothing" | "any part",
  isOwed: boolean,
): void {
  if (checks !== null) diskDamaged(checks, sid, left, isOwed);
}
