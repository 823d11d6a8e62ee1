import { atOf, rowsThroughTurn, rowsUntil, turnOf } from "../../sim/trace/columns.ts";
import { cloneView, foldOn, viewAfter } from "../../sim/trace/seek.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import type { View } from "../../sim/trace/view.ts";
import { countBelow, type Story } from "./story.ts";

/** Virtual seconds a second of play. */
export const SPEEDS: readonly number[] = [0.001, 0.01, 0.1, 1, 10];
/** Further apart than this, a seek starts from a key frame. */
const FOLD_ON_MAX = 4096;

/** The one current instant, which all panes show. */
export type Moment = {
  readonly trace: Trace;
  readonly story: Story;
  readonly nowUs: number;
  /** How many rows have happened. They end with a whole turn. */
  readonly rows: number;
  /** Where the last turn begins, and the view before it. */
  readonly turnRow: number;
  readonly before: View;
  readonly view: View;
};

export type Selection = { readonly row: number } | null;

export type Player = {
  readonly moment: () => Moment;
  readonly seekTo: (atUs: number) => void;
  /** Shows the turn of a row as the last one that happened. */
  readonly seekRow: (row: number) => void;
  /** To the next turn that left a trace, or the one before. */
  readonly step: (by: 1 | -1) => void;
  /** To the next moment that deserves a sentence, or the one before. */
  readonly round: (by: 1 | -1) => void;
  readonly isPlaying: () => boolean;
  readonly play: () => void;
  readonly pause: () => void;
  readonly speed: () => number;
  readonly changeSpeed: (speed: number) => void;
  readonly selection: () => Selection;
  readonly select: (selection: Selection) => void;
  readonly focused: () => number | null;
  readonly focusServer: (sid: number | null) => void;
  /** "moved": another instant; "changed": anything else that panes show. */
  readonly on: (name: "moved" | "changed", listener: () => void) => void;
  readonly stop: () => void;
};

/** Holds the instant and moves it: by steps, by seeking, and by itself while it plays. */
export function createPlayer(trace: Trace, story: Story, reducedMotion: () => boolean): Player {
  const listeners = { moved: new Set<() => void>(), changed: new Set<() => void>() };
  const tell = (name: "moved" | "changed"): void =>
    listeners[name].forEach((listener) => listener());
  let moment = momentAt(trace, story, 0, 0, null);
  let playing = false;
  let frame = 0;
  let lastMs = 0;
  let speed = 0.01;
  let selection: Selection = null;
  let focus: number | null = null;

  function show(rows: number, nowUs: number): void {
    const wholeRows =
      rows === 0 ? 0 : rowsThroughTurn(trace.columns, turnOf(trace.columns, rows - 1));
    moment = momentAt(trace, story, wholeRows, nowUs, moment);
    tell("moved");
  }

  function seekTo(atUs: number): void {
    const nowUs = Math.min(Math.max(0, atUs), story.endUs);
    show(rowsUntil(trace.columns, nowUs), nowUs);
  }

  function seekRow(row: number): void {
    if (trace.columns.rows === 0) return;
    show(row + 1, atOf(trace.columns, row));
  }

  function step(by: 1 | -1): void {
    if (by === 1) {
      if (moment.rows < trace.columns.rows) seekRow(moment.rows);
    } else if (moment.turnRow > 0) seekRow(moment.turnRow - 1);
    else show(0, 0);
  }

  function round(by: 1 | -1): void {
    const { moments } = story;
    const passed = countBelow(moments, by === 1 ? moment.rows : moment.turnRow);
    const row = moments[by === 1 ? passed : passed - 1];
    if (row !== undefined) seekRow(row);
    else if (by === 1) seekTo(story.endUs);
    else show(0, 0);
  }

  function tick(ms: number): void {
    if (!playing) return;
    frame = requestAnimationFrame(tick);
    const passedMs = lastMs === 0 ? 0 : Math.min(ms - lastMs, 100);
    // With reduced motion every second shows the next round, instead of things that fly.
    if (reducedMotion()) {
      if (lastMs !== 0 && ms - lastMs < 1000) return;
      lastMs = ms;
      round(1);
    } else {
      lastMs = ms;
      seekTo(moment.nowUs + passedMs * 1000 * speed);
    }
    if (moment.nowUs >= story.endUs) pause();
  }

  function play(): void {
    if (playing) return;
    if (moment.nowUs >= story.endUs) seekTo(0);
    playing = true;
    lastMs = 0;
    selection = null;
    frame = requestAnimationFrame(tick);
    tell("changed");
  }

  function pause(): void {
    if (!playing) return;
    playing = false;
    cancelAnimationFrame(frame);
    tell("changed");
  }

  return {
    moment: () => moment,
    seekTo,
    seekRow,
    step,
    round,
    isPlaying: () => playing,
    play,
    pause,
    speed: () => speed,
    changeSpeed: (next) => {
      speed = next;
      tell("changed");
    },
    selection: () => selection,
    select: (next) => {
      selection = next;
      tell("changed");
    },
    focused: () => focus,
    focusServer: (sid) => {
      focus = sid;
      tell("changed");
    },
    on: (name, listener) => {
      listeners[name].add(listener);
    },
    stop: () => {
      playing = false;
      cancelAnimationFrame(frame);
    },
  };
}

function momentAt(
  trace: Trace,
  story: Story,
  rows: number,
  nowUs: number,
  last: Moment | null,
): Moment {
  if (last !== null && last.rows === rows) return { ...last, nowUs };
  const turnRow = rows === 0 ? 0 : firstRowOfTurn(trace, rows - 1);
  const before = viewBefore(trace, turnRow, last);
  const view = cloneView(before);
  foldOn(view, trace, turnRow, rows);
  return { trace, story, nowUs, rows, turnRow, before, view };
}

/** Views that were shown belong to their moment, so going on from one means cloning it. */
function viewBefore(trace: Trace, row: number, last: Moment | null): View {
  if (last === null || last.rows > row || row - last.rows > FOLD_ON_MAX)
    return viewAfter(trace, row);
  const view = cloneView(last.view);
  foldOn(view, trace, last.rows, row);
  return view;
}

function firstRowOfTurn(trace: Trace, row: number): number {
  const turn = turnOf(trace.columns, row);
  return turn === 0 ? 0 : rowsThroughTurn(trace.columns, turn - 1);
}
