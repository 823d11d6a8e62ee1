import { LATE_POINTS, type LatePoint } from "../../../sim/cluster/late.ts";
import { integer, oneIn, pick, type Stream } from "../../../sim/kernel/stream.ts";
import type { StepInput, TargetInput } from "../../scenario/input.ts";
import { ms, within, type FaultDraw, type FaultSite } from "./fault-draw.ts";

/*
 * Clocks that are not true, and servers that are late: no step of the protocol may count on when it is.
 */

/** A clock that runs fast or slow for a while. */
const drift: FaultDraw = {
  name: "clock drift",
  draw: (dice, site) => {
    const server = aServer(dice, site);
    const { from, until } = within(dice, site, 100, 8000);
    const driftPpm = integer(dice, 1, pick(dice, [200, 10_000, 100_000])) * pick(dice, [-1, 1]);
    return [
      { at: ms(from), do: "clock", server, driftPpm },
      { at: ms(until), do: "clock", server: "all", driftPpm: 0 },
    ];
  },
};

/** A wall clock that is set, once or to and fro. */
const jump: FaultDraw = {
  name: "clock jump",
  draw: (dice, site) => {
    const server = aServer(dice, site);
    const { from, until } = within(dice, site, 1, 5000);
    const jumpMs = integer(dice, 1, pick(dice, [50, 5000, 86_400_000])) * pick(dice, [-1, 1]);
    const steps: StepInput[] = [{ at: ms(from), do: "clock", server, jumpMs }];
    if (oneIn(dice, 2)) steps.push({ at: ms(until), do: "clock", server, jumpMs: -jumpMs });
    return steps;
  },
};

/** A few points at which somebody is now and then late, for a while. */
const late: FaultDraw = {
  name: "late",
  draw: (dice, site) => {
    const outOf = integer(dice, 2, 6);
    const points: LatePoint[] = LATE_POINTS.filter(() => oneIn(dice, outOf));
    if (points.length === 0) return null;
    const how = oneIn(dice, 3) ? {} : { oneIn: pick(dice, [2, 10]) };
    return whileLate(dice, site, { points, ...how });
  },
};

/** A machine that is too busy: everything that a server does comes late. */
const slowServer: FaultDraw = {
  name: "slow server",
  draw: (dice, site) => whileLate(dice, site, {}),
};

export const CLOCKS: readonly FaultDraw[] = [drift, jump, late, slowServer];

function whileLate(dice: Stream, site: FaultSite, how: Partial<StepInput>): StepInput[] {
  const server = oneIn(dice, 3) ? "all" : aServer(dice, site);
  const { from, until } = within(dice, site, 50, 8000);
  const by = ms(integer(dice, 1, pick(dice, [5, 50, 300])));
  return [
    { at: ms(from), do: "late", server, ...how, by },
    { at: ms(until), do: "late", server: "all", by: "0ms" },
  ];
}

function aServer(dice: Stream, { voters, observers }: FaultSite): TargetInput {
  return oneIn(dice, 3) ? "leader" : pick(dice, [...voters, ...observers]);
}
