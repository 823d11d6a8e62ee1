import { ConfigProblem } from "./config-problem.ts";
import type { Property } from "./properties.ts";

export type HostPort = { readonly host: string; readonly port: number };

/** Where a member is met by the others. */
export type PeerAddress = {
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
};

/** One line `server.N=…`. */
export type ServerLine = {
  readonly sid: number;
  readonly role: "participant" | "observer";
  /** At least one; more are several ways to the same server (`|`). */
  readonly addresses: readonly [PeerAddress, ...PeerAddress[]];
  /** The part behind `;`, or null. */
  readonly client: HostPort | null;
};

const SERVER_FORM = "host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]";

/** Where a client port is listened to when the line names no host for it. */
const ANY_HOST = "0.0.0.0";

/**
 * Reads the value of `server.N`, of a file or of a reconfiguration.
 *
 * @throws ConfigProblem when it is none
 * @see spec client-protocol 12.2; ZooKeeper, server/quorum/QuorumPeer.java (QuorumServer)
 */
export function readServerLine(property: Property, sid: number): ServerLine {
  const [peers = "", client = "", ...more] = property.value.split(";");
  if (more.some((part) => part !== "")) refuseLine(property);
  const addresses: PeerAddress[] = [];
  let role: ServerLine["role"] = "participant";
  for (const text of peers.split("|")) {
    const { address, type } = readPeer(property, text.trim());
    addresses.push(address);
    if (type !== null) role = type;
  }
  const [first, ...others] = addresses;
  if (first === undefined) return refuseLine(property);
  return { sid, role, addresses: [first, ...others], client: readClient(property, client.trim()) };
}

/** The canonical form: the role always, the client's part when the line has one. */
export function formatServerLine({ sid, role, addresses, client }: ServerLine): string {
  const peers = addresses.map((at) => `${at.host}:${at.quorumPort}:${at.electionPort}:${role}`);
  const listens = client === null ? "" : `;${client.host}:${client.port}`;
  return `server.${sid}=${peers.join("|")}${listens}`;
}

const HOST = String.raw`(\[[^\]]+\]|[^:\s[\]]*)`;
const PEER = new RegExp(String.raw`^${HOST}:([^:\s]+):([^:\s]+)(?::([^:\s]+))?:?$`);
const CLIENT = new RegExp(String.raw`^(?:${HOST}:)?([^:\s]+)$`);

function readPeer(
  property: Property,
  text: string,
): { address: PeerAddress; type: ServerLine["role"] | null } {
  const match = PEER.exec(text);
  if (match === null) return refuseLine(property);
  const quorumPort = portOf(property, match[2]);
  const electionPort = portOf(property, match[3]);
  if (quorumPort === electionPort) {
    throw new ConfigProblem(
      property.file,
      property.line,
      `${property.key}: Client and election port must be different! Please update the configuration file`,
    );
  }
  const host = match[1] === undefined || match[1] === "" ? "localhost" : match[1];
  return { address: { host, quorumPort, electionPort }, type: roleOf(property, match[4]) };
}

function readClient(property: Property, text: string): HostPort | null {
  if (text === "") return null;
  const match = CLIENT.exec(text);
  if (match === null) return refuseLine(property);
  const host = match[1] === undefined || match[1] === "" ? ANY_HOST : match[1];
  return { host, port: portOf(property, match[2]) };
}

function roleOf(property: Property, text: string | undefined): ServerLine["role"] | null {
  if (text === undefined) return null;
  const role = text.toLowerCase();
  if (role === "participant" || role === "observer") return role;
  const what = `${property.key}: expected participant or observer, found "${text}"`;
  throw new ConfigProblem(property.file, property.line, what);
}

function portOf(property: Property, text = ""): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  const what = `${property.key}: expected a port from 1 to 65535, found ${text}`;
  throw new ConfigProblem(property.file, property.line, what);
}

function refuseLine({ file, line, key, value }: Property): never {
  throw new ConfigProblem(file, line, `${key}: expected ${SERVER_FORM}, found "${value}"`);
}
