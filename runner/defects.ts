/** The historic bugs that a run can have, by id; see each one's story with its source. None so far. */
export const DEFECT_IDS: readonly string[] = [];
