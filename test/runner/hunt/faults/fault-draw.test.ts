import { expect, test } from "vitest";
import { createBudget, spendDamage } from "../../../../runner/hunt/faults/fault-draw.ts";

test("only a minority of the voters may ever be damaged, each of them again and again", () => {
  const budget = createBudget([1, 2, 3, 4, 5]);

  expect([2, 4, 2, 5, 4].map((sid) => spendDamage(budget, sid))).toEqual([
    true,
    true,
    true,
    false,
    true,
  ]);
  expect([...budget.damaged]).toEqual([2, 4]);
});

test("two servers have nobody to spare", () => {
  expect(spendDamage(createBudget([1, 2]), 1)).toBe(false);
});
