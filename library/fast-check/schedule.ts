import { endOfFaults } from "../../runner/hunt/draw-faults.ts";
import { parseDurationUs } from "../../runner/scenario/duration.ts";
import type { ActionName, StepInput } from "../../runner/scenario/input.ts";

/** Faults, each as the steps that begin and end it, and the instant at which whatever they left behind is mended. */
export type Schedule = {
  readonly faults: readonly (readonly StepInput[])[];
  /** ms; no step is later. */
  readonly endMs: number;
};

/**
 * For the steps that a fault can do without, the step at the end that mends what they leave behind. All others stand and
 * fall with their fault.
 */
const MENDED_BY: ReadonlyMap<ActionName, ActionName | null> = new Map([
  ["partition", "heal"],
  ["isolate", "heal"],
  ["slow", "heal"],
  ["crash", "start"],
  ["stop", "start"],
  ["pause", "resume"],
  ["heal", null],
  ["start", null],
  ["restart", null],
  ["resume", null],
  ["reset", null],
]);

/** The whole schedule as steps of a scenario, in the order of their instants. */
export function stepsOf({ faults, endMs }: Schedule): StepInput[] {
  const steps = faults.flat().sort((a, b) => instantMs(a) - instantMs(b));
  const ends = endOfFaults(endMs).filter((end) => steps.some((step) => mayNeed(step, end)));
  return [...steps, ...ends];
}

/** Of a step whose kind is not in the table, anything may be left. */
function mayNeed(step: StepInput, end: StepInput): boolean {
  return !isDispensable(step) || MENDED_BY.get(step.do ?? "heal") === end.do;
}

export function isDispensable(step: StepInput): boolean {
  return step.do !== undefined && MENDED_BY.has(step.do);
}

/** ms */
export function instantMs(step: StepInput): number {
  return (parseDurationUs(step.at ?? "0s") ?? 0) / 1000;
}

/** ms; 0 when there are no steps. */
export function lastInstantMs(faults: Schedule["faults"]): number {
  return faults.flat().reduce((last, step) => Math.max(last, instantMs(step)), 0);
}
