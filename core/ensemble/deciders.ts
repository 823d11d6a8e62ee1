import { isQuorum, isVoter, type Quorum } from "../election/quorum.ts";
import type { Server } from "../server-state.ts";

/** The configurations that have a say: the one in force, and a newer one that is proposed. */
export function nextQuorum({ configuration, lastSeen }: Server): Quorum | null {
  return lastSeen.version > configuration.version ? lastSeen.quorum : null;
}

/** Has `sid` a vote in one of them? */
export function hasVote(server: Server, sid: number): boolean {
  if (isVoter(server.configuration.quorum, sid)) return true;
  const next = nextQuorum(server);
  return next !== null && isVoter(next, sid);
}

/** May `sids` decide, in each of them? */
export function mayDecide(server: Server, sids: ReadonlySet<number> | readonly number[]): boolean {
  if (!isQuorum(server.configuration.quorum, sids)) return false;
  const next = nextQuorum(server);
  return next === null || isQuorum(next, sids);
}

/** Everybody who has a vote in one of them. */
export function votersOf(server: Server): readonly number[] {
  const { voters } = server.configuration.quorum;
  const next = nextQuorum(server);
  if (next === null) return voters;
  return [...voters, ...next.voters.filter((sid) => !voters.includes(sid))].sort((a, b) => a - b);
}
