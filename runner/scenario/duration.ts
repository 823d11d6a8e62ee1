/** A duration as people write it: a number and its unit. */
export const DURATION: RegExp = /^\d+(\.\d+)?(us|ms|s|m)$/;

export const DURATION_HELP = 'a duration such as "500ms", "2s" or "1.5m"';

const UNIT_US: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000, m: 60_000_000 };

/** Whole microseconds of a duration, or null when it is none. */
export function parseDurationUs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m)$/.exec(text.trim());
  if (match === null) return null;
  return Math.round(Number(match[1]) * UNIT_US[match[2]!]!);
}

/** `12.345678 s`, as instants are printed everywhere. */
export function formatInstant(us: number): string {
  const fraction = String(us % 1_000_000).padStart(6, "0");
  return `${Math.floor(us / 1_000_000)}.${fraction} s`;
}

/** A duration as people write it, in the largest unit that makes it whole. */
export function formatDuration(us: number): string {
  if (us % 1_000_000 === 0) return `${us / 1_000_000}s`;
  return us % 1000 === 0 ? `${us / 1000}ms` : `${us}us`;
}
