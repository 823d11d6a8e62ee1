import { DEFAULT_OPTIONS, type ConnectBucketOptions, type ServerOptions } from "../options.ts";
import { refuse } from "./properties.ts";
import { isTrue, isYes, numberOf, textOf, type SystemProperties } from "./system-properties.ts";
import type { ZooCfg } from "./zoo-cfg.ts";

const BYTES_PER_KIB = 1024;

/**
 * What an operator switched on and off, in the zoo.cfg or as system properties.
 *
 * @throws ConfigProblem when a value is one that no server knows what to do with
 * @see spec client-protocol 12.1
 */
export function readOptions(
  cfg: ZooCfg,
  properties: SystemProperties,
  saslUsers: ReadonlyMap<string, string> | null,
): ServerOptions {
  const unset = DEFAULT_OPTIONS;
  const flag = (name: string, otherwise: boolean): boolean => isTrue(properties, name, otherwise);
  const number = (name: string, otherwise: number): number => numberOf(properties, name, otherwise);
  return Object.freeze({
    extendedTypes: flag("zookeeper.extendedTypesEnabled", unset.extendedTypes),
    skipAcl: isYes(properties, "zookeeper.skipACL", unset.skipAcl),
    superDigest: superDigestOf(properties),
    eagerAclCheck: flag("zookeeper.enableEagerACLCheck", unset.eagerAclCheck),
    enforceQuota: flag("zookeeper.enforceQuota", unset.enforceQuota),
    reconfigEnabled: cfg.reconfigEnabled,
    standaloneEnabled: cfg.standaloneEnabled,
    localSessions: cfg.localSessionsEnabled,
    localSessionsUpgrading: cfg.localSessionsUpgradingEnabled,
    readOnlyMode: flag("readonlymode.enabled", unset.readOnlyMode),
    digests: flag("zookeeper.digest.enabled", unset.digests),
    closeSessionPaths: flag("zookeeper.closeSessionTxn.enabled", unset.closeSessionPaths),
    leaderServes: isYes(properties, "zookeeper.leaderServes", unset.leaderServes),
    observerLogs: cfg.settings.has("syncEnabled")
      ? cfg.syncEnabled
      : flag("zookeeper.observer.syncEnabled", unset.observerLogs),
    globalOutstandingMax: number("zookeeper.globalOutstandingLimit", unset.globalOutstandingMax),
    requestsMax: number("zookeeper.request_throttle_max_requests", unset.requestsMax),
    throttledOpWaitMs: number("zookeeper.throttled_op_wait_time", unset.throttledOpWaitMs),
    connectBucket: connectBucketOf(properties),
    connectionsPerAddressMax: cfg.maxClientCnxns,
    connectionsMax: Math.max(0, number("zookeeper.maxCnxns", unset.connectionsMax)),
    sessionlessMs: number("zookeeper.nio.sessionlessCnxnTimeout", unset.sessionlessMs),
    containerCheckMs: number("znode.container.checkIntervalMs", unset.containerCheckMs),
    containersPerMinuteMax: number("znode.container.maxPerMinute", unset.containersPerMinuteMax),
    containerNeverUsedMs: number(
      "znode.container.maxNeverUsedIntervalMs",
      unset.containerNeverUsedMs,
    ),
    requiredSchemes: requiredSchemesOf(properties),
    saslUsers,
    allowSaslFailedClients: flag("zookeeper.allowSaslFailedClients", unset.allowSaslFailedClients),
    superUsers: superUsersOf(properties),
    x509SuperUser: textOf(properties, "zookeeper.X509AuthenticationProvider.superUser"),
    flushDelayMs: number("zookeeper.flushDelay", unset.flushDelayMs),
    flushBatchMax: number("zookeeper.maxBatchSize", unset.flushBatchMax),
    snapSizeBytes: kiloBytes(properties, "zookeeper.snapSizeLimitInKb", unset.snapSizeBytes),
    logSizeBytes: kiloBytes(properties, "zookeeper.txnLogSizeLimitInKb", unset.logSizeBytes),
    snapshotSuffix: snapshotSuffixOf(properties),
    trustEmptySnapshot: flag("zookeeper.snapshot.trust.empty", unset.trustEmptySnapshot),
  });
}

/** Without weights every ConnectRequest takes one token. */
function connectBucketOf(properties: SystemProperties): ConnectBucketOptions | null {
  const name = (key: string): string => `zookeeper.connection_throttle_${key}`;
  const number = (key: string, unset: number): number => numberOf(properties, name(key), unset);
  const share = (key: string, unset: number): number =>
    numberOf(properties, name(key), unset, "fraction");
  const tokens = number("tokens", 0);
  if (tokens <= 0) return null;
  const weighs = isTrue(properties, name("weight_enabled"), false);
  return {
    tokens,
    fillCount: number("fill_count", 1),
    fillMs: Math.max(1, number("fill_time", 1)),
    freezeMs: number("freeze_time", -1),
    dropIncrease: share("drop_increase", 0.02),
    dropDecrease: share("drop_decrease", 0.002),
    decreaseRatio: share("decrease_ratio", 0),
    newSessionTokens: weighs ? number("global_session_weight", 3) : 1,
    renewalTokens: weighs ? number("renew_session_weight", 2) : 1,
    localSessionTokens: weighs ? number("local_session_weight", 1) : 1,
  };
}

function kiloBytes(properties: SystemProperties, name: string, unsetBytes: number): number {
  return numberOf(properties, name, unsetBytes / BYTES_PER_KIB) * BYTES_PER_KIB;
}

/** Only digests of SHA-1 are known here; another algorithm would let nobody in. */
function superDigestOf(properties: SystemProperties): string | null {
  const algorithm = properties.all.get("zookeeper.DigestAuthenticationProvider.digestAlg");
  if (algorithm !== undefined && !/^sha-?1$/i.test(algorithm.value)) refuse(algorithm, "SHA1");
  return textOf(properties, "zookeeper.DigestAuthenticationProvider.superDigest");
}

function requiredSchemesOf(properties: SystemProperties): readonly string[] {
  const schemes = new Set<string>();
  if (isTrue(properties, "zookeeper.sessionRequireClientSASLAuth")) schemes.add("sasl");
  if (isTrue(properties, "zookeeper.enforce.auth.enabled")) {
    const listed = textOf(properties, "zookeeper.enforce.auth.schemes") ?? "";
    for (const scheme of listed.split(",")) if (scheme.trim() !== "") schemes.add(scheme.trim());
  }
  return [...schemes];
}

function superUsersOf({ all }: SystemProperties): readonly string[] {
  return [...all]
    .filter(([name]) => name === "zookeeper.superUser" || name.startsWith("zookeeper.superUser."))
    .map(([, { value }]) => value);
}

const SUFFIXES: Readonly<Record<string, ServerOptions["snapshotSuffix"]>> = {
  "": "",
  gz: ".gz",
  snappy: ".snappy",
};

function snapshotSuffixOf({ all }: SystemProperties): ServerOptions["snapshotSuffix"] {
  const method = all.get("zookeeper.snapshot.compression.method");
  if (method === undefined) return "";
  return SUFFIXES[method.value] ?? refuse(method, "gz, snappy or nothing");
}
