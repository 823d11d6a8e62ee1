import { beforeEach, describe, expect, test } from "vitest";
import type { ConnId, Message } from "../../../core/message.ts";
import type { ServerOptions } from "../../../core/options.ts";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import type { Operation, Reply } from "../../../core/request/operation.ts";
import type { Acl, Identity } from "../../../core/tree/acl.ts";
import { applyTxn } from "../../../core/tree/apply.ts";
import { watchCount } from "../../../core/tree/watches.ts";
import type { TxnBody } from "../../../core/txn.ts";
import { boot, configOf, forget, type Machine } from "../../support/machine.ts";
import { asks, connects, create, setData } from "../../support/roles.ts";
import { creates, makeTxn } from "../../support/txns.ts";

// Spec client-protocol 3.3, 3.4, 3.5, 4.2, 6.6, 7.5, 8.1.

const OTHERS: Acl = { perms: 31, scheme: "digest", id: "bob:secret:more" };
const ALICE: Identity = { scheme: "digest", id: "alice:secret" };

let machine: Machine;
let conn: ConnId;
let zxid: number;

beforeEach(() => begin());

describe("a path", () => {
  test.each(["exists", "getData", "getChildren", "getAcl", "getAllChildrenNumber"] as const)(
    "that no znode can have is just missing for %s, and empty it is the root",
    (kind) => {
      for (const path of ["/none", "/a/", "//", "a", "/a/../a"]) {
        expect(ask(read(kind, path))).toMatchObject({ err: -101, result: null });
      }
      expect(ask(read(kind, "/"))).toMatchObject({ err: 0 });
      expect(ask(read(kind, ""))).toMatchObject({ err: 0 });
    },
  );

  test("with a NUL in it is refused by exists, and leaves no watch", () => {
    expect(ask({ kind: "exists", path: "/a\0", watch: true })).toMatchObject({ err: -8 });
    expect(ask({ kind: "getData", path: "/a\0", watch: true })).toMatchObject({ err: -101 });
    expect(watches()).toBe(0);
  });
});

describe("permissions", () => {
  beforeEach(() => {
    put(creates("/a/hidden", 1, { acl: [{ ...OTHERS, perms: 1 }] }));
    put(
      creates("/a/listed", 2, { acl: [{ ...OTHERS, scheme: "world", id: "anyone", perms: 30 }] }),
    );
  });

  test.each(["getData", "getChildren", "getAllChildrenNumber", "getAcl"] as const)(
    "%s needs READ",
    (kind) => {
      expect(ask(read(kind, "/a/hidden"))).toMatchObject({ err: -102, result: null });
    },
  );

  test("a refused read leaves no watch", () => {
    ask({ kind: "getData", path: "/a/hidden", watch: true });
    ask({ kind: "getChildren", type: 12, path: "/a/hidden", watch: true });

    expect(watches()).toBe(0);
  });

  test("exists needs none", () => {
    expect(ask(read("exists", "/a/hidden"))).toMatchObject({ err: 0 });
  });

  test("getACL takes ADMIN for READ", () => {
    expect(ask(read("getAcl", "/a/listed"))).toMatchObject({ err: 0 });
    expect(ask(read("getData", "/a/listed"))).toMatchObject({ err: -102 });
  });

  test("are those of the client at the time of its request", () => {
    identify(OTHERS);

    expect(ask(read("getData", "/a/hidden"))).toMatchObject({ err: 0 });
  });

  test("skipACL gives everybody every permission", () => {
    begin({ ...DEFAULT_OPTIONS, skipAcl: true });
    put(creates("/a/hidden", 1, { acl: [OTHERS] }));

    expect(ask(read("getData", "/a/hidden"))).toMatchObject({ err: 0 });
  });

  test("a znode whose list is lost can be looked for, and not read", () => {
    const { acls } = machine.server.database!.tree;
    acls.lists.delete(machine.server.database!.tree.nodes.get("/a/hidden")!.record.aclId);

    expect(ask(read("exists", "/a/hidden"))).toMatchObject({ err: 0 });
    expect(ask(read("getData", "/a/hidden"))).toMatchObject({ err: -5 });
    expect(ask(read("getAcl", "/a/hidden"))).toMatchObject({ err: -5 });
  });
});

describe("getACL", () => {
  const acl: readonly Acl[] = [
    { perms: 1, scheme: "world", id: "anyone" },
    { ...OTHERS, perms: 16 },
    { perms: 4, scheme: "digest", id: "nocolon" },
    { perms: 4, scheme: "ip", id: "10.0.0.0/8" },
  ];

  beforeEach(() => put(creates("/a/listed", 1, { acl })));

  test("hides what proves a digest from those without ADMIN", () => {
    expect(ask(read("getAcl", "/a/listed")).result).toMatchObject({
      kind: "acl",
      acl: [acl[0], { perms: 16, scheme: "digest", id: "bob:x" }, acl[2], acl[3]],
    });
  });

  test.each([OTHERS, { scheme: "super", id: "" }])("shows all of it to $scheme", (identity) => {
    identify(identity);

    expect(ask(read("getAcl", "/a/listed")).result).toMatchObject({ kind: "acl", acl });
  });
});

test("getChildren2 answers the parent's Stat, too", () => {
  const eight = ask({ kind: "getChildren", type: 8, path: "/", watch: false }).result;
  const twelve = ask({ kind: "getChildren", type: 12, path: "/", watch: false }).result;

  expect(eight).toEqual({ kind: "children", children: ["a", "zookeeper"], stat: null });
  expect(twelve).toMatchObject({ children: ["a", "zookeeper"], stat: { numChildren: 2 } });
});

test("getAllChildrenNumber counts all that is below, and the root among what is below its empty name", () => {
  put(creates("/a/b", 1));
  put(creates("/a/b/c", 1));
  put(creates("/ab", 2));

  expect(countBelow("/a")).toBe(2);
  expect(countBelow("/ab")).toBe(0);
  expect(countBelow("/zookeeper")).toBe(2);
  expect(countBelow("/")).toBe(7);
  expect(countBelow("")).toBe(8);
});

describe("getEphemerals", () => {
  beforeEach(() => {
    for (const path of ["/a/e1", "/ab", "/a/e2"]) ask(create(path, 1));
    asks(machine, connects(machine, "other"), 1, create("/other", 1));
    forget(machine);
  });

  test.each([null, "", "/", " ", "\t/\0 "])("lists all of the session's for %j", (prefix) => {
    expect(ephemerals(prefix).toSorted()).toEqual(["/a/e1", "/a/e2", "/ab"]);
  });

  test("takes any other prefix as it is", () => {
    expect(ephemerals("/a").toSorted()).toEqual(["/a/e1", "/a/e2", "/ab"]);
    expect(ephemerals("/a/").toSorted()).toEqual(["/a/e1", "/a/e2"]);
    expect(ephemerals("/a/e2")).toEqual(["/a/e2"]);
    for (const none of ["/other", " /a", "\u00a0", "//"]) expect(ephemerals(none)).toEqual([]);
  });
});

test("whoAmI names the user of each identity, and no secret", () => {
  identify(ALICE, { scheme: "digest", id: "nocolon" }, { scheme: "sasl", id: "kim" });

  const { result } = ask({ kind: "whoAmI" });

  expect(result?.kind === "identities" && result.identities.toSorted(byId)).toEqual([
    { scheme: "digest", id: "alice" },
    { scheme: "sasl", id: "kim" },
    { scheme: "ip", id: "me" },
    { scheme: "digest", id: "nocolon" },
  ]);
});

test("whoAmI lists them as a real server was recorded to", () => {
  // Capture acl-auth.
  machine.server.clients.byConn.get(conn)!.identities = [
    { scheme: "ip", id: "127.0.0.1" },
    { scheme: "digest", id: "super:lK75jTNcA+U9vtVEw5vB51mj/w4=" },
    { scheme: "super", id: "" },
  ];

  expect(ask({ kind: "whoAmI" }).result).toEqual({
    kind: "identities",
    identities: [
      { scheme: "super", id: "" },
      { scheme: "digest", id: "super" },
      { scheme: "ip", id: "127.0.0.1" },
    ],
  });
});

test.each(["/a", "nope", null])("sync answers %j as it came", (path) => {
  expect(ask({ kind: "sync", path })).toMatchObject({ err: 0, result: { kind: "path", path } });
});

describe("multiRead", () => {
  test("answers each part by itself, and leaves no watch", () => {
    put(creates("/a/hidden", 1, { acl: [OTHERS] }));

    const reply = ask({
      kind: "multiRead",
      ops: [
        { kind: "getData", path: "/a", watch: true },
        { kind: "getData", path: "/none", watch: false },
        { kind: "getChildren", type: 8, path: "/a", watch: true },
        { kind: "getChildren", type: 8, path: "/a/hidden", watch: false },
      ],
    });

    expect(reply).toMatchObject({
      err: 0,
      result: {
        kind: "multi",
        results: [
          { type: 4, err: 0, result: { kind: "data", data: null } },
          { type: -1, err: -101, result: null },
          { type: 8, err: 0, result: { kind: "children", children: ["hidden"], stat: null } },
          { type: -1, err: -102, result: null },
        ],
      },
    });
    expect(watches()).toBe(0);
  });

  test("of nothing answers nothing", () => {
    expect(ask({ kind: "multiRead", ops: [] })).toMatchObject({
      err: 0,
      result: { kind: "multi", results: [] },
    });
  });

  test("of one large znode over and over is refused before it is more than anybody could take", () => {
    put(creates("/large", 1, { data: new Uint8Array(1 << 20) }));
    const large = { kind: "getData", path: "/large", watch: false } as const;

    expect(ask({ kind: "multiRead", ops: Array.from({ length: 64 }, () => large) })).toMatchObject({
      err: 0,
    });
    expect(
      ask({ kind: "multiRead", ops: Array.from({ length: 50_000 }, () => large) }),
    ).toMatchObject({
      err: -5,
      result: { kind: "multi", results: [] },
    });
  });

  test("of writes is refused, with the end of a multi behind the error", () => {
    const ops = [{ kind: "delete", path: "/a", version: -1 }] as const;

    expect(ask({ kind: "multiRead", ops })).toMatchObject({
      err: -5,
      result: { kind: "multi", results: [] },
    });
    expect(ask(read("exists", "/a"))).toMatchObject({ err: 0 });
  });
});

describe("watches", () => {
  test("are left by exists even of nothing, by the others only of what is there", () => {
    ask({ kind: "exists", path: "/none", watch: true });
    expect(watches()).toBe(1);
    ask({ kind: "getData", path: "/never", watch: true });
    ask({ kind: "getChildren", type: 8, path: "/never", watch: true });
    expect(watches()).toBe(1);
    ask({ kind: "getData", path: "/a", watch: true });
    ask({ kind: "getChildren", type: 12, path: "/a", watch: true });
    ask({ kind: "exists", path: "/a", watch: false });
    expect(watches()).toBe(3);
  });

  test("fire before the reply to the write that fires them", () => {
    ask({ kind: "getData", path: "/a", watch: true });

    asks(machine, conn, 99, setData("/a"));

    expect(said().map(({ kind }) => kind)).toEqual(["watchEvent", "reply"]);
  });

  // CVE-2024-23944.
  test("fire in silence for who may not read the znode, and are used up", () => {
    const writeOnly = [{ perms: 30, scheme: "world", id: "anyone" }];
    ask({ kind: "exists", path: "/secret", watch: true });
    ask({ kind: "addWatch", path: "/secret", mode: 0 });
    ask({ kind: "exists", path: "/a/open", watch: true });

    asks(machine, conn, 96, createWith("/secret", writeOnly));
    asks(machine, conn, 97, setData("/secret"));
    asks(machine, conn, 98, { kind: "delete", path: "/secret", version: -1 });
    asks(machine, conn, 99, create("/a/open"));

    const events = said().filter(({ kind }) => kind === "watchEvent");
    expect(events).toMatchObject([{ type: 1, path: "/a/open" }]);
  });

  test("of what one may not read fire for who is super, and for whom the list names", () => {
    const only = [{ ...ALICE, perms: 31 }];
    for (const identity of [ALICE, { scheme: "super", id: "" }]) {
      ask({ kind: "exists", path: "/hers", watch: true });
      identify(identity);

      asks(machine, conn, 98, createWith("/hers", only));

      expect(said().map(({ kind }) => kind)).toEqual(["watchEvent", "reply"]);
      asks(machine, conn, 99, { kind: "delete", path: "/hers", version: -1 });
      forget(machine);
    }
  });

  test("of a closed connection are gone", () => {
    ask({ kind: "addWatch", path: "/a", mode: 1 });
    ask({ kind: "closeSession" });

    expect(watches()).toBe(0);
  });

  test("addWatch takes mode 0 and 1, anywhere", () => {
    const added = { err: 0, result: { kind: "watchAdded" } };
    expect(ask({ kind: "addWatch", path: "/none", mode: 0 })).toMatchObject(added);
    expect(ask({ kind: "addWatch", path: "/a", mode: 1 })).toMatchObject(added);
    expect(watches()).toBe(4);
    for (const mode of [-1, 2]) {
      const refused = { err: -5, result: null };
      expect(ask({ kind: "addWatch", path: "/b", mode })).toMatchObject(refused);
    }
    expect(watches()).toBe(4);
  });

  test("removeWatches takes back one's own of a type, and says when there is none", () => {
    ask({ kind: "addWatch", path: "/a", mode: 0 });

    expect(remove("/a", 2)).toBe(0);
    expect(remove("/a", 2)).toBe(-121);
    expect(remove("/a", 3)).toBe(0);
    expect(remove("/a", 1)).toBe(-121);
    expect(watches()).toBe(0);
  });

  test("checkWatches knows the types, and only exact paths", () => {
    ask({ kind: "getChildren", type: 8, path: "/a", watch: true });
    ask({ kind: "addWatch", path: "/", mode: 1 });

    expect([1, 2, 3].map((type) => check("/a", type))).toEqual([0, -121, 0]);
    expect([1, 2, 3].map((type) => check("/", type))).toEqual([0, 0, 0]);
    expect(check("/a/b", 3)).toBe(-121);
    expect(check("", 3)).toBe(-121);
  });

  test("checkWatches does not find a relative path, whoever watches recursively", () => {
    ask({ kind: "addWatch", path: "/a", mode: 1 });

    expect(check("a/b", 3)).toBe(-121);
  });

  test("checkWatches sees those of others, which removeWatches does not", () => {
    const other = connects(machine, "other");
    asks(machine, other, 1, { kind: "getData", path: "/a", watch: true });
    forget(machine);

    expect(check("/a", 2)).toBe(0);
    expect(remove("/a", 2)).toBe(-121);
    expect(check("/a", 2)).toBe(0);
  });

  test("an unknown type is an error, and so is a path without a slash that is searched for", () => {
    for (const type of [-1, 0, 4, 5]) {
      expect(check("/a", type)).toBe(-5);
      expect(remove("/a", type)).toBe(-5);
    }
    expect(check("a", 3)).toBe(-5);
    expect(remove("a", 3)).toBe(-121);
  });
});

test("what does not decode is answered in its turn, without a zxid of its own", () => {
  const last = machine.server.database!.lastZxid;

  const malformed = { kind: "malformed", type: 4, body: new Uint8Array(0) } as const;
  expect(ask(malformed)).toMatchObject({ err: -5, zxid: last, result: null });
  expect(machine.server.clients.byConn.has(conn)).toBe(true);
});

test("an unknown type is answered with zxid −1, and its connection closed", () => {
  expect(ask({ kind: "unknown", type: 99 })).toMatchObject({ err: -6, zxid: -1n, result: null });
  expect(machine.server.clients.byConn.has(conn)).toBe(false);
  expect(machine.server.database!.sessions.size).toBe(1);
});

test("every other read is answered with the last zxid applied", () => {
  const last = machine.server.database!.lastZxid;

  expect(last).toBe(2n);
  for (const op of [read("exists", "/none"), read("getData", "/a"), { kind: "ping" } as const]) {
    expect(ask(op).zxid).toBe(last);
  }
  expect(ask({ kind: "ping" }).xid).toBe(-2);
});

/** A server with one client, and /a. */
function createWith(path: string, acl: readonly Acl[]): Operation {
  return { kind: "create", type: 1, path, data: null, acl, flags: 0, ttlMs: -1 };
}

function begin(options: ServerOptions = DEFAULT_OPTIONS): void {
  machine = boot(configOf(1, { voters: 1, standalone: true, options }));
  conn = connects(machine, "me");
  asks(machine, conn, 1, create("/a"));
  zxid = 100;
  forget(machine);
}

function ask(op: Operation): Reply {
  asks(machine, conn, 7, op);
  const replies = said().filter((message) => message.kind === "reply");
  expect(replies).toHaveLength(1);
  return replies[0]!;
}

function said(): Message[] {
  return machine.out
    .splice(0)
    .flatMap((effect) => (effect.kind === "send" ? [effect.message] : []));
}

function read(
  kind: "exists" | "getData" | "getChildren" | "getAcl" | "getAllChildrenNumber",
  path: string,
): Operation {
  switch (kind) {
    case "getChildren":
      return { kind, type: 12, path, watch: false };
    case "exists":
    case "getData":
      return { kind, path, watch: false };
    default:
      return { kind, path };
  }
}

/** Into the tree directly, as a past that this server knows. */
function put(body: TxnBody): void {
  applyTxn(machine.server.database!.tree, makeTxn(++zxid, body));
}

function identify(...proved: readonly Identity[]): void {
  const client = machine.server.clients.byConn.get(conn)!;
  client.identities = [...client.identities, ...proved];
}

function byId(a: Identity, b: Identity): number {
  return a.id < b.id ? -1 : 1;
}

function countBelow(path: string): number {
  const { result } = ask({ kind: "getAllChildrenNumber", path });
  return result?.kind === "count" ? result.count : -1;
}

function ephemerals(prefix: string | null): readonly string[] {
  const { result } = ask({ kind: "getEphemerals", prefix });
  return result?.kind === "paths" ? result.paths : ["no paths"];
}

function check(path: string, type: number): number {
  return ask({ kind: "checkWatches", path, type }).err;
}

function remove(path: string, type: number): number {
  return ask({ kind: "removeWatches", path, type }).err;
}

function watches(): number {
  return watchCount(machine.server.clients.watches);
}
