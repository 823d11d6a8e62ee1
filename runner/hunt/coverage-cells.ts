import type { TimerName } from "../../core/event.ts";

/**
 * What a run can reach, in the words of the protocol. A cell is one of
 *
 * - a message: `FOLLOWING receiving ← NEWLEADER newer`: what the receiver was doing, what came, and how its epoch
 *   compares with the receiver's own;
 * - a happening: `LEADING epochAcks ! crash`: a crash, a lost connection, a timer that ran out;
 * - a synchronization: `DIFF, learner behind, in broadcast, with proposals under way`.
 */

/** What a server is doing: its state, and how far it has got in its role. */
const LEARNER_STAGES = ["connecting", "info", "sync", "receiving", "adopted", "broadcast"] as const;
const LEADER_STAGES = [
  "loading",
  "discovery",
  "epochAcks",
  "synchronization",
  "broadcast",
  "failed",
] as const;

export const SITUATIONS: readonly string[] = [
  "STARTING",
  "LOOKING",
  ...LEARNER_STAGES.map((stage) => `FOLLOWING ${stage}`),
  "FOLLOWING leaving",
  ...LEARNER_STAGES.map((stage) => `OBSERVING ${stage}`),
  "OBSERVING leaving",
  ...LEADER_STAGES.map((stage) => `LEADING ${stage}`),
  "LEADING leaving",
];

/** What a message's epoch is to the receiver's own; none where it carries no epoch. */
export const RELATIONS = ["older", "same", "newer", "none"] as const;
export type Relation = (typeof RELATIONS)[number];

/** Messages between servers; a notification by the state of its sender. */
export const MESSAGES = [
  "hello",
  "vote of LOOKING",
  "vote of FOLLOWING",
  "vote of LEADING",
  "vote of OBSERVING",
  "FOLLOWERINFO",
  "OBSERVERINFO",
  "LEADERINFO",
  "ACKEPOCH",
  "DIFF",
  "TRUNC",
  "SNAP",
  "SNAPPIECE",
  "PROPOSAL",
  "COMMIT",
  "INFORM",
  "COMMITANDACTIVATE",
  "INFORMANDACTIVATE",
  "NEWLEADER",
  "UPTODATE",
  "ACK",
  "PING",
  "REVALIDATE",
  "SYNC",
  "REQUEST",
] as const;
export type CoveredMessage = (typeof MESSAGES)[number];

/** The timers that tell of something amiss. */
export const TIMERS: readonly TimerName[] = [
  "electionConnect",
  "notification",
  "learnerConnect",
  "learnerRetry",
  "leaderSilence",
  "learnerSilence",
  "quorumWait",
];

export const HAPPENINGS: readonly string[] = ["crash", "power loss", "lost connection", ...TIMERS];

const MODES = ["DIFF", "TRUNC", "SNAP"] as const;
/** The learner's last transaction beside the leader's committed history, by what its zxid tells. */
const PLACES = ["level", "behind", "epochs behind", "ahead", "empty"] as const;
export type SyncPlace = (typeof PLACES)[number];
const MOMENTS = ["at the start of an epoch", "in broadcast"] as const;
const LOADS = ["", ", with proposals under way"] as const;
const KINDS = ["follower", "observer"] as const;

/** The numbers of cells: messages first, then happenings, then synchronizations. */
export function messageCell(situation: number, message: number, relation: number): number {
  return (situation * MESSAGES.length + message) * RELATIONS.length + relation;
}

const HAPPENINGS_AT = SITUATIONS.length * MESSAGES.length * RELATIONS.length;

export function happeningCell(situation: number, happening: number): number {
  return HAPPENINGS_AT + situation * HAPPENINGS.length + happening;
}

const SYNCS_AT = HAPPENINGS_AT + SITUATIONS.length * HAPPENINGS.length;

export function syncCell(
  mode: (typeof MODES)[number],
  place: SyncPlace,
  inBroadcast: boolean,
  underWay: boolean,
  observer: boolean,
): number {
  const at = (MODES.indexOf(mode) * PLACES.length + PLACES.indexOf(place)) * 8;
  return SYNCS_AT + at + (inBroadcast ? 4 : 0) + (underWay ? 2 : 0) + (observer ? 1 : 0);
}

/** One more than the highest number of a cell. */
export const CELL_LIMIT: number = SYNCS_AT + MODES.length * PLACES.length * 8;

/** The cell in words. */
export function cellName(cell: number): string {
  if (cell >= SYNCS_AT) return syncName(cell - SYNCS_AT);
  if (cell >= HAPPENINGS_AT) {
    const at = cell - HAPPENINGS_AT;
    const situation = SITUATIONS[Math.floor(at / HAPPENINGS.length)]!;
    return `${situation} ! ${HAPPENINGS[at % HAPPENINGS.length]!}`;
  }
  const relation = RELATIONS[cell % RELATIONS.length]!;
  const pair = Math.floor(cell / RELATIONS.length);
  const situation = SITUATIONS[Math.floor(pair / MESSAGES.length)]!;
  const name = `${situation} ← ${MESSAGES[pair % MESSAGES.length]!}`;
  return relation === "none" ? name : `${name} ${relation}`;
}

function syncName(at: number): string {
  const mode = MODES[Math.floor(at / (PLACES.length * 8))]!;
  const place = PLACES[Math.floor(at / 8) % PLACES.length]!;
  const moment = MOMENTS[(at >> 2) & 1]!;
  return `${mode} for ${KINDS[at & 1]!} ${place}, ${moment}${LOADS[(at >> 1) & 1]!}`;
}

type Reach = readonly [situations: string, messages: string, relations: string];

/** By each message, "osn" for older, same, newer, "-" for none. Situations are matched from their beginning. */
const REACHABLE: readonly Reach[] = [
  // Election connections outlive every role, and notifications may be of any round.
  ["LOOKING|FOLLOWING|OBSERVING|LEADING", "hello", "-"],
  ["LOOKING|FOLLOWING|OBSERVING|LEADING", "vote of LOOKING|vote of FOLLOWING", "osn"],
  ["LOOKING|FOLLOWING|OBSERVING|LEADING", "vote of LEADING", "osn"],
  ["LOOKING|FOLLOWING|LEADING", "vote of OBSERVING", "osn"],
  ["FOLLOWING info|OBSERVING info", "LEADERINFO", "osn"],
  // The zxid of DIFF is the end of the leader's history, which may be of an epoch that the learner has left behind.
  ["FOLLOWING sync|OBSERVING sync", "DIFF|SNAP", "osn"],
  // Nothing is cut that is not of an epoch which the learner was part of; observers have nothing to be cut.
  ["FOLLOWING sync", "TRUNC", "os"],
  ["FOLLOWING receiving|OBSERVING receiving", "SNAPPIECE", "-"],
  // A learner lacks nothing of the epochs in front of its own.
  ["FOLLOWING receiving|OBSERVING receiving", "PROPOSAL|COMMIT", "sn"],
  ["OBSERVING receiving", "INFORM", "sn"],
  ["FOLLOWING receiving|OBSERVING receiving", "NEWLEADER|PING", "sn"],
  ["FOLLOWING adopted", "PROPOSAL|COMMIT|PING", "s"],
  ["OBSERVING adopted", "INFORM|PING", "s"],
  ["FOLLOWING adopted|OBSERVING adopted", "UPTODATE", "-"],
  ["FOLLOWING broadcast", "PROPOSAL|COMMIT|PING|COMMITANDACTIVATE", "s"],
  ["OBSERVING broadcast", "INFORM|PING|INFORMANDACTIVATE", "s"],
  ["FOLLOWING broadcast|OBSERVING broadcast", "REVALIDATE|SYNC", "-"],
  // Learners may have promised any epoch, and may come at any moment.
  ["LEADING loading|LEADING discovery", "FOLLOWERINFO|OBSERVERINFO", "osn"],
  ["LEADING epochAcks|LEADING synchronization", "FOLLOWERINFO|OBSERVERINFO", "osn"],
  ["LEADING broadcast", "FOLLOWERINFO|OBSERVERINFO", "osn"],
  ["LEADING epochAcks", "ACKEPOCH", "osn-"],
  ["LEADING synchronization|LEADING broadcast", "ACKEPOCH", "o-"],
  // The leader's own currentEpoch may take longer to write than a learner takes for everything.
  ["LEADING epochAcks", "ACK", "n"],
  ["LEADING synchronization|LEADING broadcast", "ACK", "s"],
  ["LEADING broadcast", "PING", "s"],
  ["LEADING broadcast", "REQUEST|REVALIDATE", "-"],
];

const LETTERS = "osn-";

/** Every cell that the protocol can reach, in the order of their numbers. */
export function reachableCells(): number[] {
  const cells: number[] = [];
  for (const [situations, messages, relations] of REACHABLE) {
    for (const situation of situationsOf(situations.split("|"))) {
      for (const message of messages.split("|")) {
        const at = MESSAGES.indexOf(message as CoveredMessage);
        for (const letter of relations)
          cells.push(messageCell(situation, at, LETTERS.indexOf(letter)));
      }
    }
  }
  return [...cells, ...reachableHappenings(), ...reachableSyncs()].sort((a, b) => a - b);
}

/** The numbers of the situations that begin with one of these; what nobody drives a run into is left out. */
function situationsOf(beginnings: readonly string[]): number[] {
  return SITUATIONS.flatMap((situation, at) =>
    situation !== "LEADING failed" &&
    beginnings.some((begin) => situation === begin || situation.startsWith(`${begin} `))
      ? [at]
      : [],
  );
}

const HAPPENS: readonly (readonly [situations: string, happenings: string])[] = [
  ["STARTING|LOOKING|FOLLOWING|OBSERVING|LEADING", "crash|power loss"],
  ["LOOKING|FOLLOWING|OBSERVING|LEADING", "lost connection|electionConnect"],
  ["LOOKING", "notification"],
  ["FOLLOWING connecting|OBSERVING connecting", "learnerConnect|learnerRetry"],
  [
    "FOLLOWING info|FOLLOWING sync|FOLLOWING receiving|FOLLOWING adopted|FOLLOWING broadcast",
    "leaderSilence",
  ],
  [
    "OBSERVING info|OBSERVING sync|OBSERVING receiving|OBSERVING adopted|OBSERVING broadcast",
    "leaderSilence",
  ],
  // What was due while the process stood still.
  ["FOLLOWING leaving|OBSERVING leaving", "leaderSilence"],
  ["LEADING discovery|LEADING epochAcks|LEADING synchronization", "quorumWait"],
  ["LEADING epochAcks|LEADING synchronization|LEADING broadcast", "learnerSilence"],
];

function reachableHappenings(): number[] {
  return HAPPENS.flatMap(([situations, happenings]) =>
    situationsOf(situations.split("|")).flatMap((situation) =>
      happenings.split("|").map((name) => happeningCell(situation, HAPPENINGS.indexOf(name))),
    ),
  );
}

/** When each mode is chosen: in sync-choice.ts. Proposals are under way only in broadcast. */
function reachableSyncs(): number[] {
  const [start, calm, busy] = [
    [false, false],
    [true, false],
    [true, true],
  ] as const;
  const cells: number[] = [];
  for (const [inBroadcast, underWay] of [start, calm, busy]) {
    for (const observer of [false, true]) {
      const add = (mode: (typeof MODES)[number], place: SyncPlace): void => {
        cells.push(syncCell(mode, place, inBroadcast, underWay, observer));
      };
      for (const place of ["level", "behind", "epochs behind"] as const) add("DIFF", place);
      for (const place of ["behind", "epochs behind", "empty"] as const) add("SNAP", place);
      if (!inBroadcast) add("DIFF", "empty");
      // An observer logs nothing but what is committed, and so never has more than others.
      if (observer) continue;
      if (underWay) add("DIFF", "ahead");
      add("SNAP", "ahead");
      if (!inBroadcast) add("TRUNC", "ahead");
      add("TRUNC", "epochs behind");
    }
  }
  return cells;
}
