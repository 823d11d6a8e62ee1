import { describe, expect, test } from "vitest";
import { itemsOf } from "../../../core/ring.ts";
import { DEFAULT_OPTIONS, type ServerOptions } from "../../../core/options.ts";
import type { Operation } from "../../../core/request/operation.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import { boot, configOf, pass, type Machine } from "../../support/machine.ts";
import { asks, connects } from "../../support/roles.ts";

// Spec storage-and-processing 6.7. Checks every second, a server that started at 1 s.

describe("a container", () => {
  test("goes at the first look after its last child", () => {
    const { machine, ask } = alone();
    ask(container("/c"), child("/c/k"), { kind: "delete", path: "/c/k", version: -1 });

    pass(machine, 999);
    expect(pathsOf(machine)).toContain("/c");
    pass(machine, 1);

    expect(pathsOf(machine)).not.toContain("/c");
    expect(lastTxn(machine)).toMatchObject({
      type: 20,
      clientId: 0n,
      cxid: 0,
      body: { kind: "delete", path: "/c" },
    });
  });

  test("that never had a child stays, unless a limit is set", () => {
    const { machine, ask } = alone();
    ask(container("/c"));
    pass(machine, 100_000);
    expect(pathsOf(machine)).toContain("/c");

    const limited = alone({ containerNeverUsedMs: 1500 });
    limited.ask(container("/c"));
    pass(limited.machine, 1000);
    expect(pathsOf(limited.machine)).toContain("/c");
    pass(limited.machine, 1000);
    expect(pathsOf(limited.machine)).not.toContain("/c");
  });

  test("with a child stays", () => {
    const { machine, ask } = alone();
    ask(container("/c"), child("/c/k"));

    pass(machine, 100_000);

    expect(pathsOf(machine)).toContain("/c");
  });
});

describe("a TTL znode", () => {
  test("goes when it has not been written for longer than its time, and has no children", () => {
    const { machine, ask } = alone();
    ask(ttl("/t", 1500), ttl("/u", 1500), child("/u/k"));

    pass(machine, 1400);
    ask({ kind: "setData", path: "/t", data: null, version: -1 });
    pass(machine, 1500);
    expect(pathsOf(machine)).toContain("/t");
    pass(machine, 1000);

    expect(pathsOf(machine)).not.toContain("/t");
    expect(pathsOf(machine)).toContain("/u");
  });
});

test("looks come at fixed times after the start, whenever the first container came", () => {
  const { machine, ask } = alone();
  pass(machine, 2300);

  ask(container("/c"), child("/c/k"), { kind: "delete", path: "/c/k", version: -1 });
  pass(machine, 699);
  expect(pathsOf(machine)).toContain("/c");
  pass(machine, 1);

  expect(pathsOf(machine)).not.toContain("/c");
});

test("deletes are spread out, so many a minute", () => {
  const { machine, ask } = alone({ containersPerMinuteMax: 600 });
  for (const path of ["/a", "/b", "/c"]) {
    ask(container(path), child(`${path}/k`), { kind: "delete", path: `${path}/k`, version: -1 });
  }

  pass(machine, 1000);
  expect(pathsOf(machine)).toEqual(expect.arrayContaining(["/b", "/c"]));
  expect(pathsOf(machine)).not.toContain("/a");
  pass(machine, 100);
  expect(pathsOf(machine)).not.toContain("/b");
  pass(machine, 100);
  expect(pathsOf(machine)).not.toContain("/c");
});

test("nothing is timed in a tree without containers, nor after the last one has gone", () => {
  const { machine, ask } = alone();
  expect(machine.timers.has("containers 0")).toBe(false);

  ask(container("/c"), child("/c/k"), { kind: "delete", path: "/c/k", version: -1 });
  expect(machine.timers.has("containers 0")).toBe(true);
  pass(machine, 2000);

  expect(machine.timers.has("containers 0")).toBe(false);
});

type Alone = { readonly machine: Machine; readonly ask: (...ops: readonly Operation[]) => void };

function alone(more: Partial<ServerOptions> = {}): Alone {
  const options = { ...DEFAULT_OPTIONS, extendedTypes: true, containerCheckMs: 1000, ...more };
  const machine = boot(configOf(1, { voters: 1, standalone: true, options }));
  const conn = connects(machine, "client");
  let xid = 0;
  return {
    machine,
    ask: (...ops) => {
      for (const op of ops) asks(machine, conn, ++xid, op);
    },
  };
}

function container(path: string): Operation {
  return { kind: "create", type: 19, path, data: null, acl: OPEN_ACL, flags: 4, ttlMs: -1 };
}

function ttl(path: string, ttlMs: number): Operation {
  return { kind: "create", type: 21, path, data: null, acl: OPEN_ACL, flags: 5, ttlMs };
}

function child(path: string): Operation {
  return { kind: "create", type: 1, path, data: null, acl: OPEN_ACL, flags: 0, ttlMs: -1 };
}

function pathsOf({ server }: Machine): string[] {
  return [...(server.database?.tree.nodes.keys() ?? [])];
}

function lastTxn({ server }: Machine): unknown {
  return itemsOf(server.database!.committedLog).at(-1);
}
