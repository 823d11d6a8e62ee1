import { blockOf, placeIn, rowAt } from "../../sim/trace/columns.ts";
import { RowKind } from "../../sim/trace/row.ts";
import { endOf, textOf, type Trace } from "../../sim/trace/trace.ts";
import { closeClients, createClientStory, foldClientRow } from "./story-clients.ts";
import { closeEnsemble, createEnsembleStory, foldEnsembleRow } from "./story-ensemble.ts";
import { closeFaults, foldFaultRow, type OpenFaults } from "./story-faults.ts";
import { addMessageRow, closeMessageTable, createMessageTable } from "./messages.ts";
import { createMarks, foldMark, foldQuorum, sortedZxids } from "./story-marks.ts";
import { closeTimers, foldTimerRow, type TimerStory } from "./story-timers.ts";
import type { Story } from "./story.ts";
import { isNotification } from "./words.ts";

/** Rows between two pauses, so that a page stays alive while a long trace is gathered. */
const ROWS_A_STEP = 40_000;

/** Gathers a story, giving way now and then; the value yielded is how many rows are done. */
export function* buildStory(trace: Trace): Generator<number, Story> {
  const { columns } = trace;
  const endUs = endOf(trace);
  const ensemble = createEnsembleStory(trace.header);
  const faults: OpenFaults = { spans: [], open: new Map(), crashUs: new Map(), resets: [] };
  const marks = createMarks();
  const clients = createClientStory();
  const timers: TimerStory = { timers: [], armed: new Map() };
  const messages = createMessageTable(columns.rows);

  for (let row = 0; row < columns.rows; row++) {
    if (row % ROWS_A_STEP === ROWS_A_STEP - 1) yield row;
    const block = blockOf(columns, row);
    const at = placeIn(row);
    const kind = block.kind[at] as number;
    if (kind >= RowKind.sent && kind <= RowKind.released) {
      addMessageRow(messages, trace, row);
      if (kind !== RowKind.heard || !isNotification(block.a[at] as number)) continue;
    }
    const told = rowAt(columns, row);
    if (isFaultRow(kind)) {
      foldFaultRow(faults, told, row, kind === RowKind.faulted ? textOf(trace, told.link) : "");
    } else if (told.who < 0) foldClientRow(clients, trace, told, row);
    foldTimerRow(timers, told);
    foldEnsembleRow(ensemble, trace, messages, told, row);
    foldMark(marks, trace, told, row);
    const quorum = ensemble.told.quorums.at(-1);
    if (quorum?.row === row) foldQuorum(marks, quorum);
    if (ensemble.told.votes.at(-1)?.row === row) marks.moments.push(row);
  }

  closeMessageTable(messages);
  closeEnsemble(ensemble, endUs);
  closeTimers(timers, endUs);
  closeFaults(faults, trace.header, endUs);
  closeClients(clients, endUs);
  return {
    endUs,
    ...ensemble.told,
    timers: timers.timers,
    faults: faults.spans,
    resets: faults.resets,
    ...marks,
    zxids: sortedZxids(marks.logged),
    operations: clients.operations,
    concurrency: clients.concurrency,
    sessions: clients.sessions,
    watches: clients.watches,
    messages,
  };
}

function isFaultRow(kind: number): boolean {
  if (kind <= RowKind.unslowed || kind === RowKind.cut) return true;
  return kind === RowKind.linkFaulted || kind === RowKind.linkMended;
}
