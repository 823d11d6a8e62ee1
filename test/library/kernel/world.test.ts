import { expect, test } from "vitest";
import {
  createWorld,
  nodeOf,
  runWorld,
  type Fault,
  type Protocol,
  type World,
} from "../../../library/kernel/index.ts";

/** "ping" counts up, stores every even count, and tells its peer each number every 10 ms. */
type State = { count: number; readonly heard: number[]; readonly isPing: boolean };
type Counting = World<State, number, number>;

const counting: Protocol<State, number, number> = {
  create: (node, kept = 0) => ({ count: kept, heard: [], isPing: node === "ping" }),
  step: (state, event) => {
    if (event.kind === "received") {
      state.heard.push(event.message);
      return [];
    }
    if (!state.isPing) return [];
    if (event.kind === "fired") state.count++;
    const { count } = state;
    return [
      ...(count % 2 === 0 ? [{ kind: "store", kept: count } as const] : []),
      { kind: "send", to: "pong", message: count },
      { kind: "arm", timer: "next", afterMs: 10 },
    ];
  },
};

function after(ms: number, faults: readonly Fault[] = [], seed: string = "1"): Counting {
  const world = createWorld({ seed, nodes: ["ping", "pong"], protocol: counting, faults });
  runWorld(world, ms);
  return world;
}

const heard = (world: Counting): number[] => nodeOf(world, "pong").state.heard;
const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, index) => index);

test("what is sent arrives, once and in order", () => {
  expect(heard(after(1005))).toEqual(upTo(100));
});

test("the same seed gives the same run, and another seed another", () => {
  const instants = (seed: string): number[] => {
    const world = createWorld({ seed, nodes: ["ping", "pong"], protocol: counting });
    const seen: number[] = [];
    runWorld(world, 500, ({ kernel }) => seen.push(kernel.nowUs));
    return seen;
  };

  expect(instants("a")).toEqual(instants("a"));
  expect(instants("a")).not.toEqual(instants("b"));
});

test("a partition holds what is sent, and lets it go when it is healed", () => {
  const cut: Fault = { atMs: 205, do: "partition", groups: [["ping"], ["pong"]] };

  expect(heard(after(1005, [cut]))).toEqual(upTo(20));
  expect(heard(after(1005, [cut, { atMs: 700, do: "heal" }]))).toEqual(upTo(100));
});

test("a node that restarts knows what it stored, and no more", () => {
  const world = after(1000, [
    { atMs: 135, do: "crash", node: "ping" },
    { atMs: 500, do: "restart", node: "ping" },
  ]);

  // 13 was reached, 12 was stored.
  expect(heard(world).slice(0, 16)).toEqual([...upTo(13), 12, 13]);
});

test("a node that is down hears nothing and does nothing", () => {
  const world = after(1000, [{ atMs: 135, do: "crash", node: "pong" }]);

  expect(nodeOf(world, "pong").isUp).toBe(false);
  expect(heard(world)).toEqual(upTo(13));
});

test("a connection is opened again when the other node is back", () => {
  const world = after(1005, [
    { atMs: 135, do: "crash", node: "pong" },
    { atMs: 500, do: "restart", node: "pong" },
  ]);

  expect(heard(world).at(-1)).toBe(100);
  expect(heard(world).length).toBeGreaterThan(45);
});

test("a timer that is disarmed does not fire, and a node that is not there cannot be meant", () => {
  const once: Protocol<{ fired: number }, never> = {
    create: () => ({ fired: 0 }),
    step: (state, { kind }) => {
      if (kind === "fired") state.fired++;
      if (kind !== "started") return [];
      return [
        { kind: "arm", timer: "a", afterMs: 5 },
        { kind: "arm", timer: "b", afterMs: 5 },
        { kind: "disarm", timer: "a" },
      ];
    },
  };
  const world = createWorld({ seed: "1", nodes: ["only"], protocol: once });

  expect(runWorld(world, 100)).toBe("drained");
  expect(nodeOf(world, "only").state.fired).toBe(1);
  expect(() => nodeOf(world, "other")).toThrow('there is no node "other"');
});
