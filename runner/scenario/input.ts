import type { LatePoint } from "../../sim/cluster/late.ts";
import type { Corruption } from "../../sim/disk/corruption.ts";
import type { Leaves } from "../../sim/disk/failure.ts";
/*
 * A scenario file's content as written, once its form was checked. What each key means is said beside the
 * schema (schema.ts), whose values these are.
 */

export type ScenarioInput = {
  name: string;
  title: string;
  description?: string | undefined;
  seed?: string | undefined;
  ensemble: EnsembleInput;
  history?: Record<string, HistoryInput> | undefined;
  clocks?: Record<string, ClockInput> | undefined;
  network?: NetworkName | undefined;
  disk?: DiskName | undefined;
  deliveries?: DeliveryInput[] | undefined;
  clients?: ClientInput[] | undefined;
  steps?: StepInput[] | undefined;
  faults?: FaultsInput | undefined;
  until: string;
  maxEvents?: number | undefined;
  expect?: ExpectationInput[] | undefined;
};

export type EnsembleInput = {
  servers?: number | undefined;
  observers?: number | undefined;
  config?: string | Record<string, string> | undefined;
  tickMs?: number | undefined;
  initLimit?: number | undefined;
  syncLimit?: number | undefined;
  minSessionTimeoutMs?: number | undefined;
  maxSessionTimeoutMs?: number | undefined;
  snapCount?: number | undefined;
  commitLogCount?: number | undefined;
  groups?: number[][] | undefined;
  weights?: Record<string, number> | undefined;
};

export type HistoryInput = {
  zxid: ZxidInput | ZxidInput[];
  acceptedEpoch?: number | undefined;
  currentEpoch?: number | undefined;
};

export type ClockInput = {
  driftPpm?: number | undefined;
  offsetMs?: number | undefined;
};

/** One message, named by what it is, and how long it takes. */
export type DeliveryInput = {
  message: string;
  nth: number;
  from: TargetInput;
  to: TargetInput;
  port: string;
  connection: number;
  takes: string;
};

export type ZxidInput = number | string;

export type OperationFields = {
  path?: string | undefined;
  data?: string | undefined;
  version?: number | undefined;
  ephemeral?: boolean | undefined;
  sequential?: boolean | undefined;
  watch?: boolean | undefined;
  retries?: number | undefined;
};

export type OperationInput = OperationFields & { at: string; do: ClientAction };

export type ClientInput = {
  name: string;
  count?: number | undefined;
  sessionTimeout?: string | undefined;
  servers?: number[] | undefined;
  start?: string | undefined;
  renew?: boolean | undefined;
  mix?: Record<string, number | undefined> | undefined;
  rate?: number | undefined;
  think?: string | undefined;
  inFlight?: number | undefined;
  root?: string | undefined;
  keys?: number | undefined;
  dataBytes?: number | undefined;
  from?: string | undefined;
  until?: string | undefined;
  retries?: number | undefined;
  lock?: string | undefined;
  hold?: string | undefined;
  rest?: string | undefined;
  watch?: string | undefined;
  what?: "data" | "children" | "exists" | undefined;
  do?: OperationInput[] | undefined;
};

/** A sid, or a role. */
export type TargetInput = number | string;

export type StepInput = OperationFields & {
  at?: string | undefined;
  when?: string | undefined;
  after?: string | undefined;
  do?: ActionName | undefined;
  say?: string | undefined;
  server?: TargetInput | undefined;
  servers?: TargetInput[] | undefined;
  power?: boolean | undefined;
  groups?: TargetInput[][] | undefined;
  from?: TargetInput | undefined;
  to?: TargetInput | undefined;
  by?: string | undefined;
  tail?: string | undefined;
  for?: string | undefined;
  over?: string | undefined;
  shape?: PartitionShape | undefined;
  bytesPerSecond?: number | undefined;
  oneIn?: number | undefined;
  silently?: boolean | undefined;
  keeps?: number | undefined;
  late?: string | undefined;
  client?: string | undefined;
  is?: DiskState | undefined;
  spare?: boolean | undefined;
  what?: Corruption | undefined;
  leaves?: Leaves | undefined;
  upon?: CrashPoint | undefined;
  nth?: number | undefined;
  within?: string | undefined;
  back?: string | undefined;
  times?: number | undefined;
  driftPpm?: number | undefined;
  jumpMs?: number | undefined;
  points?: LatePoint[] | undefined;
  apart?: string | undefined;
};

export type FaultsInput = {
  every: string;
  lasts?: [string, string] | undefined;
  from?: string | undefined;
  until?: string | undefined;
  max?: number | undefined;
  kinds?: Record<string, number | undefined> | undefined;
};

export type ExpectationInput = {
  that?: string | undefined;
  by?: string | undefined;
  at?: string | undefined;
  always?: string | undefined;
  never?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
};

/** Done to servers and to the network. */
export const SERVER_ACTIONS = [
  "start",
  "stop",
  "crash",
  "restart",
  "pause",
  "resume",
  "partition",
  "isolate",
  "heal",
  "slow",
  "hold",
  "release",
  "clog",
  "swizzle",
  "throttle",
  "lose",
  "refuse",
  "reset",
  "halfOpen",
  "disk",
  "wipe",
  "backup",
  "rollback",
  "corrupt",
  "clock",
  "late",
] as const;
export type ServerAction = (typeof SERVER_ACTIONS)[number];

/** Done by a client. */
export const CLIENT_ACTIONS = [
  "create",
  "set",
  "get",
  "exists",
  "children",
  "delete",
  "sync",
  "close",
  "open",
] as const;
export type ClientAction = (typeof CLIENT_ACTIONS)[number];

export type ActionName = ServerAction | ClientAction;
export const ACTIONS: readonly ActionName[] = [...SERVER_ACTIONS, ...CLIENT_ACTIONS];

export const FAULT_KINDS = [
  "crash",
  "power",
  "pause",
  "partition",
  "isolate",
  "oneWay",
  "slow",
  "reset",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Who still hears whom. */
export const PARTITION_SHAPES = ["halves", "bridge", "ring"] as const;
export type PartitionShape = (typeof PARTITION_SHAPES)[number];

/** How a server's disk can be, from a step on. */
export const DISK_STATES = ["well", "slow", "stalled", "full", "failing"] as const;
export type DiskState = (typeof DISK_STATES)[number];

/** What a server does, or (`event`) what happens to it: a crash can be told to come right behind one of these. */
export const CRASH_POINTS = [
  "event",
  "append",
  "write",
  "rename",
  "truncate",
  "sync",
  "send",
  "proposed",
  "committed",
  "delivered",
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export const NETWORKS = ["lan", "wan", "slow-tail", "instant"] as const;
export type NetworkName = (typeof NETWORKS)[number];

export const DISKS = ["ssd", "hdd", "slow-tail", "instant"] as const;
export type DiskName = (typeof DISKS)[number];
