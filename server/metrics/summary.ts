/** Samples that a summary with percentiles keeps: each of the past ones with the same chance. */
const RESERVOIR_SIZE = 1024;

/** What is known of a series of samples without keeping them. `min` and `max` mean nothing while `count` is 0. */
export type Summary = {
  count: number;
  sum: number;
  min: number;
  max: number;
};

/** A summary that can also say below which value a share of the samples lies. */
export type AdvancedSummary = Summary & {
  /** Null until the first sample: most of these never see one. */
  reservoir: Float64Array | null;
};

export function createSummary(): Summary {
  return { count: 0, sum: 0, min: 0, max: 0 };
}

export function createAdvancedSummary(): AdvancedSummary {
  return { count: 0, sum: 0, min: 0, max: 0, reservoir: null };
}

export function addSample(summary: Summary, value: number): void {
  if (summary.count === 0) {
    summary.min = value;
    summary.max = value;
  } else if (value < summary.min) summary.min = value;
  else if (value > summary.max) summary.max = value;
  summary.count++;
  summary.sum += value;
}

/** Vitter's algorithm R: a uniform sample of a series whose length nobody knows. */
export function addAdvancedSample(summary: AdvancedSummary, value: number): void {
  const reservoir = (summary.reservoir ??= new Float64Array(RESERVOIR_SIZE));
  const place =
    summary.count < RESERVOIR_SIZE
      ? summary.count
      : Math.floor(Math.random() * (summary.count + 1));
  if (place < RESERVOIR_SIZE) reservoir[place] = value;
  addSample(summary, value);
}

export function resetSummary(summary: Summary): void {
  summary.count = 0;
  summary.sum = 0;
  summary.min = 0;
  summary.max = 0;
}

/** The mean of the samples, 0 when there is none. */
export function averageOf({ count, sum }: Summary): number {
  return count === 0 ? 0 : sum / count;
}

/**
 * The value below which `share` (0 … 1) of the samples lies, as an integer; 0 without samples. Between
 * two samples it is interpolated.
 *
 * @see ZooKeeper, server/metric/AvgMinMaxPercentileCounter.java
 */
export function percentileOf({ count, reservoir }: AdvancedSummary, share: number): number {
  if (reservoir === null || count === 0) return 0;
  const sorted = reservoir.slice(0, Math.min(count, RESERVOIR_SIZE)).sort();
  const position = share * (sorted.length + 1);
  const index = Math.floor(position);
  if (index < 1) return Math.trunc(sorted[0] ?? 0);
  if (index >= sorted.length) return Math.trunc(sorted[sorted.length - 1] ?? 0);
  const below = sorted[index - 1] ?? 0;
  const above = sorted[index] ?? 0;
  return Math.trunc(below + (position - index) * (above - below));
}
