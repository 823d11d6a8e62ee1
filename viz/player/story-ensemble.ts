import { RowKind, StateCode, type Row } from "../../sim/trace/row.ts";
import { rowAt } from "../../sim/trace/columns.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import type { TraceHeader } from "../../sim/trace/view.ts";
import type { MessageTable } from "./messages.ts";
import type {
  ElectionSpan,
  EpochSpan,
  LaneSpan,
  Life,
  Phase,
  QuorumMark,
  State,
  VoteMark,
} from "./story.ts";
import { isNotification, leaderIn } from "./words.ts";

const STATES: readonly State[] = ["LOOKING", "FOLLOWING", "LEADING", "OBSERVING"];
const PHASES: readonly Phase[] = ["ELECTION", "DISCOVERY", "SYNCHRONIZATION", "BROADCAST"];
export type EnsembleStory = {
  readonly told: {
    readonly lanes: Map<number, LaneSpan[]>;
    readonly epochs: EpochSpan[];
    readonly elections: ElectionSpan[];
    readonly votes: VoteMark[];
    readonly quorums: QuorumMark[];
  };
  /** By server: whom each of the others said it votes for. */
  readonly heard: Map<number, Map<number, number>>;
  readonly collected: Map<number, number>;
  /** Since when a server has had no leader, by sid. */
  readonly lookingUs: Map<number, number>;
  readonly voters: ReadonlySet<number>;
  readonly quorum: number;
  epoch: EpochSpan | null;
  election: ElectionSpan | null;
};

export function createEnsembleStory(header: TraceHeader): EnsembleStory {
  const lanes = new Map<number, LaneSpan[]>();
  const heard = new Map<number, Map<number, number>>();
  for (const { sid } of header.servers) {
    lanes.set(sid, [laneSpan(0, "never started", "LOOKING", "ELECTION", -1)]);
    heard.set(sid, new Map());
  }
  const election: ElectionSpan = { round: 1, fromUs: 0, toUs: 0 };
  return {
    told: { lanes, epochs: [], elections: [election], votes: [], quorums: [] },
    heard,
    collected: new Map(),
    lookingUs: new Map(),
    voters: new Set(
      header.servers.filter(({ role }) => role === "participant").map(({ sid }) => sid),
    ),
    quorum: header.quorum,
    epoch: null,
    election,
  };
}

/** Takes a row about servers: their lanes, who leads, votes and quorums. */
export function foldEnsembleRow(
  story: EnsembleStory,
  trace: Trace,
  messages: MessageTable,
  row: Row,
  index: number,
): void {
  switch (row.kind) {
    case RowKind.crashed:
      changeLane(story, row, { life: "crashed", state: "LOOKING", phase: "ELECTION", leader: -1 });
      endEpochOf(story, row.who, row.atUs);
      return;
    case RowKind.started:
      story.lookingUs.set(row.who, row.atUs);
      changeLane(story, row, { life: "running" });
      return;
    case RowKind.resumed:
      changeLane(story, row, { life: "running" });
      return;
    case RowKind.paused:
      changeLane(story, row, { life: "paused" });
      return;
    case RowKind.state:
      changeState(story, row);
      return;
    case RowKind.heard:
      if (isNotification(row.a)) hearVote(story, trace, messages, row, index);
      return;
    case RowKind.vote:
      vote(story, row, index);
      return;
    case RowKind.tally:
      collect(story, row, index);
      return;
    case RowKind.established:
      beginEpoch(story, row);
      return;
  }
}

export function closeEnsemble(story: EnsembleStory, endUs: number): void {
  for (const spans of story.told.lanes.values()) (spans[spans.length - 1] as LaneSpan).toUs = endUs;
  if (story.epoch !== null) story.epoch.toUs = endUs;
  if (story.election !== null) story.election.toUs = endUs;
}

function laneSpan(
  fromUs: number,
  life: Life,
  state: State,
  phase: Phase,
  leader: number,
): LaneSpan {
  return { fromUs, toUs: fromUs, life, state, phase, leader };
}

type LaneChange = Partial<Pick<LaneSpan, "life" | "state" | "phase" | "leader">>;

function changeLane(story: EnsembleStory, row: Row, change: LaneChange): void {
  const spans = story.told.lanes.get(row.who);
  if (spans === undefined) return;
  const last = spans[spans.length - 1] as LaneSpan;
  const { life = last.life, state = last.state, phase = last.phase, leader = last.leader } = change;
  last.toUs = row.atUs;
  if (last.fromUs === row.atUs) spans.pop();
  spans.push(laneSpan(row.atUs, life, state, phase, leader));
}

function changeState(story: EnsembleStory, row: Row): void {
  changeLane(story, row, {
    life: "running",
    state: STATES[row.a] ?? "LOOKING",
    phase: PHASES[row.b] ?? "ELECTION",
    leader: row.peer,
  });
  if (row.a !== StateCode.LEADING) endEpochOf(story, row.who, row.atUs);
  if (row.c === 1) story.lookingUs.delete(row.who);
  if (row.a === StateCode.LOOKING) {
    if (!story.lookingUs.has(row.who)) story.lookingUs.set(row.who, row.atUs);
    story.heard.get(row.who)?.clear();
    story.collected.set(row.who, 0);
  }
}

/**
 * The old epoch ended with its leader, or before that with its quorum: when as many of those who now follow
 * the new leader had begun to look for one.
 */
function beginEpoch(story: EnsembleStory, row: Row): void {
  const lostUs = lostQuorumUs(story, row.who) ?? row.atUs;
  story.election ??= openElection(story, row.atUs);
  if (lostUs < story.election.fromUs) {
    story.election.fromUs = lostUs;
    const last = story.told.epochs.at(-1);
    if (last !== undefined) last.toUs = lostUs;
  }
  story.election.toUs = row.atUs;
  story.election = null;
  story.epoch = { epoch: row.a, leader: row.who, fromUs: row.atUs, toUs: row.atUs };
  story.told.epochs.push(story.epoch);
}

function lostQuorumUs(story: EnsembleStory, leader: number): number | undefined {
  const since: number[] = [];
  for (const [sid, spans] of story.told.lanes) {
    if (!story.voters.has(sid) || (sid !== leader && spans.at(-1)?.leader !== leader)) continue;
    since.push(story.lookingUs.get(sid) ?? 0);
  }
  return since.sort((a, b) => a - b)[story.quorum - 1];
}

function openElection(story: EnsembleStory, atUs: number): ElectionSpan {
  const election: ElectionSpan = { round: 0, fromUs: atUs, toUs: atUs };
  story.told.elections.push(election);
  return election;
}

function endEpochOf(story: EnsembleStory, leader: number, atUs: number): void {
  if (story.epoch?.leader !== leader) return;
  story.epoch.toUs = atUs;
  story.epoch = null;
  story.election = openElection(story, atUs);
}

function vote(story: EnsembleStory, row: Row, index: number): void {
  const { votes } = story.told;
  story.heard.get(row.who)?.set(row.who, row.peer);
  // Whoever follows or leads brings its vote up to date as well; nobody counts that one.
  if (row.peer < 0 || story.told.lanes.get(row.who)?.at(-1)?.state !== "LOOKING") return;
  if (story.election !== null && row.a > story.election.round) story.election.round = row.a;
  votes.push({ atUs: row.atUs, row: index, sid: row.who, leader: row.peer });
}

/** What a notification says is kept where it was sent. */
function hearVote(
  story: EnsembleStory,
  trace: Trace,
  messages: MessageTable,
  row: Row,
  index: number,
): void {
  const message = messages.ofRow[index] as number;
  if (message === 0) return;
  const { c } = rowAt(trace.columns, messages.sentRow[message - 1] as number);
  story.heard.get(row.who)?.set(row.peer, leaderIn(c));
}

/** A quorum is there when the tally reaches it; who is in it is known from the votes heard. */
function collect(story: EnsembleStory, row: Row, index: number): void {
  const before = story.collected.get(row.who) ?? 0;
  story.collected.set(row.who, row.a);
  if (row.a < row.b || before >= row.b) return;
  const heard = story.heard.get(row.who);
  const leader = heard?.get(row.who) ?? -1;
  const voters: number[] = [];
  for (const [sid, candidate] of heard ?? []) {
    if (candidate === leader && story.voters.has(sid)) voters.push(sid);
  }
  voters.sort((a, b) => a - b);
  story.told.quorums.push({ atUs: row.atUs, row: index, sid: row.who, leader, voters });
}
