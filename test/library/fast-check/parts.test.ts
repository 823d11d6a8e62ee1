import * as fc from "fast-check";
import { expect, test } from "vitest";
import { caseInput, type Case } from "../../../library/case.ts";
import { assertAlways } from "../../../library/fast-check/assert-always.ts";
import { cases } from "../../../library/fast-check/cases.ts";
import { ensembles } from "../../../library/fast-check/ensembles.ts";
import { workloads } from "../../../library/fast-check/workloads.ts";
import { scenario } from "../../../library/scenario.ts";
import type { Result } from "../../../library/simulate.ts";

test("ensembles have the sizes asked for, and shrink to the first with nothing else set", () => {
  const sizes = fc.sample(ensembles({ servers: [3, 5, 7] }), 100).map(({ servers }) => servers);
  const { counterexample } = fc.check(
    fc.property(ensembles({ servers: [3, 5], observers: [0, 2] }), () => false),
  );

  expect(new Set(sizes)).toEqual(new Set([3, 5, 7]));
  expect(counterexample).toEqual([{ servers: 3 }]);
});

test("every workload can be read", () => {
  fc.assert(
    fc.property(workloads(), (workload) => {
      const { clients } = scenario(caseInput({ ensemble: { servers: 3 }, workload }));
      return clients.length === workload.length + 1;
    }),
  );
});

test("a workload shrinks to one create, at once, where any operation will do", () => {
  const isIdle = fc.property(workloads(), (workload) => workload.length === 0);

  expect(fc.check(isIdle).counterexample).toEqual([
    [{ name: "a", do: [{ at: "0ms", do: "create", path: "/k0", data: "0" }] }],
  ]);
});

// Cases of 20 to 50 ms each, and some dozens more while they shrink.
test("a report ends in what shows the failure again", { timeout: 60_000 }, () => {
  const neverTwice = ({ elections }: Result): boolean => elections.length < 2;
  const report = reportOf(() => assertAlways(cases(), neverTwice, { seed: 5 }));

  const again = /\{"seed":.*"endOnFailure":true\}/.exec(report)?.[0] ?? "";
  const parameters = JSON.parse(again) as fc.Parameters<[Case]>;
  const repeated = reportOf(() => assertAlways(cases(), neverTwice, parameters));

  expect(report).toContain("the statement does not hold: it is false");
  expect(report).toContain("shrunk");
  expect(report).toMatch(/simulate\(\{"ensemble":\{"servers":3\}.*"do":"crash"/);
  expect(report).toMatch(/npx zootrope run case.scenario.yaml --seed \d+ --trace case.zt/);
  expect(scenarioOf(repeated)).toBe(scenarioOf(report));
});

test("a statement that holds is no failure", () => {
  const statement = ({ servers }: Result): boolean => servers.length > 0;

  expect(() => assertAlways(cases(), statement, { numRuns: 5 })).not.toThrow();
});

function reportOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  throw new Error("it holds");
}

function scenarioOf(report: string): string {
  return report.slice(report.indexOf("name: case"));
}
