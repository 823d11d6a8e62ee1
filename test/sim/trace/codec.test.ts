import { expect, test } from "vitest";
import { decodeTrace, encodeTrace, joinBytes, type Packing } from "../../../runner/trace-file.ts";
import { rowAt } from "../../../sim/trace/columns.ts";
import { foldOn, viewAfter } from "../../../sim/trace/seek.ts";
import type { Trace } from "../../../sim/trace/trace.ts";
import { TraceFileError } from "../../../sim/trace/trace-file-error.ts";
import { createView } from "../../../sim/trace/view.ts";
import { makeLongTrace, makeSampleTrace, SAMPLE_HEADER } from "../../support/sample-trace.ts";

async function bytesOf(trace: Trace, packing: Packing = "gzip"): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeTrace(trace, packing)) chunks.push(chunk);
  return joinBytes(chunks);
}

async function problemOf(bytes: Uint8Array): Promise<TraceFileError> {
  const error: unknown = await decodeTrace([bytes]).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TraceFileError)) throw new Error("the file was read, or failed oddly");
  return error;
}

function rowsOf(trace: Trace): unknown[] {
  return Array.from({ length: trace.columns.rows }, (_, row) => rowAt(trace.columns, row));
}

test.each(["gzip", "plain"] as const)(
  "a %s trace reads back as it was written",
  async (packing) => {
    const trace = makeSampleTrace();

    const read = await decodeTrace([await bytesOf(trace, packing)]);

    expect(rowsOf(read)).toEqual(rowsOf(trace));
    expect(read.header).toEqual(trace.header);
    expect(read.texts.list).toEqual(trace.texts.list);
    expect(read.marks).toEqual(trace.marks);
    expect(read.footer).toEqual(trace.footer);
  },
);

test("a trace reads the same however its bytes are cut", async () => {
  const bytes = await bytesOf(makeSampleTrace());
  const crumbs = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
    bytes.subarray(index * 7, index * 7 + 7),
  );

  expect(rowsOf(await decodeTrace(crumbs))).toEqual(rowsOf(makeSampleTrace()));
});

test("the key frames of a file are the views that folding gives", async () => {
  const read = await decodeTrace([await bytesOf(makeSampleTrace())]);

  expect(read.frames.length).toBeGreaterThan(1);
  for (const frame of read.frames) {
    const view = createView(read.header);
    foldOn(view, read, 0, frame.row);
    expect(frame.view).toEqual(view);
  }
});

test("a long trace keeps every block and seeks to the same views", async () => {
  const trace = makeLongTrace(30_000);

  const read = await decodeTrace([await bytesOf(trace)]);

  expect(read.columns.rows).toBe(trace.columns.rows);
  for (const row of [0, 1, 8191, 8192, 8193, 20_000, 29_999]) {
    expect(viewAfter(read, row)).toEqual(viewAfter(makeLongTrace(row + 20), row));
  }
});

test("a file that is no trace is named as such", async () => {
  const problem = await problemOf(new TextEncoder().encode("2026-11-21 INFO started\nmore"));

  expect(problem.problem).toBe("foreign");
  expect(problem.message).toContain("expected zootrope-trace 1, found “2026-11-21 INFO started”");
  expect((await problemOf(new Uint8Array(0))).problem).toBe("foreign");
});

test("a trace of another format is recognised, with its header", async () => {
  const header = JSON.stringify({ ...SAMPLE_HEADER, format: 2, version: "3.0.0" });

  const problem = await problemOf(new TextEncoder().encode(`zootrope-trace 2\n${header}\n???`));

  expect(problem.problem).toBe("version");
  expect(problem.header?.version).toBe("3.0.0");
});

test("any damaged byte and any missing end is reported as damage, never played", async () => {
  const bytes = await bytesOf(makeSampleTrace());
  const body = bytes.indexOf(10, bytes.indexOf(10) + 1) + 1;

  for (let at = body; at < bytes.length; at += 97) {
    const broken = bytes.slice();
    broken[at] = (broken[at] as number) ^ 0x15;
    // What no byte can reach is gzip's own head: a time stamp and the name of a system.
    const outcome = await decodeTrace([broken]).then(rowsOf, (error: unknown) => error);
    if (outcome instanceof TraceFileError) expect(outcome.problem).toBe("damaged");
    else expect(outcome).toEqual(rowsOf(makeSampleTrace()));
    expect((await problemOf(bytes.slice(0, at))).problem).toBe("damaged");
  }
});
