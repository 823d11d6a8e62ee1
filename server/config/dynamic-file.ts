import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { isMembershipKey } from "../../core/ensemble/membership.ts";
import { lastOfEach, readProperties } from "../../core/ensemble/properties.ts";
import type { ServerSettings } from "./settings.ts";

/** Where a server keeps its configuration: the zoo.cfg, and the file of membership that it points at, or null. */
type ConfigFiles = Pick<ServerSettings, "configFile" | "dynamicConfigFile">;

const DYNAMIC = ".dynamic";
const NEXT = ".next";

/**
 * Writes down a membership that is in force: `zoo.cfg.dynamic.<version>` beside the zoo.cfg, and the zoo.cfg itself, which
 * points there from now on and says nothing else of it. A zoo.cfg that named the members is kept as `zoo.cfg.bak`.
 * What was proposed and is in force now is no longer what comes next. Every file is replaced as a whole, so that a crash leaves the old one or the new one.
 *
 * @param text the configuration znode: lines server.N, group.N, weight.N, and `version=<hex>`
 * @returns the files from here on
 * @see spec client-protocol 12.2; ZooKeeper, server/quorum/QuorumPeerConfig.java (writeDynamicConfig, editStaticConfig)
 */
export function recordConfiguration(files: ConfigFiles, sid: number, text: string): ConfigFiles {
  const properties = [...lastOfEach(readProperties(text, "configuration")).values()];
  const version = properties.find(({ key }) => key === "version")?.value ?? "0";
  const members = properties.filter(({ key }) => isMembershipKey(key));
  const lines = members.map(({ key, value }) => `${key}=${value}`).sort();
  const dynamicConfigFile = `${baseOf(files)}.${version}`;
  replaceFile(dynamicConfigFile, lines.join("\n"));
  if (files.dynamicConfigFile === null) copyFileSync(files.configFile, `${files.configFile}.bak`);
  if (files.dynamicConfigFile !== dynamicConfigFile) {
    const own = members.find(({ key }) => key === `server.${sid}`);
    repoint(files.configFile, dynamicConfigFile, own?.value.includes(";") ?? false);
  }
  if (versionIn(nextTextOf(files)) <= versionIn(text))
    rmSync(baseOf(files) + NEXT, { force: true });
  return { configFile: files.configFile, dynamicConfigFile };
}

/** Writes down a membership that was proposed and is not in force yet: `zoo.cfg.dynamic.next`, with its version. */
export function recordProposal(files: ConfigFiles, text: string): void {
  const properties = [...lastOfEach(readProperties(text, "configuration")).values()];
  const lines = properties.map(({ key, value }) => `${key}=${value}`).sort();
  replaceFile(baseOf(files) + NEXT, lines.join("\n"));
}

/** The membership that {@link recordProposal} wrote down last; "" where there is none. */
export function nextTextOf(files: ConfigFiles): string {
  const path = baseOf(files) + NEXT;
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function versionIn(text: string): bigint {
  const version = /^version=([0-9a-fA-F]{1,16})$/m.exec(text)?.[1];
  return version === undefined ? 0n : BigInt(`0x${version}`);
}

/** The file of membership without its version. */
function baseOf({ configFile, dynamicConfigFile }: ConfigFiles): string {
  if (dynamicConfigFile === null) return configFile + DYNAMIC;
  return dynamicConfigFile.replace(/\.[0-9a-f]+$/, "");
}

/** The client port goes where the members are when this server's line there has one. */
function repoint(configFile: string, dynamicConfigFile: string, namesClient: boolean): void {
  const settings = lastOfEach(readProperties(readFileSync(configFile, "utf8"), configFile));
  const lines: string[] = [];
  for (const { key, value } of settings.values()) {
    if (isMembershipKey(key) || key === "dynamicConfigFile" || key === "peerType") continue;
    if (namesClient && (key === "clientPort" || key === "clientPortAddress")) continue;
    lines.push(`${escaped(key, /[\\\s=:#!]/g)}=${escaped(value, /\\/g)}`);
  }
  lines.push(`dynamicConfigFile=${escaped(dynamicConfigFile, /\\/g)}`);
  replaceFile(configFile, `${lines.join("\n")}\n`);
}

function escaped(text: string, special: RegExp): string {
  return text.replace(special, String.raw`\$&`);
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, "w");
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
