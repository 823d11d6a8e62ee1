import { rowAt } from "../../sim/trace/columns.ts";
import { RowKind, type Row } from "../../sim/trace/row.ts";
import { textOf, type Trace } from "../../sim/trace/trace.ts";
import type { QuorumMark, TextMark, ZxidMark } from "./story.ts";

export type Marks = {
  readonly steps: TextMark[];
  readonly captions: TextMark[];
  readonly violations: TextMark[];
  readonly proposals: ZxidMark[];
  readonly commits: ZxidMark[];
  readonly moments: number[];
  readonly turns: number[];
  readonly logged: Set<bigint>;
  /** Leaders and rounds of those that know of their election. */
  readonly elected: Set<string>;
};

export function createMarks(): Marks {
  return {
    steps: [],
    captions: [],
    violations: [],
    proposals: [],
    commits: [],
    moments: [],
    turns: [],
    logged: new Set(),
    elected: new Set(),
  };
}

/** Kinds that always deserve a sentence. Walls are told once a turn, states when they change. */
const TOLD: ReadonlySet<number> = new Set<number>([
  RowKind.crashed,
  RowKind.started,
  RowKind.paused,
  RowKind.resumed,
  RowKind.slowed,
  RowKind.faulted,
  RowKind.proposed,
  RowKind.committed,
  RowKind.truncated,
  RowKind.snapped,
  RowKind.established,
  RowKind.syncChosen,
  RowKind.violated,
  RowKind.expected,
]);

/** Takes any row: what deserves a sentence, and what the overview and the panes mark. */
export function foldMark(marks: Marks, trace: Trace, told: Row, row: number): void {
  const { atUs, kind, link, who, zxid } = told;
  if (TOLD.has(kind) || isFirstCut(trace, told, row)) marks.moments.push(row);
  if (isTurn(trace, told, row)) marks.turns.push(row);
  switch (kind) {
    case RowKind.elected:
      foldElected(marks, told, row);
      return;
    case RowKind.stepped:
      marks.steps.push({ atUs, row, text: textOf(trace, link) });
      return;
    case RowKind.captioned:
      marks.captions.push({ atUs, row, text: textOf(trace, link) });
      return;
    case RowKind.violated:
      marks.violations.push({ atUs, row, text: textOf(trace, link) });
      return;
    case RowKind.logged:
      marks.logged.add(zxid);
      return;
    case RowKind.proposed:
      marks.proposals.push({ atUs, row, sid: who, zxid });
      return;
    case RowKind.committed:
      marks.commits.push({ atUs, row, sid: who, zxid });
      return;
  }
}

/** That somebody follows is news until the leader leads. */
function foldElected(marks: Marks, { who, peer, a }: Row, row: number): void {
  const election = `${peer} ${a}`;
  if (!marks.elected.has(election)) marks.moments.push(row);
  if (who === peer) marks.elected.add(election);
}

/** A quorum is worth a sentence; the story turns on that of the candidate itself. */
export function foldQuorum(marks: Marks, { row, sid, leader }: QuorumMark): void {
  marks.moments.push(row);
  if (sid === leader) marks.turns.push(row);
}

/** What the story turns on: after that a scenario's older caption has said its part. */
function isTurn(trace: Trace, told: Row, row: number): boolean {
  switch (told.kind) {
    case RowKind.crashed:
    case RowKind.paused:
    case RowKind.resumed:
    case RowKind.established:
    case RowKind.violated:
      return true;
    case RowKind.elected:
      return told.who === told.peer;
  }
  return isFirstCut(trace, told, row);
}

/** Of walls that go up or down together, and of one fault on several links, the first speaks for all. */
function isFirstCut(trace: Trace, { kind, turn, a }: Row, row: number): boolean {
  if (!CUTS.has(kind)) return false;
  if (row === 0) return true;
  const before = rowAt(trace.columns, row - 1);
  return before.turn !== turn || before.kind !== kind || before.a !== a;
}

const CUTS: ReadonlySet<number> = new Set<number>([
  RowKind.walled,
  RowKind.healed,
  RowKind.linkFaulted,
  RowKind.linkMended,
]);

export function sortedZxids(zxids: ReadonlySet<bigint>): bigint[] {
  return [...zxids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
