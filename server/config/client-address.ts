import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastOfEach, readProperties } from "../../core/ensemble/properties.ts";

/** Where a client of this machine finds the server of a zoo.cfg, and what was said while it was looked for. */
export type ClientAddress = {
  readonly found: { readonly host: string; readonly port: number; readonly isTls: boolean } | null;
  readonly said: readonly string[];
};

const LOCAL = "localhost";

/**
 * Looks for the client port as `zkServer.sh status` does: clientPort, the `;` part of this server's line here or in the file
 * of membership, secureClientPort. The file need not be one that a server would start with.
 * @see spec client-protocol 12.3
 */
export function findClientAddress(path: string): ClientAddress {
  const settings = settingsOf(path);
  const said: string[] = [];
  const named = plainAddress(settings, said);
  if (named !== null) return { found: { ...named, isTls: false }, said };
  said.push("Client port not found. Looking for secureClientPort in the static config.");
  const secure = settings("secureClientPort");
  if (secure === "") {
    said.push("Unable to find either secure or unsecure client port in any configs. Terminating.");
    return { found: null, said };
  }
  const host = settings("secureClientPortAddress") || LOCAL;
  return { found: { host, port: Number(secure), isTls: true }, said };
}

function plainAddress(settings: Settings, said: string[]): { host: string; port: number } | null {
  const host = settings("clientPortAddress") || LOCAL;
  const clientPort = settings("clientPort");
  if (/^\d+$/.test(clientPort)) return { host, port: Number(clientPort) };
  const myid = firstLineOf(join(settings("dataDir"), "myid"));
  if (!/^\d+$/.test(myid)) {
    said.push(
      "myid could not be determined, will not able to locate clientPort in the server configs.",
    );
    return null;
  }
  let address = clientPartOf(settings(`server.${myid}`));
  if (address === "") {
    said.push("Client port not found in static config file. Looking in dynamic config file.");
    const dynamic = settings("dynamicConfigFile");
    address = dynamic === "" ? "" : clientPartOf(settingsOf(dynamic)(`server.${myid}`));
  }
  if (address === "") {
    said.push("Client port not found in the server configs");
    return null;
  }
  const match = /^(?:\[(.*)\]|(.*)):(\d+)$/.exec(address);
  if (match === null) return { host, port: Number(address) };
  return { host: match[1] ?? match[2] ?? host, port: Number(match[3]) };
}

/** dataDir of a zoo.cfg that need not be a good one; "" when it has none. */
export function dataDirOf(path: string): string {
  return settingsOf(path)("dataDir");
}

/** The value of a key, or "". */
type Settings = (key: string) => string;

function settingsOf(path: string): Settings {
  if (!existsSync(path)) return () => "";
  const settings = lastOfEach(readProperties(readFileSync(path, "utf8"), path));
  return (key) => settings.get(key)?.value ?? "";
}

function clientPartOf(line: string): string {
  return line.includes(";") ? line.slice(line.lastIndexOf(";") + 1).trim() : "";
}

function firstLineOf(path: string): string {
  return existsSync(path) ? (readFileSync(path, "utf8").split("\n")[0] ?? "").trim() : "";
}
