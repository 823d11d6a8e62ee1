import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Member } from "../../core/config.ts";
import { addressesOf, formatAddress, type HostPort } from "../../core/ensemble/address.ts";
import { ConfigProblem } from "../../core/ensemble/config-problem.ts";
import {
  isMembershipKey,
  readMembership,
  sizeNotes,
  votersOf,
  type Membership,
} from "../../core/ensemble/membership.ts";
import { lastOfEach, readProperties, type Property } from "../../core/ensemble/properties.ts";
import { makeServerConfig } from "../../core/ensemble/server-config.ts";
import { isTrue, systemProperties } from "../../core/ensemble/system-properties.ts";
import { readZooCfg, type ZooCfg } from "../../core/ensemble/zoo-cfg.ts";
import { nextTextOf } from "./dynamic-file.ts";
import { processSettings } from "./process-settings.ts";
import { readSaslUsers } from "./jaas.ts";
import type { ServerSettings } from "./settings.ts";
import { unsupportedNotes } from "./unsupported.ts";

const ANY_HOST = "0.0.0.0";

/** The id that a standalone server gives its sessions. */
const STANDALONE_SID = 1;

/**
 * Reads a zoo.cfg and the files that it points at: myid, the membership, the users of SASL.
 *
 * @param defined system properties of the command line, by name
 * @throws ConfigProblem when the real server would not start with it, or this one must not
 * @see spec client-protocol 12.1, 12.2; ZooKeeper, server/quorum/QuorumPeerConfig.java
 */
export function loadSettings(
  path: string,
  defined: ReadonlyMap<string, Property> = new Map(),
): ServerSettings {
  const cfg = readZooCfg(readConfigFile(path), path);
  const unsupported = unsupportedNotes(cfg);
  const properties = systemProperties(cfg.properties, defined);
  const dynamicConfigFile = cfg.dynamicConfigFile === null ? null : resolve(cfg.dynamicConfigFile);
  const membership =
    dynamicConfigFile === null ? cfg.membership : readDynamicFile(dynamicConfigFile);
  const myid = readMyid(cfg);
  const isStandalone = standsAlone(cfg, membership);
  const multiAddress = cfg.multiAddressEnabled || isTrue(properties, MULTI_ADDRESS);
  if (!isStandalone && !multiAddress) checkAddresses(membership);
  const own = membership.servers.find(({ sid }) => sid === myid) ?? null;
  const client = clientAddressOf(cfg, membership, own);
  const config = makeServerConfig(cfg, {
    sid: isStandalone ? STANDALONE_SID : requireMember(cfg, membership, myid),
    standalone: isStandalone,
    membership: isStandalone ? alone(membership, client) : membership,
    properties,
    saslUsers: saslUsersOf(properties.all),
    nextText: isStandalone ? "" : nextTextOf({ configFile: resolve(path), dynamicConfigFile }),
    talkative: !isStandalone,
  });
  return Object.freeze({
    config,
    configFile: resolve(path),
    dynamicConfigFile,
    configVersion: membership.version,
    client,
    staticClient: own === null || own.clientAddress === "" ? client : null,
    multiAddress,
    ...processSettings(cfg, properties),
    notes: [
      ...cfg.notes,
      ...unsupported,
      ...notesOf(cfg, membership, own, isStandalone),
      ...properties.notes,
    ],
  });
}

/** The one line of a configuration that cannot be; null when `error` is none. */
export function problemText(error: unknown): string | null {
  return error instanceof ConfigProblem ? error.message : null;
}

const MULTI_ADDRESS = "zookeeper.multiAddress.enabled";

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!existsSync(path)) throw new ConfigProblem(path, 0, `${path} file is missing`);
    throw new ConfigProblem(path, 0, `cannot be read: ${reasonOf(error)}`);
  }
}

/** A file of membership has nothing else in it; its name ends in the version that it has. */
function readDynamicFile(path: string): Membership {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigProblem(path, 0, `cannot be read: ${reasonOf(error)}`);
  }
  const settings = lastOfEach(readProperties(text, path));
  for (const { key, line } of settings.values()) {
    if (key === "version") {
      throw new ConfigProblem(path, line, "dynamic file shouldn't have version inside");
    }
    if (!isMembershipKey(key))
      throw new ConfigProblem(path, line, `Unrecognised parameter: ${key}`);
  }
  return readMembership(settings.values(), path, versionOfName(path));
}

function versionOfName(path: string): bigint {
  const suffix = /\.([0-9a-fA-F]{1,16})$/.exec(path)?.[1];
  return suffix === undefined ? 0n : BigInt(`0x${suffix}`);
}

/** Its first line is the id: a number and nothing else. A standalone server needs none. */
function readMyid(cfg: ZooCfg): number | null {
  const file = join(cfg.dataDir, "myid");
  if (!existsSync(file)) return null;
  const [line = ""] = readFileSync(file, "utf8").split(/\r\n|\r|\n/);
  if (/^[+-]?\d{1,15}$/.test(line)) return Number(line);
  throw new ConfigProblem(file, 1, `serverid ${line} is not a number`);
}

/** @returns whether nobody but this server would vote, and it may do without an ensemble */
function standsAlone(cfg: ZooCfg, membership: Membership): boolean {
  const voterCount = votersOf(membership).length;
  const observerCount = membership.servers.length - voterCount;
  const wrong = (what: string): never => {
    throw new ConfigProblem(membership.file, 0, what);
  };
  if (voterCount === 0 && observerCount > 0) {
    return wrong("Observers w/o participants is an invalid configuration");
  }
  if (!cfg.standaloneEnabled) {
    if (voterCount > 0) return false;
    return wrong("standaloneEnabled = false then number of participants should be >0");
  }
  if (voterCount > 1) return false;
  return observerCount > 0 ? wrong("Observers w/o quorum is an invalid configuration") : true;
}

function requireMember(cfg: ZooCfg, membership: Membership, myid: number | null): number {
  const file = join(cfg.dataDir, "myid");
  if (myid === null || myid < 0) {
    const line = cfg.settings.get("dataDir")?.line ?? 0;
    throw new ConfigProblem(cfg.file, line, `myid file is missing: expected ${file}`);
  }
  if (membership.servers.some(({ sid }) => sid === myid)) return myid;
  throw new ConfigProblem(file, 1, `My id ${myid} not in the peer list of ${membership.file}`);
}

/** The line of this server may name the client port; the zoo.cfg may, too, when both say the same. */
function clientAddressOf(cfg: ZooCfg, membership: Membership, own: Member | null): HostPort | null {
  const { clientPort: port, clientPortAddress } = cfg;
  const [named = null] = addressesOf(own?.clientAddress ?? "");
  if (port === null) return named;
  const fromFile = { host: clientPortAddress ?? ANY_HOST, port };
  if (named === null) return fromFile;
  const isSame =
    named.port === port && (named.host === fromFile.host || clientPortAddress === null);
  if (isSame) return named;
  const line = cfg.settings.get("clientPort")?.line ?? 0;
  const what = `client address for this server (id = ${own?.sid}) in static config file is ${formatAddress(fromFile)} is different from client address found in ${membership.file}: ${formatAddress(named)}`;
  throw new ConfigProblem(cfg.file, line, what);
}

function checkAddresses(membership: Membership): void {
  const server = membership.servers.find(({ quorumAddress }) => quorumAddress.includes("|"));
  if (server === undefined) return;
  const what = `Multiple address feature is disabled, but multiple addresses were specified for sid ${server.sid}`;
  throw new ConfigProblem(membership.file, 0, what);
}

/** One who votes and whom nobody meets. */
function alone(membership: Membership, client: HostPort | null): Membership {
  const server: Member = {
    sid: STANDALONE_SID,
    role: "participant",
    quorumAddress: "",
    electionAddress: "",
    clientAddress: client === null ? "" : formatAddress(client),
  };
  return { ...membership, servers: [server], groups: [], weights: new Map() };
}

function saslUsersOf(
  properties: ReadonlyMap<string, Property>,
): ReadonlyMap<string, string> | null {
  const file = properties.get("java.security.auth.login.config");
  if (file === undefined) return null;
  const section = properties.get("zookeeper.sasl.serverconfig")?.value ?? "Server";
  try {
    return readSaslUsers(readFileSync(file.value, "utf8"), file.value, section);
  } catch (error) {
    if (error instanceof ConfigProblem) throw error;
    throw new ConfigProblem(file.value, 0, `cannot be read: ${reasonOf(error)}`);
  }
}

function notesOf(
  cfg: ZooCfg,
  membership: Membership,
  own: Member | null,
  isStandalone: boolean,
): ServerSettings["notes"] {
  const notes = isStandalone ? [] : sizeNotes(membership);
  const role = own?.role ?? "participant";
  if (cfg.peerType !== null && cfg.peerType !== role) {
    const { file, line } = cfg.settings.get("peerType")!;
    const what = `Peer type from servers list (${role.toUpperCase()}) doesn't match peerType (${cfg.peerType.toUpperCase()}). Defaulting to servers list.`;
    notes.push({ file, line, what });
  }
  if (isStandalone && membership.servers.length === 1) {
    const what = "Invalid configuration, only one server specified (ignoring)";
    notes.push({ file: membership.file, line: 0, what });
  }
  return notes;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
