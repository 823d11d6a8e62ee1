import { expect, test } from "vitest";
import { createBudget, type FaultSite } from "../../../../runner/hunt/faults/fault-draw.ts";
import { FAULTS } from "../../../../runner/hunt/faults/table.ts";
import { parseDurationUs } from "../../../../runner/scenario/duration.ts";
import type { StepInput } from "../../../../runner/scenario/input.ts";
import { scenarioOf } from "../../../../runner/scenario/parse.ts";
import { openStream } from "../../../../sim/kernel/stream.ts";

const SERVERS = { servers: 3, observers: 1 };
/** Steps that take from a disk what was durable. */
const DAMAGES: readonly StepInput["do"][] = ["wipe", "rollback", "corrupt"];

function site(): FaultSite {
  const voters = [1, 2, 3];
  return { voters, observers: [4], fromMs: 1000, untilMs: 9000, budget: createBudget(voters) };
}

/** What a fault draws from each of many seeds. */
function drawn(fault: (typeof FAULTS)[number]): (readonly StepInput[])[] {
  const seeds = Array.from({ length: 100 }, (_, seed) => openStream(`${seed}`, "draw"));
  return seeds.flatMap((dice) => {
    const steps = fault.draw(dice, site());
    return steps === null ? [] : [steps];
  });
}

test.for(FAULTS)("$name stays within its site, and a scenario can have its steps", (fault) => {
  const schedules = drawn(fault);

  expect(schedules.length).toBeGreaterThan(10);
  for (const steps of schedules) {
    for (const { at, for: lasts = "0ms", late = "0ms" } of steps) {
      const atMs = msOf(at ?? "");
      expect(atMs >= 1000 && atMs + msOf(lasts) <= 9000 && atMs + msOf(late) <= 9000).toBe(true);
    }
    const input = { name: "t", title: "T", ensemble: SERVERS, until: "10s", steps: [...steps] };
    expect(scenarioOf(input).steps).toHaveLength(steps.length);
  }
});

test.for(FAULTS)("$name fits into no time at all, or says that it does not", (fault) => {
  for (let seed = 0; seed < 100; seed++) {
    const nowhere = { ...site(), fromMs: 1000, untilMs: 1000 };
    const steps = fault.draw(openStream(`${seed}`, "draw"), nowhere) ?? [];
    expect(steps.filter(({ at }) => msOf(at ?? "") !== 1000)).toEqual([]);
  }
});

test.for(FAULTS)("$name damages nothing that a quorum of others could not make up for", (fault) => {
  for (const steps of drawn(fault)) {
    const damages = steps.filter(({ do: action }) => DAMAGES.includes(action));
    expect(damages.every(({ spare }) => spare === true)).toBe(true);
  }
});

test("when the budget is spent, nobody who votes is damaged", () => {
  for (const fault of FAULTS) {
    const spent = {
      ...site(),
      observers: [],
      budget: { damagedMax: 0, damaged: new Set<number>() },
    };
    for (let seed = 0; seed < 30; seed++) {
      const steps = fault.draw(openStream(`${seed}`, "draw"), spent) ?? [];
      expect(steps.filter(({ do: action }) => DAMAGES.includes(action))).toEqual([]);
    }
  }
});

function msOf(duration: string): number {
  return (parseDurationUs(duration) ?? NaN) / 1000;
}
