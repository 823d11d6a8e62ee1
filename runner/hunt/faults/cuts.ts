import { integer, oneIn, pick, type Stream } from "../../../sim/kernel/stream.ts";
import type { StepInput, TargetInput } from "../../scenario/input.ts";
import { ms, within, type FaultDraw, type FaultSite } from "./fault-draw.ts";

/*
 * Cut and slow networks. "heal" ends all cuts at once: where two overlap, the first to end takes the other with it.
 */

/** The leader alone: it goes on proposing to nobody until it notices. */
const isolateLeader: FaultDraw = {
  name: "leader isolated",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 20, pick(dice, [400, 2000, 5000]));
    return [
      { at: ms(from), do: "isolate", server: "leader" },
      { at: ms(until), do: "heal" },
    ];
  },
};

/**
 * The same, and it crashes before it is back: what it logged alone stays on its disk. It may come back, be elected for that,
 * and crash once more before anybody follows it.
 */
const isolateAndCrash: FaultDraw = {
  name: "leader isolated, then crashed",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 200, 6000);
    const crashAt = Math.min(until, integer(dice, from + 5, from + pick(dice, [60, 400])));
    const healAt = integer(dice, crashAt, oneIn(dice, 2) ? crashAt : until);
    const againAt = healAt + integer(dice, 180, 500);
    const comeback: StepInput[] = [
      { at: ms(healAt), do: "start", servers: ["crashed"] },
      { at: ms(againAt), do: "crash", server: "same" },
    ];
    return [
      { at: ms(from), do: "isolate", server: "leader" },
      { at: ms(crashAt), do: "crash", server: "leader" },
      { at: ms(healAt), do: "heal" },
      ...(againAt < until && !oneIn(dice, 3) ? comeback : []),
      { at: ms(until), do: "start", servers: ["crashed"] },
    ];
  },
};

const isolateOne: FaultDraw = {
  name: "isolation",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 20, 4000);
    return [
      { at: ms(from), do: "isolate", server: pick(dice, site.voters) },
      { at: ms(until), do: "heal" },
    ];
  },
};

const partition: FaultDraw = {
  name: "partition",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 20, 4000);
    const group = [...site.voters, ...site.observers].filter(() => oneIn(dice, 2));
    if (group.length === 0) return null;
    return [
      { at: ms(from), do: "partition", groups: [group] },
      { at: ms(until), do: "heal" },
    ];
  },
};

const oneWay: FaultDraw = {
  name: "one-way partition",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 20, 4000);
    const ends = fromTo(dice, site);
    return [
      { at: ms(from), do: "partition", ...ends },
      { at: ms(until), do: "heal" },
    ];
  },
};

/** A slow link makes its end the last to hear of anything. */
const slow: FaultDraw = {
  name: "slow link",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 100, 6000);
    const by = ms(integer(dice, 1, pick(dice, [20, 100, 500])));
    return [
      { at: ms(from), do: "slow", ...fromTo(dice, site), by },
      { at: ms(until), do: "heal" },
    ];
  },
};

/** Connections break between any two packets, and can be made again at once. */
const resets: FaultDraw = {
  name: "resets",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 1, 1500);
    const count = integer(dice, 1, 4);
    return Array.from({ length: count }, () => ({
      at: ms(integer(dice, from, until)),
      do: "reset" as const,
      from: oneIn(dice, 2) ? ("leader" as const) : pick(dice, site.voters),
    }));
  },
};

export const CUTS: readonly FaultDraw[] = [
  isolateLeader,
  isolateAndCrash,
  isolateOne,
  partition,
  oneWay,
  slow,
  resets,
];

function fromTo(dice: Stream, site: FaultSite): { from: TargetInput; to: TargetInput } {
  const from = pick(dice, [...site.voters, ...site.observers]);
  const others = site.voters.filter((sid) => sid !== from);
  const one = others.length === 0 ? from : pick(dice, others);
  switch (integer(dice, 0, 3)) {
    case 0:
      return { from: "leader", to: one };
    case 1:
      return { from: one, to: "leader" };
    default:
      return { from, to: one };
  }
}
