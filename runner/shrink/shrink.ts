import type { Violation } from "../run/outcome.ts";
import type { ScenarioInput } from "../scenario/input.ts";
import { scenarioOf } from "../scenario/parse.ts";
import { simulate } from "../simulate.ts";
import { attempt, isSameFailure } from "./attempt.ts";
import { callsIn } from "./calls.ts";
import { cutCalls, spellOutCalls } from "./cut-calls.ts";
import { chooseDeliveries, deliveriesIn } from "./cut-deliveries.ts";
import { cutClients, cutParts } from "./cut-parts.ts";
import { cutServers, cutSettings } from "./cut-servers.ts";
import { cutSteps } from "./cut-steps.ts";
import { cutPauses, roundInstants } from "./cut-times.ts";
import { isSpent, tryCase, type Search } from "./search.ts";

/** A case that fails, and how. */
export type FailingCase = {
  /** With its seed. */
  readonly input: ScenarioInput;
  readonly defects: readonly string[];
  /** See hunt/signature.ts: only this failure is looked for. */
  readonly signature: string;
};

export type ShrinkOptions = {
  /** Events that all runs may take together; 2.5 million unless set. */
  readonly eventsMax?: number;
  /** Asked before each run, with the number of runs and the best case so far: true ends the search. */
  readonly isStopped?: (runs: number, best: ScenarioInput) => boolean;
};

export type Shrunk = FailingCase & {
  readonly violation: Violation;
  /** Events up to the violation, at first and now. */
  readonly eventsBefore: number;
  readonly eventsAfter: number;
  /** Steps and calls of clients that the scenario spells out, at first and now. */
  readonly stepsBefore: number;
  readonly stepsAfter: number;
  /** Faults in the shrunk case; what ends one is not counted. */
  readonly faults: number;
  /** Runs that it took. */
  readonly runs: number;
};

const EVENTS_MAX = 2_500_000;

/** The passes in order, the ones that save most first. */
export const PASSES: readonly ((search: Search) => void)[] = [
  cutParts,
  cutClients,
  cutSteps,
  cutServers,
  cutSettings,
  spellOutCalls,
  cutCalls,
  cutClients,
  cutPauses,
  roundInstants,
  chooseDeliveries,
];
/** What one pass leaves may be less to another: all of them again, as long as that helps. */
const ROUNDS_MAX = 6;

/** Makes a failing case as small as it can; null when the case does not fail in that way. */
export function shrink(found: FailingCase, options: ShrinkOptions = {}): Shrunk | null {
  const { input, defects, signature } = found;
  const first = attempt(input, defects);
  if (!isSameFailure(first, signature)) return null;
  // A smaller case does not need more events; one that does is running in circles.
  const maxEvents = 2 * first.events + 1000;
  const search: Search = {
    best: input,
    judge: (candidate) => {
      const tried = attempt({ ...candidate, maxEvents }, defects);
      const isSame = isSameFailure(tried, signature);
      return { events: tried.events, failedAtMs: isSame ? (tried.violation?.atMs ?? null) : null };
    },
    callsOf: (candidate) => {
      const scenario = scenarioOf(candidate);
      return callsIn(simulate(scenario, { defects }).history, scenario);
    },
    deliveriesOf: (candidate) => deliveriesIn(candidate, defects),
    endsAtFailure: isSeenAtOnce(signature),
    tried: new Set(),
    runs: 1,
    events: first.events,
    eventsMax: options.eventsMax ?? EVENTS_MAX,
    isStopped: () => options.isStopped?.(search.runs, search.best) ?? false,
  };
  // Everything behind the violation goes at once.
  tryCase(search, input);
  reduce(search, PASSES);
  const last = attempt(search.best, defects);
  if (last.violation === null || !isSameFailure(last, signature)) {
    throw new Error(`a shrunk case no longer fails as it did: ${signature}`);
  }
  return {
    input: { ...search.best, title: `A counterexample to ${last.violation.check}` },
    defects,
    signature,
    violation: last.violation,
    eventsBefore: first.events,
    eventsAfter: last.violation.event,
    faults: faultsIn(search.best),
    stepsBefore: stepCount(input),
    stepsAfter: stepCount(search.best),
    runs: search.runs,
  };
}

/** All passes, until none of them makes the case smaller any more. */
export function reduce(search: Search, passes: readonly ((search: Search) => void)[]): void {
  for (let round = 0; round < ROUNDS_MAX && !isSpent(search); round++) {
    const before = search.best;
    for (const pass of passes) pass(search);
    if (search.best === before) return;
  }
}

/** Liveness and expectations are judged at the end; everything else the very moment that it is violated. */
function isSeenAtOnce(signature: string): boolean {
  return !/^(L\d|expectation|step|budget|mutual exclusion)\b/.test(signature);
}

/** What ends a fault, or lets a server run that did not. */
const ENDINGS: readonly string[] = ["heal", "start", "resume"];

function faultsIn({ steps = [] }: ScenarioInput): number {
  return steps.filter(
    ({ do: action, client }) =>
      action !== undefined && client === undefined && !ENDINGS.includes(action),
  ).length;
}

function stepCount(input: ScenarioInput): number {
  const calls = (input.clients ?? []).reduce((sum, client) => sum + (client.do?.length ?? 0), 0);
  return (input.steps?.length ?? 0) + calls;
}
