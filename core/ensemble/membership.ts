import type { Member } from "../config.ts";
import type { Quorum } from "../election/quorum.ts";
import { ConfigProblem, type ConfigNote } from "./config-problem.ts";
import { isProblem, parseMember } from "./member-text.ts";
import { refuse, wholeNumber, type Property } from "./properties.ts";

/** Who is in the ensemble, by the lines server.N, group.N and weight.N of a file. */
export type Membership = {
  /** Where it was read, for complaints about the whole. */
  readonly file: string;
  /** In sid order. */
  readonly servers: readonly Member[];
  /** In gid order; empty under majorities. */
  readonly groups: readonly Group[];
  readonly weights: ReadonlyMap<number, number>;
  /** The zxid of the reconfiguration that made it; 0 of the first one. */
  readonly version: bigint;
};

type Group = { readonly gid: number; readonly sids: readonly number[]; readonly from: Property };

/** Does a line of this key say who is a member? */
export function isMembershipKey(key: string): boolean {
  return /^(server|group|weight)\./.test(key);
}

/** @throws ConfigProblem at the line that the real server would not start with */
export function readMembership(
  properties: Iterable<Property>,
  file: string,
  version: bigint,
): Membership {
  const servers: Member[] = [];
  const groups: Group[] = [];
  const weights = new Map<number, number>();
  for (const property of properties) {
    const [family, id] = splitKey(property.key);
    if (family === "server") servers.push(readServer(property, idOf(property, id)));
    else if (family === "group") groups.push(readGroup(property, idOf(property, id)));
    else if (family === "weight") weights.set(idOf(property, id), readWeight(property));
  }
  servers.sort((a, b) => a.sid - b.sid);
  groups.sort((a, b) => a.gid - b.gid);
  return { file, servers, groups, weights, version };
}

export function votersOf({ servers }: Membership): number[] {
  return servers.filter(({ role }) => role === "participant").map(({ sid }) => sid);
}

/**
 * Majorities, or groups when the file speaks of groups or weights; a voter without a weight weighs 1.
 *
 * @throws ConfigProblem when a voter is in no group or in two, or a group names nobody who votes
 */
export function quorumOf(membership: Membership): Quorum {
  const voters = votersOf(membership);
  const { groups, weights, file } = membership;
  if (groups.length === 0 && weights.size === 0) return { kind: "majority", voters };
  const grouped = new Set<number>();
  for (const { sids, from } of groups) {
    for (const sid of sids) {
      const wrong = grouped.has(sid)
        ? `Server ${sid} is in multiple groups`
        : voters.includes(sid)
          ? null
          : `there is no voter ${sid}`;
      if (wrong !== null) throw new ConfigProblem(from.file, from.line, `${from.key}: ${wrong}`);
      grouped.add(sid);
    }
  }
  const missing = voters.find((sid) => !grouped.has(sid));
  if (missing !== undefined)
    throw new ConfigProblem(file, 0, `Server ${missing} is not in a group`);
  return {
    kind: "hierarchical",
    voters,
    groups: groups.map(({ gid, sids }) => ({ gid, sids })),
    weights: new Map(voters.map((sid) => [sid, weights.get(sid) ?? 1])),
  };
}

/** What the real server says of a number of voters that it thinks unwise. */
export function sizeNotes(membership: Membership): ConfigNote[] {
  const voterCount = votersOf(membership).length;
  const note = (what: string): ConfigNote[] => [{ file: membership.file, line: 0, what }];
  if (voterCount <= 2)
    return note("No server failure will be tolerated. You need at least 3 servers.");
  return voterCount % 2 === 0
    ? note("Non-optimal configuration, consider an odd number of servers.")
    : [];
}

function readServer(property: Property, sid: number): Member {
  const member = parseMember(sid, property.value);
  if (!isProblem(member)) return member;
  const { file, line, key } = property;
  throw new ConfigProblem(file, line, `${key}: ${member.reason}`);
}

function readGroup(property: Property, gid: number): Group {
  const sids = property.value.split(":").map((part) => {
    if (/^\d{1,15}$/.test(part)) return Number(part);
    return refuse(property, "server ids with colons between them");
  });
  return { gid, sids, from: property };
}

function readWeight(property: Property): number {
  const weight = wholeNumber(property, "of 0 or more");
  return weight >= 0 ? weight : refuse(property, "a whole number of 0 or more");
}

function splitKey(key: string): [family: string, id: string] {
  const dot = key.indexOf(".");
  return dot < 0 ? [key, ""] : [key.slice(0, dot), key.slice(dot + 1)];
}

function idOf({ file, line, key }: Property, id: string): number {
  if (/^\d{1,18}$/.test(id) && Number.isSafeInteger(Number(id))) return Number(id);
  throw new ConfigProblem(file, line, `${key}: expected a number after the dot, found "${id}"`);
}
