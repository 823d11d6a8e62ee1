import { describe, expect, test } from "vitest";
import { clone, Outside } from "../../../sim/kernel/clone.ts";
import { createHash, mixNumber, printHash, type RollingHash } from "../../../sim/kernel/hash.ts";
import { createKernel, run, schedule, type Kernel, type Turn } from "../../../sim/kernel/kernel.ts";
import { createStreams, integer, streamOf, type Streams } from "../../../sim/kernel/stream.ts";

describe("a clone", () => {
  test("is equal and shares nothing that can change", () => {
    const state = {
      text: "a",
      zxid: 5n,
      nothing: undefined,
      list: [1, { deep: true }],
      map: new Map([[1, { votes: new Set([1, 2]) }]]),
      column: Float64Array.of(1, 2),
    };

    const copy = clone(state);

    expect(copy).toEqual(state);
    state.list.push(3);
    state.map.get(1)!.votes.add(3);
    state.column[0] = 9;
    expect(copy.list).toHaveLength(2);
    expect(copy.map.get(1)!.votes.size).toBe(2);
    expect(copy.column[0]).toBe(1);
  });

  test("keeps identities and cycles", () => {
    type Person = { friend?: Person; readonly tags: string[] };
    const tags = ["x"];
    const a: Person = { tags };
    const b: Person = { friend: a, tags };
    a.friend = b;

    const copy = clone({ a, byTags: new Map([[tags, b]]) });

    expect(copy.a).not.toBe(a);
    expect(copy.a.friend!.friend).toBe(copy.a);
    expect(copy.byTags.get(copy.a.tags)).toBe(copy.a.friend);
  });

  test("keeps the order of Maps and Sets", () => {
    const copy = clone({
      map: new Map([
        [3, "c"],
        [1, "a"],
      ]),
      set: new Set([9, 4]),
    });

    expect([...copy.map.keys()]).toEqual([3, 1]);
    expect([...copy.set]).toEqual([9, 4]);
  });

  test("shares byte strings and what is frozen", () => {
    const state = { bytes: Uint8Array.of(1), frozen: Object.freeze({ x: [1] }) };

    const copy = clone(state);

    expect(copy.bytes).toBe(state.bytes);
    expect(copy.frozen).toBe(state.frozen);
  });

  test("leaves out what is outside of the state", () => {
    const observer = new Outside<() => void>();
    observer.value = () => {};

    const copy = clone({ observer });

    expect(copy.observer).toBeInstanceOf(Outside);
    expect(copy.observer.value).toBeUndefined();
  });

  test.each([
    ["a function", { f: () => 1 }],
    ["a function in a Map", new Map([["f", () => 1]])],
    ["a class instance", [new (class Session {})()]],
    ["a symbol", [Symbol("s")]],
    ["a promise", { p: Promise.resolve(1) }],
  ])("refuses %s", (_, value) => {
    expect(() => clone(value)).toThrow(TypeError);
  });
});

type Simulation = {
  readonly kernel: Kernel;
  readonly streams: Streams;
  readonly hash: RollingHash;
};

/** Eight processes that pass numbers around at random intervals and hash all they hear. */
function goOn(simulation: Simulation, untilUs: number): string {
  const { kernel, streams, hash } = simulation;
  const stream = streamOf(streams, "delay");
  run(kernel, untilUs, (turn: Turn) => {
    mixNumber(hash, turn.atUs);
    mixNumber(hash, turn.target);
    const target = integer(stream, 0, 7);
    schedule(kernel, turn.atUs + integer(stream, 0, 50), 0, target, 0, turn.payload);
  });
  return printHash(hash);
}

test("two continuations of a checkpoint, and the uninterrupted run, give one hash", () => {
  const simulation = { kernel: createKernel(), streams: createStreams("3"), hash: createHash() };
  for (let target = 0; target < 8; target++) {
    schedule(simulation.kernel, target, 0, target, 0, { target });
  }
  const before = goOn(simulation, 10_000);

  const checkpoint = clone(simulation);
  const first = goOn(clone(checkpoint), 50_000);
  const second = goOn(clone(checkpoint), 50_000);
  const uninterrupted = goOn(simulation, 50_000);

  expect(first).toBe(second);
  expect(first).toBe(uninterrupted);
  expect(first).not.toBe(before);
  expect(printHash(checkpoint.hash)).toBe(before);
});
