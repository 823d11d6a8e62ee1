import { atOf, createColumns, turnOf, type Columns } from "./columns.ts";
import type { TraceFooter, TraceHeader, View } from "./view.ts";

/** A recorded run: what a `.zt` file holds, and what the viewer plays. Plain data; a clone is a copy. */
export type Trace = {
  readonly header: TraceHeader;
  readonly columns: Columns;
  readonly texts: Texts;
  readonly marks: HashMark[];
  /** Views to seek from, by ascending row; made while folding, or read from a file. */
  readonly frames: Frame[];
  /** Null while the run goes on. */
  footer: TraceFooter | null;
};

/** Every text once, named by its index. Index 0 is the empty text, so a link of 0 says "none". */
export type Texts = { readonly list: string[]; readonly index: Map<string, number> };

/** The run's rolling hash after the first `row` rows, at the end of `turn`. */
export type HashMark = {
  readonly row: number;
  readonly turn: number;
  readonly atUs: number;
  readonly hash: string;
};

/** The view after the first `row` rows. Never changed: seeking folds onto a clone. */
export type Frame = { readonly row: number; readonly view: View };

export function createTrace(header: TraceHeader): Trace {
  return {
    header,
    columns: createColumns(),
    texts: createTexts(),
    marks: [],
    frames: [],
    footer: null,
  };
}

export function createTexts(): Texts {
  return { list: [""], index: new Map([["", 0]]) };
}

/** The index of `text`, which is added when it is new. */
export function internText(texts: Texts, text: string): number {
  const known = texts.index.get(text);
  if (known !== undefined) return known;
  const index = texts.list.length;
  texts.list.push(text);
  texts.index.set(text, index);
  return index;
}

export function textOf(trace: Trace, link: number): string {
  return trace.texts.list[link] ?? "";
}

/** Notes the rolling hash at the end of a turn. Call it every few thousand turns: files keep a view at each mark. */
export function markHash(trace: Trace, hash: string): void {
  const row = trace.columns.rows;
  if (row === 0) return;
  const last = row - 1;
  trace.marks.push({
    row,
    turn: turnOf(trace.columns, last),
    atUs: atOf(trace.columns, last),
    hash,
  });
}

/** µs at which the trace ends. */
export function endOf(trace: Trace): number {
  const { columns, footer } = trace;
  const last = columns.rows === 0 ? 0 : atOf(columns, columns.rows - 1);
  return footer === null || footer.endUs < last ? last : footer.endUs;
}
