import { integer, oneIn, pick, type Stream } from "../../../sim/kernel/stream.ts";
import { CORRUPTIONS } from "../../../sim/disk/corruption.ts";
import type { DiskState, StepInput } from "../../scenario/input.ts";
import { ms, spendDamage, within, type FaultDraw, type FaultSite } from "./fault-draw.ts";

/*
 * Disks that are slow, stall, run full, fail, or lose what they had. What loses anything is told to spare a quorum: it
 * is done only while the other servers have all of it.
 */

/** A disk that is in the way for a while. Whoever's disk ran full or failed has ended itself, and comes back. */
const trouble: FaultDraw = {
  name: "disk in trouble",
  draw: (dice, site) => {
    const server = pick(dice, [...site.voters, ...site.observers]);
    const is: DiskState = pick(dice, ["slow", "stalled", "full", "failing"]);
    const { from, until } = within(dice, site, 5, pick(dice, [100, 1000, 4000]));
    const by = is === "slow" ? { by: ms(integer(dice, 1, pick(dice, [20, 100, 500]))) } : {};
    const steps: StepInput[] = [{ at: ms(from), do: "disk", server, is, ...by }];
    if (oneIn(dice, 3)) {
      const crashAt = integer(dice, from, until);
      steps.push({ at: ms(crashAt), do: "crash", server, power: oneIn(dice, 2) });
      if (oneIn(dice, 2)) {
        steps.push({ at: ms(integer(dice, crashAt, until)), do: "start", servers: ["crashed"] });
      }
    }
    return [
      ...steps,
      { at: ms(until), do: "disk", server, is: "well" },
      { at: ms(until), do: "start", servers: ["crashed"] },
    ];
  },
};

/** A new disk in the place of the old one, at once or after a while. */
const wipe: FaultDraw = {
  name: "wipe",
  draw: (dice, site) => {
    const server = damaged(dice, site);
    if (server === null) return null;
    const { from, until } = within(dice, site, 1, 4000);
    const wipeAt = oneIn(dice, 2) ? from : integer(dice, from, until);
    return [
      { at: ms(from), do: "crash", server },
      { at: ms(wipeAt), do: "wipe", server, spare: true },
      { at: ms(until), do: "start", servers: ["crashed"] },
    ];
  },
};

/** A server comes back with the directory that it had earlier. */
const rollback: FaultDraw = {
  name: "older directory",
  draw: (dice, site) => {
    const server = damaged(dice, site);
    if (server === null) return null;
    const { from, until } = within(dice, site, 50, 8000);
    const backAt = integer(dice, from, until);
    return [
      { at: ms(from), do: "backup", server },
      { at: ms(integer(dice, from, backAt)), do: "crash", server },
      { at: ms(backAt), do: "rollback", server, spare: true },
      { at: ms(until), do: "start", servers: ["crashed"] },
    ];
  },
};

/** A damaged file. A server that refuses to start with it may get a new disk in the end, as its operator would see to. */
const corruption: FaultDraw = {
  name: "corruption",
  draw: (dice, site) => {
    const server = damaged(dice, site);
    if (server === null) return null;
    const { from, until } = within(dice, site, 1, 4000);
    const at = integer(dice, from, until);
    const steps: StepInput[] = [
      { at: ms(from), do: "crash", server, power: oneIn(dice, 2) },
      { at: ms(at), do: "corrupt", server, what: pick(dice, CORRUPTIONS), spare: true },
      { at: ms(integer(dice, at, until)), do: "start", servers: ["crashed"] },
    ];
    // Put right at the end of the site: until then it may be one server less.
    const repair: StepInput = { at: ms(site.untilMs), do: "wipe", server, spare: true };
    return oneIn(dice, 4) ? steps : [...steps, repair];
  },
};

export const DISKS: readonly FaultDraw[] = [trouble, wipe, rollback, corruption];

/** Somebody whose disk may be damaged: one that does not vote always may. Null where the budget is spent. */
function damaged(dice: Stream, { voters, observers, budget }: FaultSite): number | null {
  const server = pick(dice, [...voters, ...observers]);
  return observers.includes(server) || spendDamage(budget, server) ? server : null;
}
