/** How far the leader has got with containers and TTL znodes that have outlived their use. */
export type Cleaner = {
  /** The leader began to serve; it looks every so often from here on. */
  readonly sinceMs: number;
  /** The timer runs. Without containers and TTL znodes there is nothing to run it for. */
  armed: boolean;
  /** Found, and not asked for yet. */
  readonly found: string[];
};

export function createCleaner(nowMs: number): Cleaner {
  return { sinceMs: nowMs, armed: false, found: [] };
}
