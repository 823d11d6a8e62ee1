import { setImmediate as nextTask } from "node:timers/promises";
import {
  demonstrate,
  search,
  shippedBugs,
  type Bug,
  type Demonstration,
  type Search,
} from "../../runner/bugs.ts";
import { readDefects } from "../../runner/defects.ts";
import { ExitCode } from "../exit.ts";
import { grouped } from "../report.ts";
import { wrap } from "../table.ts";
import { paintFor, statusLine, type Paint } from "../terminal.ts";

export type BugsFlags = { readonly verify?: boolean; readonly json?: boolean };

/** ms that a search for one bug may take. */
const SEARCH_MAX_MS = 60_000;
const WIDTH = 80;

/** `zootrope bugs [ID] [--verify]`: the historic bugs that a run can have, one bug's story, or proof of them. */
export async function bugsCommand(word: string | undefined, flags: BugsFlags): Promise<number> {
  const wanted = readDefects(word === undefined ? [] : [word], "bugs");
  const bugs = shippedBugs().filter(({ defect }) => word === undefined || wanted.includes(defect));
  if (flags.verify === true) return verify(bugs, flags.json === true);
  const paint = paintFor(process.stdout, process.env);
  if (flags.json === true) print([JSON.stringify({ bugs: bugs.map(listed) })]);
  else if (word === undefined) print(bugs.flatMap((bug) => lineOf(bug, paint)));
  else print(bugs.flatMap((bug) => storyOf(bug, paint)));
  return ExitCode.asHoped;
}

function listed({ defect, scenario }: Bug): object {
  const { id, slug, wrong, source } = defect;
  return { id, title: scenario.title, slug, wrong, source, scenario: scenario.name };
}

function lineOf({ defect, scenario }: Bug, paint: Paint): string[] {
  const name = `${paint("bold", defect.id)}  ${defect.slug}`;
  return [name, ...wrap(`${scenario.title}: ${defect.wrong}.`, WIDTH, "  ")];
}

function storyOf({ defect, scenario }: Bug, paint: Paint): string[] {
  const { id, slug, wrong, source } = defect;
  const captions = scenario.steps.flatMap(({ caption }) => (caption === null ? [] : [caption]));
  return [
    `${paint("bold", id)}  ${slug}`,
    paint("bold", scenario.title),
    "",
    ...wrap(scenario.description, WIDTH, ""),
    "",
    ...captions.flatMap((caption, index) => step(index + 1, caption)),
    "",
    ...wrap(`Wrong: ${wrong}.`, WIDTH, ""),
    ...wrap(`Where: ${source}.`, WIDTH, ""),
    "",
    `zootrope run ${scenario.name} --defect ${id}`,
    `zootrope view ${scenario.name} --defect ${id}`,
    `zootrope hunt --defect ${id}`,
  ];
}

function step(number: number, caption: string): string[] {
  const [first = "", ...rest] = wrap(caption, WIDTH, "    ");
  return [`${String(number).padStart(2)}. ${first.trimStart()}`, ...rest];
}

/** Each shows with its defect and not without; then it is looked for at random. */
async function verify(bugs: readonly Bug[], json: boolean): Promise<number> {
  const paint = paintFor(process.stdout, process.env);
  const interruption = new AbortController();
  const onInterrupt = (): void => interruption.abort();
  process.once("SIGINT", onInterrupt);
  const results: Result[] = [];
  for (const bug of bugs) {
    if (interruption.signal.aborted) break;
    const result = await verifyOne(bug, interruption.signal);
    results.push(result);
    if (!json) print(resultLines(result, paint));
  }
  process.removeListener("SIGINT", onInterrupt);
  if (json) print([JSON.stringify({ bugs: results.map(resultJson) })]);
  if (interruption.signal.aborted) return ExitCode.interrupted;
  const isProved = results.every(({ shown }) => shown.firesWithDefect && shown.quietWithout);
  return isProved ? ExitCode.asHoped : ExitCode.violated;
}

type Result = {
  readonly bug: Bug;
  readonly shown: Demonstration;
  readonly found: Search | null;
};

async function verifyOne(bug: Bug, signal: AbortSignal): Promise<Result> {
  const shown = demonstrate(bug);
  const status = statusLine(process.stderr);
  const found = await search(bug, SEARCH_MAX_MS, async (seed) => {
    status.show(`${bug.defect.id}: looked for in ${grouped(seed)} random runs`);
    await nextTask();
    return signal.aborted;
  });
  status.clear();
  return { bug, shown, found };
}

function resultJson({ bug, shown, found }: Result): object {
  return {
    id: bug.defect.id,
    title: bug.scenario.title,
    ...shown,
    seedsToFind: found?.seedsToFind ?? null,
    secondsToFind: found === null ? null : Number(found.secondsToFind.toFixed(3)),
  };
}

function resultLines({ bug, shown, found }: Result, paint: Paint): string[] {
  const { firesWithDefect, quietWithout, check, events, faults } = shown;
  const mark = (isSo: boolean): string => (isSo ? paint("green", "✓") : paint("red", "✗"));
  const fires = firesWithDefect
    ? `with it, ${check} is violated at event ${grouped(events)} of a scenario with ${faults} faults`
    : "with it, nothing is violated";
  const quiet = quietWithout ? "without it, everything holds" : "without it, something is violated";
  const search =
    found === null
      ? `not found at random within ${SEARCH_MAX_MS / 1000} s`
      : `found at random in ${found.seedsToFind} runs, ${found.secondsToFind.toFixed(1)} s`;
  return [
    `${paint("bold", bug.defect.id)}  ${bug.scenario.title}`,
    `  ${mark(firesWithDefect)} ${fires}`,
    `  ${mark(quietWithout)} ${quiet}`,
    `  ${mark(found !== null)} ${search}`,
  ];
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
