import { runHuntSeed } from "../runner/hunt/hunt-seed.ts";

const WARM_UP = 100;
const SEEDS = 400;

/** Runs/s of a hunt without workers: drawing, running and judging, without what is found. */
export function huntSeeds(): number {
  for (let seed = 1; seed <= WARM_UP; seed++) run(seed);
  const startedMs = performance.now();
  for (let seed = WARM_UP + 1; seed <= WARM_UP + SEEDS; seed++) run(seed);
  return (SEEDS * 1000) / (performance.now() - startedMs);
}

function run(seed: number): void {
  runHuntSeed({ seed: String(seed), defects: [], scenario: null });
}
