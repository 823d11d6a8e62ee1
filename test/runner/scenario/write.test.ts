import { expect, test } from "vitest";
import { drawCase } from "../../../runner/hunt/draw-case.ts";
import { readScenarioInput } from "../../../runner/scenario/parse.ts";
import { scenarioYaml } from "../../../runner/scenario/write.ts";

test("a scenario that is written has one client, step or operation a line", () => {
  const text = scenarioYaml({
    name: "made",
    title: "Made by a program",
    ensemble: { servers: 3, tickMs: 200 },
    clients: [
      { name: "a", mix: { set: 1 }, rate: 5 },
      { name: "b", do: [{ at: "1s", do: "create", path: "/x" }] },
    ],
    steps: [{ at: "2s", do: "partition", groups: [[1, "leader"]] }],
    until: "3s",
  });

  expect(text.split("\n")).toEqual([
    "name: made",
    "title: Made by a program",
    "ensemble: { servers: 3, tickMs: 200 }",
    "clients:",
    "  - { name: a, mix: { set: 1 }, rate: 5 }",
    "  - name: b",
    "    do:",
    "      - { at: 1s, do: create, path: /x }",
    "steps:",
    "  - { at: 2s, do: partition, groups: [ [ 1, leader ] ] }",
    "until: 3s",
    "",
  ]);
});

test("what is written reads as it was", () => {
  for (const seed of ["1", "007", "0x10", "30"]) {
    const { input } = drawCase(seed);

    expect(readScenarioInput(scenarioYaml(input), "written")).toEqual(input);
  }
});
