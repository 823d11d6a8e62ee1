import { integer, oneIn, pick, type Stream } from "../../../sim/kernel/stream.ts";
import { LEAVES } from "../../../sim/disk/failure.ts";
import { CRASH_POINTS, type StepInput, type TargetInput } from "../../scenario/input.ts";
import { ms, within, type FaultDraw, type FaultSite } from "./fault-draw.ts";

/*
 * Processes that end in the middle of what they do: between two effects of one event, where no instant falls.
 */

/** Somebody ends right behind something that it does, and is back soon or late. */
const crashUpon: FaultDraw = {
  name: "crash at an event",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 20, pick(dice, [500, 2000, 6000]));
    const steps: StepInput[] = [
      { at: ms(from), do: "crash", server: aServer(dice, site), ...aPoint(dice, until - from) },
      { at: ms(until), do: "start", servers: ["crashed"] },
    ];
    // Many points come only when a server starts, or when others have to find a new leader.
    if (oneIn(dice, 3)) steps.unshift({ at: ms(from), do: "crash", server: aServer(dice, site) });
    if (oneIn(dice, 2)) {
      const startAt = integer(dice, from, until);
      steps.splice(-1, 0, { at: ms(startAt), do: "start", servers: ["crashed"] });
    }
    return steps;
  },
};

/** A server that does not come far before it ends again. */
const crashLoop: FaultDraw = {
  name: "crash loop",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 100, 6000);
    const backMs = integer(dice, 1, pick(dice, [10, 100, 400]));
    const times = integer(dice, 2, 12);
    const trapMs = Math.max(1, until - from - backMs);
    return [
      {
        at: ms(from),
        do: "crash",
        server: aServer(dice, site),
        ...aPoint(dice, trapMs),
        back: ms(backMs),
        times,
      },
      { at: ms(until), do: "start", servers: ["crashed"] },
    ];
  },
};

/** All servers are stopped in good order and started again, one after the other. */
const rollingRestart: FaultDraw = {
  name: "rolling restart",
  draw: (dice, site) => {
    const servers = [...site.voters, ...site.observers];
    const { from, until } = within(dice, site, 500 * servers.length, 6000);
    // The last one needs a moment to come up again.
    const apartMs = Math.floor((until - from) / servers.length) - 100;
    if (apartMs < 300) return null;
    return [{ at: ms(from), do: "restart", servers, apart: ms(apartMs) }];
  },
};

export const PROCESSES: readonly FaultDraw[] = [crashUpon, crashLoop, rollingRestart];

function aPoint(dice: Stream, withinMs: number): Partial<StepInput> {
  const power = oneIn(dice, 2);
  return {
    upon: pick(dice, CRASH_POINTS),
    nth: integer(dice, 1, pick(dice, [1, 3, 20, 200])),
    within: ms(Math.max(1, withinMs)),
    power,
    ...(power && oneIn(dice, 2) ? { leaves: pick(dice, LEAVES) } : {}),
  };
}

function aServer(dice: Stream, { voters, observers }: FaultSite): TargetInput {
  if (oneIn(dice, 2)) return "leader";
  return pick(dice, [...voters, ...observers]);
}
