import { InputProblem } from "./input-problem.ts";

/** One `server.N=` line. */
export type ZooServer = {
  readonly sid: number;
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
  readonly role: "participant" | "observer";
  /** From the part behind `;`, or null. */
  readonly clientPort: number | null;
};

/** What a zoo.cfg says, as far as a simulation is concerned; null where it says nothing. */
export type ZooCfg = {
  readonly file: string;
  readonly tickMs: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly clientPort: number | null;
  readonly minSessionTimeoutMs: number | null;
  readonly maxSessionTimeoutMs: number | null;
  readonly snapCount: number | null;
  readonly commitLogCount: number | null;
  readonly preAllocBytes: number | null;
  readonly electionConnectMs: number | null;
  /** In sid order. */
  readonly servers: readonly ZooServer[];
  readonly groups: ReadonlyMap<number, readonly number[]>;
  readonly weights: ReadonlyMap<number, number>;
  readonly warnings: readonly string[];
};

/** Keys of the real server that mean nothing to a simulation, and are passed over without a word. */
const OTHER_KEYS: ReadonlySet<string> = new Set([
  "dataDir",
  "dataLogDir",
  "clientPortAddress",
  "secureClientPort",
  "secureClientPortAddress",
  "connectToLearnerMasterLimit",
  "maxClientCnxns",
  "maxCnxns",
  "clientPortListenBacklog",
  "electionAlg",
  "peerType",
  "dynamicConfigFile",
  "standaloneEnabled",
  "reconfigEnabled",
  "localSessionsEnabled",
  "localSessionsUpgradingEnabled",
  "quorumListenOnAllIPs",
  "syncEnabled",
  "observerMasterPort",
  "autopurge.snapRetainCount",
  "autopurge.purgeInterval",
  "sslQuorum",
  "portUnification",
  "multiAddress.enabled",
  "4lw.commands.whitelist",
  "admin.enableServer",
  "admin.serverPort",
  "globalOutstandingLimit",
  "forceSync",
  "leaderServes",
  "snapSizeLimitInKb",
  "txnLogSizeLimitInKb",
  "flushDelay",
  "maxBatchSize",
  "metricsProvider.className",
]);

type Entry = { readonly key: string; readonly value: string; readonly line: number };

/**
 * Reads a zoo.cfg: Java properties, with the keys and the complaints of the real server.
 *
 * @throws InputProblem at the line that the real server would not start with
 * @see ZooKeeper, server/quorum/QuorumPeerConfig.java (parseProperties)
 */
export function parseZooCfg(text: string, file: string): ZooCfg {
  const entries = readProperties(text);
  const settings = new Map<string, Entry>();
  const servers = new Map<number, ZooServer>();
  const groups = new Map<number, readonly number[]>();
  const weights = new Map<number, number>();
  const warnings: string[] = [];
  for (const entry of entries) {
    const [family, id] = splitKey(entry.key);
    if (family === "server") servers.set(...readServer(entry, id, file));
    else if (family === "group") groups.set(idOf(entry, id, file), readGroup(entry, file));
    else if (family === "weight") weights.set(idOf(entry, id, file), numberOf(entry, file));
    else settings.set(entry.key, entry);
  }
  for (const { key, line } of settings.values()) {
    if (KNOWN_KEYS.has(key) || OTHER_KEYS.has(key)) continue;
    warnings.push(
      `${file}:${line}  unknown key "${key}": kept as system property zookeeper.${key}, as the real server does`,
    );
  }
  const find = (key: string): number | null => {
    const entry = settings.get(key);
    return entry === undefined ? null : numberOf(entry, file);
  };
  const need = (key: string): number => {
    const value = find(key);
    if (value === null || value === 0)
      throw problem(file, settings.get(key)?.line, `${key} is not set`);
    return value;
  };
  if (!settings.has("dataDir")) throw problem(file, undefined, "dataDir is not set");
  if (servers.size === 0) {
    throw problem(file, undefined, "expected at least one line server.N=host:port:port");
  }
  const tickMs = need("tickTime");
  const kiloBytes = find("preAllocSize");
  const bounds = checkSessionBounds(find, settings, tickMs, file);
  return {
    file,
    tickMs,
    initLimit: need("initLimit"),
    syncLimit: need("syncLimit"),
    clientPort: find("clientPort"),
    ...bounds,
    snapCount: find("snapCount"),
    commitLogCount: find("commitLogCount"),
    preAllocBytes: kiloBytes === null ? null : kiloBytes * 1024,
    electionConnectMs: find("cnxTimeout"),
    servers: [...servers.values()].sort((a, b) => a.sid - b.sid),
    groups,
    weights,
    warnings,
  };
}

const KNOWN_KEYS: ReadonlySet<string> = new Set([
  "tickTime",
  "initLimit",
  "syncLimit",
  "clientPort",
  "minSessionTimeout",
  "maxSessionTimeout",
  "snapCount",
  "commitLogCount",
  "preAllocSize",
  "cnxTimeout",
]);

/** Keys and values as java.util.Properties reads them: `=`, `:` or a space between, `#` and `!` for comments. */
function readProperties(text: string): Entry[] {
  const entries: Entry[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let logical = (lines[index] ?? "").trimStart();
    if (logical === "" || logical.startsWith("#") || logical.startsWith("!")) continue;
    while (/(^|[^\\])(\\\\)*\\$/.test(logical) && index + 1 < lines.length) {
      logical = logical.slice(0, -1) + (lines[++index] ?? "").trimStart();
    }
    const match = /^((?:\\.|[^\s=:\\])+)[ \t\f]*[=:]?[ \t\f]*(.*)$/.exec(logical);
    if (match === null) continue;
    entries.push({ key: unescape(match[1] ?? ""), value: unescape(match[2] ?? "").trim(), line });
  }
  return entries;
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

function splitKey(key: string): [family: string, id: string] {
  const dot = key.indexOf(".");
  return dot < 0 ? [key, ""] : [key.slice(0, dot), key.slice(dot + 1)];
}

const SERVER_FORM = "host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]";

function readServer(entry: Entry, id: string, file: string): [sid: number, server: ZooServer] {
  const sid = idOf(entry, id, file);
  const match =
    /^(\[[^\]]+\]|[^:;\s[\]]+):(\d+):(\d+)(?::([A-Za-z]+))?(?:;(?:(\[[^\]]+\]|[^:;\s]+):)?(\d+))?$/.exec(
      entry.value,
    );
  const role = (match?.[4] ?? "participant").toLowerCase();
  if (match === null || (role !== "participant" && role !== "observer")) {
    throw problem(
      file,
      entry.line,
      `${entry.key}: expected ${SERVER_FORM}, found "${entry.value}"`,
    );
  }
  const quorumPort = portOf(entry, match[2], file);
  const electionPort = portOf(entry, match[3], file);
  if (quorumPort === electionPort) {
    throw problem(
      file,
      entry.line,
      `${entry.key}: Client and election port must be different! Please update the configuration file`,
    );
  }
  const clientPort = match[6] === undefined ? null : portOf(entry, match[6], file);
  return [sid, { sid, host: match[1] ?? "", quorumPort, electionPort, role, clientPort }];
}

function readGroup(entry: Entry, file: string): readonly number[] {
  return entry.value.split(":").map((part) => numberOf({ ...entry, value: part }, file));
}

function idOf(entry: Entry, id: string, file: string): number {
  if (/^\d{1,18}$/.test(id) && Number.isSafeInteger(Number(id))) return Number(id);
  throw problem(file, entry.line, `${entry.key}: expected a number after the dot, found "${id}"`);
}

function portOf(entry: Entry, text: string | undefined, file: string): number {
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return port;
  throw problem(file, entry.line, `${entry.key}: expected a port from 1 to 65535, found ${text}`);
}

function numberOf(entry: Entry, file: string): number {
  if (/^-?\d{1,10}$/.test(entry.value)) return Number(entry.value);
  throw problem(file, entry.line, `${entry.key}: expected a whole number, found "${entry.value}"`);
}

function checkSessionBounds(
  find: (key: string) => number | null,
  settings: ReadonlyMap<string, Entry>,
  tickMs: number,
  file: string,
): { minSessionTimeoutMs: number | null; maxSessionTimeoutMs: number | null } {
  const minSessionTimeoutMs = find("minSessionTimeout");
  const maxSessionTimeoutMs = find("maxSessionTimeout");
  if ((minSessionTimeoutMs ?? 2 * tickMs) > (maxSessionTimeoutMs ?? 20 * tickMs)) {
    const line = (settings.get("minSessionTimeout") ?? settings.get("maxSessionTimeout"))?.line;
    throw problem(file, line, "minSessionTimeout must not be larger than maxSessionTimeout");
  }
  return { minSessionTimeoutMs, maxSessionTimeoutMs };
}

function problem(file: string, line: number | undefined, what: string): InputProblem {
  return new InputProblem({ file, line: line ?? 0, column: 0 }, what);
}
