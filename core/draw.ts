/**
 * A server's own few random choices (snapshot spacing, observer pauses). The seed comes with `started`,
 * so that a simulation repeats; the state is one number, so that a clone of the server goes on alike.
 */
export type Draws = { word: number };

/** @param seed 0 … 2^32 − 1 */
export function createDraws(seed: number): Draws {
  return { word: seed >>> 0 || 0x9e3779b9 };
}

/** The next number, 0 … bound − 1. xorshift32: enough for spacing things out, for nothing else. */
export function drawBelow(draws: Draws, bound: number): number {
  let word = draws.word;
  word ^= word << 13;
  word ^= word >>> 17;
  word ^= word << 5;
  draws.word = word >>> 0;
  return draws.word % bound;
}
