import { addBlock, BLOCK_ROWS, type Block } from "./columns.ts";
import { foldRow } from "./fold.ts";
import { decodeRows, encodeRows } from "./row-codec.ts";
import { createTrace, type HashMark, type Trace } from "./trace.ts";
import { TraceFileError } from "./trace-file-error.ts";
import { decodeView, encodeView } from "./view-codec.ts";
import { createView, type TraceFooter, type TraceHeader } from "./view.ts";

/**
 * The `.zt` file. A first line that names the format, the header as one line of JSON, so that `head -2`
 * reads them whatever the version; then sections, each with its own checksum, in the order of the run:
 * texts before the rows that name them, a key frame where the run's hash was noted, the footer last.
 * How sections are packed into bytes and squeezed is the business of whoever has streams.
 */
export const MAGIC = "zootrope-trace";
export const FORMAT = 1;

export type Section =
  | { readonly tag: "R"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly tag: "T" | "K" | "F"; readonly text: string };

/** The two lines at the head of a file. */
export function encodePreamble(header: TraceHeader): string {
  return `${MAGIC} ${FORMAT}\n${JSON.stringify(header)}\n`;
}

/** Every section of a finished trace, in order. Folds the whole run on the way, for the key frames. */
export function* encodeSections(trace: Trace): Generator<Section> {
  const { columns, texts, marks } = trace;
  if (texts.list.length > 1) yield { tag: "T", text: JSON.stringify(texts.list.slice(1)) };
  const view = createView(trace.header);
  let mark = 0;
  for (let first = 0; first < columns.rows; first += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, columns.rows - first);
    yield { tag: "R", bytes: encodeRows(columns.blocks[first / BLOCK_ROWS] as Block, rows) };
    for (let row = first; row < first + rows; row++) {
      foldRow(view, trace, row);
      for (; marks[mark]?.row === row + 1; mark++) {
        yield { tag: "K", text: encodeKeyFrame(marks[mark] as HashMark, encodeView(view)) };
      }
    }
  }
  if (trace.footer !== null) yield { tag: "F", text: JSON.stringify(trace.footer) };
}

/**
 * Reads the two lines at the head of a file.
 *
 * @throws TraceFileError of kind "foreign" when this is no trace, of kind "version" (with the header
 * as far as it makes sense) when another program version wrote it in a format that this one cannot read
 */
export function decodePreamble(first: string, second: string): TraceHeader {
  const named = /^zootrope-trace (\d+)$/.exec(first);
  if (named === null) {
    throw new TraceFileError("foreign", `${MAGIC} ${FORMAT}`, quote(first), 0, null);
  }
  const header = parseHeader(second, first.length + 1);
  if (named[1] !== String(FORMAT)) {
    throw new TraceFileError("version", `format ${FORMAT}`, `format ${named[1]}`, 0, header);
  }
  if (!isHeader(header)) {
    throw new TraceFileError("damaged", "a header", quote(second), first.length + 1, null);
  }
  return header;
}

export function createDecoder(header: TraceHeader): Trace {
  return createTrace(header);
}

/** Adds one section to a trace that is being read; `at` is where in the file it starts, for errors. */
export function decodeSection(trace: Trace, section: Section, at: number): void {
  if (trace.footer !== null) {
    throw new TraceFileError(
      "damaged",
      "the end of the file",
      `a section ${section.tag}`,
      at,
      null,
    );
  }
  switch (section.tag) {
    case "R":
      decodeBlock(trace, section.bytes, at);
      return;
    case "T":
      for (const text of parse<string[]>(section.text, "texts", at)) {
        trace.texts.index.set(text, trace.texts.list.length);
        trace.texts.list.push(text);
      }
      return;
    case "K":
      decodeKeyFrame(trace, section.text, at);
      return;
    case "F": {
      const footer = parse<TraceFooter>(section.text, "a footer", at);
      if (footer.rows !== trace.columns.rows) {
        const expected = `${footer.rows} events`;
        throw new TraceFileError("damaged", expected, String(trace.columns.rows), at, null);
      }
      trace.footer = footer;
    }
  }
}

function decodeBlock(trace: Trace, bytes: Uint8Array, at: number): void {
  const decoded = decodeRows(bytes);
  if (decoded === null || trace.columns.rows % BLOCK_ROWS !== 0) {
    throw new TraceFileError("damaged", "a block of events", "bytes that are not one", at, null);
  }
  addBlock(trace.columns, decoded.block, decoded.rows);
}

/** One line of JSON, then the view. A key frame follows the block that its row is in. */
function encodeKeyFrame(mark: HashMark, view: string): string {
  return `${JSON.stringify(mark)}\n${view}`;
}

function decodeKeyFrame(trace: Trace, text: string, at: number): void {
  const end = text.indexOf("\n");
  const mark = parse<HashMark>(text.slice(0, end), "a key frame", at);
  trace.marks.push(mark);
  trace.frames.push({ row: mark.row, view: decodeView(text.slice(end + 1)) });
}

function parse<T>(text: string, expected: string, at: number): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new TraceFileError("damaged", expected, quote(text), at, null);
  }
}

function parseHeader(line: string, at: number): Partial<TraceHeader> {
  const header = parse<unknown>(line, "a header", at);
  return typeof header === "object" && header !== null ? header : {};
}

function isHeader(header: Partial<TraceHeader>): header is TraceHeader {
  return (
    header.format === FORMAT &&
    typeof header.version === "string" &&
    typeof header.seed === "string" &&
    typeof header.scenario?.name === "string" &&
    typeof header.quorum === "number" &&
    Array.isArray(header.servers) &&
    Array.isArray(header.clients) &&
    Array.isArray(header.defects)
  );
}

function quote(found: string): string {
  const printable = found.slice(0, 24).replace(/[^ -~]/g, "·");
  return found === "" ? "nothing" : `“${printable}${found.length > 24 ? "…" : ""}”`;
}
