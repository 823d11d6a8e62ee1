import { ConfigProblem, type ConfigNote } from "./config-problem.ts";
import { isKnownProperty, NOT_FROM_A_FILE } from "./known-properties.ts";
import { isMembershipKey, readMembership, type Membership } from "./membership.ts";
import {
  lastOfEach,
  readProperties,
  refuse,
  trueOrFalse,
  wholeNumber,
  type Property,
} from "./properties.ts";

/** What a zoo.cfg says, with the real server's defaults where it says nothing. */
export type ZooCfg = {
  readonly file: string;
  /** As written: `relative` paths start where the process does. */
  readonly dataDir: string;
  readonly dataLogDir: string;
  /** null: not set, or 0. A line `server.N` may name the client port instead. */
  readonly clientPort: number | null;
  readonly clientPortAddress: string | null;
  readonly secureClientPort: number | null;
  readonly secureClientPortAddress: string | null;
  /** −1: the system's. */
  readonly clientPortListenBacklog: number;
  readonly observerMasterPort: number | null;
  readonly tickMs: number;
  /** Ticks; null when not set, which only an ensemble forbids. */
  readonly initLimit: number | null;
  readonly syncLimit: number | null;
  /** Ticks; 0 is `initLimit`. */
  readonly connectToLearnerMasterLimit: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** From one address; 0 is no limit. */
  readonly maxClientCnxns: number;
  readonly standaloneEnabled: boolean;
  readonly reconfigEnabled: boolean;
  readonly localSessionsEnabled: boolean;
  readonly localSessionsUpgradingEnabled: boolean;
  readonly quorumListenOnAllIPs: boolean;
  readonly syncEnabled: boolean;
  readonly sslQuorum: boolean;
  readonly portUnification: boolean;
  readonly multiAddressEnabled: boolean;
  readonly quorumSasl: boolean;
  readonly peerType: "participant" | "observer" | null;
  readonly snapRetainCount: number;
  /** 0: nothing is purged. */
  readonly purgeIntervalHours: number;
  readonly dynamicConfigFile: string | null;
  /** `metricsProvider.x` by x. */
  readonly metrics: ReadonlyMap<string, string>;
  /** The lines server.N, group.N and weight.N of this file. */
  readonly membership: Membership;
  /** All other keys: each is the system property `zookeeper.<key>`. */
  readonly properties: ReadonlyMap<string, Property>;
  /** The last value of each key, for complaints that need a line. */
  readonly settings: ReadonlyMap<string, Property>;
  readonly notes: readonly ConfigNote[];
};

const TICK_MS = 3000;
const CLIENTS_MAX = 60;
const SNAPSHOTS_MIN = 3;

/**
 * Reads a zoo.cfg: Java properties, with the keys, the defaults and the refusals of the real server.
 *
 * @throws ConfigProblem at the line that the real server would not start with
 * @see spec client-protocol 12.1; ZooKeeper, server/quorum/QuorumPeerConfig.java (parseProperties)
 */
export function readZooCfg(text: string, file: string): ZooCfg {
  const settings = lastOfEach(readProperties(text, file));
  const read = reader(settings, file);
  const notes: ConfigNote[] = [];
  checkChoices(settings, file);

  const dataDir = read.text("dataDir") ?? missing("dataDir", file, settings);
  const clientPort = read.port("clientPort");
  const secureClientPort = read.port("secureClientPort");
  const tickMs = read.number("tickTime", "of ms", TICK_MS);
  if (tickMs === 0) missing("tickTime", file, settings);
  if (tickMs < 0) refuse(settings.get("tickTime")!, "a whole number of ms above 0");
  const sasl = read.flag("quorum.auth.enableSasl", false);
  for (const needs of ["quorum.auth.serverRequireSasl", "quorum.auth.learnerRequireSasl"]) {
    if (!read.flag(needs, false) || sasl) continue;
    fail(settings, needs, file, `quorum.auth.enableSasl is disabled, so cannot enable ${needs}`);
  }

  return {
    file,
    dataDir,
    dataLogDir: read.text("dataLogDir") ?? dataDir,
    clientPort,
    clientPortAddress: read.addressOf("clientPort", clientPort),
    secureClientPort,
    secureClientPortAddress: read.addressOf("secureClientPort", secureClientPort),
    clientPortListenBacklog: read.number("clientPortListenBacklog", "of connections", -1),
    observerMasterPort: read.port("observerMasterPort"),
    tickMs,
    initLimit: read.numberOrNull("initLimit", "of ticks"),
    syncLimit: read.numberOrNull("syncLimit", "of ticks"),
    connectToLearnerMasterLimit: read.number("connectToLearnerMasterLimit", "of ticks", 0),
    ...sessionBounds(read, settings, tickMs, file),
    maxClientCnxns: Math.max(0, read.number("maxClientCnxns", "of connections", CLIENTS_MAX)),
    standaloneEnabled: read.flag("standaloneEnabled", true),
    reconfigEnabled: read.flag("reconfigEnabled", false),
    localSessionsEnabled: read.flag("localSessionsEnabled", false),
    localSessionsUpgradingEnabled: read.flag("localSessionsUpgradingEnabled", false),
    quorumListenOnAllIPs: read.laxFlag("quorumListenOnAllIPs"),
    syncEnabled: read.flag("syncEnabled", true),
    sslQuorum: read.flag("sslQuorum", false),
    portUnification: read.flag("portUnification", false),
    multiAddressEnabled: read.flag("multiAddress.enabled", false),
    quorumSasl: sasl,
    peerType: peerTypeOf(settings.get("peerType")),
    snapRetainCount: retainCount(read, settings, notes),
    purgeIntervalHours: read.number("autopurge.purgeInterval", "of hours", 0),
    dynamicConfigFile: read.text("dynamicConfigFile"),
    metrics: metricsOf(settings),
    membership: membershipOf(settings, file),
    properties: remainingOf(settings, notes),
    settings,
    notes,
  };
}

/** What belongs to the server itself; every other key is a system property. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  "dataDir",
  "dataLogDir",
  "clientPort",
  "clientPortAddress",
  "secureClientPort",
  "secureClientPortAddress",
  "clientPortListenBacklog",
  "observerMasterPort",
  "localSessionsEnabled",
  "localSessionsUpgradingEnabled",
  "tickTime",
  "maxClientCnxns",
  "minSessionTimeout",
  "maxSessionTimeout",
  "initLimit",
  "syncLimit",
  "connectToLearnerMasterLimit",
  "electionAlg",
  "quorumListenOnAllIPs",
  "peerType",
  "syncEnabled",
  "dynamicConfigFile",
  "autopurge.snapRetainCount",
  "autopurge.purgeInterval",
  "standaloneEnabled",
  "reconfigEnabled",
  "sslQuorum",
  "portUnification",
  "sslQuorumReloadCertFiles",
  "quorum.auth.enableSasl",
  "quorum.auth.serverRequireSasl",
  "quorum.auth.learnerRequireSasl",
  "quorum.auth.learner.saslLoginContext",
  "quorum.auth.server.saslLoginContext",
  "quorum.auth.kerberos.servicePrincipal",
  "quorum.cnxn.threads.size",
  "multiAddress.enabled",
  "multiAddress.reachabilityCheckEnabled",
  "multiAddress.reachabilityCheckTimeoutMs",
  "version",
]);

const METRICS = "metricsProvider.";

type Reader = ReturnType<typeof reader>;

function reader(settings: ReadonlyMap<string, Property>, file: string) {
  const numberOrNull = (key: string, unit: string): number | null => {
    const property = settings.get(key);
    return property === undefined ? null : wholeNumber(property, unit);
  };
  const text = (key: string): string | null => settings.get(key)?.value || null;
  return {
    text,
    numberOrNull,
    number: (key: string, unit: string, unset: number) => numberOrNull(key, unit) ?? unset,
    flag: (key: string, unset: boolean) => {
      const property = settings.get(key);
      return property === undefined ? unset : trueOrFalse(property);
    },
    /** Whatever is not `true` is false. */
    laxFlag: (key: string) => settings.get(key)?.value.toLowerCase() === "true",
    port: (key: string): number | null => {
      const port = numberOrNull(key, "from 0 to 65535") ?? 0;
      if (port < 0 || port > 65_535) refuse(settings.get(key)!, "a port from 1 to 65535");
      return port === 0 ? null : port;
    },
    addressOf: (portKey: string, port: number | null): string | null => {
      const address = text(`${portKey}Address`);
      if (address !== null && port === null) {
        const what = `${portKey}Address is set but ${portKey} is not set`;
        fail(settings, `${portKey}Address`, file, what);
      }
      return address;
    },
  };
}

function checkChoices(settings: ReadonlyMap<string, Property>, file: string): void {
  const algorithm = settings.get("electionAlg");
  if (algorithm !== undefined && wholeNumber(algorithm, "") !== 3) {
    fail(settings, "electionAlg", file, "Invalid electionAlg value. Only 3 is supported.");
  }
  for (const key of ["quorum.cnxn.threads.size", "multiAddress.reachabilityCheckTimeoutMs"]) {
    const property = settings.get(key);
    if (property !== undefined) wholeNumber(property, "");
  }
}

function sessionBounds(
  read: Reader,
  settings: ReadonlyMap<string, Property>,
  tickMs: number,
  file: string,
): Pick<ZooCfg, "minSessionTimeoutMs" | "maxSessionTimeoutMs"> {
  const orTicks = (key: string, ticks: number): number => {
    const set = read.number(key, "of ms", -1);
    return set === -1 ? ticks * tickMs : set;
  };
  const minSessionTimeoutMs = orTicks("minSessionTimeout", 2);
  const maxSessionTimeoutMs = orTicks("maxSessionTimeout", 20);
  if (minSessionTimeoutMs > maxSessionTimeoutMs) {
    const key = settings.has("minSessionTimeout") ? "minSessionTimeout" : "maxSessionTimeout";
    const what = `minSessionTimeout must not be larger than maxSessionTimeout (${minSessionTimeoutMs} and ${maxSessionTimeoutMs} ms)`;
    fail(settings, key, file, what);
  }
  return { minSessionTimeoutMs, maxSessionTimeoutMs };
}

function retainCount(
  read: Reader,
  settings: ReadonlyMap<string, Property>,
  notes: ConfigNote[],
): number {
  const key = "autopurge.snapRetainCount";
  const count = read.number(key, "of snapshots", SNAPSHOTS_MIN);
  if (count >= SNAPSHOTS_MIN) return count;
  const { file, line } = settings.get(key)!;
  notes.push({ file, line, what: `Invalid ${key}: ${count}. Defaulting to ${SNAPSHOTS_MIN}` });
  return SNAPSHOTS_MIN;
}

function peerTypeOf(property: Property | undefined): ZooCfg["peerType"] {
  if (property === undefined) return null;
  const type = property.value.toLowerCase();
  return type === "participant" || type === "observer"
    ? type
    : refuse(property, "participant or observer");
}

/** A file of membership beside this one takes all of these lines, or none is there. */
function membershipOf(settings: ReadonlyMap<string, Property>, file: string): Membership {
  const beside = settings.get("dynamicConfigFile");
  const version = settings.get("version");
  if (beside !== undefined) {
    for (const { key, line } of settings.values()) {
      if (!isMembershipKey(key)) continue;
      const what = `parameter: ${key} must be in a separate dynamic config file (dynamicConfigFile is ${beside.value})`;
      throw new ConfigProblem(file, line, what);
    }
  }
  return readMembership(settings.values(), file, version === undefined ? 0n : hexOf(version));
}

function hexOf(property: Property): bigint {
  if (!/^[0-9a-fA-F]{1,16}$/.test(property.value)) refuse(property, "a hexadecimal number");
  return BigInt(`0x${property.value}`);
}

function metricsOf(settings: ReadonlyMap<string, Property>): Map<string, string> {
  const metrics = new Map<string, string>();
  for (const { key, value } of settings.values()) {
    if (key.startsWith(METRICS)) metrics.set(key.slice(METRICS.length), value);
  }
  return metrics;
}

function remainingOf(
  settings: ReadonlyMap<string, Property>,
  notes: ConfigNote[],
): Map<string, Property> {
  const remaining = new Map<string, Property>();
  for (const [key, property] of settings) {
    if (OWN_KEYS.has(key) || key.startsWith(METRICS) || isMembershipKey(key)) continue;
    remaining.set(key, property);
    const { file, line } = property;
    if (NOT_FROM_A_FILE.has(key)) {
      const what = `${key} is only heeded as -D${key}=…: kept as system property zookeeper.${key}, as the real server does`;
      notes.push({ file, line, what });
    } else if (!isKnownProperty(key)) {
      const what = `unknown key "${key}": kept as system property zookeeper.${key}, as the real server does`;
      notes.push({ file, line, what });
    }
  }
  return remaining;
}

function missing(key: string, file: string, settings: ReadonlyMap<string, Property>): never {
  return fail(settings, key, file, `${key} is not set`);
}

function fail(
  settings: ReadonlyMap<string, Property>,
  key: string,
  file: string,
  what: string,
): never {
  throw new ConfigProblem(file, settings.get(key)?.line ?? 0, what);
}
