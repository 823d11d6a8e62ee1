/** The middle of some numbers; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/** The median of so many measures. One that failed makes it NaN. */
export function medianOf(times: number, measure: () => number): number {
  const values = Array.from({ length: times }, measure);
  return values.some(Number.isNaN) ? NaN : median(values);
}
