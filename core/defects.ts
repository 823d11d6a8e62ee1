/**
 * Historic bugs of ZooKeeper that a simulated run can have again. Each of them is asked for at the one place (or
 * few) where history differed, and does there what the old code did. A real server has none.
 */

/** How the code names a defect. */
export type DefectName =
  | "diffWithoutTrunc"
  | "emptyDiffForFreshServer"
  | "committedListHoleAfterDiff"
  | "staleDatabaseAfterStepdown"
  | "sessionTxnsSkipTableInDiff"
  | "dirtyCandidateSnapshot"
  | "ackBeforeLog";

/** One line of what is wrong, and where the wrong code was and until when. */
type Entry = { readonly id: string; readonly wrong: string; readonly source: string };

/** From the easy to the hard, as a search meets them. */
const TABLE: Readonly<Record<DefectName, Entry>> = {
  diffWithoutTrunc: {
    id: "ZOOKEEPER-1154",
    wrong:
      "a learner with a proposal that nobody else has is sent a DIFF, and is not told to cut it off",
    source: "server/quorum/LearnerHandler.java (run), until 3.3.4 and 3.4.0",
  },
  emptyDiffForFreshServer: {
    id: "ZOOKEEPER-1319",
    wrong:
      "before its first proposal a leader takes a learner with an empty disk for one that has everything",
    source: "server/quorum/Leader.java (lead) and LearnerHandler.java (run), 3.4.0",
  },
  committedListHoleAfterDiff: {
    id: "ZOOKEEPER-4925",
    wrong:
      "what a learner is brought up to date with is missing in the list from which it later sends a DIFF",
    source: "server/quorum/Learner.java (syncWithLeader), 3.9.3",
  },
  staleDatabaseAfterStepdown: {
    id: "ZOOKEEPER-2845",
    wrong:
      "a server that leaves its role keeps its tree and forgets what was logged and not applied",
    source: "server/ZooKeeperServer.java (shutdown), 3.4.10 to 3.4.11 and 3.5.3",
  },
  sessionTxnsSkipTableInDiff: {
    id: "ZOOKEEPER-1367",
    wrong:
      "sessions that open or close in what a learner is brought up to date with do not reach its session table",
    source: "server/quorum/Learner.java (syncWithLeader), until 3.3.4 and 3.4.2",
  },
  dirtyCandidateSnapshot: {
    id: "ZOOKEEPER-1549",
    wrong: "TRUNC cuts the log and leaves a newer snapshot, which has what was cut off",
    source: "server/ZKDatabase.java (truncateLog), 3.4.0 to this day",
  },
  ackBeforeLog: {
    id: "ZOOKEEPER-3911",
    wrong: "a learner acks NEWLEADER before the transactions that came with it are in its log",
    source: "server/quorum/Learner.java (syncWithLeader), 3.4.10 on, until 3.5.8 and 3.6.2",
  },
};

/** Which of them a server has. Frozen; one record for all that have the same. */
export type Defects = Readonly<Record<DefectName, boolean>>;

export type Defect = Entry & {
  readonly name: DefectName;
  /** The name in words, as in `diff-without-trunc`. */
  readonly slug: string;
};

export const DEFECTS: readonly Defect[] = (Object.keys(TABLE) as DefectName[]).map((name) => ({
  ...TABLE[name],
  name,
  slug: name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
}));

/** No defect: what every server has that is not told otherwise. */
export const NO_DEFECTS: Defects = switchesFor([]);

/** The switches of a server that has just these. */
export function switchesFor(defects: readonly Defect[]): Defects {
  const switches = {} as Record<DefectName, boolean>;
  for (const { name } of DEFECTS) switches[name] = defects.some((defect) => defect.name === name);
  return Object.freeze(switches);
}

/** The defect of that id (`ZOOKEEPER-1154`, in any case), number (`1154`) or slug; null where there is none. */
export function findDefect(word: string): Defect | null {
  const wanted = word.toLowerCase();
  const isSame = ({ id, slug }: Defect): boolean =>
    slug === wanted || id.toLowerCase() === wanted || id === `ZOOKEEPER-${wanted}`;
  return DEFECTS.find(isSame) ?? null;
}
