import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkLinearizability,
  DEFAULT_BOUNDS,
} from "../../../../sim/check/linearizability/linearizability.ts";
import { ILLEGAL, type Call, type Model } from "../../../../sim/check/linearizability/model.ts";
import {
  registers,
  type RegisterInput,
  type RegisterOutput,
} from "../../../../sim/check/linearizability/register.ts";

type RegisterCall = Call<RegisterInput, RegisterOutput>;

// Few values and short times on purpose: what is ambiguous is where mistakes live.
const op: fc.Arbitrary<RegisterInput["op"]> = fc.oneof(
  fc.constant({ kind: "read" as const }),
  fc.nat(2).map((value) => ({ kind: "write" as const, value })),
  fc.tuple(fc.nat(2), fc.nat(2)).map(([from, to]) => ({ kind: "cas" as const, from, to })),
);

const times = fc.tuple(fc.nat(12), fc.nat(6));

/** Calls with answers out of the air: most of them cannot be explained. */
const anyCalls: fc.Arbitrary<RegisterCall[]> = fc.array(
  fc
    .tuple(op, times, fc.option(fc.nat(2), { freq: 3 }), fc.boolean(), fc.nat(9))
    .map(([drawn, [calledAt, lasts], value, done, lost]): RegisterCall => ({
      client: 0,
      input: { key: 0, op: drawn },
      output: lost === 0 ? null : drawn.kind === "read" ? { value } : { done },
      calledAt,
      returnedAt: lost === 0 ? Infinity : calledAt + lasts,
    })),
  { maxLength: 6 },
);

/** Calls that took effect at an instant each, one after the other, and were stretched around it; some lost. */
const atomicCalls: fc.Arbitrary<RegisterCall[]> = fc
  .array(fc.tuple(op, fc.nat(30), fc.nat(30), fc.nat(9), fc.nat(2)), { maxLength: 60 })
  .map((drawn) => {
    const states = new Map<number, number | null>();
    return drawn.map(([next, before, after, lost, key], index): RegisterCall => {
      const at = index * 10;
      const state = states.get(key) ?? null;
      const output = outputOf(state, next);
      const changed = registers.step(state, { key, op: next }, output);
      if (changed !== ILLEGAL) states.set(key, changed);
      return {
        client: index,
        input: { key, op: next },
        output: lost === 0 ? null : output,
        calledAt: at - before,
        returnedAt: lost === 0 ? Infinity : at + after,
      };
    });
  });

test("the search agrees with trying every order, with and without what makes it quick", () => {
  const { step, init, equal } = registers;
  fc.assert(
    fc.property(anyCalls, (calls) => {
      const expected = isExplained(registers, calls) ? "linearizable" : "not linearizable";
      expect(checkLinearizability(registers, calls).verdict).toBe(expected);
      expect(checkLinearizability({ step, init, equal }, calls).verdict).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

test("what atomic registers answer is linearizable, in whatever order it is written down", () => {
  fc.assert(
    fc.property(atomicCalls, fc.integer(), (calls, salt) => {
      const shuffled = calls.toSorted(
        (a, b) => ((a.calledAt * salt) % 97) - ((b.calledAt * salt) % 97),
      );
      expect(checkLinearizability(registers, shuffled).verdict).toBe("linearizable");
    }),
  );
});

test("one value that was never written is refused, and the longest order stops before its read", () => {
  fc.assert(
    fc.property(atomicCalls, fc.nat(59), (calls, at) => {
      const lie: RegisterCall = {
        client: 99,
        input: { key: 0, op: { kind: "read" } },
        output: { value: 77 },
        calledAt: at * 10,
        returnedAt: at * 10 + 5,
      };
      const end = checkLinearizability(registers, [...calls, lie]);
      expect(end.verdict).toBe("not linearizable");
      const [object] = end.objects;
      expect(object?.stuckAt).toBe(lie);
      expect(isExplained(registers, object?.longest ?? [], true)).toBe(true);
      const due = calls.filter(
        ({ input, returnedAt }) => input.key === 0 && returnedAt < lie.returnedAt,
      );
      for (const call of due) expect(object?.longest).toContain(call);
    }),
  );
});

test("a history that takes more than the bounds is unknown, not refused", () => {
  const calls = Array.from({ length: 24 }, (_, index): RegisterCall => ({
    client: index,
    input: { key: 0, op: { kind: "write", value: index } },
    output: { done: true },
    calledAt: 0,
    returnedAt: 10,
  }));
  const read = (value: number, at: number): RegisterCall => ({
    client: 99,
    input: { key: 0, op: { kind: "read" } },
    output: { value },
    calledAt: at,
    returnedAt: at + 1,
  });
  const history = [...calls, read(99, 20)];
  const steps = checkLinearizability(registers, history, { ...DEFAULT_BOUNDS, stepsMax: 10_000 });
  const bytes = checkLinearizability(registers, history, { ...DEFAULT_BOUNDS, bytesMax: 10_000 });

  expect(steps).toMatchObject({ verdict: "unknown", objects: [{ verdict: "unknown" }] });
  expect(steps.steps).toBeLessThan(20_000);
  expect(bytes.verdict).toBe("unknown");
});

test("states that are objects are told apart by the model", () => {
  const sets: Model<readonly number[], number, boolean> = {
    init: () => [],
    equal: (a, b) => a.length === b.length && a.every((item) => b.includes(item)),
    step: (state, item, isNew) => {
      if (isNew !== null && isNew === state.includes(item)) return ILLEGAL;
      return state.includes(item) ? state : [...state, item];
    },
  };
  const adds = (items: readonly [number, boolean][]): Call<number, boolean>[] =>
    items.map(([input, output], client) => ({ client, input, output, calledAt: 0, returnedAt: 9 }));
  const fine = adds([
    [1, true],
    [2, true],
    [1, false],
    [2, false],
    [3, true],
  ]);
  const twice = adds([
    [1, true],
    [2, true],
    [1, true],
    [2, false],
    [3, true],
  ]);

  expect(checkLinearizability(sets, fine).verdict).toBe("linearizable");
  expect(checkLinearizability(sets, twice).verdict).toBe("not linearizable");
  const hashed = { ...sets, hash: (state: readonly number[]) => state.length };
  expect(checkLinearizability(hashed, twice).verdict).toBe("not linearizable");
});

function outputOf(state: number | null, next: RegisterInput["op"]): RegisterOutput {
  if (next.kind === "read") return { value: state };
  return { done: next.kind === "write" || state === next.from };
}

/** Tries every order. A call without an answer may be left out. @param given only the order in which they stand */
function isExplained(
  { init, step }: Model<number | null, RegisterInput, RegisterOutput>,
  calls: readonly RegisterCall[],
  given = false,
): boolean {
  const from = (state: number | null, left: readonly RegisterCall[]): boolean => {
    if (left.every(({ returnedAt }) => returnedAt === Infinity)) return true;
    const soonest = Math.min(...left.map(({ returnedAt }) => returnedAt));
    return (given ? left.slice(0, 1) : left).some((call) => {
      if (!given && call.calledAt > soonest) return false;
      const next = step(state, call.input, call.output);
      return (
        next !== ILLEGAL &&
        from(
          next,
          left.filter((other) => other !== call),
        )
      );
    });
  };
  return from(init(), calls);
}
