import { integer, oneIn, pick, type Stream } from "../../../sim/kernel/stream.ts";
import type { StepInput, TargetInput } from "../../scenario/input.ts";
import { ms, within, type FaultDraw, type FaultSite } from "./fault-draw.ts";

/*
 * Processes that end and begin again, or stand still. A crash takes what was not written; with the power goes what
 * was not synced, too.
 */

/** Somebody's process ends, and comes back later: often at once, sometimes so late that it lags behind. */
const crashOne: FaultDraw = {
  name: "crash",
  draw: (dice, site) => {
    const target = aServer(dice, site);
    const { from, until } = within(dice, site, 10, pick(dice, [200, 1000, 5000]));
    return [
      { at: ms(from), do: "crash", server: target, power: oneIn(dice, 3) },
      { at: ms(until), do: "start", servers: ["crashed"] },
    ];
  },
};

/** The leader, and soon after it whoever leads then: few write anything between two of these. */
const leaderBurst: FaultDraw = {
  name: "leader crashes",
  draw: (dice, site) => {
    const steps: StepInput[] = [];
    const { from, until } = within(dice, site, 500, 6000);
    for (let at = from; at < until; at += integer(dice, 30, pick(dice, [300, 1200, 2500]))) {
      steps.push({ at: ms(at), do: "crash", server: "leader", power: oneIn(dice, 4) });
      if (!oneIn(dice, 3)) steps.push({ at: ms(at), do: "start", servers: ["crashed"] });
    }
    steps.push({ at: ms(until), do: "start", servers: ["crashed"] });
    return steps;
  },
};

/** Crashes and restarts of anybody, so close together that many hit a server that is just coming up. */
const burst: FaultDraw = {
  name: "crash burst",
  draw: (dice, site) => {
    const steps: StepInput[] = [];
    const { from, until } = within(dice, site, 300, 3000);
    const gapMs = pick(dice, [50, 200, 700]);
    for (let at = from; at < until; at += integer(dice, 1, gapMs)) {
      steps.push({ at: ms(at), do: "crash", server: aServer(dice, site), power: oneIn(dice, 4) });
      if (oneIn(dice, 2)) {
        const backAt = Math.min(until, at + integer(dice, 0, gapMs));
        steps.push({ at: ms(backAt), do: "start", servers: ["crashed"] });
      }
    }
    steps.push({ at: ms(until), do: "start", servers: ["crashed"] });
    return steps;
  },
};

/** All of them at once, and up again: whatever was only in memory is gone. */
const restartAll: FaultDraw = {
  name: "restart of all",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 1, pick(dice, [50, 1000]));
    return [
      { at: ms(from), do: "crash", server: "all", power: oneIn(dice, 2) },
      ...shuffled(dice, site.voters).map((server): StepInput => ({
        at: ms(integer(dice, from, until)),
        do: "restart",
        server,
      })),
      { at: ms(until), do: "start", servers: ["crashed"] },
    ];
  },
};

/** One is stopped while the others go on without it, long enough to need more than the last few transactions. */
const lag: FaultDraw = {
  name: "lag",
  draw: (dice, site) => {
    const server = pick(dice, site.voters);
    const { from, until } = within(dice, site, 1500, 8000);
    return [
      { at: ms(from), do: "crash", server },
      { at: ms(until), do: "restart", server },
    ];
  },
};

const pause: FaultDraw = {
  name: "pause",
  draw: (dice, site) => {
    const server = pick(dice, site.voters);
    const { from, until } = within(dice, site, 5, pick(dice, [200, 1500, 4000]));
    return [
      { at: ms(from), do: "pause", server: oneIn(dice, 2) ? "leader" : server },
      { at: ms(until), do: "resume", server: "all" },
    ];
  },
};

export const CRASHES: readonly FaultDraw[] = [crashOne, leaderBurst, burst, restartAll, lag, pause];

function aServer(dice: Stream, site: FaultSite): TargetInput {
  if (oneIn(dice, 2)) return "leader";
  return pick(dice, [...site.voters, ...site.observers]);
}

function shuffled<T>(dice: Stream, items: readonly T[]): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(integer(dice, 0, left.length - 1), 1));
}
