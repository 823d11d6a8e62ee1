import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { CONDITION_FORMS, parseCondition } from "../../../runner/scenario/condition.ts";
import { ACTIONS, DISKS, FAULT_KINDS, NETWORKS } from "../../../runner/scenario/input.ts";
import { parseScenario } from "../../../runner/scenario/parse.ts";
import { ROLES } from "../../../runner/scenario/scenario.ts";
import { scenarioJsonSchema } from "../../../runner/scenario/schema.ts";
import { simulate } from "../../../runner/simulate.ts";
import { MIX_OPERATIONS } from "../../../sim/workload/plan.ts";

const REFERENCE = readFileSync("docs/scenarios.md", "utf8");
const EXAMPLES = [...REFERENCE.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? "");

test("the reference names every key, action, role, kind and condition", () => {
  const words = [
    ...keysOf(scenarioJsonSchema()),
    ...ACTIONS.filter((action) => !["set", "get", "exists", "children", "delete"].includes(action)),
    ...ROLES,
    ...FAULT_KINDS,
    ...NETWORKS,
    ...DISKS,
    ...MIX_OPERATIONS,
    ...CONDITION_FORMS,
  ];
  expect(words.filter((word) => !REFERENCE.includes(word))).toEqual([]);
});

test("every example of a condition is one", () => {
  expect(CONDITION_FORMS.filter((form) => typeof parseCondition(form) === "string")).toEqual([]);
});

test("the first example runs as it says", () => {
  const scenario = parseScenario(EXAMPLES[0] ?? "", "docs/scenarios.md", () => null);
  expect(simulate(scenario).outcome.violations).toEqual([]);
});

test("the other examples are parts of a scenario", () => {
  const head = "name: t\ntitle: T\nensemble: { servers: 3 }\nuntil: 60s\n";
  for (const example of EXAMPLES.slice(1)) {
    expect(Object.keys(parse(example) as object)).toHaveLength(1);
    expect(() => parseScenario(head + example, "docs/scenarios.md", () => null)).not.toThrow();
  }
  expect(EXAMPLES.length).toBeGreaterThan(2);
});

/** Every property name anywhere in a JSON Schema. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    const own = key === "properties" && typeof value === "object" && value !== null;
    return [...(own ? Object.keys(value) : []), ...keysOf(value)];
  });
}
