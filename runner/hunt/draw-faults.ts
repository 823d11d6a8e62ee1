import { integer, oneIn, pick, type Stream } from "../../sim/kernel/stream.ts";
import { parseDurationUs } from "../scenario/duration.ts";
import type { StepInput } from "../scenario/input.ts";
import { createBudget, ms, type FaultDraw, type FaultSite } from "./faults/fault-draw.ts";
import { FAULTS } from "./faults/table.ts";

/** How many faults a run has at most. */
const FAULTS_MAX = 10;
/** How often a kind is drawn that does not fit, before the run has one fault less. */
const TRIES_MAX = 4;

/**
 * The faults of a run, in order of time, and behind them what brings everything back at the end of the site. Swarm: each
 * run draws from a few of all kinds only, so that the common ones do not hide what the rare ones would do.
 */
export function drawFaults(dice: Stream, place: Omit<FaultSite, "budget">): StepInput[] {
  const site: FaultSite = { ...place, budget: createBudget(place.voters) };
  const kinds = someKinds(dice);
  const steps: StepInput[] = [];
  const count = integer(dice, 1, pick(dice, [2, 4, FAULTS_MAX]));
  for (let index = 0; index < count; index++) steps.push(...drawOne(dice, kinds, site));
  return [...inOrder(steps), ...endOfFaults(site.untilMs)];
}

function someKinds(dice: Stream): FaultDraw[] {
  const outOf = integer(dice, 2, 4);
  const kinds = FAULTS.filter(() => oneIn(dice, outOf));
  return kinds.length === 0 ? [pick(dice, FAULTS)] : kinds;
}

function drawOne(dice: Stream, kinds: readonly FaultDraw[], site: FaultSite): readonly StepInput[] {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const steps = pick(dice, kinds).draw(dice, site);
    if (steps !== null) return steps;
  }
  return [];
}

/** Steps of one instant stay in the order in which they were drawn. */
function inOrder(steps: readonly StepInput[]): StepInput[] {
  return steps
    .map((step) => ({ step, atUs: parseDurationUs(step.at ?? "0ms") ?? 0 }))
    .sort((a, b) => a.atUs - b.atUs)
    .map(({ step }) => step);
}

/** Nothing is cut, nothing stands still, everything runs. */
export function endOfFaults(atMs: number): StepInput[] {
  const at = ms(atMs);
  return [
    { at, do: "heal" },
    { at, do: "resume", server: "all" },
    { at, do: "start", server: "all" },
  ];
}
