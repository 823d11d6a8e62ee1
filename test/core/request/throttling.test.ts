import { describe, expect, test } from "vitest";
import {
  DEFAULT_OPTIONS,
  type ConnectBucketOptions,
  type ServerOptions,
} from "../../../core/options.ts";
import {
  forget,
  hold,
  pass,
  release,
  saidBy,
  sentBy,
  tell,
  type Machine,
} from "../../support/machine.ts";
import { asks, connects, create, elected } from "../../support/roles.ts";

// Spec storage-and-processing 10; RequestThrottler.java, BlueThrottle.java.

function alone(options: Partial<ServerOptions>): Machine {
  return elected(undefined, { voters: 1, options: { ...DEFAULT_OPTIONS, ...options } }, 1);
}

describe("requests in front of the pipeline", () => {
  test("wait while as many as are allowed are in process, and go in their order", () => {
    const machine = alone({ requestsMax: 2 });
    const conn = connects(machine, "client");
    hold(machine, "disk");
    for (let xid = 1; xid <= 5; xid++) asks(machine, conn, xid, create(`/${xid}`));

    expect(machine.server.clients.throttled.map(({ xid }) => xid)).toEqual([3, 4, 5]);
    forget(machine);
    release(machine);

    expect(machine.server.clients.throttled).toEqual([]);
    expect(sentBy(machine).map((line) => /reply (\d)/.exec(line)?.[1])).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
    ]);
  });

  test("that waited too long are answered and not carried out", () => {
    const machine = alone({ requestsMax: 1, throttledOpWaitMs: 100 });
    const conn = connects(machine, "client");
    hold(machine, "disk");
    asks(machine, conn, 1, create("/in-time"));
    asks(machine, conn, 2, create("/late"));
    pass(machine, 101);
    forget(machine);

    release(machine);

    expect(sentBy(machine).at(-1)).toContain("-127");
    expect(machine.server.database?.tree.nodes.has("/in-time")).toBe(true);
    expect(machine.server.database?.tree.nodes.has("/late")).toBe(false);
  });

  test("are dropped with their connection, and others take their place", () => {
    const machine = alone({ requestsMax: 1 });
    const [one, two] = [connects(machine, "one"), connects(machine, "two")];
    hold(machine, "disk");
    asks(machine, one, 1, create("/one"));
    asks(machine, one, 2, create("/gone"));
    asks(machine, two, 1, create("/two"));
    tell(machine, { kind: "disconnected", conn: one });

    release(machine);

    expect(machine.server.database?.tree.nodes.has("/gone")).toBe(false);
    expect(machine.server.database?.tree.nodes.has("/two")).toBe(true);
  });
});

describe("ConnectRequests", () => {
  const bucket: ConnectBucketOptions = {
    tokens: 2,
    fillCount: 1,
    fillMs: 100,
    freezeMs: -1,
    dropIncrease: 0.5,
    dropDecrease: 0.5,
    decreaseRatio: 0.5,
    newSessionTokens: 1,
    renewalTokens: 2,
    localSessionTokens: 1,
  };

  test("take tokens; without one the connection is closed, and time brings them back", () => {
    const machine = alone({ connectBucket: bucket });
    for (const name of ["first", "second", "third"]) connects(machine, name);

    expect(saidBy(machine, "close")).toEqual(["close third"]);
    pass(machine, 101);
    connects(machine, "fourth");

    expect(saidBy(machine, "close")).toEqual([]);
  });

  test("are dropped by chance once the bucket has stood empty", () => {
    const machine = alone({ connectBucket: { ...bucket, freezeMs: 10, dropIncrease: 1 } });
    for (const name of ["first", "second"]) connects(machine, name);
    pass(machine, 11);
    forget(machine);

    connects(machine, "third");

    expect(machine.server.clients.bucket.dropChance).toBe(1);
    expect(saidBy(machine, "close")).toEqual(["close third"]);
  });
});
