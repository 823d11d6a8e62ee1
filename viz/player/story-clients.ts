import { RowKind, type Row } from "../../sim/trace/row.ts";
import { textOf, type Trace } from "../../sim/trace/trace.ts";
import type { OperationSpan, SessionSpan, SessionState, WatchMark } from "./story.ts";

const SESSIONS: readonly SessionState[] = [
  "connecting",
  "connected",
  "suspended",
  "expired",
  "closed",
];

export type ClientStory = {
  readonly operations: OperationSpan[];
  /** By the number of the operation. */
  readonly open: Map<number, OperationSpan>;
  readonly concurrency: Map<number, number>;
  readonly sessions: SessionSpan[];
  readonly session: Map<number, SessionSpan>;
  readonly watches: WatchMark[];
};

export function createClientStory(): ClientStory {
  return {
    operations: [],
    open: new Map(),
    concurrency: new Map(),
    sessions: [],
    session: new Map(),
    watches: [],
  };
}

/** Takes a row about a client: its session, calls, returns and watch deliveries. */
export function foldClientRow(story: ClientStory, trace: Trace, told: Row, row: number): void {
  switch (told.kind) {
    case RowKind.invoked:
      invoke(story, trace, told, row);
      return;
    case RowKind.returned: {
      const operation = story.open.get(told.b);
      if (operation === undefined) return;
      story.open.delete(told.b);
      operation.toUs = told.atUs;
      operation.outcome = told.a;
      operation.writes = told.c === 1;
      operation.zxid = told.zxid;
      return;
    }
    case RowKind.session:
      changeSession(story, told, row);
      return;
    case RowKind.watched:
      story.watches.push({ atUs: told.atUs, client: told.who, path: textOf(trace, told.link) });
  }
}

export function closeClients(story: ClientStory, endUs: number): void {
  for (const operation of story.open.values()) operation.toUs = endUs;
  for (const session of story.session.values()) session.toUs = endUs;
}

function invoke(story: ClientStory, trace: Trace, told: Row, row: number): void {
  const operation: OperationSpan = {
    client: told.who,
    server: told.peer,
    operation: told.b,
    code: told.a,
    text: textOf(trace, told.link),
    row,
    fromUs: told.atUs,
    toUs: told.atUs,
    outcome: null,
    writes: false,
    zxid: 0n,
    slot: freeSlot(story, told.who),
  };
  const most = story.concurrency.get(told.who) ?? 0;
  if (operation.slot >= most) story.concurrency.set(told.who, operation.slot + 1);
  story.operations.push(operation);
  story.open.set(told.b, operation);
}

function freeSlot({ open }: ClientStory, client: number): number {
  const taken = new Set<number>();
  for (const operation of open.values()) if (operation.client === client) taken.add(operation.slot);
  let slot = 0;
  while (taken.has(slot)) slot++;
  return slot;
}

function changeSession(story: ClientStory, told: Row, row: number): void {
  const last = story.session.get(told.who);
  if (last !== undefined) last.toUs = told.atUs;
  const session: SessionSpan = {
    client: told.who,
    state: SESSIONS[told.a] ?? "connecting",
    server: told.peer,
    row,
    fromUs: told.atUs,
    toUs: told.atUs,
  };
  story.session.set(told.who, session);
  story.sessions.push(session);
}
