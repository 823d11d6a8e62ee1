import { setImmediate as nextTask } from "node:timers/promises";
import { Piscina } from "piscina";
import { runBatch, type HuntBatch } from "./hunt.ts";
import type { HuntResult } from "./hunt-seed.ts";

/** Who runs the seeds of a hunt. */
export type Team = {
  /** Batches that are worth having under way at once. */
  readonly batches: number;
  /** Seeds in each. */
  readonly seeds: number;
  readonly run: (batch: HuntBatch) => Promise<HuntResult[]>;
  /** Ends everybody, in the middle of a run if need be. */
  readonly close: () => Promise<void>;
};

/** Handing over a batch costs about as much as a thousandth of one run; progress is seen batch by batch. */
const BATCH_SEEDS = 8;

/**
 * As many threads as asked for, beside the one that asks.
 *
 * @param workerFile the JavaScript of hunt.ts: threads load nothing else
 */
export function openThreads(workers: number, workerFile: string): Team {
  const pool = new Piscina({
    filename: workerFile,
    name: "runBatch",
    minThreads: workers,
    maxThreads: workers,
  });
  return {
    // Nobody waits for work while results are counted.
    batches: 2 * workers,
    seeds: BATCH_SEEDS,
    run: async (batch) => (await pool.run(batch)) as HuntResult[],
    close: () => pool.destroy(),
  };
}

/** The thread that asks, one seed at a time, so that it still hears its user. */
export function workAlone(): Team {
  return {
    batches: 1,
    seeds: 1,
    run: async (batch) => {
      await nextTask();
      return runBatch(batch);
    },
    close: () => Promise.resolve(),
  };
}
