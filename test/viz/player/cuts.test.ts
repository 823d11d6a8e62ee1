import { expect, test } from "vitest";
import { cutsLabel, cutsSentence, healedSentence, type Cut } from "../../../viz/player/cuts.ts";
import { SAMPLE_HEADER } from "../../support/sample-trace.ts";

const bothWays = (a: readonly number[], b: readonly number[]): Cut[] =>
  a.flatMap((from) =>
    b.flatMap((to) => [
      { from, to },
      { from: to, to: from },
    ]),
  );

test.each([
  ["one server that nobody hears", [2, 3, 4, 5].map((to) => ({ from: 1, to })), "wall 1 → all"],
  ["one link, one way", [{ from: 1, to: 3 }], "wall 1 → 3"],
  ["one server without any other", bothWays([3], [1, 2, 4, 5]), "3 cut off"],
  ["two servers that miss one another", bothWays([1], [2]), "1 cut off from 2"],
  ["two sides", bothWays([1, 5], [2, 3, 4]), "partition 1, 5 | 2, 3, 4"],
  ["a ring", [1, 2, 3].map((from) => ({ from, to: (from % 3) + 1 })), "walls around 1, 2, 3"],
  ["a client without servers", bothWays([-2], [1, 2, 3, 4, 5]), "b cut off"],
])("%s is said in a few words", (_, cuts, label) => {
  expect(cutsLabel(SAMPLE_HEADER, cuts)).toBe(label);
});

test("a step that cuts and one that mends are sentences with whom they are about", () => {
  const alone = bothWays([-1], [1, 2, 3, 4, 5]);
  const sides = bothWays([1, 5], [2, 3, 4]);

  expect(cutsSentence(SAMPLE_HEADER, alone)).toBe("Client a is cut off from everybody.");
  expect(healedSentence(SAMPLE_HEADER, alone)).toBe("Client a can be reached again.");
  expect(cutsSentence(SAMPLE_HEADER, sides)).toBe("A partition: 1 and 5 here, 2, 3 and 4 there.");
  expect(healedSentence(SAMPLE_HEADER, sides)).toBe("The partition is over.");
});

test("walls without two sides are told one server after the other", () => {
  const ring = [...bothWays([1], [3, 4]), ...bothWays([2], [4, 5]), ...bothWays([3], [5])];

  expect(cutsSentence(SAMPLE_HEADER, ring)).toBe(
    "Walls: 1 is not heard by 3 and 4; 2 is not heard by 4 and 5; 3 is not heard by 1 and 5; 4 is not heard by 1 and 2; 5 is not heard by 2 and 3.",
  );
  expect(healedSentence(SAMPLE_HEADER, ring)).toBe("The walls around 1, 2, 3, 4 and 5 are gone.");
});
