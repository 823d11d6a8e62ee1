import { proxy, wrap, type Remote } from "comlink";
import type { Trace } from "../../sim/trace/trace.ts";
import type { Loaded, Problem, Progress, Rerun, Scenario, ViewerWorker } from "../worker.ts";
import type { TraceFile } from "./address.ts";
import { buildStory } from "./build-story.ts";
import type { Story } from "./story.ts";

export type Source =
  | { readonly kind: "file"; readonly file: Blob; readonly name: string }
  | { readonly kind: "address"; readonly address: string; readonly files: readonly TraceFile[] }
  | { readonly kind: "scenario"; readonly name: string; readonly seed: string }
  /** What a trace of another version was a run of. */
  | { readonly kind: "again"; readonly of: Rerun };

export type Run = { readonly trace: Trace; readonly story: Story };

export type Outcome =
  ({ readonly ok: true } & Run) | { readonly ok: false; readonly problem: Problem };

export type Loader = {
  readonly scenarios: () => Promise<readonly Scenario[]>;
  /** Null when it was cancelled. */
  readonly load: (
    source: Source,
    onProgress: (progress: Progress) => void,
  ) => Promise<Outcome | null>;
  readonly cancel: () => void;
};

/** Everything slow happens in a worker; cancelling ends it and starts another when it is needed. */
export function createLoader(): Loader {
  let worker: Worker | null = null;
  let remote: Remote<ViewerWorker> | null = null;
  let round = 0;

  function ensure(): Remote<ViewerWorker> {
    if (remote === null) {
      worker = new Worker(new URL("../worker.ts", import.meta.url), { type: "module" });
      remote = wrap<ViewerWorker>(worker);
    }
    return remote;
  }

  function cancel(): void {
    round++;
    worker?.terminate();
    worker = null;
    remote = null;
  }

  async function load(
    source: Source,
    onProgress: (progress: Progress) => void,
  ): Promise<Outcome | null> {
    const mine = ++round;
    const loaded = await ask(ensure(), source, proxy(onProgress));
    if (mine !== round) return null;
    if (!loaded.ok) return loaded;
    const story = await gather(loaded.trace);
    return mine === round ? { ok: true, trace: loaded.trace, story } : null;
  }

  return { scenarios: () => ensure().scenarios(), load, cancel };
}

function ask(
  remote: Remote<ViewerWorker>,
  source: Source,
  onProgress: (progress: Progress) => void,
): Promise<Loaded> {
  switch (source.kind) {
    case "file":
      return remote.open(source.file, onProgress);
    case "address":
      return remote.fetch(new URL(source.address, location.href).href, onProgress);
    case "scenario":
      return remote.run(source.name, source.seed, onProgress);
    case "again":
      return remote.again(source.of, onProgress);
  }
}

/** Gathers the story in pieces, with a breath between them. */
async function gather(trace: Trace): Promise<Story> {
  const building = buildStory(trace);
  for (;;) {
    const step = building.next();
    if (step.done === true) return step.value;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
