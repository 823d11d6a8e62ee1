import type { LatePoint } from "../../sim/cluster/late.ts";
import type { Corruption } from "../../sim/disk/corruption.ts";
import type { DiskState, StepInput } from "./input.ts";
import type { KeyPath } from "./locate.ts";
import { durationUs, fail, failAtKey, type Reader } from "./reader.ts";

/** Faults of a server's disk, process and clock. `spare`: not where others would miss what is lost. */
export type ServerFault =
  | {
      readonly kind: "disk";
      readonly is: DiskState;
      readonly addedUs: number;
    }
  | {
      readonly kind: "wipe" | "rollback";
      readonly spare: boolean;
    }
  | { readonly kind: "backup" }
  /** What is null stays as it is. */
  | { readonly kind: "clock"; readonly driftPpm: number | null; readonly jumpMs: number | null }
  | {
      readonly kind: "late";
      /** Null: at all of them. */
      readonly points: readonly LatePoint[] | null;
      readonly oneIn: number;
      readonly byUs: number;
    }
  | { readonly kind: "corrupt"; readonly what: Corruption; readonly spare: boolean };

/** The keys that each of them takes besides whom it is for. */
export const SERVER_FAULT_KEYS: Readonly<Record<ServerFault["kind"], readonly string[]>> = {
  disk: ["is", "by"],
  wipe: ["spare"],
  backup: [],
  rollback: ["spare"],
  corrupt: ["what", "spare"],
  clock: ["driftPpm", "jumpMs"],
  late: ["points", "oneIn", "by"],
};

/** @throws InputProblem for a key that is missing, or that stands beside one that it cannot stand beside */
export function readServerFault(
  reader: Reader,
  path: KeyPath,
  kind: ServerFault["kind"],
  input: StepInput,
): ServerFault {
  switch (kind) {
    case "disk":
      return { kind, ...readDiskState(reader, path, input) };
    case "wipe":
    case "rollback":
      return { kind, spare: input.spare ?? false };
    case "backup":
      return { kind };
    case "clock": {
      const { driftPpm = null, jumpMs = null } = input;
      if (driftPpm !== null || jumpMs !== null) return { kind, driftPpm, jumpMs };
      return fail(reader.source, path, '"clock" needs "driftPpm" or "jumpMs"');
    }
    case "late": {
      const { points = null, oneIn = 1, by } = input;
      if (by === undefined) return fail(reader.source, path, '"late" needs "by", such as by: 50ms');
      return { kind, points, oneIn, byUs: durationUs(reader.source, [...path, "by"], by, 0) };
    }
    case "corrupt": {
      const { what, spare } = input;
      if (what !== undefined) return { kind, what, spare: spare ?? false };
      return fail(reader.source, path, '"corrupt" needs "what", such as what: log bit');
    }
  }
}

function readDiskState(
  reader: Reader,
  path: KeyPath,
  { is, by }: StepInput,
): { readonly is: DiskState; readonly addedUs: number } {
  if (is === undefined) return fail(reader.source, path, '"disk" needs "is", such as is: full');
  if (is === "slow" && by === undefined) {
    return fail(reader.source, path, 'a slow disk needs "by", such as by: 50ms');
  }
  if (is !== "slow" && by !== undefined) {
    return failAtKey(reader.source, [...path, "by"], `"by" is for a slow disk, not for one ${is}`);
  }
  return { is, addedUs: durationUs(reader.source, [...path, "by"], by, 0) };
}
