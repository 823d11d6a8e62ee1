import { expect, test } from "vitest";
import { InputProblem } from "../../../runner/scenario/input-problem.ts";
import type { DeliveryInput, ScenarioInput } from "../../../runner/scenario/input.ts";
import { scenarioOf } from "../../../runner/scenario/parse.ts";
import { deliveriesIn } from "../../../runner/shrink/cut-deliveries.ts";
import { simulate } from "../../../runner/simulate.ts";
import { rowAt } from "../../../sim/trace/columns.ts";
import { MessageCode, RowKind, type Row } from "../../../sim/trace/row.ts";

const BASE: ScenarioInput = {
  name: "deliveries",
  title: "Three servers and a client",
  seed: "5",
  ensemble: { servers: 3, tickMs: 100 },
  network: "slow-tail",
  clients: [{ name: "app", do: [{ at: "1s", do: "create", path: "/a" }] }],
  steps: [
    { at: "1200ms", do: "crash", server: "leader" },
    { at: "1500ms", do: "start", servers: ["crashed"] },
  ],
  until: "3s",
};
const LATE: DeliveryInput = {
  message: "PROPOSAL",
  nth: 1,
  from: 3,
  to: 1,
  port: "quorum of 3",
  connection: 1,
  takes: "77ms",
};

function hashOf(input: ScenarioInput): string {
  return simulate(scenarioOf(input)).outcome.traceHash;
}

test("a run in which all times are said is the run from which they were taken", () => {
  const deliveries = [...deliveriesIn(BASE, [])];

  expect(deliveries.length).toBeGreaterThan(200);
  expect(hashOf({ ...BASE, network: "instant", deliveries })).toBe(hashOf(BASE));
  expect(hashOf({ ...BASE, network: "instant" })).not.toBe(hashOf(BASE));
});

test("a delivery takes as long as is said, and no other does", () => {
  const input: ScenarioInput = { ...BASE, network: "instant", steps: [], deliveries: [LATE] };

  const { trace } = simulate(scenarioOf(input), { trace: true });
  if (trace === null) throw new Error("no trace");
  const rows: Row[] = [];
  for (let row = 0; row < trace.columns.rows; row++) rows.push(rowAt(trace.columns, row));
  const took = rows
    .filter(({ kind, a, who }) => kind === RowKind.sent && a === MessageCode.PROPOSAL && who === 3)
    .map(({ peer, atUs, link }) => {
      const heard = rows.find((row) => row.kind === RowKind.heard && row.link === link);
      return { peer, us: (heard?.atUs ?? 0) - atUs };
    });

  expect(took.filter(({ us }) => us > 1)[0]).toEqual({ peer: 1, us: 77_000 });
  expect(took.filter(({ peer, us }) => peer === 2 && us > 1)).toEqual([]);
  expect(took.length).toBeGreaterThan(2);
});

test.each([
  [{ message: "PROPOSL" }, 'unknown message "PROPOSL", did you mean "PROPOSAL"?'],
  [{ port: "quorum of 9" }, 'expected a port such as "quorum of 2"'],
  [{ port: "quorum of 2" }, "server 2 is at neither end of the connection"],
  [{ to: 9 }, "there is no server 9"],
  [{ to: "nobody" }, 'there is no client "nobody"'],
])("%j: says what is wrong with it", (wrong, message) => {
  const input: ScenarioInput = { ...BASE, deliveries: [{ ...LATE, ...wrong }] };

  expect(() => scenarioOf(input)).toThrow(InputProblem);
  expect(() => scenarioOf(input)).toThrow(message);
});
