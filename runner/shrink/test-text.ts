import type { Violation } from "../run/outcome.ts";
import { scenarioYaml } from "../scenario/write.ts";
import type { FailingCase } from "./shrink.ts";

/** A vitest test to paste: it fails while the bug is there. */
export function testText({ input, defects }: FailingCase, violation: Violation): string {
  const options = defects.length === 0 ? "" : `, { defects: ${JSON.stringify(defects)} }`;
  const scenario = scenarioYaml(input)
    .trimEnd()
    .replace(/[\\`]|\$\{/g, "\\$&");
  return [
    'import { expect, test } from "vitest";',
    'import { scenario, simulate } from "zootrope";',
    "",
    `// ${violation.check}: ${violation.message}`,
    `const counterexample = scenario(\``,
    scenario,
    "`);",
    "",
    `test(${JSON.stringify(`${violation.check} holds in ${input.name}`)}, () => {`,
    `  expect(simulate(counterexample${options}).violations).toEqual([]);`,
    "});",
    "",
  ].join("\n");
}
