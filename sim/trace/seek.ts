import { foldRow } from "./fold.ts";
import { rowsUntil } from "./columns.ts";
import type { Frame, Trace } from "./trace.ts";
import { createView, type MessageView, type ServerView, type View } from "./view.ts";

/** A view is kept every so many rows while folding; seeking never folds more than that. */
export const FRAME_ROWS = 4096;

/**
 * The view after the first `rows` rows. Keeps frames in the trace as it passes the places for them,
 * so a second seek is cheap; the view returned belongs to the caller.
 */
export function viewAfter(trace: Trace, rows: number): View {
  const frame = lastFrame(trace.frames, rows);
  const view = frame === null ? createView(trace.header) : cloneView(frame.view);
  let row = frame === null ? 0 : frame.row;
  while (row < rows) {
    foldRow(view, trace, row++);
    if (row % FRAME_ROWS === 0) keepFrame(trace, row, view);
  }
  return view;
}

/** The view of an instant: everything that happened at `atUs` or before. */
export function viewAt(trace: Trace, atUs: number): View {
  return viewAfter(trace, rowsUntil(trace.columns, atUs));
}

/** Moves `view`, which stands after `from` rows, on to `to` rows. */
export function foldOn(view: View, trace: Trace, from: number, to: number): void {
  for (let row = from; row < to; row++) foldRow(view, trace, row);
}

export function cloneView(view: View): View {
  const inFlight = new Map<number, MessageView>();
  for (const [id, message] of view.inFlight) inFlight.set(id, { ...message });
  return {
    atUs: view.atUs,
    turn: view.turn,
    servers: view.servers.map(cloneServer),
    clients: view.clients.map((client) => ({
      ...client,
      pending: client.pending.map((pending) => ({ ...pending })),
    })),
    inFlight,
    walls: view.walls.map((wall) => ({ ...wall })),
    slow: view.slow.map((link) => ({ ...link })),
    linkFaults: [...view.linkFaults],
    committed: view.committed,
    caption: view.caption,
    violation: view.violation,
  };
}

function cloneServer(server: ServerView): ServerView {
  return {
    ...server,
    vote: { ...server.vote },
    log: server.log.map((cell) => ({ ...cell })),
    timers: server.timers.map((timer) => ({ ...timer })),
  };
}

function lastFrame(frames: readonly Frame[], rows: number): Frame | null {
  let low = 0;
  let high = frames.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle] as Frame).row <= rows) low = middle + 1;
    else high = middle;
  }
  return frames[low - 1] ?? null;
}

function keepFrame(trace: Trace, row: number, view: View): void {
  const last = trace.frames[trace.frames.length - 1];
  if (last !== undefined && last.row >= row) return;
  trace.frames.push({ row, view: cloneView(view) });
}
