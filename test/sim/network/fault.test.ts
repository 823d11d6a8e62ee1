import { describe, expect, test } from "vitest";
import { makeTable } from "../../../sim/kernel/stream.ts";
import { crashProcess, powerOff, powerOn } from "../../../sim/network/failure.ts";
import { heal, hold, release, setLatency } from "../../../sim/network/link.ts";
import { close, connect, listen, send, startProcess } from "../../../sim/network/network.ts";
import { isolate, lowerWalls, oneWay, raiseWalls, split } from "../../../sim/network/partition.ts";
import { createPair, createWorld, LATENCY_US, lines, RETRANSMISSION_US, runFor } from "./world.ts";

const BOTH = split([["h1"], ["h2"]]);
const A_LONG_TIME_US = 100_000;

describe("a wall", () => {
  test("holds what comes to it, and after its fall lets it through in order, a retransmission later", () => {
    const world = createPair();
    send(world.network, 1, 1, "under way");
    raiseWalls(world.network, BOTH);
    send(world.network, 1, 1, "behind");
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);
    expect(world.network.counts).toMatchObject({ delivered: 0, held: 2 });

    lowerWalls(world.network, BOTH);
    const healedAtUs = world.kernel.nowUs;
    send(world.network, 1, 1, "after");
    runFor(world, A_LONG_TIME_US);

    expect(world.heard.map(({ atUs }) => atUs - healedAtUs)).toEqual([
      RETRANSMISSION_US,
      RETRANSMISSION_US,
      RETRANSMISSION_US,
    ]);
    expect(lines(world)).toEqual([
      "2:received -1 under way",
      "2:received -1 behind",
      "2:received -1 after",
    ]);
  });

  test("stands in one direction when only that was asked for", () => {
    const world = createPair();
    raiseWalls(world.network, oneWay(["h1"], ["h2"]));

    send(world.network, 1, 1, "a");
    send(world.network, 2, -1, "b");
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["1:received 1 b"]);
  });

  test("that rises again before the retransmission holds everything again", () => {
    const world = createPair();
    raiseWalls(world.network, BOTH);
    send(world.network, 1, 1, "a");
    runFor(world, A_LONG_TIME_US);
    lowerWalls(world.network, BOTH);
    runFor(world, RETRANSMISSION_US - 1);
    raiseWalls(world.network, BOTH);
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    heal(world.network);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["2:received -1 a"]);
    expect(world.network.counts.held).toBe(1);
  });

  test("stands until every partition that covers it is lowered", () => {
    const world = createPair();
    raiseWalls(world.network, BOTH);
    raiseWalls(world.network, isolate("h2", ["h1", "h2", "h3"]));
    send(world.network, 1, 1, "a");

    lowerWalls(world.network, BOTH);
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    lowerWalls(world.network, isolate("h2", ["h1", "h2", "h3"]));
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual(["2:received -1 a"]);
  });

  test("swallows connection attempts, which succeed after its fall", () => {
    const world = createWorld([1, 2]);
    raiseWalls(world.network, BOTH);
    connect(world.network, 1, 1, "h2:1");
    connect(world.network, 1, 2, "h2:9");
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    heal(world.network);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["1:connected 1", "1:disconnected 2", "2:accepted -1"]);
  });

  test("against the answer alone keeps both sides from knowing each other", () => {
    const world = createWorld([1, 2]);
    raiseWalls(world.network, oneWay(["h2"], ["h1"]));

    connect(world.network, 1, 1, "h2:1");
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual([]);
  });

  test("makes a connection that one side closes half-open until its fall", () => {
    const world = createPair();
    raiseWalls(world.network, BOTH);
    close(world.network, 1, 1);
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);
    expect(send(world.network, 2, -1, "is anybody there?")).toBe(1);

    heal(world.network);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["2:disconnected -1"]);
    expect(world.network.counts.lost).toBe(1);
  });

  test("does not stand between a host and itself", () => {
    expect(split([["h1"], ["h1", "h2"]])).toEqual([
      ["h1", "h2"],
      ["h2", "h1"],
    ]);
  });
});

describe("a link", () => {
  test("that is held lets everything go at once when it is released", () => {
    const world = createPair();
    hold(world.network, "h1", "h2");
    send(world.network, 1, 1, "a");
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    release(world.network, "h1", "h2");
    const releasedAtUs = world.kernel.nowUs;
    runFor(world, A_LONG_TIME_US);

    expect(world.heard[0]!.atUs).toBe(releasedAtUs);
  });

  test("stays blocked by a wall when it is released, and held when the wall falls", () => {
    const world = createPair();
    hold(world.network, "h1", "h2");
    raiseWalls(world.network, BOTH);
    send(world.network, 1, 1, "a");
    runFor(world, A_LONG_TIME_US);

    heal(world.network);
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);
    raiseWalls(world.network, BOTH);
    release(world.network, "h1", "h2");
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);
    heal(world.network);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["2:received -1 a"]);
  });

  test("can be slow in one direction, without changing the order on it", () => {
    const world = createPair();
    setLatency(world.network, "h1", "h2", makeTable([[1, 9000, 9000]]));
    const startUs = world.kernel.nowUs;

    send(world.network, 1, 1, "slow");
    send(world.network, 2, -1, "quick");
    setLatency(world.network, "h1", "h2", undefined);
    send(world.network, 1, 1, "behind");
    runFor(world, A_LONG_TIME_US);

    expect(world.heard.map(({ atUs }) => atUs - startUs)).toEqual([LATENCY_US, 9000, 9000]);
    expect(lines(world)).toEqual([
      "1:received 1 quick",
      "2:received -1 slow",
      "2:received -1 behind",
    ]);
  });
});

describe("a process that ends", () => {
  test("is noticed behind what it had sent, and its address refuses", () => {
    const world = createPair();
    send(world.network, 2, -1, "last words");

    crashProcess(world.network, 2, { losesSent: false });
    connect(world.network, 1, 2, "h2:1");
    runFor(world, 1000);

    expect(lines(world)).toEqual([
      "1:received 1 last words",
      "1:disconnected 1",
      "1:disconnected 2",
    ]);
  });

  test("can take with it what it had sent", () => {
    const world = createPair();
    send(world.network, 2, -1, "last words");

    crashProcess(world.network, 2, { losesSent: true });
    runFor(world, 1000);

    expect(lines(world)).toEqual(["1:disconnected 1"]);
    expect(world.network.counts.lost).toBe(1);
  });

  test("behind a wall is noticed when the wall falls", () => {
    const world = createPair();
    raiseWalls(world.network, BOTH);
    crashProcess(world.network, 2, { losesSent: false });
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    heal(world.network);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["1:disconnected 1"]);
  });

  test("in the middle of a handshake accepts nothing", () => {
    const world = createWorld([1, 2]);
    connect(world.network, 1, 1, "h2:1");
    runFor(world, 2 * LATENCY_US);

    crashProcess(world.network, 2, { losesSent: false });
    startProcess(world.network, 3, "h2");
    listen(world.network, 3, "h2:1", "peer");
    runFor(world, 1000);

    expect(lines(world)).toEqual(["1:connected 1", "1:disconnected 1"]);
  });

  test("is followed by one that numbers its connections afresh", () => {
    const world = createPair();
    crashProcess(world.network, 2, { losesSent: false });
    startProcess(world.network, 3, "h2");
    listen(world.network, 3, "h2:1", "peer");

    connect(world.network, 1, 2, "h2:1");
    runFor(world, 1000);

    expect(lines(world)).toEqual(["1:disconnected 1", "1:connected 2", "3:accepted -1"]);
  });
});

describe("a host that loses power", () => {
  test("tells nobody: who says nothing stays half-open even when it is back", () => {
    const world = createPair();
    powerOff(world.network, "h2", { losesSent: false });
    runFor(world, A_LONG_TIME_US);
    powerOn(world.network, "h2");
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    send(world.network, 1, 1, "are you there?");
    runFor(world, 1000);

    expect(lines(world)).toEqual(["1:disconnected 1"]);
  });

  test("answers, once it is back, what was sent while it was away", () => {
    const world = createPair();
    powerOff(world.network, "h2", { losesSent: false });
    send(world.network, 1, 1, "are you there?");
    connect(world.network, 1, 2, "h2:1");
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    powerOn(world.network, "h2");
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["1:disconnected 1", "1:disconnected 2"]);
  });

  test("does not send again what had come to a wall", () => {
    const world = createPair();
    raiseWalls(world.network, BOTH);
    send(world.network, 2, -1, "never heard");
    runFor(world, A_LONG_TIME_US);

    powerOff(world.network, "h2", { losesSent: false });
    heal(world.network);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual([]);
    expect(world.network.counts).toMatchObject({ delivered: 0, lost: 1 });
  });

  test("starts no process before it is back", () => {
    const world = createPair();
    powerOff(world.network, "h2", { losesSent: false });

    expect(() => startProcess(world.network, 3, "h2")).toThrow("no power");
  });
});
