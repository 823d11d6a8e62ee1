import {
  beginExhaustive,
  exhaustiveResult,
  exhaustOn,
  readBounds,
  type ExhaustiveResult,
} from "../../runner/exhaustive.ts";
import { ExitCode } from "../exit.ts";
import { grouped, seconds } from "../report.ts";
import { statusLine } from "../terminal.ts";

export type ExhaustiveFlags = {
  /** True without bounds of its own. */
  readonly exhaustive: string | true;
  readonly defect?: readonly string[];
  readonly json?: boolean;
};

/** States between two looks at the clock, and at whether somebody interrupts. */
const PIECE = 4096;

/** `zootrope hunt --exhaustive [BOUNDS]`: every schedule of a small ensemble, instead of many of a large one. */
export async function exhaustiveCommand(flags: ExhaustiveFlags): Promise<number> {
  const bounds = readBounds(flags.exhaustive === true ? "" : flags.exhaustive, "--exhaustive");
  const run = beginExhaustive(bounds, flags.defect ?? []);
  const interruption = new AbortController();
  const onInterrupt = (): void => interruption.abort();
  process.once("SIGINT", onInterrupt);
  const status = statusLine(process.stderr);
  const startedMs = performance.now();
  while (!interruption.signal.aborted && exhaustOn(run, PIECE)) {
    const { seen, at, depth } = run.search;
    const rate = perSecond(seen.count, performance.now() - startedMs);
    status.show(
      `${grouped(seen.count)} states  ${grouped(rate)}/s  depth ${depth}  ${grouped(seen.count - at)} waiting`,
    );
    // Lets a signal in.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const wallMs = performance.now() - startedMs;
  process.removeListener("SIGINT", onInterrupt);
  status.clear();
  const result = exhaustiveResult(run);
  const isInterrupted = interruption.signal.aborted;
  if (flags.json === true) process.stdout.write(`${JSON.stringify(jsonOf(result, wallMs))}\n`);
  else process.stdout.write(`${linesOf(result, wallMs).join("\n")}\n`);
  if (result.violation !== null) return ExitCode.violated;
  return isInterrupted ? ExitCode.interrupted : ExitCode.asHoped;
}

function jsonOf(result: ExhaustiveResult, wallMs: number): Record<string, unknown> {
  const { states, transitions, depth, end, violation, story, covered } = result;
  return {
    found: violation !== null,
    states,
    transitions,
    depth,
    end,
    wallMs: Math.round(wallMs),
    statesPerSecond: perSecond(states, wallMs),
    violation: violation?.message ?? null,
    story,
    covered,
  };
}

function linesOf(result: ExhaustiveResult, wallMs: number): string[] {
  const { states, transitions, depth, violation, story, covered } = result;
  const rate = grouped(perSecond(states, wallMs));
  const lines = [
    `${grouped(states)} states, ${grouped(transitions)} transitions, depth ${depth}, ${seconds(wallMs)}, ${rate} states/s`,
    ...covered.map((line) => `  ${line}`),
  ];
  if (violation === null) return [...lines, "", "no violation"];
  const steps = story.map((line, at) => `  ${String(at).padStart(3)}  ${line}`);
  return [...lines, "", violation.message, ...steps];
}

function perSecond(count: number, wallMs: number): number {
  return wallMs === 0 ? 0 : Math.round((count * 1000) / wallMs);
}
