import { expect, test } from "vitest";
import type { ServerEffect } from "../../../core/effect.ts";
import { endsAfter, type Trap } from "../../../sim/cluster/trap.ts";

const SYNC: ServerEffect = { kind: "sync", files: [], ticket: 1 };
const CLOSE: ServerEffect = { kind: "close", conn: 1 };

function trap(change: Partial<Trap> = {}): Trap {
  return {
    upon: "sync",
    left: 2,
    nth: 2,
    times: 1,
    backUs: null,
    untilUs: 100,
    power: false,
    leaves: "drawn",
    ...change,
  };
}

test("a trap springs right behind the nth effect of its kind, over several turns", () => {
  const set = trap({ left: 3 });
  expect(endsAfter(set, 1, [SYNC, CLOSE], 2)).toBe(-1);
  expect(endsAfter(set, 2, [CLOSE], 1)).toBe(-1);
  expect(endsAfter(set, 3, [CLOSE, SYNC, SYNC, CLOSE], 4)).toBe(3);
});

test("a trap does not look at what an earlier turn left in the list", () => {
  expect(endsAfter(trap({ left: 1 }), 1, [CLOSE, SYNC], 1)).toBe(-1);
});

test("a trap upon events springs when all that the nth of them does is done", () => {
  const set = trap({ upon: null });
  expect(endsAfter(set, 1, [SYNC, SYNC], 2)).toBe(-1);
  expect(endsAfter(set, 2, [CLOSE, SYNC], 2)).toBe(2);
});

test("a trap whose time is over does nothing", () => {
  expect(endsAfter(trap({ left: 1 }), 99, [SYNC], 1)).toBe(1);
  expect(endsAfter(trap({ left: 1 }), 100, [SYNC], 1)).toBe(-1);
});
