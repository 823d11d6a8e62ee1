import { expect, test } from "vitest";
import type { Operation } from "../../../core/request/operation.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import type { Behaviour, ClientPlan, MixPlan } from "../../../sim/workload/plan.ts";
import {
  createWorld,
  expire,
  pass,
  reconnect,
  settle,
  suspend,
  tell,
  type World,
} from "./world.ts";

test("a client at a rate calls that often, whatever the answers", () => {
  const world = createWorld([client("a", mix({ pace: { kind: "rate", perSecond: 100 } }))]);

  pass(world, 2_000_000);

  const calls = world.history.entries.filter((entry) => entry.op.kind === "setData");
  expect(calls.length).toBeGreaterThanOrEqual(199);
  expect(calls.length).toBeLessThanOrEqual(201);
});

test("a client in a closed loop has as many calls under way as it may, and no more", () => {
  const world = createWorld([
    client("a", mix({ pace: { kind: "closed", thinkUs: 10_000 }, inFlightMax: 3 })),
  ]);

  pass(world, 1_000_000);

  const calls = world.history.entries.filter((entry) => entry.op.kind === "setData");
  expect(calls.length).toBeGreaterThanOrEqual(297);
  expect(calls.length).toBeLessThanOrEqual(306);
});

test("a mix draws by weight and leaves out what has none", () => {
  const weights = [
    { op: "set", weight: 3 },
    { op: "get", weight: 1 },
  ] as const;
  const world = createWorld([
    client("a", mix({ weights, pace: { kind: "rate", perSecond: 1000 } })),
  ]);

  pass(world, 4_000_000);

  const kinds = countKinds(world);
  expect(kinds["getData"]! / kinds["setData"]!).toBeCloseTo(1 / 3, 1);
  expect(Object.keys(kinds).sort()).toEqual(["create", "getData", "setData"]);
});

test("clients that share keys wait until one of them has made them", () => {
  const maker = client("maker", mix({ fromUs: 0 }), 50_000);
  const other = client("other", mix({ makesKeys: false }));
  const world = createWorld([other]);
  pass(world, 20_000);
  expect(countKinds(world)).toEqual({ exists: 1 });

  const both = createWorld([other, maker]);
  pass(both, 200_000);

  expect(both.history.failed).toBe(0);
  expect(
    both.history.entries.some((entry) => entry.client === 0 && entry.op.kind === "setData"),
  ).toBe(true);
});

test("nothing is called after the end of a mix", () => {
  const world = createWorld([
    client("a", mix({ pace: { kind: "rate", perSecond: 100 }, untilUs: 500_000 })),
  ]);

  pass(world, 2_000_000);

  expect(Math.max(...world.history.entries.map((entry) => entry.invokedUs))).toBeLessThan(500_000);
});

test("an operation without an answer is unknown, and is tried again as another one", () => {
  const world = createWorld([client("a", { kind: "script", items: [] })]);
  settle(world);
  tell(world, 0, { kind: "told", action: { kind: "invoke", op: create("/x"), retries: 1 } });

  suspend(world, 0);
  reconnect(world, 0);
  settle(world);

  expect(world.history.entries.map(({ outcome, err }) => [outcome, err])).toEqual([
    ["unknown", 0],
    ["failed", -110],
  ]);
});

test("a script does each thing at its instant", () => {
  const items = [10_000, 10_000, 30_000].map((atUs, index) => ({
    atUs,
    action: { kind: "invoke", op: create(`/n${index}`), retries: 0 } as const,
  }));
  const world = createWorld([client("a", { kind: "script", items })]);

  pass(world, 50_000);

  expect(world.history.entries.map((entry) => entry.invokedUs)).toEqual([10_000, 10_000, 30_000]);
  expect([...world.nodes.keys()]).toEqual(["/", "/n0", "/n1", "/n2"]);
});

test("a watching client sees every change of the children, one list each", () => {
  const world = createWorld([
    client("seer", { kind: "watch", path: "/dir", what: "children" }),
    client("doer", { kind: "script", items: [] }),
  ]);
  settle(world);
  for (const path of ["/dir", "/dir/child1", "/dir/child2"]) {
    tell(world, 1, { kind: "told", action: { kind: "invoke", op: create(path), retries: 0 } });
    settle(world);
  }

  // The world fires no child watches, so each list is asked for by the parent's coming or a reconnection.
  reconnect(world, 0);
  settle(world);

  const lists = world.history.entries.flatMap((entry) =>
    entry.result?.kind === "children" ? [entry.result.children] : [],
  );
  expect(lists).toEqual([[], ["child1", "child2"]]);
});

test("an expired session is followed by a new one where the plan says so, and only there", () => {
  const renewing = createWorld([client("a", { kind: "script", items: [] })]);
  settle(renewing);
  expire(renewing, 0);
  settle(renewing);
  expect(renewing.sessionCount).toBe(2);

  const plan = { ...client("a", { kind: "script", items: [] }), renews: false };
  const ending = createWorld([plan]);
  settle(ending);
  expire(ending, 0);
  settle(ending);
  expect(ending.sessionCount).toBe(1);
});

function countKinds(world: World): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op } of world.history.entries) counts[op.kind] = (counts[op.kind] ?? 0) + 1;
  return counts;
}

function client(name: string, behaviour: Behaviour, startUs = 0): ClientPlan {
  return { name, sessionTimeoutMs: 6000, servers: [], startUs, renews: true, behaviour };
}

function mix(changes: Partial<MixPlan>): MixPlan {
  return {
    kind: "mix",
    weights: [{ op: "set", weight: 1 }],
    pace: { kind: "closed", thinkUs: 10_000 },
    inFlightMax: 1,
    root: "/load",
    keyCount: 3,
    dataBytes: 16,
    makesKeys: true,
    fromUs: 0,
    untilUs: Infinity,
    retries: 0,
    ...changes,
  };
}

function create(path: string): Operation {
  return { kind: "create", type: 1, path, data: null, acl: OPEN_ACL, flags: 0, ttlMs: -1 };
}
