import { writeFileSync } from "node:fs";
import { readDefects } from "../../runner/defects.ts";
import { replay, type Difference } from "../../runner/replay.ts";
import type { Outcome } from "../../runner/run/outcome.ts";
import { InputProblem } from "../../runner/scenario/input-problem.ts";
import { readScenarioInput } from "../../runner/scenario/parse.ts";
import { attempt } from "../../runner/shrink/attempt.ts";
import { testText } from "../../runner/shrink/test-text.ts";
import { shrink, type FailingCase, type Shrunk } from "../../runner/shrink/shrink.ts";
import { tellStory, type Story } from "../../runner/shrink/story.ts";
import { recordCase, type Counterexample } from "../../runner/hunt/record-case.ts";
import { signatureOf } from "../../runner/hunt/signature.ts";
import { checkTracePlace, readTrace, reasonOf, writeTrace } from "../../runner/trace-store.ts";
import { VERSION } from "../../runner/version.ts";
import { ExitCode, UsageError } from "../exit.ts";
import { grouped } from "../report.ts";
import { findScenario } from "../scenario-source.ts";
import { storyLines } from "../story-lines.ts";
import { paintFor, statusLine, type Paint } from "../terminal.ts";

export type ShrinkFlags = {
  readonly seed?: string;
  readonly defect?: readonly string[];
  readonly json?: boolean;
};

/** Where the three forms of a shrunk counterexample are kept. */
type Files = { readonly trace: string; readonly scenario: string; readonly test: string };

/** `zootrope shrink FILE`: makes a counterexample smaller, tells its story, and keeps it beside the file. */
export async function shrinkCommand(file: string, flags: ShrinkFlags): Promise<number> {
  const found = file.endsWith(".zt") ? await caseInTrace(file) : caseInScenario(file, flags);
  if (typeof found === "string") {
    process.stderr.write(`${found}\n`);
    return ExitCode.violated;
  }
  const files = filesFor(file);
  checkTracePlace(files.trace);
  const startedMs = performance.now();
  const shrunk = withProgress(found);
  if (shrunk === null) throw new UsageError(`${file}: it does not fail again as it did`);
  const wallMs = Math.round(performance.now() - startedMs);
  const { input, defects, violation } = shrunk;
  const counterexample = recordCase(input, defects, violation.atMs);
  const story = tellStory(counterexample.trace, violation);
  await keep(files, counterexample, testText(shrunk, violation));
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(resultOf(file, files, shrunk, story, wallMs))}\n`);
  } else {
    const paint = paintFor(process.stdout, process.env);
    const lines = shrinkLines(files, shrunk, story, wallMs, paint);
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  return ExitCode.asHoped;
}

/**
 * The case that a counterexample holds; or, when it does not run as it did, where it first differs.
 *
 * @throws InputProblem or UsageError when there is nothing in it to be made smaller
 */
async function caseInTrace(file: string): Promise<FailingCase | string> {
  const trace = await readTrace(file);
  const { header, footer } = trace;
  const again = readable(file, () => replay(trace));
  if (!again.identical) return differs(file, header.version, again.difference);
  const input = readScenarioInput(header.scenario.text, header.scenario.name);
  const recorded = (footer?.result as Outcome | undefined)?.violations[0];
  return failing(file, { ...input, seed: header.seed }, header.defects, recorded);
}

function caseInScenario(file: string, flags: ShrinkFlags): FailingCase {
  const scenario = findScenario(file);
  readDefects(flags.defect ?? [], "--defect");
  const input = readScenarioInput(scenario.text, scenario.file);
  const seed = flags.seed ?? scenario.seed;
  return failing(file, { ...input, seed }, flags.defect ?? [], undefined);
}

function failing(
  file: string,
  input: FailingCase["input"],
  defects: readonly string[],
  recorded: Outcome["violations"][number] | undefined,
): FailingCase {
  const violation = recorded ?? attempt(input, defects).violation;
  if (violation === null || violation === undefined) {
    throw new UsageError(`${file}: nothing is violated in it, so there is nothing to make smaller`);
  }
  return { input, defects, signature: signatureOf(violation) };
}

/** A scenario that an older version understood may mean nothing to this one. */
function readable<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    throw new UsageError(`${file}: the scenario in it cannot be read: ${error.message}`);
  }
}

function differs(file: string, version: string, difference: Difference | null): string {
  const by = version === VERSION ? "" : ` by zootrope ${version}, and this is ${VERSION}`;
  const head = `${file}: it does not run as it was recorded${by}`;
  if (difference === null) return `${head}; only the hashes differ`;
  const { event, atMs, recorded, again } = difference;
  return [
    `${head}; first at event ${grouped(event)}, ${(atMs / 1000).toFixed(6)} s:`,
    `  recorded  ${recorded ?? "(the trace ends here)"}`,
    `  again     ${again ?? "(the run ends here)"}`,
  ].join("\n");
}

function withProgress(found: FailingCase): Shrunk | null {
  const status = statusLine(process.stderr);
  const shrunk = shrink(found, {
    isStopped: (runs, { steps = [], ensemble }) => {
      const servers = ensemble.servers ?? 0;
      status.show(`${grouped(runs)} runs  ${servers} servers, ${steps.length} steps left`);
      return false;
    },
  });
  status.clear();
  return shrunk;
}

/** Beside the file, under its name; what was shrunk before is shrunk further in its own place. */
function filesFor(file: string): Files {
  const base = file.replace(/(\.shrunk)?(\.zt|(\.scenario)?\.ya?ml)$/, "");
  return {
    trace: `${base}.shrunk.zt`,
    scenario: `${base}.shrunk.scenario.yaml`,
    test: `${base}.shrunk.test.ts`,
  };
}

async function keep(files: Files, { trace, yaml }: Counterexample, test: string): Promise<void> {
  await writeTrace(trace, files.trace);
  write(files.scenario, yaml);
  write(files.test, test);
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new InputProblem({ file, line: 0, column: 0 }, `cannot be written: ${reasonOf(error)}`);
  }
}

function resultOf(
  file: string,
  files: Files,
  shrunk: Shrunk,
  story: Story,
  wallMs: number,
): Record<string, unknown> {
  return {
    file,
    seed: shrunk.input.seed,
    defects: shrunk.defects,
    violation: shrunk.violation,
    signature: shrunk.signature,
    eventsBefore: shrunk.eventsBefore,
    eventsAfter: shrunk.eventsAfter,
    eventsThatMatter: story.events.length,
    stepsBefore: shrunk.stepsBefore,
    stepsAfter: shrunk.stepsAfter,
    faults: shrunk.faults,
    runs: shrunk.runs,
    wallMs,
    story: story.events.map(({ atUs, who, text }) => ({ atMs: atUs / 1000, who, text })),
    facts: story.facts,
    counterexample: files.trace,
    scenario: files.scenario,
    test: files.test,
  };
}

function shrinkLines(
  files: Files,
  shrunk: Shrunk,
  story: Story,
  wallMs: number,
  paint: Paint,
): string[] {
  const { eventsBefore, eventsAfter, stepsBefore, stepsAfter, input, defects } = shrunk;
  const size = `${grouped(eventsBefore)} events and ${grouped(stepsBefore)} steps came to ${grouped(eventsAfter)} and ${grouped(stepsAfter)},`;
  const cost = `in ${grouped(shrunk.runs)} runs and ${(wallMs / 1000).toFixed(1)} s; ${story.events.length} events matter`;
  return [
    `${paint("bold", input.title)}  ${paint("dim", input.name)}`,
    paint("dim", size),
    paint("dim", cost),
    "",
    ...storyLines(story, paint),
    "",
    `${paint("bold", "Watch")}     zootrope view ${files.trace}`,
    `${paint("bold", "Replay")}    zootrope replay ${files.trace}`,
    `${paint("bold", "Change")}    zootrope run ${files.scenario}${defects.map((id) => ` --defect ${id}`).join("")}`,
    `${paint("bold", "Test")}      ${files.test}`,
  ];
}
