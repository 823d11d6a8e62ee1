import { readDefects } from "../../runner/defects.ts";
import { carryOut } from "../../runner/hunt/carry-out.ts";
import { CORPUS_FOLDER, readCorpus } from "../../runner/hunt/corpus.ts";
import { judgeCase } from "../../runner/hunt/hunt-seed.ts";
import { createHunt, type Found, type Hunt } from "../../runner/hunt/hunt.ts";
import { keepFinding, shrinkFinding, type Kept } from "../../runner/hunt/keep.ts";
import type { Team } from "../../runner/hunt/team.ts";
import { DURATION_HELP, parseDurationUs } from "../../runner/scenario/duration.ts";
import { ExitCode, UsageError } from "../exit.ts";
import { huntJson, huntLines, progressLine, type HuntReport } from "../hunt-report.ts";
import { openTeam } from "../hunt-team.ts";
import { findScenario } from "../scenario-source.ts";
import { paintFor, statusLine, type StatusLine } from "../terminal.ts";

export type HuntFlags = {
  readonly defect?: readonly string[];
  readonly seeds?: string;
  readonly for?: string;
  readonly workers?: string;
  readonly queue?: string;
  readonly keepGoing?: boolean;
  readonly corpus?: string;
  readonly json?: boolean;
};

/** `zootrope hunt [SCENARIO]`: many seeds with random faults, and what is found made small and kept. */
export async function huntCommand(argument: string | undefined, flags: HuntFlags): Promise<number> {
  const defects = readDefects(flags.defect ?? [], "--defect").map(({ id }) => id);
  const scenario = argument === undefined ? null : findScenario(argument);
  const range = readRange(flags);
  const status = statusLine(process.stderr);
  const team = await openTeam(flags, (text) => status.say(text));
  const hunt = createHunt({
    scenario: scenario?.text ?? null,
    defects,
    keepGoing: flags.keepGoing ?? false,
    ...range.seeds,
  });
  const report: HuntReport = {
    hunt,
    name: scenario?.name ?? null,
    folder: flags.corpus ?? CORPUS_FOLDER,
    kept: [],
    problems: [],
    isInterrupted: false,
    wallMs: 0,
  };
  const interruption = new AbortController();
  const onInterrupt = (): void => interruption.abort();
  process.once("SIGINT", onInterrupt);
  try {
    await search(report, team, status, range.forMs, interruption.signal);
  } finally {
    await team.close();
    // From here on Ctrl-C ends the process at once: everything found is on the disk before it is shrunk.
    process.removeListener("SIGINT", onInterrupt);
  }
  await keepAll(report);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(huntJson(report))}\n`);
  else {
    const lines = huntLines(report, paintFor(process.stdout, process.env));
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  if (report.kept.length > 0 && !report.isInterrupted) return ExitCode.violated;
  return report.isInterrupted ? ExitCode.interrupted : ExitCode.asHoped;
}

/** First what earlier hunts have found, then new seeds. */
async function search(
  report: HuntReport,
  team: Team,
  status: StatusLine,
  forMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { hunt } = report;
  const startedMs = performance.now();
  const untilMs = startedMs + forMs;
  await replayCorpus(report, signal);
  if (report.kept.length === 0 || hunt.plan.keepGoing) {
    await carryOut(hunt, team, {
      untilMs,
      signal,
      onProgress: () => {
        const nowMs = performance.now();
        status.show(progressLine(hunt, nowMs - startedMs, untilMs - nowMs));
      },
    });
  }
  status.clear();
  report.wallMs = performance.now() - startedMs;
  report.isInterrupted = signal.aborted;
}

/** Cases of the same search that still fail as they did, or in another way. */
async function replayCorpus(report: HuntReport, signal: AbortSignal): Promise<void> {
  const { hunt, folder, kept } = report;
  const { cases, problems } = await readCorpus(folder);
  report.problems.push(...problems);
  for (const { file, input, defects } of cases) {
    if (signal.aborted || (kept.length > 0 && !hunt.plan.keepGoing)) return;
    if (defects.join() !== hunt.plan.defects.join()) continue;
    const finding = judgeCase(input, defects);
    if (finding === null || kept.some(({ signature }) => signature === finding.signature)) continue;
    kept.push({ ...finding, seed: input.seed ?? "1", runs: 1, file, isOld: true, shrunk: null });
  }
}

/** Keeps what is new, as it was found and then smaller. Interrupted, it stays as it was found. */
async function keepAll(report: HuntReport): Promise<void> {
  const { hunt, folder, kept } = report;
  const fresh = [...hunt.found.values()].filter(
    ({ signature }) => !kept.some((old) => old.signature === signature),
  );
  const first = kept.length;
  for (const found of fresh) kept.push(await keepOne(report, found));
  if (report.isInterrupted) return;
  const status = statusLine(process.stderr);
  for (let index = first; index < kept.length; index++) {
    const before = kept[index];
    if (before === undefined) continue;
    status.show(`shrinking ${before.violation.check}, seed ${before.seed}`);
    kept[index] = await shrinkFinding(folder, before, hunt.plan.defects);
  }
  status.clear();
}

function keepOne({ folder, name, hunt }: HuntReport, found: Found): Promise<Kept> {
  return keepFinding(folder, name ?? "swarm", found, hunt.plan.defects);
}

/** How long a hunt lasts that is told nothing of it. */
const FOR_MS = 60_000;

type Range = {
  readonly seeds: Pick<Hunt["plan"], "first" | "last">;
  /** ms; Infinity where the seeds are the limit. */
  readonly forMs: number;
};

function readRange(flags: HuntFlags): Range {
  const seeds = flags.seeds === undefined ? { first: 1, last: Infinity } : readSeeds(flags.seeds);
  if (flags.for !== undefined) {
    const us = parseDurationUs(flags.for);
    if (us !== null) return { seeds, forMs: us / 1000 };
    throw new UsageError(`--for: expected ${DURATION_HELP}, found "${flags.for}"`);
  }
  return { seeds, forMs: seeds.last === Infinity ? FOR_MS : Infinity };
}

function readSeeds(text: string): Range["seeds"] {
  const match = /^(\d{1,15})\.\.(\d{1,15})?$/.exec(text);
  const first = Number(match?.[1]);
  const last = match?.[2] === undefined ? Infinity : Number(match[2]);
  if (match !== null && first <= last) return { first, last };
  throw new UsageError(
    `--seeds: expected two numbers such as 1..1000, or 1000.. to go on from there, found "${text}"`,
  );
}
