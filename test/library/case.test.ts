import { expect, test } from "vitest";
import { caseInput } from "../../library/case.ts";
import { assertSafe, replayText } from "../../library/safe.ts";
import { scenario } from "../../library/scenario.ts";
import { simulate } from "../../library/simulate.ts";
import type { StepInput } from "../../runner/scenario/input.ts";
import { InputProblem } from "../../runner/scenario/input-problem.ts";

const crash: StepInput = { at: "2s", do: "crash", server: "leader" };
const start: StepInput = { at: "4s", do: "start", server: "all" };

test("what is about absent servers only is left out of a schedule", () => {
  const faults: StepInput[] = [
    { at: "1s", do: "crash", server: 5 },
    { at: "2s", do: "partition", groups: [[1, 5], [4]] },
    { at: "3s", do: "slow", from: 1, to: 4, by: "5ms" },
    { at: "4s", do: "crash", servers: [2, 4] },
    { at: "5s", do: "pause", server: "leader" },
  ];

  expect(caseInput({ ensemble: { servers: 3 }, faults }).steps).toEqual([
    { at: "2s", do: "partition", groups: [[1]] },
    { at: "4s", do: "crash", servers: [2] },
    { at: "5s", do: "pause", server: "leader" },
  ]);
});

test("a case goes on for as long as the liveness checks need, and demands one more write", () => {
  const { checks, faults, workload, violations } = simulate({
    ensemble: { servers: 3 },
    faults: [crash, start],
  });

  expect(faults).toEqual({ crash: 1 });
  expect(checks["L3 writes complete in time"]).toBe("ok");
  expect(workload).toMatchObject({ ok: 1, unknown: 0 });
  expect(violations).toEqual([]);
});

test("a majority that never comes back is no violation, for nobody could have done better", () => {
  const { checks, violations } = simulate({
    ensemble: { servers: 3 },
    faults: [{ at: "2s", do: "crash", servers: [1, 2] }],
  });

  expect(violations).toEqual([]);
  expect(checks["L1 a leader in time"]).toBeUndefined();
});

test("the scenario that a report prints is the run that it reports", () => {
  const result = simulate({
    ensemble: { servers: 3, tickMs: 500 },
    workload: [{ name: "a", do: [{ at: "1s", do: "create", path: "/x", data: "1" }] }],
    faults: [crash, start],
    seed: "42",
  });

  const text = replayText(result).split("\n\n").slice(1).join("\n\n");
  const again = simulate(scenario(text, "case.scenario.yaml"));

  expect(text).toContain("- { at: 2s, do: crash, server: leader }");
  expect(again.traceHash).toBe(result.traceHash);
});

test("assertSafe throws what was violated, and the command that shows it", () => {
  const unmet = scenario({
    name: "unmet",
    title: "An expectation that cannot come true",
    ensemble: { servers: 3 },
    until: "5s",
    expect: [{ that: "epoch at least 7" }],
  });

  expect(() => assertSafe(simulate(unmet, { seed: "3" }))).toThrow(
    /expectation: not so: .*epoch at least 7[^]*npx zootrope run case.scenario.yaml --seed 3/,
  );
});

test("a scenario given as an object is checked like a file", () => {
  const misspelt = { name: "x", title: "x", ensemble: { servers: 3 }, until: "1s", stepps: [] };

  expect(() => scenario(misspelt)).toThrow(InputProblem);
  expect(() => scenario(misspelt)).toThrow(/unknown key of a scenario "stepps"/);
});
