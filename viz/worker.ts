import { expose, transfer } from "comlink";
import { InputProblem } from "../runner/scenario/input-problem.ts";
import { parseScenario } from "../runner/scenario/parse.ts";
import type { Scenario as RunScenario } from "../runner/scenario/scenario.ts";
import { shippedScenario, SHIPPED_NAMES } from "../runner/shipped.ts";
import { advanceRun, beginRun, endRun, type Run } from "../runner/simulate.ts";
import { decodeTrace, type ReadProgress } from "../runner/trace-file.ts";
import type { Trace } from "../sim/trace/trace.ts";
import { TraceFileError } from "../sim/trace/trace-file-error.ts";
import type { TraceHeader } from "../sim/trace/view.ts";

/** A shipped story, as the first page lists it. */
export type Scenario = {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly servers: number;
  readonly seed: string;
};

/** Errors do not survive the way out of a worker with their fields, so what went wrong is a value. */
export type Problem = {
  readonly kind: "foreign" | "version" | "damaged" | "unreachable" | "scenario";
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  readonly header: Partial<TraceHeader> | null;
};

export type Loaded =
  { readonly ok: true; readonly trace: Trace } | { readonly ok: false; readonly problem: Problem };

export type Progress = { readonly rows: number; readonly part: number | null };

/** What the header of a trace says about its run. */
export type Rerun = Pick<TraceHeader, "scenario" | "seed" | "defects">;

export type ViewerWorker = {
  readonly scenarios: () => Promise<readonly Scenario[]>;
  readonly run: (
    name: string,
    seed: string,
    onProgress: (progress: Progress) => void,
  ) => Promise<Loaded>;
  readonly again: (of: Rerun, onProgress: (progress: Progress) => void) => Promise<Loaded>;
  readonly open: (file: Blob, onProgress: (progress: Progress) => void) => Promise<Loaded>;
  readonly fetch: (address: string, onProgress: (progress: Progress) => void) => Promise<Loaded>;
};

/** Pieces of a run between two words of how far it is. */
const PIECES = 40;

const worker: ViewerWorker = {
  scenarios: () => Promise.resolve(SHIPPED_NAMES.flatMap(listed)),

  run: async (name, seed, onProgress) => {
    const scenario = shippedScenario(name);
    if (scenario === null) {
      const message = `there is no scenario “${name}” among those that come with the program`;
      return { ok: false, problem: problemOf("scenario", message, "a shipped scenario", name) };
    }
    return runOf(scenario, seed === "" ? {} : { seed }, onProgress);
  },

  async again({ scenario: { name, text }, seed, defects }, onProgress) {
    try {
      const scenario = parseScenario(text, name, () => null);
      return await runOf(scenario, { seed, defects }, onProgress);
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      const found = `scenario ${name}`;
      return { ok: false, problem: problemOf("scenario", error.message, "a scenario", found) };
    }
  },

  open: (file, onProgress) => load(file.stream(), file.size, onProgress),

  async fetch(address, onProgress) {
    try {
      const response = await fetch(address);
      if (!response.ok || response.body === null) {
        return unreachable(address, `status ${response.status}`);
      }
      const length = Number(response.headers.get("content-length") ?? "0");
      return await load(response.body, length, onProgress);
    } catch {
      return unreachable(address, "no answer");
    }
  },
};

expose(worker);

async function runOf(
  scenario: RunScenario,
  options: { readonly seed?: string; readonly defects?: readonly string[] },
  onProgress: (progress: Progress) => void,
): Promise<Loaded> {
  const { trace } = await finish(beginRun(scenario, { ...options, trace: true }), onProgress);
  if (trace === null) throw new Error("a run that was asked for a trace has none");
  return handOver(trace);
}

async function finish(
  run: Run,
  onProgress: (progress: Progress) => void,
): Promise<ReturnType<typeof endRun>> {
  for (let piece = 1; advanceRun(run, (run.untilUs * piece) / PIECES) && piece <= PIECES; piece++) {
    onProgress({ rows: run.trace?.columns.rows ?? 0, part: piece / PIECES });
    // So that a cancelled worker hears of it.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return endRun(run);
}

/** A story as the first page shows it: its title, and the first sentence of what it says about itself. */
function listed(name: string): readonly Scenario[] {
  const scenario = shippedScenario(name);
  if (scenario === null) return [];
  const summary = /^.*?[.!?](?=\s|$)/s.exec(scenario.description)?.[0] ?? scenario.description;
  return [
    {
      name,
      title: scenario.title,
      summary: summary.replace(/\s+/g, " "),
      servers: scenario.servers.length,
      seed: scenario.seed,
    },
  ];
}

async function load(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
  onProgress: (progress: Progress) => void,
): Promise<Loaded> {
  let told = 0;
  const tell = (progress: ReadProgress): void => {
    if (progress.rows - told < 40_000) return;
    told = progress.rows;
    const part = bytes > 0 ? Math.min(1, progress.bytes / bytes) : null;
    onProgress({ rows: progress.rows, part });
  };
  try {
    return handOver(await decodeTrace(chunksOf(stream), tell));
  } catch (error) {
    if (!(error instanceof TraceFileError)) throw error;
    const { problem, message, expected, found, header } = error;
    return { ok: false, problem: { kind: problem, message, expected, found, header } };
  }
}

/** The columns change hands instead of being copied. */
function handOver(trace: Trace): Loaded {
  const buffers = new Set<ArrayBuffer>();
  for (const block of [...trace.columns.blocks, trace.columns.tail]) {
    for (const column of Object.values(block)) buffers.add(column.buffer);
  }
  return transfer({ ok: true, trace }, [...buffers]);
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function unreachable(address: string, found: string): Loaded {
  const message = `${address} could not be read: ${found}`;
  return {
    ok: false,
    problem: problemOf("unreachable", message, "a trace at that address", found),
  };
}

function problemOf(
  kind: Problem["kind"],
  message: string,
  expected: string,
  found: string,
): Problem {
  return { kind, message, expected, found, header: null };
}
