import { describe, expect, test } from "vitest";
import { setBandwidth, setConnects, setLoss } from "../../../sim/network/impairment.ts";
import { close, connect, send } from "../../../sim/network/network.ts";
import { isolate, lowerWalls, raiseWalls } from "../../../sim/network/partition.ts";
import { lengthOf } from "../../../sim/network/trouble.ts";
import {
  cloneWorld,
  createPair,
  createWorld,
  LATENCY_US,
  lines,
  RETRANSMISSION_US,
  runFor,
  type World,
} from "./world.ts";

const A_LONG_TIME_US = 10_000_000;
/** A message of 30 letters is 34 bytes, and 100 with what is around it. */
const LETTERS = "x".repeat(30);

describe("a link with little bandwidth", () => {
  test("lets messages out one after the other, whatever connection they are on", () => {
    const world = createPair();
    connect(world.network, 1, 2, "h2:1");
    runFor(world, 1000);
    setBandwidth(world.network, "h1", "h2", 100_000);
    const startUs = world.kernel.nowUs;

    send(world.network, 1, 1, LETTERS);
    send(world.network, 1, 2, LETTERS);
    send(world.network, 2, -1, LETTERS);
    runFor(world, A_LONG_TIME_US);

    const tookUs = (process: number): number[] =>
      world.heard
        .filter((heard) => heard.process === process && heard.event.kind === "received")
        .map(({ atUs }) => atUs - startUs);
    expect(tookUs(2)).toEqual([1000 + LATENCY_US, 2000 + LATENCY_US]);
    expect(tookUs(1)).toEqual([LATENCY_US]);
  });

  test("lets go what still waits when the limit is lifted, and owes nothing afterwards", () => {
    const world = createPair();
    setBandwidth(world.network, "h1", "h2", 100);
    for (const message of ["a", "b", "c"]) send(world.network, 1, 1, message);
    runFor(world, 10_000);
    expect(lines(world)).toEqual([]);

    setBandwidth(world.network, "h1", "h2", 0);
    send(world.network, 1, 1, "d");
    runFor(world, LATENCY_US);

    expect(lines(world)).toEqual(["a", "b", "c", "d"].map((each) => `2:received -1 ${each}`));
    expect(world.network.hosts.get("h1")?.links.get("h2")?.trouble).toBeNull();
  });

  test("lets go behind a wall what waits for that, once the wall is gone", () => {
    const world = createPair();
    const walls = isolate("h1", ["h1", "h2"]);
    setBandwidth(world.network, "h1", "h2", 100);
    send(world.network, 1, 1, "a");
    raiseWalls(world.network, walls);
    setBandwidth(world.network, "h1", "h2", 0);
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    lowerWalls(world.network, walls);
    runFor(world, RETRANSMISSION_US);

    expect(lines(world)).toEqual(["2:received -1 a"]);
  });

  test("counts a message as the bytes that it is on the wire, about", () => {
    expect(lengthOf({ kind: "PING", zxid: 4n })).toBe(8 + 8);
    expect(lengthOf({ txn: { zxid: 4n, record: new Uint8Array(100), body: { path: "/a" } } })).toBe(
      104,
    );
    expect(lengthOf({ data: null, flag: true, list: [1, 2], bytes: new Uint8Array(3) })).toBe(24);
  });
});

describe("a link that loses packets", () => {
  test("delivers all of them in order, some a retransmission later", () => {
    const world = createPair();
    setLoss(world.network, "h1", "h2", 4);
    const sent = Array.from({ length: 100 }, (_, index) => `${index}`);
    const late: boolean[] = [];
    for (const message of sent) {
      send(world.network, 1, 1, message);
      const startUs = world.kernel.nowUs;
      runFor(world, RETRANSMISSION_US + LATENCY_US);
      late.push((world.heard.at(-1)?.atUs ?? 0) - startUs > LATENCY_US);
    }

    expect(lines(world)).toEqual(sent.map((each) => `2:received -1 ${each}`));
    expect(late.filter(Boolean).length).toBeGreaterThan(10);
    expect(late.filter(Boolean).length).toBeLessThan(45);
  });

  test("keeps what is behind a lost packet waiting on its connection, and on no other", () => {
    const world = createPair();
    connect(world.network, 1, 2, "h2:1");
    runFor(world, 1000);
    lines(world);
    setLoss(world.network, "h1", "h2", 1);
    send(world.network, 1, 1, "lost");
    setLoss(world.network, "h1", "h2", 0);
    send(world.network, 1, 1, "behind it");
    send(world.network, 1, 2, "beside it");

    runFor(world, RETRANSMISSION_US);
    expect(lines(world)).toEqual(["2:received -2 beside it"]);
    runFor(world, LATENCY_US);
    expect(lines(world)).toEqual(["2:received -1 lost", "2:received -1 behind it"]);
  });
});

describe("a host that takes no connections", () => {
  test("refuses them, and leaves those alone that stand", () => {
    const world = createPair();
    setConnects(world.network, "h1", "h2", "refused");

    connect(world.network, 1, 2, "h2:1");
    send(world.network, 1, 1, "hello");
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["2:received -1 hello", "1:disconnected 2"]);
  });

  test("refuses only where it was told to", () => {
    const world = createWorld([1, 2, 3]);
    setConnects(world.network, "h1", "h2", "refused");

    connect(world.network, 2, 1, "h1:1");
    connect(world.network, 3, 1, "h2:1");
    runFor(world, A_LONG_TIME_US);

    const heard = lines(world);
    expect(heard).toContain("2:connected 1");
    expect(heard).toContain("3:connected 1");
  });

  test("or does not answer, and takes them a retransmission after that is over", () => {
    const world = createPair();
    setConnects(world.network, "h1", "h2", "unanswered");
    connect(world.network, 1, 2, "h2:1");
    send(world.network, 1, 1, "hello");
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual(["2:received -1 hello"]);

    setConnects(world.network, "h1", "h2", "pass");
    runFor(world, RETRANSMISSION_US + 2 * LATENCY_US);

    expect(lines(world)).toEqual(["1:connected 2", "2:accepted -2"]);
    expect(world.network.stalled.size).toBe(0);
  });

  test("does not answer behind a wall that falls, either", () => {
    const world = createPair();
    const walls = isolate("h1", ["h1", "h2"]);
    setConnects(world.network, "h1", "h2", "unanswered");
    raiseWalls(world.network, walls);
    connect(world.network, 1, 2, "h2:1");
    runFor(world, A_LONG_TIME_US);
    lowerWalls(world.network, walls);
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    setConnects(world.network, "h1", "h2", "pass");
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["1:connected 2", "2:accepted -2"]);
  });

  test("has forgotten an attempt that was given up meanwhile", () => {
    const world = createPair();
    setConnects(world.network, "h1", "h2", "unanswered");
    connect(world.network, 1, 2, "h2:1");
    runFor(world, 1000);
    close(world.network, 1, 2);

    setConnects(world.network, "h1", "h2", "pass");
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual([]);
    expect(world.network.processes.get(2)?.ends.size).toBe(1);
  });
});

test("a world with all of it runs on from a clone as it does without one", () => {
  const world = createWorld([1, 2], { seed: "clone" });
  setBandwidth(world.network, "h1", "h2", 50_000);
  setLoss(world.network, "h2", "h1", 2);
  setConnects(world.network, "h2", "h1", "unanswered");
  connect(world.network, 1, 1, "h2:1");
  connect(world.network, 2, 1, "h1:1");
  runFor(world, 20_000);
  lines(world);

  const other = cloneWorld(world);
  for (const each of [world, other]) goOn(each);

  expect(other.heard).toEqual(world.heard);
  expect(world.heard.length).toBeGreaterThan(40);
});

function goOn(world: World): void {
  for (let index = 0; index < 20; index++) {
    send(world.network, 1, 1, `to ${index}`);
    send(world.network, 2, -1, `fro ${index}`);
    runFor(world, 700);
  }
  setConnects(world.network, "h2", "h1", "pass");
  setBandwidth(world.network, "h1", "h2", 0);
  runFor(world, A_LONG_TIME_US);
}
