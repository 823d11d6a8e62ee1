import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { caseOf, runHuntSeed } from "../../../runner/hunt/hunt-seed.ts";
import { signatureOf } from "../../../runner/hunt/signature.ts";
import type { ScenarioInput } from "../../../runner/scenario/input.ts";
import { scenarioOf } from "../../../runner/scenario/parse.ts";
import { simulate } from "../../../runner/simulate.ts";
import { PASSES, reduce, shrink, type FailingCase } from "../../../runner/shrink/shrink.ts";
import type { Search } from "../../../runner/shrink/search.ts";

const DEFECT = "ZOOKEEPER-1154";

/** The first drawn cases that fail with a known defect. */
function firstFailing(count: number): FailingCase[] {
  const found: FailingCase[] = [];
  for (let seed = 1; found.length < count && seed < 400; seed++) {
    const { finding } = runHuntSeed({ seed: String(seed), defects: [DEFECT], scenario: null });
    if (finding === null) continue;
    found.push({ input: finding.case, defects: [DEFECT], signature: finding.signature });
  }
  return found;
}

test(
  "a shrunk case fails in the same way, is smaller, and does not fail without its defect",
  {
    timeout: 60_000,
  },
  () => {
    const cases = firstFailing(3);
    expect(cases).toHaveLength(3);
    for (const found of cases) {
      const shrunk = shrink(found);

      if (shrunk === null) throw new Error("a case that fails was not shrunk");
      const again = simulate(scenarioOf(shrunk.input), { defects: found.defects }).outcome;
      expect(again.violations[0]).toEqual(shrunk.violation);
      expect(signatureOf(shrunk.violation)).toBe(found.signature);
      expect(shrunk.stepsAfter).toBeLessThanOrEqual(shrunk.stepsBefore);
      expect(shrunk.eventsAfter).toBeLessThan(1500);
      expect(shrunk.input.ensemble.servers).toBe(3);
      expect(shrunk.input.steps?.length ?? 0).toBeLessThanOrEqual(6);
      expect(simulate(scenarioOf(shrunk.input)).outcome.violations).toEqual([]);
    }
  },
);

test("a case that does not fail, or fails otherwise, is not shrunk", { timeout: 30_000 }, () => {
  const [found] = firstFailing(1);
  if (found === undefined) throw new Error("nothing fails");

  expect(shrink({ ...found, defects: [] })).toBeNull();
  expect(shrink({ ...found, signature: "S1 one leader per epoch: another" })).toBeNull();
});

test("a budget of events ends the search with what it has", { timeout: 30_000 }, () => {
  const [found] = firstFailing(1);
  if (found === undefined) throw new Error("nothing fails");

  const shrunk = shrink(found, { eventsMax: 1 });

  expect(shrunk?.runs).toBe(1);
  expect(shrunk?.input).toEqual({
    ...found.input,
    title: expect.stringContaining("counterexample"),
  });
});

describe("with a planted failure", () => {
  /** A search in which nothing is run: the case fails when `isFailing` says so, after a second. */
  function searchFor(input: ScenarioInput, isFailing: (tried: ScenarioInput) => boolean): Search {
    return {
      best: input,
      judge: (tried) => ({ events: 1, failedAtMs: isFailing(tried) ? 1000 : null }),
      callsOf: () => new Map(),
      deliveriesOf: () => [],
      endsAtFailure: true,
      tried: new Set(),
      runs: 0,
      events: 0,
      eventsMax: 100_000,
      isStopped: () => false,
    };
  }

  test("any drawn case comes down to the crash, the restart and the call that it takes", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 3 }), (seed, sid) => {
        const drawn = caseOf({ seed: String(seed), defects: [], scenario: null }).input;
        const planted: ScenarioInput = {
          ...drawn,
          clients: [
            ...(drawn.clients ?? []),
            { name: "culprit", do: [{ at: "3s", do: "set", path: "/x", data: "1" }] },
          ],
          steps: [
            { at: "1500ms", do: "crash", server: sid, power: true },
            ...(drawn.steps ?? []),
            { at: "3777ms", do: "start", server: sid },
          ],
        };
        const search = searchFor(planted, ({ steps = [], clients = [], ensemble }) => {
          const crash = steps.find((step) => step.do === "crash" && step.power === true);
          const start = steps.find(
            (step) => step.do === "start" && step.server === crash?.server && step.server !== "all",
          );
          const isCalled = clients.some((client) =>
            (client.do ?? []).some(({ path }) => path === "/x"),
          );
          const isLarge = (ensemble.servers ?? 0) >= 3;
          return crash !== undefined && start !== undefined && isCalled && isLarge;
        });

        reduce(search, PASSES);

        expect(search.best).toMatchObject({
          ensemble: { servers: 3 },
          network: "instant",
          disk: "instant",
          clients: [{ name: "culprit", do: [{ do: "set", path: "/x", data: "1" }] }],
        });
        expect(search.best.steps).toHaveLength(2);
        expect(search.best.steps?.map((step) => step.do).sort()).toEqual(["crash", "start"]);
      }),
      { numRuns: 20 },
    );
  });
});
