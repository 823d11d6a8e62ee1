import { createHash, mixText } from "./hash.ts";
import { drawnBy, type DrawTable } from "./stream.ts";

/**
 * Random numbers by address instead of by turn: the number at a place is the same whatever else was drawn, so
 * that a run from which something was taken away goes on with the same draws everywhere else. What a draw is
 * for gives it its address: who, to whom, what, the how-manieth of its kind.
 *
 * Frozen: two 32-bit words of a label's hash.
 */
export type Source = { readonly lo: number; readonly hi: number };

/** The source of a name within a run. `label` is a stream's or any other text that holds the run's seed. */
export function openSource(label: string, name: string): Source {
  const hash = createHash();
  mixText(hash, label);
  mixText(hash, name);
  return Object.freeze({ lo: scatter(hash[0]!), hi: scatter(hash[1]!) });
}

/** 32 bits, 0 … 2^32 − 1, of an address: `place` and `nth` are whole numbers below 2^32. */
export function wordAt(source: Source, place: number, nth: number): number {
  return scatter(scatter(source.lo + Math.imul(place, 0x9e37_79b9)) + (source.hi ^ nth)) >>> 0;
}

/** Draws from a table, as `draw` does with the next word of a stream. */
export function drawAt(source: Source, place: number, nth: number, table: DrawTable): number {
  return drawnBy(table, wordAt(source, place, nth));
}

/** A bijection of 32-bit words in which every bit of the result hangs on every bit given: "lowbias32", Chris Wellons, public domain. */
function scatter(word: number): number {
  let x = word ^ (word >>> 16);
  x = Math.imul(x, 0x7feb_352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846c_a68b);
  return x ^ (x >>> 16);
}
