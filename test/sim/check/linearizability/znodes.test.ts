import { expect, test } from "vitest";
import { checkLinearizability } from "../../../../sim/check/linearizability/linearizability.ts";
import { znodeCalls, znodes } from "../../../../sim/check/linearizability/znodes.ts";
import { SHIPPED_NAMES, shippedScenario } from "../../../../runner/shipped.ts";
import { simulate } from "../../../../runner/simulate.ts";
import { storm } from "../../../support/storm.ts";

test.for(SHIPPED_NAMES)("the writes of %s are linearizable, by search", (name) => {
  const { history } = simulate(shippedScenario(name)!);

  expect(checkLinearizability(znodes, znodeCalls(history))).toMatchObject({
    verdict: "linearizable",
  });
});

test.for([1, 2, 3, 4])("so are those of a storm (%i)", { timeout: 60_000 }, (seed) => {
  const calls = znodeCalls(storm(`linear ${seed}`).history);

  expect(calls.length).toBeGreaterThan(100);
  expect(checkLinearizability(znodes, calls)).toMatchObject({ verdict: "linearizable" });
});

test("a version that is answered twice is found out", { timeout: 60_000 }, () => {
  const calls = znodeCalls(storm("linear 1").history);
  const at = calls.findLastIndex(({ input, output }) => input.kind === "set" && output?.err === 0);
  const call = calls[at]!;
  const lie = { ...call, output: { err: 0, version: call.output!.version - 1 } };
  const end = checkLinearizability(znodes, calls.with(at, lie));

  expect(end.verdict).toBe("not linearizable");
  expect(end.objects).toMatchObject([{ key: call.input.path }]);
});
