import * as fc from "fast-check";
import { expect, test } from "vitest";
import { caseInput } from "../../../library/case.ts";
import { faultSchedules } from "../../../library/fast-check/fault-schedules.ts";
import { stepsOf, type Schedule } from "../../../library/fast-check/schedule.ts";
import { smaller } from "../../../library/fast-check/smaller.ts";
import { scenario } from "../../../library/scenario.ts";
import { endOfFaults } from "../../../runner/hunt/draw-faults.ts";
import { parseDurationUs } from "../../../runner/scenario/duration.ts";
import type { StepInput } from "../../../runner/scenario/input.ts";

const instants = (steps: readonly StepInput[]): number[] =>
  steps.map(({ at }) => parseDurationUs(at ?? "") ?? -1);

/** The smallest schedule for which `holds` is false. */
function smallest(holds: (steps: StepInput[]) => boolean, seed: number): StepInput[] {
  const { counterexample } = fc.check(fc.property(faultSchedules(), holds), {
    seed,
    numRuns: 1000,
  });
  if (counterexample === null) throw new Error("it was never false");
  return counterexample[0];
}

test("every schedule can be read, by ensembles of any size", () => {
  fc.assert(
    fc.property(faultSchedules(), fc.constantFrom(1, 3, 5, 7), (faults, servers) => {
      const { steps } = scenario(caseInput({ ensemble: { servers }, faults }));
      return steps.length <= faults.length;
    }),
  );
});

test("a schedule is in order of time, and ends with what mends everything", () => {
  const endUs = 10_000_000;
  fc.assert(
    fc.property(faultSchedules(), (steps) => {
      const at = instants(steps);
      expect(at).toEqual([...at].sort((a, b) => a - b));
      expect(at.every((us) => us >= 0 && us <= endUs)).toBe(true);
      if (steps.some((step) => step.do === "partition")) {
        expect(steps).toContainEqual({ at: "10000ms", do: "heal" });
      }
    }),
  );
});

test("schedules differ", () => {
  const texts = fc.sample(faultSchedules(), { seed: 1, numRuns: 50 }).map((s) => JSON.stringify(s));

  expect(new Set(texts).size).toBeGreaterThan(35);
});

test.each([1, 2, 3])(
  "a crash of a leader is all that is left when it is all it takes (seed %i)",
  (seed) => {
    const holds = (steps: StepInput[]): boolean =>
      !steps.some(
        ({ do: action, server, upon }) =>
          action === "crash" && server === "leader" && upon === undefined,
      );

    expect(smallest(holds, seed)).toEqual([
      { at: "0ms", do: "crash", server: "leader" },
      { at: "0ms", do: "start", server: "all" },
    ]);
  },
);

test.each([1, 2, 3])(
  "two cuts at once take as few servers and as little time as can be (seed %i)",
  (seed) => {
    const holds = (steps: StepInput[]): boolean =>
      steps.filter((step) => step.do === "isolate" && typeof step.server === "number").length < 2;

    expect(smallest(holds, seed)).toEqual([
      { at: "0ms", do: "isolate", server: 1 },
      { at: "0ms", do: "isolate", server: 1 },
      { at: "0ms", do: "heal" },
    ]);
  },
);

test("a pause that matters keeps its length", () => {
  const length = (steps: readonly StepInput[]): number => {
    const [first = 0, ...others] = instants(steps);
    return (others.at(-1) ?? first) - first;
  };
  const holds = (steps: StepInput[]): boolean =>
    !steps.some((step) => step.do === "pause") || length(steps) < 700_000;

  expect(smallest(holds, 4)).toEqual([
    { at: "0ms", do: "pause", server: expect.anything() },
    { at: "700ms", do: "resume", server: "all" },
  ]);
});

test("a step whose kind is unknown here goes only with its fault, and keeps everything that mends", () => {
  const strange: StepInput = { at: "10ms", say: "something new" };
  const schedule: Schedule = {
    faults: [[strange, { at: "20ms", do: "crash", server: 1 }]],
    endMs: 50,
  };

  const lesser = [...smaller(schedule)];

  expect(stepsOf(schedule)).toEqual(expect.arrayContaining(endOfFaults(50)));
  expect(lesser.length).toBeGreaterThan(3);
  for (const { faults } of lesser) {
    expect(faults.length === 0 || faults.flat().some(({ say }) => say === strange.say)).toBe(true);
  }
});
