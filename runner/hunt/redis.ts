import { Redis } from "ioredis";
import { VERSION } from "../version.ts";
import type { HuntBatch } from "./hunt.ts";

/** The queue of every hunt of this version: others would run other cases from the same seeds. */
export const HUNT_QUEUE: string = `zootrope-hunt-${VERSION}`;

/** What travels to a worker. */
export type QueuedBatch = {
  readonly batch: HuntBatch;
  /** Which hunt asks: see {@link askerKey}. */
  readonly asker: string;
};

/**
 * A key that lives for as long as the hunt does, and a little longer. Without it nobody waits for a batch any more,
 * and it need not be run.
 */
export function askerKey(asker: string): string {
  return `${HUNT_QUEUE}:asker:${asker}`;
}

/** Tells a person what became of a connection, in one line. */
export type Tell = (text: string) => void;

const RETRY_MS_MAX = 1000;

export type Connection = {
  readonly redis: Redis;
  /** Ends it for good, without a word, and what was made like it. What is still asked of it fails. */
  readonly end: () => void;
};

/**
 * A connection that comes back by itself, however long Redis is away. What is asked of it meanwhile waits.
 *
 * @param tell hears when it is gone, and when it is back
 */
export function connectRedis(url: string, tell: Tell): Connection {
  let isOver = false;
  let isGone = false;
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isOver ? null : Math.min(50 * times, RETRY_MS_MAX)),
  });
  const onGone = (why: string): void => {
    if (isGone || isOver) return;
    isGone = true;
    tell(`Redis at ${placeOf(url)} ${why}: waiting for it`);
  };
  redis.on("error", (error: Error) => onGone(`cannot be reached (${error.message})`));
  redis.on("close", () => onGone("is gone"));
  redis.on("ready", () => {
    if (isGone) tell(`Redis at ${placeOf(url)} is there: going on`);
    isGone = false;
  });
  return {
    redis,
    end: () => {
      isOver = true;
      redis.disconnect();
    },
  };
}

/** Host and port: what else is in a URL may be secret. */
export function placeOf(url: string): string {
  return new URL(url).host;
}
