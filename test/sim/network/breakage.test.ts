import { describe, expect, test } from "vitest";
import { breakSilently, reset } from "../../../sim/network/breakage.ts";
import { crashProcess } from "../../../sim/network/failure.ts";
import { close, connect, send } from "../../../sim/network/network.ts";
import { createPair, LATENCY_US, lines, runFor, type World } from "./world.ts";

const A_LONG_TIME_US = 100_000;

describe("a reset", () => {
  test("can let the first messages arrive that are under way each way, and loses the others", () => {
    const world = createPair();
    say(world, "a", "b", "c");
    send(world.network, 2, -1, "answer");

    reset(world.network, 1, 1, 2);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual([
      "1:received 1 answer",
      "1:disconnected 1",
      "2:received -1 a",
      "2:received -1 b",
      "2:disconnected -1",
    ]);
    expect(world.network.counts).toMatchObject({ delivered: 3, lost: 1 });
  });

  test("behind a close changes nothing for those who hear of the close", () => {
    const world = createPair();
    say(world, "a");
    close(world.network, 1, 1);

    reset(world.network, 2, -1, 5);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["2:received -1 a", "2:disconnected -1"]);
  });
});

describe("a connection that ends for one side alone", () => {
  test("is told to that side, and to the other one when it sends", () => {
    const world = createPair();
    breakSilently(world.network, 1, 1, null);
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual(["1:disconnected 1"]);

    expect(send(world.network, 2, -1, "are you there?")).toBeGreaterThan(0);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["2:disconnected -1"]);
    expect(world.network.counts).toMatchObject({ delivered: 0, lost: 1 });
  });

  test("loses what was under way, both ways", () => {
    const world = createPair();
    say(world, "a");
    send(world.network, 2, -1, "b");

    breakSilently(world.network, 1, 1, null);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["1:disconnected 1"]);
    expect(world.network.counts.lost).toBe(2);
  });

  test("takes nothing more from that side, though it has not heard yet", () => {
    const world = createPair();
    breakSilently(world.network, 1, 1, null);

    expect(send(world.network, 1, 1, "too late")).toBe(0);
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["1:disconnected 1"]);
  });

  test("may have its last words heard late, behind those of the connection that came after it", () => {
    const world = createPair();
    say(world, "old 1", "old 2");

    breakSilently(world.network, 1, 1, 20_000);
    connect(world.network, 1, 2, "h2:1");
    runFor(world, 1000);
    send(world.network, 1, 2, "new");
    runFor(world, A_LONG_TIME_US);

    expect(lines(world).filter((line) => line.startsWith("2:"))).toEqual([
      "2:accepted -2",
      "2:received -2 new",
      "2:received -1 old 1",
      "2:received -1 old 2",
    ]);
  });

  test.each([
    ["closes it", (world: World) => close(world.network, 1, 1)],
    ["crashes", (world: World) => crashProcess(world.network, 1, { losesSent: false })],
  ])("is not told of to the other side when the first %s before it has heard", (_, act) => {
    const world = createPair();
    breakSilently(world.network, 1, 1, null);
    act(world);
    runFor(world, A_LONG_TIME_US);
    expect(lines(world)).toEqual([]);

    send(world.network, 2, -1, "are you there?");
    runFor(world, A_LONG_TIME_US);

    expect(lines(world)).toEqual(["2:disconnected -1"]);
  });

  test("is left alone while its handshake goes on", () => {
    const world = createPair();
    connect(world.network, 1, 2, "h2:1");
    breakSilently(world.network, 1, 2, null);
    runFor(world, 3 * LATENCY_US);

    expect(lines(world)).toEqual(["1:connected 2", "2:accepted -2"]);
  });
});

function say(world: World, ...messages: readonly string[]): void {
  for (const message of messages) send(world.network, 1, 1, message);
}
