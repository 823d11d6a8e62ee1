import type { Member } from "../config.ts";

/** Why a text is no configuration. Real servers answer numbers that are none differently from all the rest. */
export type Problem = {
  readonly kind: "problem";
  readonly reason: string;
  readonly notANumber: boolean;
};

const FORM = "host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]";
/** Where a client port is bound when a line names only the port. */
const ANY_HOST = "0.0.0.0";
const LOCAL_HOST = "localhost";
const PORT_MAX = 65_535;

/**
 * Reads what stands behind `server.N=`:
 * `host:quorumPort:electionPort[:role][;[clientHost:]clientPort]`, where `|` separates further ways to the same
 * server, and brackets surround a literal IPv6 address. Roles may be in any case.
 * @see spec client-protocol 12.2; ZooKeeper, server/quorum/QuorumPeer.java (QuorumServer)
 */
export function parseMember(sid: number, text: string): Member | Problem {
  const [servers = "", client = "", ...rest] = text.split(";");
  if (rest.some((part) => part !== "")) return notInForm(text);
  const quorum: string[] = [];
  const election: string[] = [];
  let role: Member["role"] | null = null;
  for (const address of servers.split("|")) {
    const parts = splitAddress(address);
    if (parts === null || parts.length < 3 || parts.length > 4) {
      return notInForm(text);
    }
    const [named, quorumPort, electionPort, ownRole] = parts as [string, string, string, string?];
    for (const port of [quorumPort, electionPort]) if (!isPort(port)) return noPort(port);
    if (Number(quorumPort) === Number(electionPort)) return problem(SAME_PORTS);
    const host = named === "" ? LOCAL_HOST : named;
    quorum.push(`${host}:${Number(quorumPort)}`);
    election.push(`${host}:${Number(electionPort)}`);
    if (ownRole === undefined) continue;
    const roleHere = parseRole(ownRole);
    if (roleHere === null) {
      return problem(`expected participant or observer, found "${ownRole}"`);
    }
    if (role !== null && role !== roleHere) return problem("its addresses differ in roles");
    role = roleHere;
  }
  const clientAddress = client.trim() === "" ? "" : parseClient(client);
  if (typeof clientAddress !== "string") return clientAddress ?? notInForm(text);
  return {
    sid,
    role: role ?? "participant",
    quorumAddress: quorum.join("|"),
    electionAddress: election.join("|"),
    clientAddress,
  };
}

/** The role always; the client's part only where the configuration has one; several addresses in order of host. */
export function printMember(member: Member): string {
  const { sid, role, clientAddress } = member;
  const election = sortedAddresses(member.electionAddress);
  const addresses = sortedAddresses(member.quorumAddress).map(
    (address, index) => `${address}:${portOf(election[index] ?? "")}`,
  );
  const client = clientAddress === "" ? "" : `;${clientAddress}`;
  return `server.${sid}=${addresses.join("|")}:${role}${client}`;
}

export function problem(reason: string, notANumber = false): Problem {
  return { kind: "problem", reason, notANumber };
}

export function isProblem<T extends object>(value: T | Problem): value is Problem {
  return "kind" in value && value.kind === "problem";
}

/** As the real server says it. */
const SAME_PORTS =
  "Client and election port must be different! Please update the configuration file";

function notInForm(text: string): Problem {
  return problem(`expected ${FORM}, found "${text}"`);
}

function noPort(text: string): Problem {
  return problem(`expected a port from 1 to ${PORT_MAX}, found ${text}`);
}

function parseRole(text: string): Member["role"] | null {
  const role = text.trim().toLowerCase();
  return role === "participant" || role === "observer" ? role : null;
}

function parseClient(text: string): string | Problem | null {
  const parts = splitAddress(text);
  if (parts === null || parts.length > 2) return null;
  const port = parts.at(-1) ?? "";
  const host = parts.length === 2 && parts[0] !== "" ? (parts[0] as string) : ANY_HOST;
  return isPort(port) ? `${host}:${Number(port)}` : noPort(port);
}

/** Cuts at colons, but not at those of an IPv6 address, which keeps its brackets; a last colon is nothing. */
function splitAddress(text: string): string[] | null {
  const trimmed = text.trim().replace(/:+$/, "");
  if (!trimmed.startsWith("[")) return trimmed.split(":").map((part) => part.trim());
  const end = trimmed.indexOf("]");
  if (end < 0) return null;
  const rest = trimmed.slice(end + 1);
  const host = trimmed.slice(0, end + 1);
  if (rest === "") return [host];
  return rest.startsWith(":") ? [host, ...rest.slice(1).split(":")] : null;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= PORT_MAX;
}

function sortedAddresses(addresses: string): string[] {
  if (!addresses.includes("|")) return [addresses];
  const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(":"));
  return addresses.split("|").sort((one, other) => {
    const [a, b] = [hostOf(one), hostOf(other)];
    return a < b ? -1 : a > b ? 1 : 0;
  });
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(":") + 1);
}
