import type { MessageTable } from "./messages.ts";

/**
 * What the panes draw from: the rows of a trace gathered once into spans and marks on a time axis.
 * All lists are in the order of time. A span that has not ended by the end of the run ends there.
 */
export type Story = {
  readonly endUs: number;
  readonly lanes: ReadonlyMap<number, readonly LaneSpan[]>;
  /** An established leader, from its quorum of NEWLEADER acks to its end. */
  readonly epochs: readonly EpochSpan[];
  /** No established leader. */
  readonly elections: readonly ElectionSpan[];
  readonly faults: readonly FaultSpan[];
  readonly steps: readonly TextMark[];
  readonly captions: readonly TextMark[];
  readonly violations: readonly TextMark[];
  readonly votes: readonly VoteMark[];
  readonly quorums: readonly QuorumMark[];
  readonly timers: readonly TimerSpan[];
  readonly resets: readonly ResetMark[];
  readonly proposals: readonly ZxidMark[];
  readonly commits: readonly ZxidMark[];
  readonly operations: readonly OperationSpan[];
  /** How many operations a client had under way at once, at most. */
  readonly concurrency: ReadonlyMap<number, number>;
  readonly sessions: readonly SessionSpan[];
  readonly watches: readonly WatchMark[];
  /** Every zxid that was ever logged, ascending. */
  readonly zxids: readonly bigint[];
  /** Rows at which something happened that deserves a sentence. */
  readonly moments: readonly number[];
  /** Those of them on which the story turns. */
  readonly turns: readonly number[];
  readonly messages: MessageTable;
};

export type Life = "running" | "crashed" | "paused" | "never started";
export type State = "LOOKING" | "FOLLOWING" | "LEADING" | "OBSERVING";
export type Phase = "ELECTION" | "DISCOVERY" | "SYNCHRONIZATION" | "BROADCAST";

export type LaneSpan = {
  readonly fromUs: number;
  toUs: number;
  readonly life: Life;
  readonly state: State;
  readonly phase: Phase;
  readonly leader: number;
};

export type EpochSpan = {
  readonly epoch: number;
  readonly leader: number;
  readonly fromUs: number;
  toUs: number;
};

export type ElectionSpan = { round: number; fromUs: number; toUs: number };

export type FaultSpan = {
  readonly kind: "crash" | "pause" | "wall" | "slow" | "trouble" | "link";
  /** Of a `link`: what is wrong with it, see LinkFaultCode; 0 otherwise. */
  readonly code: number;
  readonly measure: number;
  readonly sid: number;
  /** Walls and links: towards whom. A fault of a server itself names that again. */
  readonly to: readonly number[];
  label: string;
  readonly row: number;
  readonly fromUs: number;
  toUs: number;
};

export type TextMark = { readonly atUs: number; readonly row: number; readonly text: string };

export type VoteMark = {
  readonly atUs: number;
  readonly row: number;
  readonly sid: number;
  readonly leader: number;
};

export type QuorumMark = {
  readonly atUs: number;
  readonly row: number;
  readonly sid: number;
  readonly leader: number;
  readonly voters: readonly number[];
};

export type TimerSpan = {
  readonly sid: number;
  readonly code: number;
  readonly ms: number;
  readonly fromUs: number;
  toUs: number;
  fired: boolean;
};

/** The end of a connection is noticed at `sid`, since its peer crashed at `crashUs`. */
export type ResetMark = {
  readonly atUs: number;
  readonly row: number;
  readonly sid: number;
  readonly peer: number;
  readonly crashUs: number;
};

export type ZxidMark = {
  readonly atUs: number;
  readonly row: number;
  readonly sid: number;
  readonly zxid: bigint;
};

export type OperationSpan = {
  readonly client: number;
  readonly server: number;
  readonly operation: number;
  readonly code: number;
  readonly text: string;
  readonly row: number;
  readonly fromUs: number;
  toUs: number;
  /** null while it runs, 0 ok, 1 unknown, negative: an error code. */
  outcome: number | null;
  writes: boolean;
  zxid: bigint;
  /** Operations of a client that overlap have places of their own, from 0. */
  readonly slot: number;
};

export type SessionState = "connecting" | "connected" | "suspended" | "expired" | "closed";

export type SessionSpan = {
  readonly client: number;
  readonly state: SessionState;
  /** Where it is connected. */
  readonly server: number;
  readonly row: number;
  readonly fromUs: number;
  toUs: number;
};

export type WatchMark = { readonly atUs: number; readonly client: number; readonly path: string };

/** The first index whose `atUs` is greater. */
export function countUntil(marks: readonly { readonly atUs: number }[], atUs: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle] as { atUs: number }).atUs <= atUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The marks of a window, both ends included. */
export function marksIn<T extends { readonly atUs: number }>(
  marks: readonly T[],
  fromUs: number,
  toUs: number,
): readonly T[] {
  return marks.slice(countUntil(marks, fromUs - 1), countUntil(marks, toUs));
}

/** The spans that touch a window, of a list in the order of their beginnings. */
export function spansIn<T extends Span>(spans: readonly T[], fromUs: number, toUs: number): T[] {
  const found: T[] = [];
  const ends = spans.length < CHUNK ? null : chunkEnds(spans);
  for (let index = 0; index < spans.length; index++) {
    if (ends !== null && index % CHUNK === 0 && (ends[index / CHUNK] as number) < fromUs) {
      index += CHUNK - 1;
      continue;
    }
    const span = spans[index] as T;
    if (span.fromUs > toUs) break;
    if (span.toUs >= fromUs) found.push(span);
  }
  return found;
}

type Span = { readonly fromUs: number; readonly toUs: number };

const CHUNK = 256;
const CHUNK_ENDS = new WeakMap<readonly Span[], Float64Array>();

/** The latest end in each run of {@link CHUNK} spans, found once a list: what a window skips by. */
function chunkEnds(spans: readonly Span[]): Float64Array {
  const known = CHUNK_ENDS.get(spans);
  if (known !== undefined) return known;
  const ends = new Float64Array(Math.ceil(spans.length / CHUNK));
  spans.forEach(({ toUs }, index) => {
    const chunk = Math.floor(index / CHUNK);
    ends[chunk] = Math.max(ends[chunk] as number, toUs);
  });
  CHUNK_ENDS.set(spans, ends);
  return ends;
}

export function spanAt<T extends { readonly fromUs: number; readonly toUs: number }>(
  spans: readonly T[],
  atUs: number,
): T | null {
  for (let index = spans.length - 1; index >= 0; index--) {
    const span = spans[index] as T;
    if (span.fromUs <= atUs) return span.toUs > atUs || index === spans.length - 1 ? span : null;
  }
  return null;
}

/** How many of these ascending rows come before `row`. */
export function countBelow(rows: readonly number[], row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as number) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
