import type { DiskState, StepInput } from "./input.ts";
import type { KeyPath } from "./locate.ts";
import { durationUs, fail, failAtKey, type Reader } from "./reader.ts";
import type { Target } from "./scenario.ts";

/** Faults of a server's disk, process and clock. `spare`: not where others would miss what is lost. */
export type ServerFault =
  | {
      readonly kind: "disk";
      readonly targets: readonly Target[];
      readonly is: DiskState;
      readonly addedUs: number;
    }
  | {
      readonly kind: "wipe" | "rollback";
      readonly targets: readonly Target[];
      readonly spare: boolean;
    }
  | { readonly kind: "backup"; readonly targets: readonly Target[] };

/** The keys that each of them takes besides whom it is for. */
export const SERVER_FAULT_KEYS: Readonly<Record<ServerFault["kind"], readonly string[]>> = {
  disk: ["is", "by"],
  wipe: ["spare"],
  backup: [],
  rollback: ["spare"],
};

/** @throws InputProblem for a key that is missing, or that stands beside one that it cannot stand beside */
export function readServerFault(
  reader: Reader,
  path: KeyPath,
  kind: ServerFault["kind"],
  targets: readonly Target[],
  input: StepInput,
): ServerFault {
  switch (kind) {
    case "disk":
      return { kind, targets, ...readDiskState(reader, path, input) };
    case "wipe":
    case "rollback":
      return { kind, targets, spare: input.spare ?? false };
    case "backup":
      return { kind, targets };
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
