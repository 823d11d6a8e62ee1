import { obey } from "../runner/run/commands.ts";
import { holds, leaderOf } from "../runner/run/holds.ts";
import { parseCondition } from "../runner/scenario/condition.ts";
import type { StepInput } from "../runner/scenario/input.ts";
import { InputProblem } from "../runner/scenario/input-problem.ts";
import { readScenarioInput } from "../runner/scenario/parse.ts";
import type { Scenario } from "../runner/scenario/scenario.ts";
import {
  advanceRun,
  beginRun,
  endRun,
  type Run,
  type SimulateOptions,
} from "../runner/simulate.ts";
import { caseInput, type Case } from "./case.ts";
import { scenario } from "./scenario.ts";
import { isScenario, type Result } from "./simulate.ts";

/** A run that goes on as far as it is told to, and in which steps can be taken on the way. */
export type ClusterRun = Run & { readonly defects: readonly string[] };

/** How often a condition is looked at while waiting for it. */
const LOOK_US = 1000;

/** A run at its very beginning: nothing has happened yet. */
export function cluster(what: Case | Scenario, options: SimulateOptions = {}): ClusterRun {
  const source = isScenario(what) ? what : scenario(caseInput(what));
  const run = beginRun(source, { ...options, untilUs: options.untilUs ?? Infinity });
  return Object.assign(run, { defects: options.defects ?? [] });
}

/** Goes on for so many ms of virtual time. */
export function advance(run: ClusterRun, ms: number): void {
  advanceRun(run, run.cluster.kernel.nowUs + Math.round(ms * 1000));
}

/**
 * Goes on until a condition of a scenario holds, such as `leader elected` or `server 2 is synced`.
 *
 * @returns false when it did not within `ms`
 * @throws InputProblem when there is no such condition
 */
export function advanceUntil(run: ClusterRun, condition: string, ms: number): boolean {
  const wanted = parseCondition(condition);
  if (typeof wanted === "string") {
    throw new InputProblem({ file: "condition", line: 0, column: 0 }, wanted);
  }
  const { kernel } = run.cluster;
  const lastUs = kernel.nowUs + Math.round(ms * 1000);
  for (;;) {
    if (holds(run.cluster, run.facts, wanted, run.conductor.writesBefore)) return true;
    if (kernel.nowUs >= lastUs || run.outOfBudget) return false;
    advanceRun(run, Math.min(lastUs, kernel.nowUs + LOOK_US));
  }
}

/**
 * Takes a step of a scenario now: `act(run, { do: "crash", server: "leader" })`. A trace of the run shows it, but cannot
 * be replayed: what is to be replayed stands in the scenario.
 *
 * @throws InputProblem when it is none
 */
export function act(run: ClusterRun, step: StepInput): void {
  const { expect: _others, ...input } = readScenarioInput(run.scenario.text, run.scenario.file);
  const [read] = scenario({ ...input, steps: [{ ...step, at: "0s" }] }).steps;
  const command = read?.command ?? null;
  if (command !== null) obey(run.hands, command);
}

/** The sid of the server that leads and serves; null while nobody does. */
export function leader(run: ClusterRun): number | null {
  return leaderOf(run.cluster)?.sid ?? null;
}

/** Ends the run where it stands: its report so far, with the liveness checks judged. */
export function end(run: ClusterRun): Result {
  const { outcome, history, trace } = endRun(run);
  return { ...outcome, history, trace, source: run.scenario, defects: run.defects };
}
