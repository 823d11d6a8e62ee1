import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "bullmq";
import type { HuntResult } from "./hunt-seed.ts";
import { askerKey, connectRedis, HUNT_QUEUE, type QueuedBatch, type Tell } from "./redis.ts";
import type { Team } from "./team.ts";

/** ms; a worker that was not heard of for so long is dead, and its batch goes to another. */
const LOCK_MS = 10_000;
const STALLED_LOOK_MS = 3000;
/** A batch that so many workers died of is the fault of the batch. */
const DEATHS_MAX = 10;
/** ms; after that a batch under way is left to somebody else. */
const PATIENCE_MS = 10_000;

export type ServeOptions = {
  readonly signal: AbortSignal;
  readonly tell: Tell;
  /** Called whenever a batch was run. */
  readonly onProgress: (results: readonly HuntResult[]) => void;
};

/** Lets a team run the batches of whatever hunts there are at a Redis, until the signal. What is begun is ended. */
export async function serveQueue(url: string, team: Team, options: ServeOptions): Promise<void> {
  const { signal, tell, onProgress } = options;
  const { redis, end } = connectRedis(url, tell);
  const worker = new Worker<QueuedBatch, HuntResult[] | null>(
    HUNT_QUEUE,
    async ({ data }) => {
      const isAwaited = (await redis.exists(askerKey(data.asker))) === 1;
      if (!isAwaited) return null;
      const results = await team.run(data.batch);
      onProgress(results);
      return results;
    },
    {
      connection: redis,
      concurrency: team.batches,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_LOOK_MS,
      maxStalledCount: DEATHS_MAX,
    },
  );
  // Errors of the connection are told above; a batch that was given to somebody else meanwhile is in good hands.
  worker.on("error", () => undefined);
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
  const closed = worker.close().catch(() => undefined);
  if (redis.status === "ready") {
    await Promise.race([closed, pause(PATIENCE_MS, undefined, { ref: false })]);
  }
  end();
}
