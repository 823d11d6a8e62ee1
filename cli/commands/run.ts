import { setImmediate as nextTask } from "node:timers/promises";
import { readDefects } from "../../runner/defects.ts";
import type { Outcome } from "../../runner/run/outcome.ts";
import { parseDurationUs, DURATION_HELP } from "../../runner/scenario/duration.ts";
import type { Scenario } from "../../runner/scenario/scenario.ts";
import {
  advanceRun,
  beginRun,
  endRun,
  type Run,
  type SimulateResult,
} from "../../runner/simulate.ts";
import { checkTracePlace, writeTrace } from "../../runner/trace-store.ts";
import { ExitCode, UsageError } from "../exit.ts";
import { grouped, reportLines } from "../report.ts";
import { findScenario } from "../scenario-source.ts";
import { paintFor, statusLine } from "../terminal.ts";

export type RunFlags = {
  readonly seed?: string;
  readonly defect?: readonly string[];
  readonly until?: string;
  readonly trace?: string;
  readonly json?: boolean;
};

/** `zootrope run SCENARIO`: one simulated run, then its report. */
export async function runCommand(argument: string, flags: RunFlags): Promise<number> {
  const scenario = findScenario(argument);
  if (flags.trace !== undefined) checkTracePlace(flags.trace);
  for (const warning of scenario.warnings) process.stderr.write(`${warning}\n`);
  const result = await carryOut(scenario, flags, flags.trace !== undefined);
  if (flags.trace !== undefined && result.trace !== null) {
    await writeTrace(result.trace, flags.trace);
  }
  if (flags.json === true) process.stdout.write(`${JSON.stringify(result.outcome)}\n`);
  else printReport(scenario, argument, flags, result);
  return exitCodeOf(result);
}

/**
 * Runs a scenario with progress for whoever looks. Ctrl-C ends it where it is, with what was found so far.
 *
 * @throws UsageError or InputProblem for a flag that means nothing
 */
export async function carryOut(
  scenario: Scenario,
  flags: RunFlags,
  withTrace: boolean,
): Promise<SimulateResult> {
  const defects = readDefects(flags.defect ?? [], "--defect");
  const run = beginRun(scenario, {
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.until === undefined ? {} : { untilUs: untilUs(flags.until) }),
    defects: defects.map(({ id }) => id),
    trace: withTrace,
  });
  const interruption = new AbortController();
  const onInterrupt = (): void => interruption.abort();
  process.once("SIGINT", onInterrupt);
  const status = statusLine(process.stderr);
  let sliceUs = FIRST_SLICE_US;
  for (let goesOn = true; goesOn && !interruption.signal.aborted;) {
    const before = run.wallMs;
    goesOn = advanceRun(run, run.cluster.kernel.nowUs + sliceUs);
    // Slices that take about a tenth of the time between two looks at the clock and the keyboard.
    sliceUs = run.wallMs - before < SLICE_MS ? sliceUs * 2 : Math.max(1, Math.floor(sliceUs / 2));
    status.show(progressOf(run));
    await nextTask();
  }
  status.clear();
  process.removeListener("SIGINT", onInterrupt);
  return endRun(run, interruption.signal.aborted);
}

export function printReport(
  scenario: Scenario,
  argument: string,
  flags: RunFlags,
  { outcome }: SimulateResult,
): void {
  const paint = paintFor(process.stdout, process.env);
  const lines = reportLines(scenario, outcome, replayCommand(argument, flags, outcome), paint);
  process.stdout.write(`${lines.join("\n")}\n`);
}

export function exitCodeOf({ outcome }: SimulateResult): number {
  if (outcome.stopped === "interrupted") return ExitCode.interrupted;
  return outcome.ok ? ExitCode.asHoped : ExitCode.violated;
}

const FIRST_SLICE_US = 10_000;
const SLICE_MS = 20;

function untilUs(text: string): number {
  const us = parseDurationUs(text);
  if (us === null) throw new UsageError(`--until: expected ${DURATION_HELP}, found "${text}"`);
  return us;
}

function progressOf(run: Run): string {
  const { nowUs, turnCount } = run.cluster.kernel;
  const total = (run.untilUs / 1_000_000).toFixed(0);
  return `${(nowUs / 1_000_000).toFixed(1)} of ${total} s  ${grouped(turnCount)} events`;
}

/** The line to paste: the same run again. */
function replayCommand(argument: string, flags: RunFlags, outcome: Outcome): string {
  const words = ["zootrope", "run", argument, "--seed", quoted(outcome.seed)];
  for (const defect of flags.defect ?? []) words.push("--defect", defect);
  const isCut = outcome.stopped === "interrupted";
  if (isCut) words.push("--until", `${Math.round(outcome.simulatedMs * 1000)}us`);
  else if (flags.until !== undefined) words.push("--until", flags.until);
  return words.join(" ");
}

function quoted(word: string): string {
  return /^[\w.:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
