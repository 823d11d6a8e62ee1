import { blockOf, placeIn, rowAt } from "../../sim/trace/columns.ts";
import { RowKind, StateCode, type Row } from "../../sim/trace/row.ts";
import { endOf, textOf, type Trace } from "../../sim/trace/trace.ts";
import { foldClientRow } from "./story-clients.ts";
import {
  closeEnsemble,
  createEnsembleStory,
  foldEnsembleRow,
  type EnsembleStory,
} from "./story-ensemble.ts";
import { closeFaults, foldFaultRow, type OpenFaults } from "./story-faults.ts";
import { addMessageRow, closeMessageTable, createMessageTable } from "./messages.ts";
import type { OperationSpan, Story, TextMark, WatchMark, ZxidMark } from "./story.ts";
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
  const operations: OperationSpan[] = [];
  const openOperations = new Map<number, OperationSpan>();
  const watches: WatchMark[] = [];
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
    if (told.who < 0) foldClientRow(operations, openOperations, watches, trace, told, row);
    else if (kind <= RowKind.unslowed || kind === RowKind.cut) foldFaultRow(faults, told, row);
    if (kind === RowKind.state) inferReset(faults, ensemble, told, row);
    foldEnsembleRow(ensemble, trace, messages, told, row);
    foldMark(marks, trace, kind, row);
    if (ensemble.told.quorums.at(-1)?.row === row) marks.moments.push(row);
  }

  closeMessageTable(messages);
  closeEnsemble(ensemble, endUs);
  closeFaults(faults, endUs);
  for (const operation of openOperations.values()) operation.toUs = endUs;
  return {
    endUs,
    ...ensemble.told,
    faults: faults.spans,
    resets: faults.resets,
    ...marks,
    zxids: sortedZxids(marks.logged),
    operations,
    watches,
    messages,
  };
}

/** A follower that looks again after its leader crashed has noticed that, with or without a row that says so. */
function inferReset(faults: OpenFaults, ensemble: EnsembleStory, told: Row, row: number): void {
  if (told.a !== StateCode.LOOKING) return;
  const leader = ensemble.told.lanes.get(told.who)?.at(-1)?.leader ?? -1;
  const crashUs = faults.crashUs.get(leader);
  if (crashUs === undefined || leader === told.who) return;
  const known = faults.resets.some((each) => each.sid === told.who && each.crashUs === crashUs);
  if (!known) faults.resets.push({ atUs: told.atUs, row, sid: told.who, peer: leader, crashUs });
}

type Marks = {
  readonly steps: TextMark[];
  readonly captions: TextMark[];
  readonly violations: TextMark[];
  readonly proposals: ZxidMark[];
  readonly commits: ZxidMark[];
  readonly moments: number[];
  readonly logged: Set<bigint>;
};

function createMarks(): Marks {
  return {
    steps: [],
    captions: [],
    violations: [],
    proposals: [],
    commits: [],
    moments: [],
    logged: new Set(),
  };
}

/** Kinds that always deserve a sentence. Walls are told once a turn, states when they change. */
const TOLD: ReadonlySet<number> = new Set<number>([
  RowKind.crashed,
  RowKind.started,
  RowKind.paused,
  RowKind.resumed,
  RowKind.slowed,
  RowKind.vote,
  RowKind.elected,
  RowKind.proposed,
  RowKind.committed,
  RowKind.truncated,
  RowKind.snapped,
  RowKind.established,
  RowKind.syncChosen,
  RowKind.violated,
  RowKind.expected,
]);

function foldMark(marks: Marks, trace: Trace, kind: number, row: number): void {
  const { atUs, link, who, zxid, turn } = rowAt(trace.columns, row);
  if (TOLD.has(kind)) marks.moments.push(row);
  switch (kind) {
    case RowKind.walled:
    case RowKind.healed: {
      const before = row === 0 ? null : rowAt(trace.columns, row - 1);
      if (before === null || before.turn !== turn || before.kind !== kind) marks.moments.push(row);
      return;
    }
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

function sortedZxids(zxids: ReadonlySet<bigint>): bigint[] {
  return [...zxids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
