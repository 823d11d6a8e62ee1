/** Every check by its id, with the name it is known by. Ids are those of the Zab papers and of our notes on them. */
export const CHECK_NAMES = {
  Z1: "integrity",
  Z2: "total order",
  Z3: "agreement",
  Z4: "local primary order",
  Z5: "global primary order",
  Z6: "primary integrity",
  S1: "one leader per epoch",
  S2: "epochs only grow",
  S3: "promise",
  S4: "committed prefix",
  S5: "initial history integrity",
  S6: "history consistency",
  S7: "commit consistency",
  S8: "log matching",
  S9: "acknowledged writes survive",
  S10: "ack honesty",
  S11: "commit rule",
  S12: "commit matches",
  S13: "truncation spares committed",
  S14: "deposed leader",
  S15: "serving only when synchronised",
  S16: "tree equals history",
  S17: "session table equals history",
  L1: "a leader in time",
  L2: "voters join in time",
  L3: "writes complete in time",
} as const;

export type CheckId = keyof typeof CHECK_NAMES;

export const CHECK_IDS: readonly CheckId[] = Object.keys(CHECK_NAMES) as CheckId[];
