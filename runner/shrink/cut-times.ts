import { formatDuration, parseDurationUs } from "../scenario/duration.ts";
import type { ScenarioInput } from "../scenario/input.ts";
import { tryCase, type Search } from "./search.ts";

/** µs to which pauses are cut, the shortest first. */
const PAUSES_US = [0, 100_000, 500_000, 1_000_000, 2_000_000] as const;
/** µs to whose multiples instants are moved. */
const GRAINS_US = [1_000_000, 100_000, 10_000, 1000] as const;

/** Pauses in which nothing needs to happen, from the first on: all that comes later comes earlier. */
export function cutPauses(search: Search): void {
  for (let place = 0; place < instantsOf(search.best).length; place++) {
    for (const pauseUs of PAUSES_US) {
      const instants = instantsOf(search.best);
      const atUs = instants[place];
      if (atUs === undefined) return;
      const pastUs = atUs - (instants[place - 1] ?? 0) - pauseUs;
      if (pastUs <= 0) break;
      const moved = withInstants(search.best, (us) => (us >= atUs ? us - pastUs : us));
      if (tryCase(search, moved, 1)) break;
    }
  }
  if (!search.endsAtFailure) cutEnd(search);
}

/** Round instants, as a person would have chosen them. */
export function roundInstants(search: Search): void {
  for (const grainUs of GRAINS_US) {
    const rounded = (us: number): number => Math.round(us / grainUs) * grainUs;
    if (tryCase(search, withInstants(search.best, rounded))) return;
    for (const instant of instantsOf(search.best)) {
      if (instant % grainUs === 0) continue;
      const one = withInstants(search.best, (us) => (us === instant ? rounded(us) : us));
      tryCase(search, one);
    }
  }
}

/** Where only the end of a run shows the failure: an earlier end. */
function cutEnd(search: Search): void {
  const endUs = parseDurationUs(search.best.until) ?? 0;
  const lastUs = instantsOf(search.best).at(-1) ?? 0;
  for (const share of [2, 4, 8]) {
    const untilUs = lastUs + Math.ceil((endUs - lastUs) / share / 1_000_000) * 1_000_000;
    if (!tryCase(search, { ...search.best, until: formatDuration(untilUs) })) return;
  }
}

/** The instants at which something is done, ascending. */
function instantsOf(input: ScenarioInput): number[] {
  const instants = new Set<number>();
  const note = (text: string | undefined): void => {
    const us = text === undefined ? null : parseDurationUs(text);
    if (us !== null) instants.add(us);
  };
  for (const { at } of input.steps ?? []) note(at);
  for (const client of input.clients ?? []) {
    note(client.start);
    note(client.from);
    for (const { at } of client.do ?? []) note(at);
  }
  return [...instants].sort((a, b) => a - b);
}

function withInstants(input: ScenarioInput, move: (us: number) => number): ScenarioInput {
  const moved = (text: string): string => {
    const us = parseDurationUs(text);
    return us === null ? text : formatDuration(move(us));
  };
  const { steps, clients } = input;
  return {
    ...input,
    ...(steps === undefined
      ? {}
      : {
          steps: inOrder(
            steps.map((step) => (step.at === undefined ? step : { ...step, at: moved(step.at) })),
          ),
        }),
    ...(clients === undefined
      ? {}
      : {
          clients: clients.map((client) => ({
            ...client,
            ...(client.start === undefined ? {} : { start: moved(client.start) }),
            ...(client.from === undefined ? {} : { from: moved(client.from) }),
            ...(client.do === undefined
              ? {}
              : { do: client.do.map((call) => ({ ...call, at: moved(call.at) })) }),
          })),
        }),
    until: formatDuration(Math.max(1, parseDurationUs(input.until) ?? 1)),
  };
}

/** Steps stay where they stand unless all of them have instants. */
function inOrder<T extends { at?: string | undefined }>(steps: readonly T[]): T[] {
  if (steps.some(({ at }) => at === undefined)) return [...steps];
  const usOf = ({ at }: T): number => parseDurationUs(at ?? "0s") ?? 0;
  return [...steps].sort((a, b) => usOf(a) - usOf(b));
}
