import { isQuorum } from "../../core/election/quorum.ts";
import { isLogMatch, isPrefixOf, printHistory } from "./histories.ts";
import { refusalOf, type Host, type Space } from "./space.ts";
import type { ServerConfig } from "../../core/config.ts";

/** What has been, as far as it limits what may come, or what may be. Immutable, and known by a number. */
export type Witness = {
  readonly id: number;
  readonly writes: number;
  readonly crashes: number;
  readonly powerLosses: number;
  readonly timeouts: number;
  readonly elections: number;
  /** The longest history that is known to be committed. */
  readonly committed: number;
  /** Who led which epoch with a quorum: epoch · 256 + sid, ascending. */
  readonly led: readonly number[];
  /** The numbers of those that have seen one more of these, as far as they were asked for. */
  readonly next: { [what in Counted]?: number };
};

export type Counted = "writes" | "crashes" | "powerLosses" | "timeouts" | "elections";

export type Judge = {
  readonly witnesses: Witness[];
  readonly first: number;
  /** The number of a witness that has seen one more of these. */
  readonly after: (witness: Witness, what: Counted) => number;
  readonly intern: (witness: Omit<Witness, "id" | "next">) => number;
  readonly servers: readonly ServerConfig[];
  /** Is it a power loss that a quorum must have its transactions durable for? */
  readonly powerLosses: boolean;
  /** Servers that the properties were held against alone, by number. */
  readonly alone: (string | null | undefined)[];
};

export function createJudge(bounds: {
  readonly servers: readonly ServerConfig[];
  readonly powerLosses: number;
}): Judge {
  const witnesses: Witness[] = [];
  const byKey = new Map<string, number>();
  const intern: Judge["intern"] = (witness) => {
    const { writes, crashes, powerLosses, timeouts, elections, committed, led } = witness;
    const counts = [writes, crashes, powerLosses, timeouts, elections, committed];
    const key = `${counts.join(",")}|${led.join(",")}`;
    let id = byKey.get(key);
    if (id === undefined) {
      id = witnesses.length;
      byKey.set(key, id);
      witnesses.push({ ...witness, id, next: {} });
    }
    return id;
  };
  const counters = { writes: 0, crashes: 0, powerLosses: 0, timeouts: 0, elections: 0 };
  return {
    witnesses,
    first: intern({ ...counters, committed: 0, led: [] }),
    after: (witness, what) =>
      (witness.next[what] ??= intern({ ...witness, [what]: witness[what] + 1 })),
    intern,
    servers: bounds.servers,
    powerLosses: bounds.powerLosses > 0,
    alone: [],
  };
}

/**
 * Holds the state in `next` against the properties, and notes in its witness what it shows.
 *
 * @returns the first property that is broken, with what breaks it
 */
export function judged(judge: Judge, space: Space, next: Int32Array, count: number): string | null {
  const { hosts, histories } = space;
  for (let slot = 0; slot < count; slot++) {
    const host = hosts[next[slot]!]!;
    const refused = refusedBy(judge, space, host);
    if (refused !== null) return refused;
    const { leads, committed } = host.face;
    if (leads !== 0) {
      const found = noteLeader(judge, next, count, leads, space.configs[slot]!.sid);
      if (found !== null) return found;
    }
    if (committed >= 0) {
      const found = noteCommitted(judge, space, next, count, host);
      if (found !== null) return found;
    }
  }
  for (let one = 0; one < count; one++) {
    const a = hosts[next[one]!]!.face.log;
    for (let other = one + 1; other < count; other++) {
      const b = hosts[next[other]!]!.face.log;
      if (a === b || isLogMatch(histories, a, b)) continue;
      const [x, y] = [space.configs[one]!.sid, space.configs[other]!.sid];
      const logs = `${printHistory(histories, a)} and ${printHistory(histories, b)}`;
      return `S8 log matching: servers ${x} and ${y} have ${logs}, with different transactions in front of a common one`;
    }
  }
  return judgeHolders(judge, space, next, count);
}

/** RESTARTABLE: whatever is on a disk, a process can start from it. */
function refusedBy(judge: Judge, space: Space, host: Host): string | null {
  let known = judge.alone[host.id];
  if (known === undefined) {
    const refused = refusalOf(space, host);
    const { sid } = space.configs[host.slot]!;
    known = refused === null ? null : `server ${sid} could not start from its disk: ${refused}`;
    judge.alone[host.id] = known;
  }
  return known;
}

/** S1: one leader an epoch. */
function noteLeader(
  judge: Judge,
  next: Int32Array,
  count: number,
  epoch: number,
  sid: number,
): string | null {
  const witness = judge.witnesses[next[count]!]!;
  const mark = epoch * 256 + sid;
  if (witness.led.includes(mark)) return null;
  const other = witness.led.find((led) => led >> 8 === epoch);
  if (other !== undefined) {
    return `S1 one leader per epoch: server ${sid} has a quorum for epoch ${epoch}, which server ${other & 255} had before`;
  }
  const led = [...witness.led, mark].sort((a, b) => a - b);
  next[count] = judge.intern({ ...witness, led });
  return null;
}

/** Z3 and S4: what is served or committed continues, or is part of, what was committed before; a leader has all of it. */
function noteCommitted(
  judge: Judge,
  { histories, configs }: Space,
  next: Int32Array,
  count: number,
  { face, slot }: Host,
): string | null {
  const witness = judge.witnesses[next[count]!]!;
  const { committed } = witness;
  const own = face.committed;
  if (own === committed) return null;
  const isLeader = face.life === "leading";
  if (isPrefixOf(histories, committed, own) && isLeader) {
    next[count] = judge.intern({ ...witness, committed: own });
    return null;
  }
  if (isPrefixOf(histories, own, committed)) {
    if (!isLeader || (witness.led.at(-1) ?? 0) >> 8 !== face.leads) return null;
    return `S4 committed prefix: server ${configs[slot]!.sid} leads with ${printHistory(histories, own)}, and ${printHistory(histories, committed)} was committed`;
  }
  return `Z3 agreement: server ${configs[slot]!.sid} has delivered ${printHistory(histories, own)}, and ${printHistory(histories, committed)} was committed`;
}

/** S9: what is committed is on the disks of a quorum, and stays there. */
function judgeHolders(
  { witnesses, servers, powerLosses }: Judge,
  { hosts, histories }: Space,
  next: Int32Array,
  count: number,
): string | null {
  const { committed } = witnesses[next[count]!]!;
  if (committed === 0) return null;
  let missing = 0;
  for (let slot = 0; slot < count; slot++) {
    const { log, durable } = hosts[next[slot]!]!.face;
    if (!isPrefixOf(histories, committed, powerLosses ? durable : log)) missing |= 1 << slot;
  }
  if (missing === 0) return null;
  const holders = servers.filter((_, slot) => (missing & (1 << slot)) === 0).map(({ sid }) => sid);
  if (isQuorum(servers[0]!.quorum, holders)) return null;
  return `S9 acknowledged writes survive: ${printHistory(histories, committed)} was committed, and only [${holders.join(", ")}] have it`;
}
