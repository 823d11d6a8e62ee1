/** What an operator may switch, beyond who is in the ensemble and its times. Frozen. */
export type ServerOptions = {
  /** TTL znodes (`extendedTypesEnabled`). */
  readonly extendedTypes: boolean;
  /** Everybody may do everything (`skipACL=yes`). */
  readonly skipAcl: boolean;
  /** `super:<base64 of SHA-1>`, or null: nobody is super by a digest. */
  readonly superDigest: string | null;
  /** Check ACLs before a write is forwarded, too (`enableEagerACLCheck`). */
  readonly eagerAclCheck: boolean;
  /** Hard limits of quotas are enforced (`enforceQuota`). */
  readonly enforceQuota: boolean;
  readonly reconfigEnabled: boolean;
  /** One voter alone serves as an ensemble of one, not as a standalone server, when false. */
  readonly standaloneEnabled: boolean;
  readonly localSessions: boolean;
  readonly localSessionsUpgrading: boolean;
  /** Serve reads while there is no quorum (`readonlymode.enabled`). */
  readonly readOnlyMode: boolean;
  /** Tree digests in transactions and snapshots (`digest.enabled`). */
  readonly digests: boolean;
  /** The list of ephemerals in closeSession transactions (`closeSessionTxn.enabled`). */
  readonly closeSessionPaths: boolean;
  /** The leader accepts clients (`leaderServes`). */
  readonly leaderServes: boolean;
  /** Observers write logs and snapshots (`syncEnabled`). */
  readonly observerLogs: boolean;
  /** Requests in process before connections with an outstanding one are no longer read. */
  readonly globalOutstandingMax: number;
  /** Requests in process before further ones wait in front of the pipeline; 0 lets everything in. */
  readonly requestsMax: number;
  /** ms after which a request that had to wait there is answered −127 and not carried out; 0 never does that. */
  readonly throttledOpWaitMs: number;
  /** How many sessions may begin or move here in a time; null: as many as come. */
  readonly connectBucket: ConnectBucketOptions | null;
  /** Client connections from one address, and in all; 0 is no limit. */
  readonly connectionsPerAddressMax: number;
  readonly connectionsMax: number;
  /** ms a connection may do without a session. */
  readonly sessionlessMs: number;
  /** ms between looks for empty containers and outlived TTL znodes, and deletes a minute at most. */
  readonly containerCheckMs: number;
  readonly containersPerMinuteMax: number;
  /** ms after which a container that never had a child goes; 0 keeps it. */
  readonly containerNeverUsedMs: number;
  /** Connections must have proved one of these schemes before anything else; empty asks nothing. */
  readonly requiredSchemes: readonly string[];
  /** DIGEST-MD5 users and their passwords; null: no SASL is configured. */
  readonly saslUsers: ReadonlyMap<string, string> | null;
  /** A client whose SASL exchange fails may stay, as nobody. */
  readonly allowSaslFailedClients: boolean;
  /** SASL and x509 names that are super. */
  readonly superUsers: readonly string[];
  readonly x509SuperUser: string | null;
  /** ms between flushes, and transactions in one; 0 ms flushes whenever the queue runs empty. */
  readonly flushDelayMs: number;
  readonly flushBatchMax: number;
  /** Log bytes between snapshots, about, in the same way as `snapCount`; 0 or less switches it off. */
  readonly snapSizeBytes: number;
  /** A log file is closed when it is larger; 0 or less switches it off. */
  readonly logSizeBytes: number;
  /** What a snapshot's name ends in: "", ".gz" or ".snappy". The world compresses. */
  readonly snapshotSuffix: "" | ".gz" | ".snappy";
  /** Start on logs without a snapshot (`snapshot.trust.empty`). */
  readonly trustEmptySnapshot: boolean;
};

/** A bucket of tokens, of which each ConnectRequest takes some (`connection_throttle_*`). */
export type ConnectBucketOptions = {
  readonly tokens: number;
  /** So many tokens come back in so many ms. */
  readonly fillCount: number;
  readonly fillMs: number;
  /** ms between two changes of the chance that a connection is dropped; −1 drops none by chance. */
  readonly freezeMs: number;
  readonly dropIncrease: number;
  readonly dropDecrease: number;
  /** The chance falls while no more than this share of the tokens is taken. */
  readonly decreaseRatio: number;
  /** Tokens that a ConnectRequest takes. */
  readonly newSessionTokens: number;
  readonly renewalTokens: number;
  readonly localSessionTokens: number;
};

/** What Apache ZooKeeper 3.8 does when nothing is set. */
export const DEFAULT_OPTIONS: ServerOptions = Object.freeze({
  extendedTypes: false,
  skipAcl: false,
  superDigest: null,
  eagerAclCheck: false,
  enforceQuota: false,
  reconfigEnabled: false,
  standaloneEnabled: true,
  localSessions: false,
  localSessionsUpgrading: false,
  readOnlyMode: false,
  digests: true,
  closeSessionPaths: true,
  leaderServes: true,
  observerLogs: true,
  globalOutstandingMax: 1000,
  requestsMax: 0,
  throttledOpWaitMs: 0,
  connectBucket: null,
  connectionsPerAddressMax: 60,
  connectionsMax: 0,
  sessionlessMs: 10_000,
  containerCheckMs: 60_000,
  containersPerMinuteMax: 10_000,
  containerNeverUsedMs: 0,
  requiredSchemes: Object.freeze([]),
  saslUsers: null,
  allowSaslFailedClients: false,
  superUsers: Object.freeze([]),
  x509SuperUser: null,
  flushDelayMs: 0,
  flushBatchMax: 1000,
  snapSizeBytes: 4_294_967_296,
  logSizeBytes: 0,
  snapshotSuffix: "",
  trustEmptySnapshot: false,
});
