import seedrandom from "seedrandom";
import { Outside } from "./clone.ts";

/** Draws made at a time. The generator is asked rarely, and a stream between two refills is plain data. */
const BLOCK_WORDS = 256;
const WORD_SPAN = 0x1_0000_0000;
/** Bounds of a table. Within them one word of 32 bits never rounds up to the end of a row. */
const WEIGHT_SUM_MAX = 0x1_0000;
const ROW_SPAN_MAX = 0x1_0000_0000;

type Generator = seedrandom.StatefulPRNG<seedrandom.State.Xor4096>;

/**
 * A named source of random numbers. The same seed and name give the same draws in every engine.
 * Plain data: a clone goes on with the same draws as the original would have.
 */
export type Stream = {
  readonly label: string;
  /** Words drawn ahead, 32 bits each. */
  readonly block: Int32Array;
  /** The first word of `block` not yet given out. */
  next: number;
  /** Where the generator stands behind `block`; undefined before the first block. Frozen, replaced. */
  saved: seedrandom.State.Xor4096 | undefined;
  /** The generator itself. It can always be made again from the two fields above. */
  readonly generator: Outside<Generator>;
};

/** All streams of a run, opened when first asked for. */
export type Streams = {
  readonly seed: string;
  readonly open: Map<string, Stream>;
};

/** One row is [weight, minUs, maxUs]: with that weight, any whole number from min to max. */
export type TableRow = readonly [weight: number, min: number, max: number];

/** A skewed distribution in whole numbers: latencies, sync times. Frozen, and its columns are never changed. */
export type DrawTable = {
  readonly weightSum: number;
  readonly weights: Float64Array;
  readonly mins: Float64Array;
  /** How many whole numbers a row has for each unit of its weight. */
  readonly densities: Float64Array;
};

export function createStreams(seed: string): Streams {
  return { seed, open: new Map() };
}

/**
 * The stream `name` of a run. One stream per concern (network, disk, fault …), so that a new draw in
 * one cannot shift the draws of another.
 */
export function streamOf(streams: Streams, name: string): Stream {
  let stream = streams.open.get(name);
  if (stream === undefined) {
    stream = openStream(streams.seed, name);
    streams.open.set(name, stream);
  }
  return stream;
}

export function openStream(seed: string, name: string): Stream {
  return streamUnder(`zootrope/${seed}/${name}`);
}

/** A stream of its own for one occasion: what it draws does not hang on what `stream` has drawn before. */
export function branchOf(stream: Stream, name: string): Stream {
  return streamUnder(`${stream.label}/${name}`);
}

function streamUnder(label: string): Stream {
  return {
    label,
    block: new Int32Array(BLOCK_WORDS),
    next: BLOCK_WORDS,
    saved: undefined,
    generator: new Outside(),
  };
}

/** 32 random bits, 0 … 2^32 − 1. */
export function word(stream: Stream): number {
  if (stream.next === BLOCK_WORDS) refill(stream);
  return stream.block[stream.next++]! >>> 0;
}

/**
 * A whole number from `min` to `max`, both included.
 *
 * @throws RangeError when there is none, or there are more than 2^32
 */
export function integer(stream: Stream, min: number, max: number): number {
  const span = max - min + 1;
  if (!(span >= 1 && span <= WORD_SPAN)) throw new RangeError(`cannot draw from ${min} … ${max}`);
  return min + Math.floor((word(stream) / WORD_SPAN) * span);
}

/** True once in `outOf` times; never, and without a draw, when `outOf` is 0. */
export function oneIn(stream: Stream, outOf: number): boolean {
  return outOf !== 0 && (word(stream) / WORD_SPAN) * outOf < 1;
}

/** One of `choices`, which must not be empty. */
export function pick<T>(stream: Stream, choices: readonly T[]): T {
  return choices[integer(stream, 0, choices.length - 1)]!;
}

/** @throws RangeError when a row is not whole numbers with weight ≥ 1 and 0 ≤ min ≤ max < min + 2^32 */
export function makeTable(rows: readonly TableRow[]): DrawTable {
  let weightSum = 0;
  for (const [weight, min, max] of rows) {
    const isWhole = Number.isInteger(weight) && Number.isInteger(min) && Number.isInteger(max);
    if (!isWhole || weight < 1 || min < 0 || max < min || max - min >= ROW_SPAN_MAX) {
      throw new RangeError(`not a row of [weight, min, max]: ${weight}, ${min}, ${max}`);
    }
    weightSum += weight;
  }
  if (weightSum === 0 || weightSum > WEIGHT_SUM_MAX) {
    throw new RangeError(`a table's weights sum to 1 … ${WEIGHT_SUM_MAX}`);
  }
  return Object.freeze({
    weightSum,
    weights: Float64Array.from(rows, (row) => row[0]),
    mins: Float64Array.from(rows, (row) => row[1]),
    densities: Float64Array.from(rows, ([weight, min, max]) => (max - min + 1) / weight),
  });
}

/** Draws from a table. */
export function draw(stream: Stream, table: DrawTable): number {
  return drawnBy(table, word(stream));
}

/** What a word draws from a table: it finds the row by weight, and what is left of it the number within. */
export function drawnBy(table: DrawTable, word32: number): number {
  const { weights } = table;
  let left = (word32 / WORD_SPAN) * table.weightSum;
  let row = 0;
  while (left >= weights[row]!) left -= weights[row++]!;
  return table.mins[row]! + Math.floor(left * table.densities[row]!);
}

function refill(stream: Stream): void {
  const { block } = stream;
  const generator = (stream.generator.value ??= seedrandom.xor4096(stream.label, {
    state: stream.saved ?? true,
  }));
  for (let index = 0; index < BLOCK_WORDS; index++) block[index] = generator.int32();
  stream.next = 0;
  stream.saved = Object.freeze(generator.state());
}
