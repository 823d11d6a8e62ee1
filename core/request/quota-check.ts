import {
  BYTE_HARD_LIMIT,
  BYTES,
  COUNT,
  COUNT_HARD_LIMIT,
  trackValue,
  type QuotaTrack,
} from "../tree/quota-track.ts";
import { quotaLimits, quotaOver, quotaUsage } from "../tree/quota.ts";
import type { Tree } from "../tree/tree.ts";
import { ErrorCode } from "./error-code.ts";

/**
 * quotaExceeded when so much more at `path` would go beyond a hard limit; what is pending does not count.
 * Soft limits stop nobody.
 *
 * @see ZooKeeper, server/ZooKeeperServer.java (checkQuota)
 */
export function quotaErr(tree: Tree, path: string, bytes: number, count: number): number {
  const prefix = quotaOver(tree, path);
  if (prefix === null) return ErrorCode.ok;
  const limits = quotaLimits(tree, prefix);
  const usage = quotaUsage(tree, prefix);
  if (limits === null || usage === null) return ErrorCode.ok;
  const exceeded =
    isBeyond(usage, COUNT, count, limits, COUNT_HARD_LIMIT) ||
    isBeyond(usage, BYTES, bytes, limits, BYTE_HARD_LIMIT);
  return exceeded ? ErrorCode.quotaExceeded : ErrorCode.ok;
}

function isBeyond(
  usage: QuotaTrack,
  used: string,
  more: number,
  limits: QuotaTrack,
  limited: string,
): boolean {
  const limit = trackValue(limits, limited);
  return more !== 0 && limit > -1 && trackValue(usage, used) + more > limit;
}
