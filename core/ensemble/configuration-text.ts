import type { Member } from "../config.ts";
import { weightOf, type Quorum } from "../election/quorum.ts";
import { toZxid, ZERO_ZXID, type Zxid } from "../zxid.ts";
import { isProblem, parseMember, printMember, problem, type Problem } from "./member-text.ts";

/** A text that was understood. */
export type ParsedConfiguration = {
  readonly kind: "configuration";
  readonly members: readonly Member[];
  readonly quorum: Quorum;
  readonly version: Zxid;
};

type Group = { readonly gid: number; readonly sids: readonly number[] };

/**
 * Members in order of sid, then groups and weights where there are any, then the version; a line each, no newline
 * at the end.
 * @see spec election-and-zab 3.2
 */
export function printConfiguration(
  members: readonly Member[],
  quorum: Quorum,
  version: Zxid,
): string {
  const lines = members.map(printMember);
  if (quorum.kind === "hierarchical") {
    for (const { gid, sids } of quorum.groups) lines.push(`group.${gid}=${sids.join(":")}`);
    for (const sid of quorum.voters) lines.push(`weight.${sid}=${weightOf(quorum, sid)}`);
  }
  lines.push(`version=${BigInt.asUintN(64, version).toString(16)}`);
  return lines.join("\n");
}

/** Reads a configuration, of another server or of a client that wants a new one. */
export function parseConfiguration(text: string): ParsedConfiguration | Problem {
  const members = new Map<number, Member>();
  const groups: Group[] = [];
  const weights = new Map<number, number>();
  let version = ZERO_ZXID;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith("!")) continue;
    const equals = trimmed.indexOf("=");
    const key = (equals < 0 ? trimmed : trimmed.slice(0, equals)).trim();
    const value = equals < 0 ? "" : trimmed.slice(equals + 1).trim();
    const [family, id] = splitKey(key);
    const number = numberOf(id);
    if (family === "version" && id === "") {
      if (!/^[0-9a-fA-F]{1,16}$/.test(value)) return problem(`version=${value}`, true);
      version = toZxid(BigInt(`0x${value}`));
    } else if (number === null) {
      return problem(`unrecognised parameter ${key}`, family === "server");
    } else if (family === "server") {
      const member = parseMember(number, value);
      if (isProblem(member)) return member;
      members.set(number, member);
    } else if (family === "group") {
      const sids = value.split(":").map((part) => numberOf(part.trim()));
      if (sids.includes(null)) return problem(`${key}=${value}`, true);
      groups.push({ gid: number, sids: sids as number[] });
    } else if (family === "weight") {
      const weight = numberOf(value);
      if (weight === null) return problem(`${key}=${value}`, true);
      weights.set(number, weight);
    } else return problem(`unrecognised parameter ${key}`);
  }
  const sorted = [...members.values()].sort((one, other) => one.sid - other.sid);
  const quorum = quorumOf(sorted, groups, weights);
  if (isProblem(quorum)) return quorum;
  return { kind: "configuration", members: sorted, quorum, version };
}

/** Majorities of those who vote. */
export function majorityOf(members: readonly Member[]): Quorum {
  return { kind: "majority", voters: votersOf(members) };
}

/** A decimal number in the range of a JS integer, or null. */
export function numberOf(text: string): number | null {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : null;
}

function quorumOf(
  members: readonly Member[],
  groups: readonly Group[],
  weights: ReadonlyMap<number, number>,
): Quorum | Problem {
  if (groups.length === 0 && weights.size === 0) return majorityOf(members);
  const voters = votersOf(members);
  const grouped = new Set<number>();
  for (const { sids } of groups) {
    for (const sid of sids) {
      if (grouped.has(sid)) return problem(`server ${sid} is in two groups`);
      grouped.add(sid);
    }
  }
  const outside = voters.find((sid) => !grouped.has(sid));
  if (outside !== undefined) return problem(`server ${outside} is not in a group`);
  return {
    kind: "hierarchical",
    voters,
    groups: [...groups].sort((one, other) => one.gid - other.gid),
    // A voter weighs 1 unless it is said otherwise.
    weights: new Map(voters.map((sid) => [sid, weights.get(sid) ?? 1])),
  };
}

function votersOf(members: readonly Member[]): number[] {
  return members.filter(({ role }) => role === "participant").map(({ sid }) => sid);
}

function splitKey(key: string): [family: string, id: string] {
  const dot = key.indexOf(".");
  return dot < 0 ? [key, ""] : [key.slice(0, dot), key.slice(dot + 1)];
}
