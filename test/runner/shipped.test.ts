import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFECTS, type Defect } from "../../core/defects.ts";
import { schemaText, shippedFiles } from "../../runner/generate.ts";
import { SHIPPED_FILES } from "../../runner/shipped-files.ts";
import { BUG_NAMES, SHIPPED_NAMES, shippedScenario } from "../../runner/shipped.ts";

test("the module of shipped scenarios says what the files say (npm run generate)", () => {
  expect([...SHIPPED_FILES]).toEqual(shippedFiles("scenarios"));
});

test("the published schema is the one that scenarios are checked by (npm run generate)", () => {
  const published: unknown = JSON.parse(readFileSync("docs/scenario.schema.json", "utf8"));
  expect(published).toEqual(JSON.parse(schemaText()));
});

test.for([...SHIPPED_NAMES, ...BUG_NAMES])(
  "%s is valid, is named as its file, and says what to expect",
  (name) => {
    const scenario = shippedScenario(name);

    expect(scenario?.name).toBe(name);
    expect(scenario?.expectations.length).toBeGreaterThan(2);
    expect(scenario?.steps.some(({ caption }) => caption !== null)).toBe(true);
    expect(scenario?.description).not.toBe("");
    expect(scenario?.warnings).toEqual([]);
  },
);

test("the story of each scenario is there", () => {
  expect(SHIPPED_NAMES).toHaveLength(14);
  expect(BUG_NAMES).toEqual(DEFECTS.map(bugName).sort());
  expect(shippedScenario("no-such-story")).toBeNull();
});

/** `1154-diff-without-trunc`, of ZOOKEEPER-1154. */
function bugName({ id, slug }: Defect): string {
  return `${id.slice("ZOOKEEPER-".length)}-${slug}`;
}
