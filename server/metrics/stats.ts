import {
  ADVANCED_SUMMARIES,
  COUNTERS,
  SUMMARIES,
  type AdvancedName,
  type CounterName,
  type SummaryName,
} from "./names.ts";
import { createNamespaces, resetNamespaces, type Namespaces } from "./namespaces.ts";
import {
  createAdvancedSummary,
  createSummary,
  resetSummary,
  type AdvancedSummary,
  type Summary,
} from "./summary.ts";

/** Bytes of the last, smallest and largest of something; −1 before the first. */
export type SizeStats = { last: number; min: number; max: number };

/**
 * What a server counts of itself while it works. Plain numbers, so that counting costs next to nothing;
 * everything else that monitoring shows is read from the server when it is asked for.
 */
export type ServerStats = {
  /** Monotonic ms at which the process began. */
  readonly startedMs: number;
  packetsReceived: number;
  packetsSent: number;
  /** Requests of own clients, ever; and those that are not answered yet. */
  requestCount: number;
  outstandingCount: number;
  /** ms from a request's arrival to its reply. */
  readonly latency: Summary;
  /** Replies without their length words. */
  readonly responses: SizeStats;
  readonly proposals: SizeStats;
  /** Credentials that were refused. */
  authFailedCount: number;
  /** Syncs of the log that took longer than `fsync.warningthresholdms`. */
  slowSyncCount: number;
  readonly counters: Record<CounterName, number>;
  readonly summaries: Record<SummaryName, Summary>;
  readonly advanced: Record<AdvancedName, AdvancedSummary>;
  readonly namespaces: Namespaces;
  /** ms from a proposal to the ack of each member, by sid; a leader's. */
  readonly ackLatency: Map<number, AdvancedSummary>;
  /** The digest of the tree at every 128th zxid, oldest first. */
  readonly digests: { readonly zxid: bigint; readonly digest: bigint }[];
  /** Watch events of one kind and place are one firing: those that the last one has set off so far. */
  readonly firing: { type: number; path: string; watchers: number };
  /** Monotonic ms since when there is an election, and since when clients are not served; −1 when neither. */
  lookingSinceMs: number;
  unavailableSinceMs: number;
  /** Monotonic ms since when this server serves; −1 while it does not. */
  servingSinceMs: number;
};

export function createServerStats(nowMs: number): ServerStats {
  return {
    startedMs: nowMs,
    packetsReceived: 0,
    packetsSent: 0,
    requestCount: 0,
    outstandingCount: 0,
    latency: createSummary(),
    responses: createSizes(),
    proposals: createSizes(),
    authFailedCount: 0,
    slowSyncCount: 0,
    counters: recordOf(COUNTERS, () => 0),
    summaries: recordOf(SUMMARIES, createSummary),
    advanced: recordOf(ADVANCED_SUMMARIES, createAdvancedSummary),
    namespaces: createNamespaces(),
    ackLatency: new Map(),
    digests: [],
    firing: { type: 0, path: "", watchers: 0 },
    lookingSinceMs: -1,
    unavailableSinceMs: -1,
    servingSinceMs: -1,
  };
}

/** What `srst` does: everything is zero again, but for what is going on and for how long. */
export function resetServerStats(stats: ServerStats): void {
  stats.packetsReceived = 0;
  stats.packetsSent = 0;
  stats.requestCount = 0;
  stats.slowSyncCount = 0;
  resetSummary(stats.latency);
  resetSizes(stats.responses);
  resetSizes(stats.proposals);
  for (const name of COUNTERS) stats.counters[name] = 0;
  for (const name of SUMMARIES) resetSummary(stats.summaries[name]);
  for (const name of ADVANCED_SUMMARIES) resetSummary(stats.advanced[name]);
  for (const summary of stats.ackLatency.values()) resetSummary(summary);
  resetNamespaces(stats.namespaces);
}

export function noteSize(sizes: SizeStats, lengthBytes: number): void {
  sizes.last = lengthBytes;
  if (sizes.min === -1 || lengthBytes < sizes.min) sizes.min = lengthBytes;
  if (lengthBytes > sizes.max) sizes.max = lengthBytes;
}

function createSizes(): SizeStats {
  return { last: -1, min: -1, max: -1 };
}

function resetSizes(sizes: SizeStats): void {
  sizes.last = -1;
  sizes.min = -1;
  sizes.max = -1;
}

function recordOf<Name extends string, Value>(
  names: readonly Name[],
  make: () => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, make()])) as Record<Name, Value>;
}
