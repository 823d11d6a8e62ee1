import { nearest } from "./nearest.ts";

/** Something about a run that is true at some instants. Conditions start steps and state expectations. */
export type Condition =
  | { readonly kind: "leaderElected" }
  | { readonly kind: "noLeader" }
  | { readonly kind: "leaderIs"; readonly sid: number }
  | { readonly kind: "serverIs"; readonly sid: number; readonly state: ServerCondition }
  | { readonly kind: "allSynced" }
  | { readonly kind: "syncedBy"; readonly sid: number; readonly mode: "DIFF" | "TRUNC" | "SNAP" }
  /** `more`: counted from the step above. */
  | { readonly kind: "writesCommitted"; readonly count: number; readonly more: boolean }
  | { readonly kind: "epochAtLeast"; readonly epoch: number }
  | { readonly kind: "clientIs"; readonly client: string; readonly state: ClientCondition }
  | { readonly kind: "clientAt"; readonly client: string; readonly sid: number }
  | { readonly kind: "sessionExpired" }
  | { readonly kind: "znode"; readonly path: string; readonly exists: boolean }
  | { readonly kind: "znodeData"; readonly path: string; readonly data: string }
  | { readonly kind: "treesEqual" }
  | { readonly kind: "allReturned" }
  | { readonly kind: "watchFired"; readonly client: string; readonly path: string }
  | { readonly kind: "lockHeld"; readonly count: number }
  | { readonly kind: "noViolations" };

const SERVER_CONDITIONS = [
  "LOOKING",
  "FOLLOWING",
  "LEADING",
  "OBSERVING",
  "synced",
  "down",
] as const;
export type ServerCondition = (typeof SERVER_CONDITIONS)[number];

const CLIENT_CONDITIONS = ["connected", "suspended", "expired", "closed"] as const;
export type ClientCondition = (typeof CLIENT_CONDITIONS)[number];

/** Every form of condition with its reading; the first that matches counts. */
const FORMS: readonly {
  readonly form: string;
  readonly pattern: RegExp;
  readonly read: (words: readonly string[]) => Condition;
}[] = [
  {
    form: "leader elected",
    pattern: /^(?:a )?leader (?:is )?elected$/,
    read: () => ({ kind: "leaderElected" }),
  },
  { form: "no leader", pattern: /^no leader$/, read: () => ({ kind: "noLeader" }) },
  {
    form: "leader is 3",
    pattern: /^leader is (\d+)$/,
    read: ([sid]) => ({ kind: "leaderIs", sid: Number(sid) }),
  },
  {
    form: "server 3 is synced",
    pattern: /^server (\d+) is (LOOKING|FOLLOWING|LEADING|OBSERVING|synced|down)$/,
    read: ([sid, state]) => ({
      kind: "serverIs",
      sid: Number(sid),
      state: SERVER_CONDITIONS.find((known) => known === state)!,
    }),
  },
  { form: "all synced", pattern: /^all synced$/, read: () => ({ kind: "allSynced" }) },
  {
    form: "server 3 synced by DIFF",
    pattern: /^server (\d+) synced by (DIFF|TRUNC|SNAP)$/,
    read: ([sid, mode]) => ({
      kind: "syncedBy",
      sid: Number(sid),
      mode: mode === "DIFF" || mode === "TRUNC" ? mode : "SNAP",
    }),
  },
  {
    form: "20 writes committed",
    pattern: /^(\d+) (more )?writes? committed$/,
    read: ([count, more]) => ({
      kind: "writesCommitted",
      count: Number(count),
      more: more !== undefined,
    }),
  },
  {
    form: "epoch at least 2",
    pattern: /^epoch (?:at least|>=|≥) (\d+|0x[0-9a-f]+)$/,
    read: ([epoch]) => ({ kind: "epochAtLeast", epoch: Number(epoch) }),
  },
  {
    form: "client app is connected",
    pattern: /^client ([\w.-]+) is (connected|suspended|expired|closed)$/,
    read: ([client, state]) => ({
      kind: "clientIs",
      client: client!,
      state: CLIENT_CONDITIONS.find((known) => known === state)!,
    }),
  },
  {
    form: "client app is at server 2",
    pattern: /^client ([\w.-]+) is at server (\d+)$/,
    read: ([client, sid]) => ({ kind: "clientAt", client: client!, sid: Number(sid) }),
  },
  {
    form: "session expired",
    pattern: /^(?:a )?session (?:has )?expired$/,
    read: () => ({ kind: "sessionExpired" }),
  },
  {
    form: "znode /x exists",
    pattern: /^znode (\/\S*) exists$/,
    read: ([path]) => ({ kind: "znode", path: path!, exists: true }),
  },
  {
    form: "znode /x is absent",
    pattern: /^znode (\/\S*) (?:is )?absent$/,
    read: ([path]) => ({ kind: "znode", path: path!, exists: false }),
  },
  {
    form: 'znode /x holds "text"',
    pattern: /^znode (\/\S*) holds "(.*)"$/,
    read: ([path, data]) => ({ kind: "znodeData", path: path!, data: data! }),
  },
  { form: "trees equal", pattern: /^trees? (?:are )?equal$/, read: () => ({ kind: "treesEqual" }) },
  {
    form: "all operations returned",
    pattern: /^all operations returned$/,
    read: () => ({ kind: "allReturned" }),
  },
  {
    form: "client app saw a change of /x",
    pattern: /^client ([\w.-]+) saw a change of (\/\S*)$/,
    read: ([client, path]) => ({ kind: "watchFired", client: client!, path: path! }),
  },
  {
    form: "10 locks taken",
    pattern: /^(\d+) locks? taken$/,
    read: ([count]) => ({ kind: "lockHeld", count: Number(count) }),
  },
  {
    form: "no violations",
    pattern: /^no violations?$/,
    read: () => ({ kind: "noViolations" }),
  },
];

/** One example of every form, for messages and for the reference. */
export const CONDITION_FORMS: readonly string[] = FORMS.map(({ form }) => form);

/** Reads a condition; a string is the reason why it is none. */
export function parseCondition(text: string): Condition | string {
  const words = text.trim().replace(/\s+/g, " ");
  for (const { pattern, read } of FORMS) {
    const match = pattern.exec(words);
    if (match !== null) return read(match.slice(1));
  }
  const near = nearest(plain(words), CONDITION_FORMS.map(plain));
  const form = near === null ? undefined : CONDITION_FORMS.find((known) => plain(known) === near);
  const meant = form === undefined ? "" : `, did you mean "${form}"?`;
  return `unknown condition "${text}"${meant}${form === undefined ? ";" : ""} expected one of: ${CONDITION_FORMS.join("; ")}`;
}

/** Numbers and paths are different in every condition, so they do not count when words are compared. */
function plain(text: string): string {
  return text
    .replace(/"[^"]*"/g, '""')
    .replace(/\d+/g, "N")
    .replace(/\/\S*/g, "/P");
}
