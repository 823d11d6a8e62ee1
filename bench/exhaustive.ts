import { beginExhaustive, DEFAULT_BOUNDS, exhaustOn } from "../runner/exhaustive.ts";

/** Different states a second of a whole search: what the core works out and what is looked up, together. */
export function exhaustiveStates(): number {
  const run = beginExhaustive(DEFAULT_BOUNDS, []);
  const startedMs = performance.now();
  while (exhaustOn(run, 1 << 16)) continue;
  return (run.search.seen.count * 1000) / (performance.now() - startedMs);
}
