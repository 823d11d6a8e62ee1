import type { Member, ServerConfig } from "../config.ts";
import type { Quorum } from "../election/quorum.ts";
import { OpCode, type Txn } from "../txn.ts";
import { decodeUtf8 } from "../wire/utf8.ts";
import { ZERO_ZXID, type Zxid } from "../zxid.ts";
import { parseConfiguration, printConfiguration } from "./configuration-text.ts";

/**
 * Who is in the ensemble, and which of them may decide. Frozen, and replaced as a whole.
 *
 * The version is the zxid of the reconfiguration that made it, or of the NEWLEADER that first established it;
 * 0 is one that only an operator's file knows of. Whoever knows a higher version knows better.
 */
export type Configuration = {
  readonly version: Zxid;
  /** In ascending order of sid. */
  readonly members: readonly Member[];
  readonly quorum: Quorum;
  /** What NEWLEADER, notifications and /zookeeper/config carry. */
  readonly text: string;
};

export function createConfiguration(
  members: readonly Member[],
  quorum: Quorum,
  version: Zxid,
): Configuration {
  const sorted = [...members].sort((one, other) => one.sid - other.sid);
  const text = printConfiguration(sorted, quorum, version);
  return Object.freeze({ version, members: sorted, quorum: Object.freeze(quorum), text });
}

/** What a process starts with, by its files. */
export function configurationOf({ members, quorum, version }: ServerConfig): Configuration {
  return createConfiguration(members, quorum, version ?? ZERO_ZXID);
}

/** The configuration that was proposed when the process last ran, if that is newer than `committed`. */
export function lastSeenOf({ nextText }: ServerConfig, committed: Configuration): Configuration {
  const next = nextText === undefined ? null : readConfiguration(nextText);
  return next !== null && next.version > committed.version ? next : committed;
}

/** The last text that was read, and what it stands for: most texts are heard several times over. */
let lastRead: { readonly text: string; readonly configuration: Configuration | null } | null = null;

/** The configuration that a text of another server stands for; null where the text is empty or nonsense. */
export function readConfiguration(text: string): Configuration | null {
  if (text === "") return null;
  if (text !== lastRead?.text) lastRead = { text, configuration: understood(text) };
  return lastRead.configuration;
}

function understood(text: string): Configuration | null {
  const parsed = parseConfiguration(text);
  if (parsed.kind === "problem") return null;
  return createConfiguration(parsed.members, parsed.quorum, parsed.version);
}

/** The configuration that a transaction brings; null for any other transaction. */
export function configurationIn({ type, body }: Txn): Configuration | null {
  if (type !== OpCode.reconfig || body.kind !== "setData" || body.data === null) return null;
  return readConfiguration(decodeUtf8(body.data, 0, body.data.length));
}

export function withVersion({ members, quorum }: Configuration, version: Zxid): Configuration {
  return createConfiguration(members, quorum, version);
}

/** This server, as the configuration in force has it, or as its own files do where it is not in there (yet). */
export function ownMember({ config, configuration, sid }: Self): Member | null {
  return (
    memberOf(configuration, sid) ?? config.members.find((member) => member.sid === sid) ?? null
  );
}

type Self = {
  readonly sid: number;
  readonly config: ServerConfig;
  readonly configuration: Configuration;
};

export function memberOf({ members }: Configuration, sid: number): Member | null {
  return members.find((member) => member.sid === sid) ?? null;
}

/** Learns without a vote, and wants none. A server that is not listed wants one. */
export function isObserver(configuration: Configuration, sid: number): boolean {
  return memberOf(configuration, sid)?.role === "observer";
}

/** The same servers in the same roles at the same addresses, whatever the version? */
export function isSameMembership(one: Configuration, other: Configuration): boolean {
  if (one.members.length !== other.members.length) return false;
  return one.members.every((member, index) => isSameMember(member, other.members[index]));
}

function isSameMember(one: Member, other: Member | undefined): boolean {
  return (
    other !== undefined &&
    one.sid === other.sid &&
    one.role === other.role &&
    one.quorumAddress === other.quorumAddress &&
    one.electionAddress === other.electionAddress &&
    one.clientAddress === other.clientAddress
  );
}
