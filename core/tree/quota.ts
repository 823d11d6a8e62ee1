import { parentKeyOf } from "./path.ts";
import {
  BYTES,
  COUNT,
  formatTrack,
  parseTrack,
  trackValue,
  type QuotaTrack,
} from "./quota-track.ts";
import { replaceRecord, type Tree, type Znode } from "./tree.ts";

/**
 * Quotas: the usage of a subtree is kept in a znode of its own, which every server rewrites in place as it
 * applies what happens below. No version, no watch, no digest knows of that.
 *
 * @see spec storage-and-processing 8.6; ZooKeeper, server/DataTree.java, Quotas.java
 */
const QUOTA_PATH = "/zookeeper/quota";
const LIMITS = "/zookeeper_limits";
const STATS = "/zookeeper_stats";

/** Limits on everything: the real server cannot apply their create, nor start again. */
export const ROOT_LIMITS_PATH: string = QUOTA_PATH + LIMITS;

/** The deepest znode above `path`, or it itself, that has a quota; null where there is none. */
export function quotaOver(tree: Tree, path: string): string | null {
  if (tree.quotas.size === 0) return null;
  let key: string | null = path;
  while (key !== null && key !== "" && !tree.quotas.has(key)) key = parentKeyOf(key);
  return key === "" ? null : key;
}

/** What the limits of the quota on `prefix` are; null where their znode is gone. */
export function quotaLimits(tree: Tree, prefix: string): QuotaTrack | null {
  return trackAt(tree, QUOTA_PATH + prefix + LIMITS);
}

/** What is used of the quota on `prefix`; null where nobody counts. */
export function quotaUsage(tree: Tree, prefix: string): QuotaTrack | null {
  return trackAt(tree, QUOTA_PATH + prefix + STATS);
}

/** A znode has come. Limits take effect, and a znode for usage is filled. */
export function quotaCreated(tree: Tree, path: string, data: Uint8Array | null): void {
  if (isQuotaPath(path)) {
    const limited = prefixOf(path, LIMITS);
    if (limited !== null) tree.quotas.add(limited);
    const counted = prefixOf(path, STATS);
    if (counted !== null) recount(tree, counted);
  }
  if (tree.quotas.size > 0) addUsage(tree, path, 1, data?.length ?? 0);
}

/** A znode has gone. */
export function quotaDeleted(tree: Tree, path: string, data: Uint8Array | null): void {
  if (tree.quotas.size === 0) return;
  if (isQuotaPath(path)) {
    const limited = prefixOf(path, LIMITS);
    if (limited !== null) tree.quotas.delete(limited);
  }
  addUsage(tree, path, -1, -(data?.length ?? 0));
}

/** Data has changed by so many bytes. */
export function quotaChanged(tree: Tree, path: string, growthBytes: number): void {
  if (tree.quotas.size > 0) addUsage(tree, path, 0, growthBytes);
}

/** Finds the quotas of a tree that was loaded, and counts anew what they are about. */
export function loadQuotas(tree: Tree): void {
  tree.quotas.clear();
  const open = [QUOTA_PATH];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const children = tree.nodes.get(path)?.children?.names;
    if (children !== undefined && children.size > 0) {
      for (const name of children) open.push(`${path}/${name}`);
      continue;
    }
    const limited = prefixOf(path, LIMITS);
    if (limited === null) continue;
    recount(tree, limited);
    tree.quotas.add(limited);
  }
}

function addUsage(tree: Tree, path: string, count: number, bytes: number): void {
  const prefix = quotaOver(tree, path);
  if (prefix === null) return;
  const znode = tree.nodes.get(QUOTA_PATH + prefix + STATS);
  if (znode === undefined) return;
  const usage = parseTrack(znode.record.data);
  usage.set(COUNT, trackValue(usage, COUNT) + count);
  usage.set(BYTES, trackValue(usage, BYTES) + bytes);
  rewrite(tree, znode, usage);
}

function recount(tree: Tree, prefix: string): void {
  const stats = tree.nodes.get(QUOTA_PATH + prefix + STATS);
  if (stats === undefined) return;
  let count = 0;
  let bytes = 0;
  const open = [prefix];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const znode = tree.nodes.get(path);
    if (znode === undefined) continue;
    count++;
    bytes += znode.record.data?.length ?? 0;
    for (const name of znode.children?.names ?? []) open.push(`${path}/${name}`);
  }
  const usage: QuotaTrack = new Map();
  usage.set(COUNT, count);
  usage.set(BYTES, bytes);
  rewrite(tree, stats, usage);
}

function rewrite(tree: Tree, znode: Znode, track: QuotaTrack): void {
  replaceRecord(tree, znode, { ...znode.record, data: formatTrack(track) });
}

function trackAt(tree: Tree, path: string): QuotaTrack | null {
  const znode = tree.nodes.get(path);
  return znode === undefined ? null : parseTrack(znode.record.data);
}

/** Asked of every path that comes or goes, so the first letter has to tell most of them apart. */
function isQuotaPath(path: string): boolean {
  return path.charCodeAt(1) === 0x7a && path.startsWith(QUOTA_PATH);
}

/** What `/zookeeper/quota<prefix>/<name>` is about. */
function prefixOf(path: string, name: string): string | null {
  if (!path.startsWith(`${QUOTA_PATH}/`) || !path.endsWith(name)) return null;
  const prefix = path.slice(QUOTA_PATH.length, path.length - name.length);
  return prefix === "" ? null : prefix;
}
