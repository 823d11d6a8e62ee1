import { integer, oneIn, pick, type Stream } from "../../../sim/kernel/stream.ts";
import { PARTITION_SHAPES, type StepInput, type TargetInput } from "../../scenario/input.ts";
import { ms, within, type FaultDraw, type FaultSite } from "./fault-draw.ts";

/*
 * Networks that do the less usual. Each of these ends by itself ("for"), and no other cut with it.
 */

/** Two halves, with a bridge between them or without one, or a ring on which each hears a majority of its own. */
const shaped: FaultDraw = {
  name: "partition of a shape",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 50, 5000);
    const servers = shuffled(dice, [...site.voters, ...site.observers]);
    if (servers.length < 3) return null;
    const shape = pick(dice, PARTITION_SHAPES);
    return [{ at: ms(from), do: "partition", shape, servers, for: ms(until - from) }];
  },
};

/** Nothing is lost, but all of it comes late and at once; one way mostly. */
const held: FaultDraw = {
  name: "held link",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 5, pick(dice, [100, 800, 3000]));
    const links = oneIn(dice, 4) ? { server: aServer(dice, site) } : aLink(dice, site);
    return [{ at: ms(from), do: "clog", ...links, for: ms(until - from) }];
  },
};

/** Some servers are clogged one by one, then unclogged one by one in another order. */
const swizzle: FaultDraw = {
  name: "swizzle",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 200, 5000);
    const some = [...site.voters, ...site.observers].filter(() => !oneIn(dice, 3));
    if (some.length < 2) return null;
    const middle = from + ((until - from) >> 1);
    return some.map((server) => {
      const at = integer(dice, from, middle);
      return { at: ms(at), do: "clog", server, for: ms(integer(dice, middle, until) - at) };
    });
  },
};

/** Little bandwidth, lost packets, or a latency with a long tail. */
const poor: FaultDraw = {
  name: "poor link",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 100, 6000);
    const links = oneIn(dice, 3) ? { server: aServer(dice, site) } : aLink(dice, site);
    return [{ at: ms(from), ...anAilment(dice), ...links, for: ms(until - from) }];
  },
};

/** Whoever is cut off while this lasts cannot come back: a reset makes sure of somebody. */
const refusal: FaultDraw = {
  name: "refusal",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 50, pick(dice, [500, 4000]));
    const server = aServer(dice, site);
    const links = oneIn(dice, 2) ? { server } : aLink(dice, site);
    const silently = oneIn(dice, 2);
    return [
      { at: ms(from), do: "refuse", ...links, silently, for: ms(until - from) },
      { at: ms(from), do: "reset", from: server },
    ];
  },
};

/** One end of some connections is gone, and the other does not know; its last words may come late. */
const halfOpen: FaultDraw = {
  name: "half-open connections",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 20, 2000);
    if (until === from) return null;
    return Array.from({ length: integer(dice, 1, 3) }, () => {
      const at = integer(dice, from, until - 1);
      const late = oneIn(dice, 2) ? { late: ms(integer(dice, 1, until - at)) } : {};
      return { at: ms(at), do: "halfOpen" as const, ...aLink(dice, site), ...late };
    });
  },
};

/** Connections break behind the first few messages that are under way. */
const resetBehind: FaultDraw = {
  name: "reset behind messages",
  draw: (dice, site) => {
    const { from, until } = within(dice, site, 20, 1500);
    if (until === from) return null;
    const holdMs = integer(dice, 1, until - from);
    const link = aLink(dice, site);
    const keeps = integer(dice, 1, pick(dice, [2, 10]));
    return [
      { at: ms(from), do: "clog", ...link, for: ms(holdMs) },
      { at: ms(integer(dice, from, from + holdMs)), do: "reset", ...link, keeps },
    ];
  },
};

export const NETWORKS: readonly FaultDraw[] = [
  shaped,
  held,
  swizzle,
  poor,
  refusal,
  halfOpen,
  resetBehind,
];

function anAilment(dice: Stream): Partial<StepInput> {
  switch (integer(dice, 0, 2)) {
    case 0:
      return { do: "throttle", bytesPerSecond: pick(dice, [1000, 5000, 20_000, 200_000]) };
    case 1:
      return { do: "lose", oneIn: pick(dice, [2, 5, 20, 100]) };
    default:
      return { do: "slow", by: ms(integer(dice, 0, 5)), tail: ms(pick(dice, [50, 400, 2000])) };
  }
}

/** One way, to or from the leader mostly, as there most is said. */
function aLink(dice: Stream, site: FaultSite): { from: TargetInput; to: TargetInput } {
  const [a = 1, b = a] = shuffled(dice, [...site.voters, ...site.observers]);
  switch (integer(dice, 0, 2)) {
    case 0:
      return { from: "leader", to: a };
    case 1:
      return { from: a, to: "leader" };
    default:
      return { from: a, to: b };
  }
}

function aServer(dice: Stream, { voters, observers }: FaultSite): TargetInput {
  return oneIn(dice, 3) ? "leader" : pick(dice, [...voters, ...observers]);
}

function shuffled<T>(dice: Stream, items: readonly T[]): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(integer(dice, 0, left.length - 1), 1));
}
