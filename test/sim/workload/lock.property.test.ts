import * as fc from "fast-check";
import { expect, test } from "vitest";
import { overlappingHolds } from "../../../sim/workload/history.ts";
import type { ClientPlan } from "../../../sim/workload/plan.ts";
import { createWorld, expire, pass, reconnect, settle, suspend, tell } from "./world.ts";

const CLIENTS = 4;

test("one client at a time holds the lock, and each gets its turn", () => {
  const world = createWorld(contenders());

  pass(world, 2_000_000);

  expect(overlappingHolds(world.history)).toEqual([]);
  const holders = new Set(world.history.holds.map((hold) => hold.client));
  expect([...holders].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  expect(world.history.holds.length).toBeGreaterThan(30);
});

test("a client that loses its server gives the lock up at once", () => {
  const world = createWorld(contenders());
  pass(world, 10_000);
  const held = world.history.holds[0]!;

  suspend(world, held.client);

  expect(held.untilUs).toBe(10_000);
});

test("whatever connections and sessions are lost, two clients never hold the lock together", () => {
  const fault = fc.record({
    client: fc.nat(CLIENTS - 1),
    kind: fc.constantFrom("suspend", "expire", "expireLater"),
    afterUs: fc.nat(60_000),
    lastsUs: fc.nat(120_000),
  });
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 12 }), (faults) => {
      const world = createWorld(contenders());
      for (const { client, kind, afterUs, lastsUs } of faults) {
        pass(world, afterUs);
        if (kind !== "expire") {
          suspend(world, client);
          pass(world, lastsUs);
        }
        if (kind === "suspend") reconnect(world, client);
        else expire(world, client);
      }
      const before = world.history.holds.length;
      pass(world, 500_000);

      expect(overlappingHolds(world.history)).toEqual([]);
      expect(world.history.holds.length).toBeGreaterThan(before);
    }),
  );
});

// Found as two holders of one lock in a run of five servers with pauses and resets.
test("a client that is shown a child again which it has removed does not hold by it", () => {
  const world = createWorld(contenders().slice(0, 1));
  pass(world, 10_000);
  const own = [...world.nodes.keys()].find((path) => path.startsWith("/lock/")) ?? "";
  const session = world.nodes.get(own) ?? 0;

  tell(world, 0, { kind: "alarm" });
  suspend(world, 0);
  world.nodes.set(own, session);
  reconnect(world, 0);
  settle(world);

  const last = world.history.entries.findLast(({ op }) => op.kind === "delete");
  expect(world.history.entries.filter(({ op }) => op.kind === "delete")).toHaveLength(2);
  expect(last?.op).toMatchObject({ path: own });
  expect(world.history.holds).toHaveLength(1);
});

// Found as two holders of one lock by a hunt: a leader that had been paused took a session for expired.
test("what an expired session has left behind is not the lock of the next session", () => {
  const world = createWorld(contenders().slice(0, 1));
  pass(world, 10_000);
  const left = [...world.nodes.keys()].find((path) => path.startsWith("/lock/")) ?? "";
  const session = world.nodes.get(left) ?? 0;

  expire(world, 0);
  world.nodes.set(left, session);
  settle(world);

  expect(world.history.holds).toHaveLength(1);
  const children = [...world.nodes.keys()].filter((path) => path.startsWith("/lock/"));
  expect(children).toHaveLength(2);
});

test("overlapping holds of one lock are found, also behind a longer one", () => {
  const world = createWorld([]);
  world.history.holds.push(
    { client: 0, path: "/l", fromUs: 0, untilUs: 100 },
    { client: 1, path: "/other", fromUs: 5, untilUs: 10 },
    { client: 0, path: "/l", fromUs: 10, untilUs: 20 },
    { client: 2, path: "/l", fromUs: 50, untilUs: -1 },
  );

  expect(overlappingHolds(world.history)).toMatchObject([
    { first: { client: 0, fromUs: 0 }, second: { client: 2 } },
  ]);
});

function contenders(): ClientPlan[] {
  return Array.from({ length: CLIENTS }, (_, index) => ({
    name: `c${index}`,
    sessionTimeoutMs: 6000,
    servers: [],
    startUs: 0,
    renews: true,
    behaviour: {
      kind: "lock",
      root: "/lock",
      holdUs: 20_000,
      restUs: 5_000,
      untilUs: Infinity,
    },
  }));
}
