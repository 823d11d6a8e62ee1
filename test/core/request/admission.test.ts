import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, type ServerOptions } from "../../../core/options.ts";
import {
  accept,
  forget,
  hold,
  pass,
  release,
  saidBy,
  tell,
  type Machine,
} from "../../support/machine.ts";
import { asks, connects, create, elected } from "../../support/roles.ts";

// Spec client-protocol 2.9 and 10.4; captures max-client-cnxns, sessionless-timeout, connect-old-client.

function alone(options: Partial<ServerOptions>): Machine {
  return elected(undefined, { voters: 1, options: { ...DEFAULT_OPTIONS, ...options } }, 1);
}

describe("connections", () => {
  test("from one address are limited; one that goes makes room for another", () => {
    const machine = alone({ connectionsPerAddressMax: 2 });
    const first = accept(machine, "client", "here");
    accept(machine, "client", "here");
    accept(machine, "client", "elsewhere");
    forget(machine);

    accept(machine, "client", "here");
    expect(saidBy(machine, "close")).toEqual(["close here"]);
    tell(machine, { kind: "disconnected", conn: first });
    accept(machine, "client", "here");

    expect(saidBy(machine, "close")).toEqual([]);
  });

  test("are limited in all", () => {
    const machine = alone({ connectionsMax: 1 });
    accept(machine, "client", "one");

    accept(machine, "client", "two");

    expect(saidBy(machine, "close")).toEqual(["close two"]);
  });

  test("without a session last as long as is set, rounded up", () => {
    const machine = alone({ sessionlessMs: 500 });
    accept(machine, "client", "silent");

    pass(machine, 499);
    expect(saidBy(machine, "close")).toEqual([]);
    pass(machine, 501);

    expect(saidBy(machine, "close")).toEqual(["close silent"]);
  });

  test("that begin with a request are closed", () => {
    const machine = alone({});
    const conn = accept(machine, "client", "hasty");

    asks(machine, conn, 1, { kind: "ping" });

    expect(saidBy(machine, "send", "close")).toEqual(["close hasty"]);
  });

  test("are refused a session by a leader that does not serve", () => {
    const machine = alone({ leaderServes: false });

    connects(machine, "client");

    expect(saidBy(machine, "send", "close")).toEqual(["close client"]);
  });
});

test("who does not ask whether the server is read-only is not told", () => {
  const machine = alone({});
  const told = [true, false, null].map((readOnly) => {
    connects(machine, "client", { readOnly });
    const sent = machine.out.splice(0).find(({ kind }) => kind === "send");
    return sent?.kind === "send" && sent.message.kind === "connectResponse"
      ? sent.message.readOnly
      : undefined;
  });

  expect(told).toEqual([false, false, null]);
});

describe("with too many requests in process", () => {
  /** Two requests of one client are one too many. */
  function busy() {
    const machine = alone({ globalOutstandingMax: 1 });
    const conn = connects(machine, "client");
    const other = connects(machine, "other");
    hold(machine, "prep");
    forget(machine);
    return { machine, conn, other };
  }

  test("a connection is read no more until an answer of its own is out", () => {
    const { machine, conn } = busy();
    asks(machine, conn, 1, create("/a"));
    expect(saidBy(machine, "pauseReading")).toEqual([]);
    asks(machine, conn, 2, create("/b"));
    expect(saidBy(machine, "pauseReading", "resumeReading")).toEqual(["pauseReading client"]);

    release(machine);

    expect(saidBy(machine, "resumeReading")).toEqual(["resumeReading client"]);
    expect(machine.server.clients.outstandingCount).toBe(0);
  });

  test("pings and other requests without a number of their own do not count", () => {
    const { machine, conn } = busy();

    for (const xid of [-2, -4, 0, -8]) asks(machine, conn, xid, { kind: "ping" });

    expect(saidBy(machine, "pauseReading")).toEqual([]);
  });

  test("what a lost connection asked counts no longer", () => {
    const { machine, conn, other } = busy();
    asks(machine, conn, 1, create("/a"));
    asks(machine, conn, 2, create("/b"));

    tell(machine, { kind: "disconnected", conn });
    forget(machine);
    asks(machine, other, 1, create("/c"));

    expect(machine.server.clients.outstandingCount).toBe(1);
    expect(saidBy(machine, "pauseReading")).toEqual([]);
  });
});
