/**
 * Historic bugs of ZooKeeper that a simulated run can have again. Each of them is asked for at the one place (or
 * few) where history differed, and does there what the old code did. A real server has none.
 */

/** How the code names a defect. */
export type DefectName = "diffWithoutTrunc" | "emptyDiffForFreshServer";

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
