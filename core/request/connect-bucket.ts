import { drawBelow } from "../draw.ts";
import type { ConnectBucketOptions } from "../options.ts";
import type { Server } from "../server-state.ts";
import type { ConnectBucket } from "./clients-state.ts";

const DRAW_BOUND = 1 << 30;

/**
 * Are there tokens left for a ConnectRequest? They are taken. Where connections are also dropped by chance, that chance
 * rises while the bucket is empty, and falls while enough is in it.
 * @see spec storage-and-processing 10; ZooKeeper, server/BlueThrottle.java
 */
export function mayConnect(server: Server, kind: "new" | "renewal" | "local"): boolean {
  const options = server.config.options.connectBucket;
  if (options === null) return true;
  const { bucket } = server.clients;
  fill(bucket, options, server.nowMs);
  if (options.freezeMs !== -1 && isDropped(server, bucket, options)) return false;
  const wanted = tokensOf(options, kind);
  if (bucket.tokens < wanted) return false;
  bucket.tokens -= wanted;
  return true;
}

function tokensOf(options: ConnectBucketOptions, kind: "new" | "renewal" | "local"): number {
  if (kind === "new") return options.newSessionTokens;
  return kind === "renewal" ? options.renewalTokens : options.localSessionTokens;
}

/** A server begins with a full bucket. */
function fill(bucket: ConnectBucket, options: ConnectBucketOptions, nowMs: number): void {
  const { tokens, fillCount, fillMs } = options;
  const sinceMs = nowMs - bucket.filledMs;
  if (sinceMs <= fillMs) return;
  const back = bucket.filledMs === -Infinity ? tokens : Math.floor((sinceMs * fillCount) / fillMs);
  bucket.tokens = Math.min(tokens, bucket.tokens + back);
  bucket.filledMs = nowMs;
}

function isDropped(server: Server, bucket: ConnectBucket, options: ConnectBucketOptions): boolean {
  const { nowMs } = server;
  if (nowMs - bucket.changedMs > options.freezeMs) {
    const taken = options.tokens - bucket.tokens;
    const enough = Math.round(options.tokens * options.decreaseRatio);
    if (taken === options.tokens) bucket.dropChance += options.dropIncrease;
    else if (taken <= enough) bucket.dropChance -= options.dropDecrease;
    bucket.dropChance = Math.min(1, Math.max(0, bucket.dropChance));
    bucket.changedMs = nowMs;
  }
  return (
    bucket.dropChance > 0 && drawBelow(server.draws, DRAW_BOUND) < bucket.dropChance * DRAW_BOUND
  );
}
