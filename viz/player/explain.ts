import { blockOf, placeIn, rowAt, rowsThroughTurn } from "../../sim/trace/columns.ts";
import { RowKind, type Row } from "../../sim/trace/row.ts";
import { foldOn, viewAfter } from "../../sim/trace/seek.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import type { ServerView, View } from "../../sim/trace/view.ts";
import { changedFields, type FieldChange } from "./changes.ts";
import { compareVotes, type Comparison } from "./comparison.ts";
import { partyName } from "./cuts.ts";
import { headline, type Headline } from "./headline.ts";
import { Fate } from "./messages.ts";
import type { Story } from "./story.ts";
import { isNotification, messageWord } from "./words.ts";

/** What the inspector says about one event: a turn, seen from the row that was picked. */
export type Explanation = Headline & {
  readonly row: number;
  readonly comparison: Comparison | null;
  readonly server: number | null;
  readonly changes: readonly FieldChange[];
  /** What the same turn sent, in short: `N → 1, 3, 4`. */
  readonly sends: string;
};

/** Explains the turn of a row; views are folded for it, so it may be anywhere in the trace. */
export function explain(trace: Trace, story: Story, picked: number): Explanation {
  const row = arrivalOf(story, trace, picked);
  const told = rowAt(trace.columns, row);
  const turnRow = told.turn === 0 ? 0 : rowsThroughTurn(trace.columns, told.turn - 1);
  const endRow = rowsThroughTurn(trace.columns, told.turn);
  const before = viewAfter(trace, turnRow);
  const after = viewAfter(trace, turnRow);
  foldOn(after, trace, turnRow, endRow);
  const sid = told.who > 0 ? told.who : null;
  const mine = serverIn(before, sid);
  return {
    row,
    ...headline(trace, story, told, row),
    comparison: mine === null ? null : comparisonIn(trace, story, mine, turnRow, endRow),
    server: sid,
    changes: changedFields(mine, serverIn(after, sid)),
    sends: sendsOf(trace, turnRow, endRow),
  };
}

/** The message behind a row: the one it is about, or the one that was heard in its turn; −1 for none. */
export function messageBehind(trace: Trace, story: Story, row: number): number {
  const { turn } = rowAt(trace.columns, row);
  for (let index = row; index >= 0; index--) {
    const told = rowAt(trace.columns, index);
    if (told.turn !== turn) break;
    const message = story.messages.ofRow[index] ?? 0;
    if (message > 0 && (index === row || told.kind === RowKind.heard)) return message - 1;
  }
  return -1;
}

/** The row of a turn that says best what happened: what came from outside, or the first one. */
export function mainRowOf(trace: Trace, turnRow: number, endRow: number): number {
  let best = turnRow;
  let weight = -1;
  for (let row = turnRow; row < endRow; row++) {
    const next = WEIGHTS.get(blockOf(trace.columns, row).kind[placeIn(row)] as number) ?? 0;
    if (next <= weight) continue;
    best = row;
    weight = next;
  }
  return best;
}

const WEIGHTS: ReadonlyMap<number, number> = new Map<number, number>([
  [RowKind.violated, 9],
  [RowKind.crashed, 8],
  [RowKind.started, 8],
  [RowKind.paused, 8],
  [RowKind.resumed, 8],
  [RowKind.walled, 8],
  [RowKind.healed, 8],
  [RowKind.linkFaulted, 8],
  [RowKind.linkMended, 8],
  [RowKind.slowed, 8],
  [RowKind.unslowed, 8],
  [RowKind.faulted, 8],
  [RowKind.heard, 7],
  [RowKind.fired, 6],
  [RowKind.cut, 6],
  [RowKind.synced, 5],
  [RowKind.invoked, 5],
  [RowKind.returned, 5],
  [RowKind.recovered, 5],
  [RowKind.session, 5],
  [RowKind.watched, 5],
  [RowKind.established, 4],
  [RowKind.elected, 4],
  [RowKind.proposed, 4],
  [RowKind.vote, 3],
  [RowKind.lost, 2],
  [RowKind.state, 3],
  [RowKind.logged, 2],
  [RowKind.applied, 2],
  [RowKind.epochs, 2],
  [RowKind.sent, 1],
]);

/** A message that is picked where it was sent is explained where it was heard, if it was. */
function arrivalOf(story: Story, trace: Trace, picked: number): number {
  const row = rowAt(trace.columns, picked);
  const message = story.messages.ofRow[picked] ?? 0;
  if (row.kind !== RowKind.sent || message === 0) return picked;
  const heard = story.messages.fate[message - 1] === Fate.heard;
  return heard ? (story.messages.endRow[message - 1] as number) : picked;
}

/** The vote that was heard against the own one, when this turn heard one while LOOKING. */
function comparisonIn(
  trace: Trace,
  story: Story,
  mine: ServerView,
  turnRow: number,
  endRow: number,
): Comparison | null {
  let heard: Row | null = null;
  let changed = false;
  for (let row = turnRow; row < endRow; row++) {
    const told = rowAt(trace.columns, row);
    const message = story.messages.ofRow[row] ?? 0;
    if (told.kind === RowKind.heard && isNotification(told.a) && message > 0) {
      heard = rowAt(trace.columns, story.messages.sentRow[message - 1] as number);
    }
    if (told.kind === RowKind.vote && heard !== null) changed = true;
  }
  if (heard === null || mine.state !== "LOOKING" || mine.vote.leader < 0) return null;
  return compareVotes(mine, heard, changed);
}

function sendsOf(trace: Trace, turnRow: number, endRow: number): string {
  const byLetter = new Map<string, string[]>();
  for (let row = turnRow; row < endRow; row++) {
    const told = rowAt(trace.columns, row);
    if (told.kind !== RowKind.sent) continue;
    const { letter } = messageWord(told.a);
    byLetter.set(letter, [...(byLetter.get(letter) ?? []), partyName(trace.header, told.peer)]);
  }
  return [...byLetter].map(([letter, to]) => `${letter} → ${to.join(", ")}`).join("; ");
}

function serverIn(view: View, sid: number | null): ServerView | null {
  return view.servers.find((server) => server.sid === sid) ?? null;
}
