import { atOf, rowAt } from "../../sim/trace/columns.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { contextOf } from "./context.ts";
import type { Moment } from "./player.ts";
import { sentenceFor } from "./sentences.ts";
import { countBelow } from "./story.ts";

export type Caption = {
  /** One sentence: what just happened. */
  readonly sentence: string;
  /** What else is worth knowing at this instant; words between stars are emphasised. */
  readonly context: string;
  readonly tone: "calm" | "fault" | "violation";
};

/**
 * The sentence over everything. A scenario's own caption wins, what happened then moves to the second
 * line; until the story turns.
 */
export function captionOf(moment: Moment): Caption {
  const { story, trace } = moment;
  const told = lastTold(moment);
  const sentence = told === null ? beginning(trace) : sentenceFor(trace, story, told);
  const tone = toneOf(trace, told);
  const caption = ownCaption(moment);
  if (caption !== null && tone !== "violation") {
    return { sentence: caption, context: sentence, tone: "calm" };
  }
  return { sentence, context: contextOf(moment), tone };
}

/** The scenario's caption, unless the story has turned since. */
function ownCaption({ story, trace, rows, view }: Moment): string | null {
  if (view.caption === null) return null;
  const last = story.captions.findLast((mark) => mark.row < rows);
  if (last === undefined) return null;
  const turn = story.turns[countBelow(story.turns, rows) - 1];
  if (turn !== undefined && atOf(trace.columns, turn) > last.atUs) return null;
  return view.caption;
}

/** What says most about a turn in which several things deserve a sentence; all others count 1. */
const WEIGHTS: ReadonlyMap<number, number> = new Map<number, number>([
  [RowKind.violated, 9],
  [RowKind.crashed, 8],
  [RowKind.started, 8],
  [RowKind.walled, 8],
  [RowKind.healed, 8],
  [RowKind.linkFaulted, 8],
  [RowKind.linkMended, 8],
  [RowKind.faulted, 7],
  [RowKind.established, 7],
  [RowKind.elected, 6],
  [RowKind.tally, 5],
  [RowKind.vote, 4],
]);

/** The row of the last moment that deserved a sentence, at or before now; of one turn, what weighs most. */
export function lastTold(moment: Moment): number | null {
  const { moments } = moment.story;
  const count = countBelow(moments, moment.rows);
  return count === 0 ? null : heaviest(moment.trace, moments, count - 1);
}

function heaviest(trace: Trace, moments: readonly number[], last: number): number {
  let best = moments[last] as number;
  const { turn } = rowAt(trace.columns, best);
  let weight = WEIGHTS.get(rowAt(trace.columns, best).kind) ?? 1;
  for (let index = last - 1; index >= 0; index--) {
    const row = moments[index] as number;
    const told = rowAt(trace.columns, row);
    if (told.turn !== turn) break;
    const next = WEIGHTS.get(told.kind) ?? 1;
    if (next <= weight) continue;
    best = row;
    weight = next;
  }
  return best;
}

function beginning(trace: Trace): string {
  const { title, name } = trace.header.scenario;
  return title === "" ? `${name}, from the start.` : title;
}

function toneOf(trace: Trace, told: number | null): Caption["tone"] {
  if (told === null) return "calm";
  const { kind } = rowAt(trace.columns, told);
  if (kind === RowKind.violated) return "violation";
  const isFault =
    kind === RowKind.crashed || kind === RowKind.walled || kind === RowKind.linkFaulted;
  return isFault ? "fault" : "calm";
}
