import * as z from "zod";
import { MIX_OPERATIONS } from "../../sim/workload/plan.ts";
import { LATE_POINTS } from "../../sim/cluster/late.ts";
import { CORRUPTIONS } from "../../sim/disk/corruption.ts";
import { LEAVES } from "../../sim/disk/failure.ts";
import { DURATION, DURATION_HELP } from "./duration.ts";
import {
  ACTIONS,
  CLIENT_ACTIONS,
  CRASH_POINTS,
  DISK_STATES,
  DISKS,
  FAULT_KINDS,
  NETWORKS,
  PARTITION_SHAPES,
  type ScenarioInput,
} from "./input.ts";
import { unknownWord } from "./nearest.ts";

/*
 * The form of a scenario file: which keys there are and what kind of value each takes. What depends on
 * several values at once (may this action have that key, is there a client of that name) is checked by
 * the readers beside this file. The JSON Schema for editors is made from this one.
 */

const duration = z
  .string({ error: (issue) => `expected ${DURATION_HELP}, found ${show(issue.input)}` })
  .regex(DURATION, { error: (issue) => `expected ${DURATION_HELP}, found ${show(issue.input)}` })
  .meta({ examples: ["500ms", "2s"] });
const text = z.string({ error: (issue) => `expected text, found ${show(issue.input)}` });
const flag = z.boolean({ error: (issue) => `expected true or false, found ${show(issue.input)}` });
const znodePath = text.regex(/^\/\S*$/, {
  error: (issue) => `expected a path that begins with "/", found ${show(issue.input)}`,
});
const sid = count(0, 255);
/** A sid, or a role such as `leader`. */
const target = z.union([sid, text], {
  error: (issue) => `expected a server's number or a role, found ${show(issue.input)}`,
});
const zxid = z.union([z.int().min(0), z.string().regex(/^0x[0-9a-f]{1,16}$/)], {
  error: (issue) => `expected a zxid such as 0x100000004, found ${show(issue.input)}`,
});

const ensemble = object("an ensemble", {
  servers: count(1, 99).optional().describe("How many servers vote; they are numbered from 1."),
  observers: count(0, 99).optional().describe("How many observers follow them in number."),
  config: z
    .union([text, z.record(z.string(), text)], {
      error: () => "expected a zoo.cfg file, or one for each server's number",
    })
    .optional()
    .describe("A zoo.cfg, relative to this file; or one for each server: {1: a.cfg, 2: b.cfg}."),
  tickMs: count(1, 600_000).optional(),
  initLimit: count(1, 10_000).optional(),
  syncLimit: count(1, 10_000).optional(),
  minSessionTimeoutMs: count(1, 86_400_000).optional(),
  maxSessionTimeoutMs: count(1, 86_400_000).optional(),
  snapCount: count(2, 10_000_000).optional().describe("Transactions between two snapshots, about."),
  commitLogCount: count(1, 1_000_000)
    .optional()
    .describe("Committed proposals kept in memory for DIFF."),
  groups: list("a list of groups of server numbers", list("a list of server numbers", sid))
    .optional()
    .describe("Hierarchical quorums: the members of each group."),
  weights: z
    .record(z.string(), count(0, 1000))
    .optional()
    .describe("Votes of a server; 1 unless set."),
});

const history = z
  .record(
    z.string(),
    object("a history", {
      zxid: z
        .union([zxid, z.array(zxid)], {
          error: (issue) => `expected a zxid or a list of zxids, found ${show(issue.input)}`,
        })
        .describe("The last zxid; or the last one of each epoch, oldest first."),
      acceptedEpoch: count(0, 0x7fff_ffff).optional(),
      currentEpoch: count(0, 0x7fff_ffff).optional(),
    }),
  )
  .describe('What is on the disk of a server before the run, by its number; "all" for the others.');

const clocks = z
  .record(
    z.string(),
    object("a clock", {
      driftPpm: count(-100_000, 100_000)
        .optional()
        .describe("How much faster (or slower, below 0) than true time, in millionths."),
      offsetMs: count(-1_000_000_000, 1_000_000_000)
        .optional()
        .describe("How far ahead (or behind) its wall clock is."),
    }),
  )
  .describe('The clock of a server, by its number; "all" for the others. True unless set.');

const operation = {
  path: znodePath.optional(),
  data: text.optional(),
  version: z.int().min(-1).optional().describe("The version expected; −1, any, unless set."),
  ephemeral: flag.optional(),
  sequential: flag.optional(),
  watch: flag.optional(),
  retries: count(0, 1000).optional().describe("Tries left when no answer comes; 0 unless set."),
};

const mix = z
  .strictObject(
    Object.fromEntries(MIX_OPERATIONS.map((op) => [op, count(0, 1000).optional()])),
    objectErrors("a mix", MIX_OPERATIONS),
  )
  .describe("Operations and their weights.");

const client = object("a client", {
  name: text.regex(/^[\w.-]+$/, {
    error: (issue) =>
      `expected a name of letters, digits, "-", "_" and ".", found ${show(issue.input)}`,
  }),
  count: count(1, 1000).optional().describe("That many clients, numbered name-1, name-2, …"),
  sessionTimeout: duration.optional(),
  servers: list("a list of server numbers", sid)
    .optional()
    .describe("The servers it knows; all of them unless set."),
  start: duration.optional(),
  renew: flag.optional().describe("Opens a new session after one expired; true unless set."),
  mix: mix.optional(),
  rate: count(1, 1_000_000).optional().describe("Operations a second of each client."),
  think: duration.optional().describe("Instead of a rate: the pause after an answer."),
  inFlight: count(1, 10_000).optional().describe("Operations under way at once, at most."),
  root: znodePath.optional(),
  keys: count(0, 100_000).optional(),
  dataBytes: count(0, 1_000_000).optional(),
  from: duration.optional(),
  until: duration.optional(),
  retries: count(0, 1000).optional(),
  lock: znodePath.optional().describe("Takes the lock below this znode, again and again."),
  hold: duration.optional(),
  rest: duration.optional(),
  watch: znodePath.optional().describe("Reads this znode with a watch, again at every change."),
  what: word("a kind of watch", ["data", "children", "exists"]).optional(),
  do: list(
    "a list of operations",
    object("an operation", { at: duration, do: word("operation", CLIENT_ACTIONS), ...operation }),
  ).optional(),
});

const step = object("a step", {
  at: duration.optional().describe("The instant."),
  when: text.optional().describe("A condition, looked at once the step above was carried out."),
  after: duration.optional().describe("Added to `when`, or to the step above."),
  do: word("action", ACTIONS).optional(),
  say: text.optional().describe("A caption, shown from here on."),
  server: target.optional(),
  servers: list("a list of servers", target).optional(),
  power: flag.optional().describe("crash: the power goes too, and with it what was not synced."),
  groups: list("a list of groups of servers", list("a list of servers", target))
    .optional()
    .describe("partition: who can still talk to whom."),
  from: target.optional(),
  to: target.optional(),
  by: duration
    .optional()
    .describe(
      "slow: the time added to every message; disk: to everything that it does; late: the longest.",
    ),
  tail: duration
    .optional()
    .describe("slow: the time added to the slowest, on top of `by`; most are far below."),
  for: duration.optional().describe("A fault of the network ends by itself after so long."),
  over: duration.optional().describe("swizzle: how long until all are clogged; and so long again."),
  shape: word("shape of a partition", PARTITION_SHAPES).optional(),
  bytesPerSecond: count(1, 1_000_000_000).optional().describe("throttle: what each link passes."),
  oneIn: count(2, 1_000_000)
    .optional()
    .describe("lose: of so many packets one; late: once in so many times, always unless set."),
  silently: flag.optional().describe("refuse: connects are not even told so, and wait."),
  keeps: count(0, 1000)
    .optional()
    .describe("reset: so many of the messages under way still arrive, each way; 0 unless set."),
  late: duration
    .optional()
    .describe("halfOpen: what was under way is heard, but only after so long; lost unless set."),
  client: text.optional(),
  is: word("state of a disk", DISK_STATES).optional().describe("disk: how it is from here on."),
  spare: flag
    .optional()
    .describe(
      "wipe, rollback, corrupt: not done unless a quorum of the other servers has durably all that is lost.",
    ),
  what: word("damage", CORRUPTIONS).optional().describe("corrupt: what is damaged."),
  leaves: word("part", LEAVES)
    .optional()
    .describe("crash with power: what is left of what was not synced; a drawn part unless set."),
  upon: word("point", CRASH_POINTS)
    .optional()
    .describe("crash: not at once, but right behind the next thing of this kind that it does."),
  nth: count(1, 1_000_000).optional().describe("crash upon: the how-manieth it is; 1 unless set."),
  within: duration.optional().describe("crash upon: after that time it no longer comes."),
  back: duration.optional().describe("crash upon: it is started again so much later."),
  times: count(1, 1000).optional().describe("crash upon, and back: so often in a row."),
  driftPpm: count(-100_000, 100_000)
    .optional()
    .describe("clock: how much faster (or slower, below 0) than true time from here on."),
  jumpMs: count(-1_000_000_000, 1_000_000_000)
    .optional()
    .describe("clock: how far its wall clock is set forward, or back."),
  points: list("a list of points", word("point", LATE_POINTS))
    .optional()
    .describe("late: the threads that run later, and the timers that fire later; all unless set."),
  apart: duration.optional().describe("restart: one after the other, so long apart."),
  ...operation,
});

const delivery = object("a delivery", {
  message: text.describe("PROPOSAL, ACK, notification …, or signal: SYN, FIN and the like."),
  nth: count(1, 0xff_ffff).describe("The how-manieth of its kind on its connection, one way."),
  from: target,
  to: target,
  port: text.describe('Where the connection was opened to, as in "quorum of 2".'),
  connection: count(1, 1_000_000).describe("The how-manieth of this opener to that port."),
  takes: duration,
});

const faults = object("random faults", {
  every: duration.describe("The mean time between two faults."),
  lasts: z
    .tuple([duration, duration], {
      error: (issue) => `expected a shortest and a longest duration, found ${show(issue.input)}`,
    })
    .optional()
    .describe("How long a fault lasts: shortest and longest."),
  from: duration.optional(),
  until: duration.optional(),
  max: count(0, 100_000).optional().describe("At most that many."),
  kinds: z
    .strictObject(
      Object.fromEntries(FAULT_KINDS.map((kind) => [kind, count(0, 1000).optional()])),
      objectErrors("random faults", FAULT_KINDS),
    )
    .optional()
    .describe("Kinds of fault and their weights; all alike unless set."),
});

const expectation = object("an expectation", {
  that: text.optional().describe("A condition; at the end of the run unless `by` or `at` is set."),
  by: duration.optional().describe("It becomes true until then, at the latest."),
  at: duration.optional().describe("It is true at that instant."),
  always: text.optional().describe("A condition that is true all the time."),
  never: text.optional().describe("A condition that is true at no time."),
  from: duration.optional(),
  until: duration.optional(),
});

const scenario: z.ZodType<ScenarioInput> = object("a scenario", {
  name: text.regex(/^[\w.-]+$/, {
    error: (issue) =>
      `expected a name of letters, digits, "-", "_" and ".", found ${show(issue.input)}`,
  }),
  title: text,
  description: text.optional(),
  seed: z
    .string({
      error: (issue) => `expected a seed in quotes, such as "7", found ${show(issue.input)}`,
    })
    .optional()
    .describe('Quoted, for 007 would be 7 and 0x10 would be 16. "1" unless set.'),
  ensemble,
  history: history.optional(),
  clocks: clocks.optional(),
  network: word("network", NETWORKS).optional(),
  disk: word("disk", DISKS).optional(),
  deliveries: list("a list of deliveries", delivery)
    .optional()
    .describe("Single messages that take a time of their own, whatever the network is."),
  clients: list("a list of clients", client).optional(),
  steps: list("a list of steps", step).optional(),
  faults: faults.optional(),
  until: duration.describe("The end of the run."),
  maxEvents: count(1, 1_000_000_000).optional().describe("The run stops after that many events."),
  expect: list("a list of expectations", expectation).optional(),
});

/** One thing wrong with the form of a scenario: where, and what. */
export type FormProblem = {
  /** Keys and indexes from the top. */
  readonly path: readonly (string | number)[];
  /** The problem is the key at the end of `path`, not its value. */
  readonly isKey: boolean;
  readonly what: string;
};

/** The scenario in `value`, or what is wrong with it, first things first. */
export function checkForm(value: unknown): ScenarioInput | FormProblem[] {
  const { success, data, error } = scenario.safeParse(value);
  if (success) return data;
  // A misspelt key is often a missing one too, and says more.
  const problems = error.issues.map(problemOf);
  return [...problems.filter(({ isKey }) => isKey), ...problems.filter(({ isKey }) => !isKey)];
}

/** The JSON Schema for editors. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return {
    title: "Zootrope scenario",
    ...z.toJSONSchema(scenario, { io: "input" }),
  };
}

function problemOf(issue: z.core.$ZodIssue): FormProblem {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  if (issue.code === "unrecognized_keys") {
    return { path: [...path, issue.keys[0] ?? ""], isKey: true, what: issue.message };
  }
  const isMissing = issue.message.endsWith(NOTHING);
  const what = isMissing
    ? `"${path.at(-1)}" is missing: ${issue.message.slice(0, -NOTHING.length)}`
    : issue.message;
  return { path, isKey: false, what };
}

const NOTHING = ", found nothing";

/** A mapping with these keys and no others. */
function object<T extends z.core.$ZodLooseShape>(
  what: string,
  shape: T,
): z.ZodObject<T, z.core.$strict> {
  return z.strictObject(shape, objectErrors(what, Object.keys(shape)));
}

function objectErrors(
  what: string,
  keys: readonly string[],
): { error: (issue: z.core.$ZodRawIssue) => string } {
  return {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? unknownWord(`key of ${what}`, issue.keys[0] ?? "", keys)
        : `expected ${what}, found ${show(issue.input)}`,
  };
}

function list<T extends z.ZodType>(what: string, element: T): z.ZodArray<T> {
  return z.array(element, { error: (issue) => `expected ${what}, found ${show(issue.input)}` });
}

function word<const T extends readonly string[]>(
  what: string,
  words: T,
): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(words, {
    error: (issue) =>
      typeof issue.input === "string"
        ? unknownWord(what, issue.input, words)
        : `expected one of: ${words.join(", ")}; found ${show(issue.input)}`,
  });
}

function count(min: number, max: number): z.ZodInt {
  const error = (issue: { readonly input?: unknown }): string =>
    `expected a whole number from ${min} to ${max}, found ${show(issue.input)}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** What was found, as short as a message wants it. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "an empty value";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return JSON.stringify(value) ?? typeof value;
}
