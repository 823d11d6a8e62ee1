import { schedule } from "../kernel/kernel.ts";
import type { Disk, DiskRequest, DiskTrouble } from "./state.ts";

/** What Linux calls them, as an operator reads it. */
const REASONS: Readonly<Record<"full" | "failing", string>> = {
  full: "No space left on device",
  failing: "Input/output error",
};

/** From now on this is wrong with the disk. One that was stalled goes on with what waited, at once and in order. */
export function setTrouble(disk: Disk, trouble: DiskTrouble): void {
  const wasStalled = disk.trouble === "stalled";
  disk.trouble = trouble;
  if (!wasStalled || trouble === "stalled") return;
  const { kernel, turnKind } = disk;
  for (const { processId, request } of disk.waiting.splice(0)) {
    schedule(kernel, kernel.nowUs, turnKind, processId, 0, request);
  }
}

/** From now on everything that the disk is asked for takes so much longer. */
export function setAddedUs(disk: Disk, addedUs: number): void {
  disk.addedUs = addedUs;
}

/** The kinds of effect that a disk may not be able to carry out. */
const ADDS: ReadonlySet<string> = new Set(["append", "allocate", "write", "extend"]);

/**
 * Does the disk fail this effect? If so the process hears of it in a turn of its own, soon; what it
 * asks for until then is not done either.
 */
export function refuses(disk: Disk, processId: number, effect: string): boolean {
  const { trouble } = disk;
  const isWrite = ADDS.has(effect);
  if (disk.failed) return isWrite || effect === "sync";
  if (trouble !== "full" && trouble !== "failing") return false;
  if (!isWrite && !(effect === "sync" && trouble === "failing")) return false;
  fail(disk, processId, trouble);
  return true;
}

/** What a disk in trouble does with a request that is due: a stalled one keeps it, a failing one syncs nothing. */
export function isHeldUp(disk: Disk, processId: number, request: DiskRequest): boolean {
  if (disk.trouble === "stalled") {
    disk.waiting.push({ processId, request });
    return true;
  }
  if (request.asks.kind !== "sync") return false;
  if (disk.failed) return true;
  if (disk.trouble !== "failing") return false;
  fail(disk, processId, "failing");
  return true;
}

function fail(disk: Disk, processId: number, trouble: "full" | "failing"): void {
  const { kernel, crashCount, turnKind } = disk;
  disk.failed = true;
  const asks = { kind: "fail", reason: REASONS[trouble] } as const;
  schedule(kernel, kernel.nowUs, turnKind, processId, 0, { disk, crashCount, asks });
}
