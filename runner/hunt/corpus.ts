import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputProblem } from "../scenario/input-problem.ts";
import type { ScenarioInput } from "../scenario/input.ts";
import { readScenarioInput } from "../scenario/parse.ts";
import { readTrace, reasonOf, writeTrace } from "../trace-store.ts";
import type { Counterexample } from "./record-case.ts";

/** What earlier hunts have found, each as a trace and beside it the scenario. */
export const CORPUS_FOLDER = ".zootrope/corpus";

/** A counterexample of an earlier hunt. */
export type CorpusCase = {
  readonly file: string;
  readonly input: ScenarioInput;
  readonly defects: readonly string[];
};

/** A file that cannot be run again, and why. */
export type CorpusProblem = { readonly file: string; readonly what: string };

/** Everything in the folder, in the order of the names; nothing where there is no folder. */
export async function readCorpus(
  folder: string,
): Promise<{ readonly cases: CorpusCase[]; readonly problems: CorpusProblem[] }> {
  const cases: CorpusCase[] = [];
  const problems: CorpusProblem[] = [];
  for (const name of tracesIn(folder)) {
    const file = join(folder, name);
    try {
      const { header } = await readTrace(file);
      const input = readScenarioInput(header.scenario.text, file);
      cases.push({ file, input: { ...input, seed: header.seed }, defects: header.defects });
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      problems.push({ file, what: error.what });
    }
  }
  return { cases, problems };
}

/**
 * Keeps a counterexample: `NAME.zt`, and beside it `NAME.scenario.yaml` and, where there is one, a test to paste in
 * `NAME.test.ts`. What had the same name is replaced.
 *
 * @returns the trace's file
 * @throws InputProblem when the system refuses
 */
export async function keepCase(
  folder: string,
  name: string,
  { trace, yaml }: Counterexample,
  test?: string,
): Promise<string> {
  const file = join(folder, `${name}.zt`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.scenario.yaml`), yaml);
    if (test !== undefined) writeFileSync(join(folder, `${name}.test.ts`), test);
  } catch (error) {
    throw new InputProblem(
      { file: folder, line: 0, column: 0 },
      `cannot be written: ${reasonOf(error)}`,
    );
  }
  await writeTrace(trace, file);
  return file;
}

function tracesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".zt"))
      .sort();
  } catch {
    return [];
  }
}
