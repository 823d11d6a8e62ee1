import { CLOCKS } from "./clock.ts";
import { CRASHES } from "./crashes.ts";
import { CUTS } from "./cuts.ts";
import { DISKS } from "./disk.ts";
import type { FaultDraw } from "./fault-draw.ts";
import { NETWORKS } from "./network.ts";
import { PROCESSES } from "./process.ts";

/** Every kind of fault that a hunt draws from. A new one is a line in one of these lists, or a list here. */
export const FAULTS: readonly FaultDraw[] = [
  ...CRASHES,
  ...CUTS,
  ...DISKS,
  ...NETWORKS,
  ...PROCESSES,
  ...CLOCKS,
];
