import { formatDuration, parseDurationUs } from "../scenario/duration.ts";
import type { DeliveryInput, OperationInput, ScenarioInput } from "../scenario/input.ts";

/** Says of a case whether the failure that is being made smaller is in it, and when. */
export type Judge = (input: ScenarioInput) => {
  readonly events: number;
  /** ms of virtual time at which it fails in the same way; null when it does not. */
  readonly failedAtMs: number | null;
};

/** What the clients of a case called, and when: by name, in order of time. */
export type Calls = ReadonlyMap<string, readonly OperationInput[]>;

/** The smallest case so far, and what finding it has cost. */
export type Search = {
  best: ScenarioInput;
  readonly judge: Judge;
  readonly callsOf: (input: ScenarioInput) => Calls;
  /** How long each message of a case took. */
  readonly deliveriesOf: (input: ScenarioInput) => readonly DeliveryInput[];
  /** The failure is there at once, and what comes later can go: false where only the end of the run shows it. */
  readonly endsAtFailure: boolean;
  /** Cases that were tried, so that none is twice. */
  readonly tried: Set<string>;
  runs: number;
  events: number;
  /** The search ends with what it has when its runs took so many events. */
  readonly eventsMax: number;
  readonly isStopped: () => boolean;
};

/** Seeds for a case that does not fail with its own: what was cut may have moved the rest out of step. */
const OTHER_SEEDS = ["1", "2", "3", "4", "5", "6"] as const;

export function isSpent(search: Search): boolean {
  return search.events >= search.eventsMax || search.isStopped();
}

/**
 * Takes a case for the best one if it fails in the same way.
 *
 * @param otherSeeds how many seeds besides its own it may fail with, 0 … 6
 */
export function tryCase(search: Search, candidate: ScenarioInput, otherSeeds: number = 0): boolean {
  const seeds = [candidate.seed ?? "1", ...OTHER_SEEDS.slice(0, otherSeeds)];
  for (const seed of seeds) {
    if (isSpent(search)) return false;
    if (fails(search, { ...candidate, seed })) return true;
  }
  return false;
}

function fails(search: Search, candidate: ScenarioInput): boolean {
  const key = JSON.stringify(candidate);
  if (search.tried.has(key)) return false;
  search.tried.add(key);
  const untilUs = parseDurationUs(candidate.until) ?? 0;
  const input = search.endsAtFailure
    ? { ...candidate, until: formatDuration(untilUs + graceUs(untilUs)) }
    : candidate;
  const { events, failedAtMs } = search.judge(input);
  search.runs++;
  search.events += events;
  if (failedAtMs === null) return false;
  const endUs = Math.ceil(failedAtMs) * 1000;
  search.best = search.endsAtFailure ? { ...candidate, until: formatDuration(endUs) } : candidate;
  return true;
}

/** A case that was changed may fail somewhat later than it did before. */
function graceUs(untilUs: number): number {
  return 500_000 + Math.floor(untilUs / 2);
}
