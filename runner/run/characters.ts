import type { Character } from "../../sim/cluster/state.ts";
import type { DiskTimes } from "../../sim/disk/state.ts";
import { makeTable, type DrawTable, type TableRow } from "../../sim/kernel/stream.ts";
import type { DiskName, NetworkName } from "../scenario/input.ts";

/** Rows are [weight, shortest, longest], in µs, one way. */
const LATENCIES: Readonly<Record<NetworkName, readonly TableRow[]>> = {
  instant: [[1, 1, 1]],
  // One switch: a quarter of a millisecond, now and then a few.
  lan: [
    [900, 150, 350],
    [90, 350, 1_000],
    [10, 1_000, 4_000],
  ],
  // Between cities.
  wan: [
    [900, 18_000, 25_000],
    [90, 25_000, 45_000],
    [10, 45_000, 120_000],
  ],
  // A crowded network: mostly quick, and then again not at all.
  "slow-tail": [
    [800, 200, 600],
    [150, 600, 8_000],
    [45, 8_000, 60_000],
    [5, 60_000, 400_000],
  ],
};

const DISK_TIMES: Readonly<Record<DiskName, readonly TableRow[]>> = {
  instant: [[1, 1, 1]],
  ssd: [
    [950, 300, 900],
    [50, 900, 4_000],
  ],
  hdd: [
    [900, 6_000, 12_000],
    [100, 12_000, 40_000],
  ],
  "slow-tail": [
    [900, 400, 1_200],
    [90, 1_200, 20_000],
    [10, 20_000, 800_000],
  ],
};

/** Until TCP sends again what a wall held back. */
const RETRANSMISSION = makeTable([
  [6, 1_000, 200_000],
  [3, 200_000, 800_000],
  [1, 800_000, 3_000_000],
]);

/** A woken thread runs soon, but not at once: whatever can come before it sometimes does. */
const THREADS = makeTable([
  [90, 1, 20],
  [9, 20, 100],
  [1, 100, 1_000],
]);

export function characterOf(network: NetworkName, disk: DiskName): Character {
  const times = makeTable(DISK_TIMES[disk]);
  return {
    latency: makeTable(LATENCIES[network]),
    retransmission: RETRANSMISSION,
    disk: { sync: times, read: times } satisfies DiskTimes,
    threads: THREADS,
  };
}

/**
 * The latency of a slow link: that of the network, and so much more. With a tail, one message in ten takes longer
 * still: mostly up to an eighth of the tail, one in thirty up to all of it.
 */
export function slowedLatency(network: NetworkName, addedMs: number, tailMs: number): DrawTable {
  const addedUs = addedMs * 1000;
  const tailUs = tailMs * 1000;
  const rows = LATENCIES[network].map(([weight, min, max]): TableRow => [
    weight,
    min + addedUs,
    max + addedUs,
  ]);
  if (tailMs === 0) return makeTable(rows);
  const weightSum = rows.reduce((sum, [weight]) => sum + weight, 0);
  const eighthUs = Math.ceil(tailUs / 8);
  return makeTable([
    ...rows.map(([weight, min, max]): TableRow => [weight * 27, min, max]),
    [weightSum * 2, addedUs, addedUs + eighthUs],
    [weightSum, addedUs + eighthUs, addedUs + tailUs],
  ]);
}
