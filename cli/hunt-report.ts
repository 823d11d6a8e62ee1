import type { CorpusProblem } from "../runner/hunt/corpus.ts";
import { summarizeCoverage } from "../runner/hunt/coverage.ts";
import type { Hunt } from "../runner/hunt/hunt.ts";
import type { Kept } from "../runner/hunt/keep.ts";
import { faultText, grouped, labelled, plural, seconds } from "./report.ts";
import { storyLines } from "./story-lines.ts";
import { wrap } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** What a hunt came to. */
export type HuntReport = {
  readonly hunt: Hunt;
  /** The scenario's; null for the general swarm. */
  readonly name: string | null;
  readonly folder: string;
  /** What was found: first what was in the corpus and still fails. */
  readonly kept: Kept[];
  readonly problems: CorpusProblem[];
  isInterrupted: boolean;
  wallMs: number;
};

const WIDTH = 80;

/** One line for whoever waits: how fast, how far, how long. */
export function progressLine(hunt: Hunt, wallMs: number, leftMs: number): string {
  const { runs, events, plan, found, coverage } = hunt;
  const faults = [...hunt.faults.values()].reduce((sum, count) => sum + count, 0);
  const parts = [
    `${grouped(runs)} runs`,
    `${perSecond(runs, wallMs)} runs/s`,
    `${grouped(events)} events`,
    `${grouped(faults)} faults`,
    `${grouped(coverage.size)} cells`,
  ];
  if (found.size > 0) parts.push(`${found.size} found`);
  if (Number.isFinite(leftMs)) parts.push(`${Math.max(0, Math.ceil(leftMs / 1000))} s left`);
  else parts.push(`${percent(runs, plan.last - plan.first + 1)} %`);
  return parts.join("  ");
}

/** The object of `hunt --json`. */
export function huntJson(report: HuntReport): Record<string, unknown> {
  const { hunt, kept, wallMs } = report;
  const [first] = kept;
  return {
    found: first !== undefined,
    seed: first?.seed ?? null,
    runs: hunt.runs,
    events: hunt.events,
    wallMs: Math.round(wallMs),
    runsPerSecond: perSecond(hunt.runs, wallMs),
    violation: first?.shrunk?.violation ?? first?.violation ?? null,
    counterexample: first?.file ?? null,
    stepsBefore: first?.shrunk?.stepsBefore ?? null,
    stepsAfter: first?.shrunk?.stepsAfter ?? null,
    coverage: summarizeCoverage(hunt.coverage),
    faults: Object.fromEntries(hunt.faults),
    findings: kept.map(({ seed, runs, signature, violation, file, isOld, shrunk }) => ({
      seed,
      runs,
      signature,
      violation: shrunk?.violation ?? violation,
      counterexample: file,
      known: isOld,
      stepsBefore: shrunk?.stepsBefore ?? null,
      stepsAfter: shrunk?.stepsAfter ?? null,
    })),
    interrupted: report.isInterrupted,
  };
}

/** What a person reads of a hunt, on lines of 80 columns. */
export function huntLines(report: HuntReport, paint: Paint): string[] {
  const { hunt, kept, problems } = report;
  return [
    ...headLines(report, paint),
    "",
    ...kept.flatMap((finding) => [...findingLines(finding, paint), ""]),
    ...searchLines(report, paint),
    ...labelled("Faults", faultText({ faults: Object.fromEntries(hunt.faults) }), paint),
    ...labelled("Covered", coverageText(hunt), paint),
    ...problems.flatMap(({ file, what }) => labelled("Skipped", `${file}: ${what}`, paint)),
    "",
    verdict(report, paint),
  ];
}

function headLines({ hunt, name }: HuntReport, paint: Paint): string[] {
  const { first, last, defects } = hunt.plan;
  const seeds = last === Infinity ? `seeds from ${first} on` : `seeds ${first} to ${last}`;
  const where = name === null ? "the general swarm" : name;
  const wrong = defects.length === 0 ? "" : ` with ${defects.join(", ")}`;
  return [`${paint("bold", `Hunt on ${where}${wrong}`)}  ${paint("dim", seeds)}`];
}

function findingLines(finding: Kept, paint: Paint): string[] {
  const { violation, seed, runs, file, isOld, shrunk } = finding;
  const shown = shrunk?.violation ?? violation;
  const origin = isOld
    ? "kept by an earlier hunt"
    : `seed ${seed}${runs > 1 ? ` and ${plural(runs - 1, "other run")}` : ""}`;
  return [
    `${paint(["bold", "red"], shown.check)}  ${paint("dim", origin)}`,
    ...(shrunk === null ? wrap(shown.message, WIDTH, "  ") : storyLines(shrunk.story, paint)),
    "",
    ...(shrunk === null ? [] : labelled("Shrunk", shrunkText(shrunk), paint)),
    ...labelled("Kept", keptText(file, shrunk), paint),
    ...labelled("Replay", `zootrope replay ${file}`, paint),
    ...labelled("See it", `zootrope view ${file}`, paint),
  ];
}

function shrunkText(shrunk: NonNullable<Kept["shrunk"]>): string {
  const { stepsBefore, stepsAfter, eventsBefore, eventsAfter, story } = shrunk;
  const events = `${plural(eventsBefore, "event")} to ${grouped(eventsAfter)}`;
  return `${plural(stepsBefore, "step")} to ${stepsAfter}; ${events}, of which ${story.events.length} matter`;
}

function keptText(file: string, shrunk: Kept["shrunk"]): string {
  return shrunk === null
    ? `${file}, with its .scenario.yaml`
    : `${file}, with its .scenario.yaml and a .test.ts`;
}

function searchLines({ hunt, wallMs }: HuntReport, paint: Paint): string[] {
  const { runs, events } = hunt;
  const speed = `${perSecond(runs, wallMs)} runs/s`;
  const text = `${plural(runs, "run")}, ${plural(events, "event")} in ${seconds(wallMs)}: ${speed}`;
  return labelled("Searched", text, paint);
}

function coverageText(hunt: Hunt): string {
  const { reached, reachable } = summarizeCoverage(hunt.coverage);
  return `${grouped(reached)} of ${plural(reachable, "cell")} of the protocol`;
}

function verdict({ kept, hunt, isInterrupted }: HuntReport, paint: Paint): string {
  if (isInterrupted) return paint("yellow", "Interrupted: this is what was found so far.");
  if (kept.length === 0) {
    return paint("green", `As hoped: nothing was violated in ${plural(hunt.runs, "run")}.`);
  }
  return paint("red", `Not as hoped: ${plural(kept.length, "kind")} of failure.`);
}

function perSecond(runs: number, wallMs: number): number {
  return Math.round((runs / Math.max(1, wallMs)) * 10_000) / 10;
}

function percent(part: number, whole: number): number {
  return Math.floor((part / whole) * 100);
}
