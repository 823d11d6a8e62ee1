/** Who votes, with which weight, and which sets may decide. Plain data; sids ascending. */
export type Quorum =
  | { readonly kind: "majority"; readonly voters: readonly number[] }
  | {
      readonly kind: "hierarchical";
      readonly voters: readonly number[];
      /** Group ids to members. */
      readonly groups: readonly { readonly gid: number; readonly sids: readonly number[] }[];
      readonly weights: ReadonlyMap<number, number>;
    };

export function isVoter(quorum: Quorum, sid: number): boolean {
  return quorum.voters.includes(sid);
}

/** 1 for everybody under majorities; 0 for a sid without a weight otherwise. */
export function weightOf(quorum: Quorum, sid: number): number {
  return quorum.kind === "majority" ? 1 : (quorum.weights.get(sid) ?? 0);
}

/**
 * May `sids` decide? Sids that do not vote are not counted.
 *
 * Under groups: more than half of the groups that weigh anything must be won,
 * and a group is won by more than half of its weight.
 * @see ZooKeeper, server/quorum/flexible/QuorumHierarchical.java
 */
export function isQuorum(quorum: Quorum, sids: Iterable<number>): boolean {
  if (quorum.kind === "majority") {
    let count = 0;
    for (const sid of sids) if (quorum.voters.includes(sid)) count++;
    return count > quorum.voters.length >> 1;
  }
  const present = new Set(sids);
  let weighted = 0;
  let won = 0;
  for (const { sids: members } of quorum.groups) {
    let total = 0;
    let held = 0;
    for (const sid of members) {
      const weight = weightOf(quorum, sid);
      total += weight;
      if (present.has(sid)) held += weight;
    }
    if (total === 0) continue;
    weighted++;
    if (held > total >> 1) won++;
  }
  return won > weighted >> 1;
}
