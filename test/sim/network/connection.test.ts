import { describe, expect, test } from "vitest";
import { reset } from "../../../sim/network/breakage.ts";
import { lowerWall, raiseWall } from "../../../sim/network/link.ts";
import {
  close,
  connect,
  listen,
  send,
  startProcess,
  unlisten,
} from "../../../sim/network/network.ts";
import { makeTable } from "../../../sim/kernel/stream.ts";
import {
  cloneWorld,
  createPair,
  createWorld,
  LATENCY_US,
  lines,
  runFor,
  type World,
} from "./world.ts";

describe("opening", () => {
  test("both sides hear of a connection, the acceptor last, and number it on their own", () => {
    const world = createWorld([1, 2]);

    connect(world.network, 1, 7, "h2:1");
    runFor(world, 1000);

    expect(world.heard).toEqual([
      { atUs: 2 * LATENCY_US, process: 1, event: { kind: "connected", conn: 7 } },
      {
        atUs: 3 * LATENCY_US,
        process: 2,
        event: { kind: "accepted", port: "peer", conn: -1, from: "h1:32768" },
      },
    ]);
  });

  test("an acceptor hears of the connection before anything that was sent on it", () => {
    const world = createWorld([1, 2]);
    connect(world.network, 1, 1, "h2:1");
    runFor(world, 2 * LATENCY_US);

    send(world.network, 1, 1, "hello");
    runFor(world, 1000);

    expect(lines(world)).toEqual(["1:connected 1", "2:accepted -1", "2:received -1 hello"]);
  });

  test("where nobody listens the opener is refused after a round trip", () => {
    const world = createWorld([1, 2]);

    connect(world.network, 1, 1, "h2:9");
    runFor(world, 1000);

    expect(world.heard).toEqual([
      { atUs: 2 * LATENCY_US, process: 1, event: { kind: "disconnected", conn: 1 } },
    ]);
  });

  test("a listener that goes away during the handshake accepts nothing, and the opener is reset", () => {
    const world = createWorld([1, 2]);
    connect(world.network, 1, 1, "h2:1");
    runFor(world, 2 * LATENCY_US);

    unlisten(world.network, 2, "h2:1");
    runFor(world, 1000);

    expect(lines(world)).toEqual(["1:connected 1", "1:disconnected 1"]);
  });

  test("an opener that gives up before it is connected is never accepted", () => {
    const world = createWorld([1, 2]);
    connect(world.network, 1, 1, "h2:1");

    close(world.network, 1, 1);
    runFor(world, 1000);

    expect(lines(world)).toEqual([]);
    expect(world.network.processes.get(2)!.ends.size).toBe(0);
  });

  test("two connections between the same processes are two", () => {
    const world = createWorld([1, 2]);
    connect(world.network, 1, 1, "h2:1");
    connect(world.network, 1, 2, "h2:1");
    runFor(world, 1000);
    lines(world);

    send(world.network, 2, -2, "second");
    send(world.network, 2, -1, "first");
    runFor(world, 1000);

    expect(lines(world)).toEqual(["1:received 2 second", "1:received 1 first"]);
  });

  test("an address has one listener; closing it frees the address", () => {
    const world = createWorld([1, 2]);

    expect(listen(world.network, 1, "h2:1", "other")).toBe(false);
    unlisten(world.network, 1, "h2:1"); // not its own
    expect(listen(world.network, 1, "h2:1", "other")).toBe(false);
    unlisten(world.network, 2, "h2:1");
    expect(listen(world.network, 1, "h2:1", "other")).toBe(true);
  });
});

describe("closing", () => {
  test("the other side hears of it behind all that was sent before", () => {
    const world = createPair();

    send(world.network, 1, 1, "a");
    send(world.network, 1, 1, "b");
    close(world.network, 1, 1);
    runFor(world, 1000);

    expect(lines(world)).toEqual(["2:received -1 a", "2:received -1 b", "2:disconnected -1"]);
  });

  test("who closes hears nothing more, and what was under way to it is lost", () => {
    const world = createPair();

    send(world.network, 2, -1, "late");
    close(world.network, 1, 1);
    runFor(world, 1000);

    expect(lines(world)).toEqual(["2:disconnected -1"]);
    expect(world.network.counts).toEqual({ sent: 1, delivered: 0, held: 0, lost: 1 });
  });

  test("nothing can be sent on a connection that is closed, or closes twice", () => {
    const world = createPair();
    close(world.network, 1, 1);
    close(world.network, 1, 1);

    expect(send(world.network, 1, 1, "x")).toBe(0);
    runFor(world, 1000);
    expect(send(world.network, 2, -1, "x")).toBe(0);

    expect(lines(world)).toEqual(["2:disconnected -1"]);
    expect(world.network.counts.sent).toBe(0);
  });

  test("a reset breaks it for both, and loses what is under way", () => {
    const world = createPair();
    send(world.network, 1, 1, "a");
    send(world.network, 2, -1, "b");

    reset(world.network, 2, -1);
    send(world.network, 1, 1, "c"); // it does not know yet
    runFor(world, 1000);

    expect(lines(world).sort()).toEqual(["1:disconnected 1", "2:disconnected -1"]);
    expect(world.network.counts).toEqual({ sent: 3, delivered: 0, held: 0, lost: 3 });
  });
});

test("a reset takes its own time, whatever was due before", () => {
  const world = createPair();
  const startUs = world.kernel.nowUs;
  send(world.network, 1, 1, "due first");
  runFor(world, LATENCY_US / 2);

  reset(world.network, 1, 1);
  runFor(world, 1000);

  expect(world.heard.map(({ atUs }) => atUs - startUs)).toEqual([
    1.5 * LATENCY_US,
    1.5 * LATENCY_US,
  ]);
});

describe("watching", () => {
  test("an observer is told what becomes of each message, under one number", () => {
    const world = createPair();
    const reports: string[] = [];
    const report =
      (what: string) =>
      (id: number, from: number, to: number, message: string): void => {
        reports.push(`${what} #${id} ${from}>${to} ${message}`);
      };
    world.network.observer.value = {
      sent: report("sent"),
      heard: report("heard"),
      held: report("held"),
      released: report("released"),
      lost: report("lost"),
    };

    expect(send(world.network, 1, 1, "a")).toBe(1);
    runFor(world, 1000);
    expect(send(world.network, 2, -1, "b")).toBe(2);
    close(world.network, 1, 1);
    runFor(world, 1000);

    expect(reports).toEqual(["sent #1 1>2 a", "heard #1 1>2 a", "sent #2 2>1 b", "lost #2 2>1 b"]);
  });

  test("an observer is told of a message that waits at a wall, and that goes on", () => {
    const world = createPair();
    const reports: string[] = [];
    const report = (what: string) => (id: number) => {
      reports.push(`${what} #${id}`);
    };
    world.network.observer.value = {
      sent: report("sent"),
      heard: report("heard"),
      held: report("held"),
      released: report("released"),
      lost: report("lost"),
    };

    raiseWall(world.network, "h1", "h2");
    send(world.network, 1, 1, "a");
    runFor(world, 1_000_000);
    lowerWall(world.network, "h1", "h2");
    runFor(world, 10_000_000);

    expect(reports).toEqual(["sent #1", "held #1", "released #1", "heard #1"]);
  });

  test("a clone in mid-flight goes on as the original does, unobserved", () => {
    const world = createPair();
    world.network.observer.value = {
      sent() {},
      heard() {},
      held() {},
      released() {},
      lost() {},
    };
    for (let index = 0; index < 20; index++) send(world.network, 1, 1, `${index}`);

    const copy = cloneWorld(world);
    runFor(world, 1000);
    const original = lines(world);
    expect(lines(copy)).toEqual([]);
    runFor(copy, 1000);

    expect(lines(copy)).toEqual(original);
    expect(original).toEqual(Array.from({ length: 20 }, (_, index) => `2:received -1 ${index}`));
    expect(copy.network.observer.value).toBeUndefined();
  });
});

test.each([
  [
    "a process that starts twice",
    (w: ReturnType<typeof createPair>) => startProcess(w.network, 1, "h1"),
  ],
  [
    "a connection number used twice",
    (w: ReturnType<typeof createPair>) => connect(w.network, 1, 1, "h2:1"),
  ],
  [
    "a negative number for an opener",
    (w: ReturnType<typeof createPair>) => connect(w.network, 1, -5, "h2:1"),
  ],
  [
    "a process that does not run",
    (w: ReturnType<typeof createPair>) => connect(w.network, 9, 1, "h2:1"),
  ],
])("%s is a bug of the driver, and throws", (_, misuse) => {
  expect(() => misuse(createPair())).toThrow(Error);
});

describe("how long a message takes", () => {
  const latency = makeTable([[1, 1_000, 900_000]]);

  /** When process 2 hears each message of lane 1, with what was sent before them on other ways and lanes. */
  function arrivals(before: (world: World) => void): number[] {
    const world = createWorld([1, 2, 3], { latency });
    connect(world.network, 1, 1, "h2:1");
    runFor(world, 4_000_000);
    before(world);
    for (let index = 0; index < 3; index++) {
      world.heard.length = 0;
      send(world.network, 1, 1, "asked", 1);
      runFor(world, 10_000_000);
    }
    return world.heard.map(({ atUs }) => atUs);
  }

  test("does not hang on what was sent between others, nor on other kinds of message", () => {
    const alone = arrivals((world) => runFor(world, 30_000_000));

    const among = arrivals((world) => {
      connect(world.network, 3, 1, "h2:1");
      runFor(world, 10_000_000);
      send(world.network, 3, 1, "stranger", 1);
      runFor(world, 10_000_000);
      send(world.network, 1, 1, "another kind", 2);
      runFor(world, 10_000_000);
    });

    expect(among).toEqual(alone);
  });

  test("hangs on how many of its kind went before it on its connection", () => {
    const alone = arrivals((world) => runFor(world, 10_000_000));

    const later = arrivals((world) => {
      send(world.network, 1, 1, "one more", 1);
      runFor(world, 10_000_000);
    });

    expect(later).not.toEqual(alone);
  });
});
