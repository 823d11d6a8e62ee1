import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Job, Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { HuntBatch } from "./hunt.ts";
import type { HuntResult } from "./hunt-seed.ts";
import {
  askerKey,
  connectRedis,
  HUNT_QUEUE,
  placeOf,
  type QueuedBatch,
  type Tell,
} from "./redis.ts";
import type { Team } from "./team.ts";

/** Enough for some dozen machines, and not so many that much is run in vain behind a finding. */
const BATCHES = 64;
const BATCH_SEEDS = 8;
const LOOK_MS = 100;
/** s; a hunt that was not heard of for so long is over. */
const ASKER_SECONDS = 60;
const BEAT_MS = 5000;
/** ms; who does not answer for so long when all is over is left alone. */
const FAREWELL_MS = 2000;

type Office = {
  readonly queue: Queue<QueuedBatch, HuntResult[] | null>;
  readonly redis: Redis;
  readonly asker: string;
  /** Batches that somebody waits for, by the ids of their jobs. */
  readonly open: Set<string>;
  isClosed: boolean;
};

/**
 * Every worker that listens at a Redis, on whatever machine. A batch is one job with an id of its own, so asking for it
 * twice is asking once. What Redis forgets is asked for again, and what a dead worker had is given to another; since
 * a batch has the same results whoever runs it, nothing of that shows in a hunt.
 */
export function openQueue(url: string, tell: Tell): Team {
  const { redis, end } = connectRedis(url, tell);
  const queue = new Queue<QueuedBatch, HuntResult[] | null>(HUNT_QUEUE, { connection: redis });
  // Errors of the connection are told above.
  queue.on("error", () => undefined);
  const office: Office = { queue, redis, asker: randomUUID(), open: new Set(), isClosed: false };
  const beat = setInterval(() => void sayAlive(office).catch(() => undefined), BEAT_MS);
  const lonely = setTimeout(() => void seeWorkers(office, url, tell), BEAT_MS);
  return {
    batches: BATCHES,
    seeds: BATCH_SEEDS,
    run: async (batch) => {
      try {
        return await runSomewhere(office, batch);
      } catch (error) {
        if (office.isClosed) return [];
        throw error;
      }
    },
    close: async () => {
      office.isClosed = true;
      clearInterval(beat);
      clearTimeout(lonely);
      if (redis.status === "ready") {
        await Promise.race([takeBack(office), pause(FAREWELL_MS, undefined, { ref: false })]);
      }
      end();
    },
  };
}

async function runSomewhere(office: Office, batch: HuntBatch): Promise<HuntResult[]> {
  const { queue, asker, open } = office;
  const jobId = `${asker}-${batch.first}-${batch.last}`;
  open.add(jobId);
  for (;;) {
    await sayAlive(office);
    await queue.add("batch", { batch, asker }, { jobId });
    const results = await resultsOf(office, jobId);
    if (office.isClosed) return [];
    if (results !== null) {
      open.delete(jobId);
      return results;
    }
  }
}

/**
 * Waits until a batch was run.
 *
 * @returns null when Redis does not know of it any more, or its worker thought that nobody waited
 * @throws Error when it cannot be run
 */
async function resultsOf(office: Office, jobId: string): Promise<HuntResult[] | null> {
  for (;;) {
    const job = await Job.fromId<QueuedBatch, HuntResult[] | null>(office.queue, jobId);
    if (office.isClosed || job === undefined) return null;
    if (job.finishedOn !== undefined) {
      if (job.failedReason) throw new Error(`${batchName(job.data.batch)}: ${job.failedReason}`);
      const results = job.returnvalue;
      await job.remove();
      return results;
    }
    await pause(LOOK_MS);
  }
}

function batchName({ first, last }: HuntBatch): string {
  return `seeds ${first} to ${last}`;
}

async function sayAlive({ redis, asker }: Office): Promise<void> {
  await redis.set(askerKey(asker), "1", "EX", ASKER_SECONDS);
}

async function seeWorkers({ queue, isClosed }: Office, url: string, tell: Tell): Promise<void> {
  const count = await queue.getWorkersCount().catch(() => 1);
  if (count > 0 || isClosed) return;
  tell(`nobody works at ${placeOf(url)} yet: start some with zootrope worker --queue`);
}

/** Batches that nobody has begun are not begun any more. */
async function takeBack({ queue, redis, asker, open }: Office): Promise<void> {
  await redis.del(askerKey(asker));
  await Promise.allSettled([...open].map((jobId) => queue.remove(jobId)));
}
