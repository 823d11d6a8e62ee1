import type { ServerConfig } from "../config.ts";
import { NO_DEFECTS } from "../defects.ts";
import { ConfigProblem } from "./config-problem.ts";
import { toZxid } from "../zxid.ts";
import { quorumOf, type Membership } from "./membership.ts";
import { readOptions } from "./server-options.ts";
import { isTrue, numberOf, type SystemProperties } from "./system-properties.ts";
import type { ZooCfg } from "./zoo-cfg.ts";

/** What a server knows beside its zoo.cfg. */
export type Surroundings = {
  readonly sid: number;
  readonly standalone: boolean;
  readonly membership: Membership;
  readonly properties: SystemProperties;
  /** DIGEST-MD5 users and their passwords; null where no SASL is configured. */
  readonly saslUsers: ReadonlyMap<string, string> | null;
  /** A configuration that was proposed and is not known to be committed; "" where there is none. */
  readonly nextText: string;
  /** Is there a log that wants to know more? */
  readonly talkative: boolean;
};

const SNAPSHOT_STEP_NODES = 64;
const SNAP_COUNT = 100_000;
const SNAP_COUNT_MIN = 2;
const PRE_ALLOC_KIB = 65_536;
const BYTES_PER_KIB = 1024;

/**
 * What the core is told of a zoo.cfg.
 *
 * @throws ConfigProblem when the members, the groups or an option cannot be
 * @see spec client-protocol 12.1, election-and-zab 12
 */
export function makeServerConfig(cfg: ZooCfg, around: Surroundings): ServerConfig {
  const { sid, standalone, membership, properties } = around;
  const number = (name: string, unset: number): number => numberOf(properties, name, unset);
  const snapCount = number("zookeeper.snapCount", SNAP_COUNT);
  return Object.freeze({
    sid,
    members: membership.servers,
    quorum: quorumOf(membership),
    version: toZxid(membership.version),
    ...(around.nextText === "" ? {} : { nextText: around.nextText }),
    ...(around.talkative ? { talkative: true } : {}),
    tickMs: cfg.tickMs,
    initLimit: standalone ? (cfg.initLimit ?? 0) : limitOf(cfg, "initLimit"),
    syncLimit: standalone ? (cfg.syncLimit ?? 0) : limitOf(cfg, "syncLimit"),
    minSessionTimeoutMs: cfg.minSessionTimeoutMs,
    maxSessionTimeoutMs: cfg.maxSessionTimeoutMs,
    snapCount: Math.max(SNAP_COUNT_MIN, snapCount),
    commitLogCount: number("zookeeper.commitLogCount", 500),
    snapshotSizeFactor: numberOf(properties, "zookeeper.snapshotSizeFactor", 0.33, "fraction"),
    preAllocBytes: number("zookeeper.preAllocSize", PRE_ALLOC_KIB) * BYTES_PER_KIB,
    snapshotStepNodes: SNAPSHOT_STEP_NODES,
    electionConnectMs: number("zookeeper.cnxTimeout", 5000),
    learnerRetryMs: number("zookeeper.leaderConnectDelayDuringRetryMs", 100),
    minNotificationMs: number("zookeeper.fastleader.minNotificationInterval", 200),
    maxNotificationMs: number("zookeeper.fastleader.maxNotificationInterval", 60_000),
    observerPauseMs: number("zookeeper.observer.election.DelayMs", 200),
    emptyMayVote: isTrue(properties, "zookeeper.db.autocreate", true),
    standalone,
    options: readOptions(cfg, properties, around.saslUsers),
    defects: NO_DEFECTS,
  });
}

function limitOf(cfg: ZooCfg, key: "initLimit" | "syncLimit"): number {
  const limit = cfg[key];
  if (limit !== null && limit !== 0) return limit;
  throw new ConfigProblem(cfg.file, cfg.settings.get(key)?.line ?? 0, `${key} is not set`);
}
