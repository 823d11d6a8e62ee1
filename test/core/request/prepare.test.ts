import { beforeEach, describe, expect, test } from "vitest";
import type { Operation } from "../../../core/request/operation.ts";
import { lookUp, settle, type Pending } from "../../../core/request/pending.ts";
import type { Prepared } from "../../../core/request/prepare.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { OPEN_ACL, READ_ACL } from "../../../core/tree/acl.ts";
import type { Database } from "../../../core/tree/database.ts";
import { treeDigest } from "../../../core/tree/tree.ts";
import { toZxid } from "../../../core/zxid.ts";
import { createDecider, type Decider } from "../../support/decider.ts";

let decider: Decider;
let database: Database;
let pending: Pending;

beforeEach(() => {
  decider = createDecider();
  ({ database, pending } = decider);
});

describe("create", () => {
  test.each([
    ["flags that there are not come before the session", create("/a", { flags: 7 }), -112, -8],
    ["the session comes before the path", create("a"), -112, -112],
    ["a path without a slash", create("a"), 0, -8],
    ["a path with a NUL", create("/a\0"), 0, -8],
    ["an empty ACL comes before the parent", create("/x/y", { acl: [] }), 0, -114],
    ["a missing parent comes before the syntax", create("/a//b"), 0, -101],
    ["a missing parent, dots and all", create("/nope/.."), 0, -101],
    ["the syntax comes before existence", create("/p/.."), 0, -8],
    ["a slash at the end", create("/p/"), 0, -8],
    ["the root exists", create("/"), 0, -110],
    ["existence comes before an ephemeral parent", create("/p"), 0, -110],
    ["an ephemeral has no children", create("/e/c"), 0, -108],
  ])("%s", (_, op, sessionErr, err) => {
    run(create("/p"));
    run(create("/e", { flags: 1 }));

    expect(run(op, { sessionErr })).toEqual({ body: { kind: "error", err }, digest: null, err });
  });

  test("an ephemeral belongs to the session that asked", () => {
    expect(run(create("/e", { flags: 1 })).body).toMatchObject({ ephemeral: true });
  });

  test("a sequential name counts all creates of the parent, deletes do not matter", () => {
    run(create("/p"));
    expect(run(create("/p/n-", { flags: 2 })).body).toMatchObject({ path: "/p/n-0000000000" });
    run(create("/p/plain"));
    run({ kind: "delete", path: "/p/plain", version: -1 });
    expect(run(create("/p/", { flags: 3 })).body).toMatchObject({ path: "/p/0000000002" });
    expect(run(create("/", { flags: 2 })).body).toMatchObject({ path: "/0000000001" });
  });

  test("a create that failed does not move the sequence", () => {
    run(create("/p"));
    run(create("/p"));
    run(create("/p/x/y"));

    expect(run(create("/n-", { flags: 2 })).body).toMatchObject({ path: "/n-0000000001" });
  });

  test("entries of an ACL that repeat are dropped", () => {
    const acl = [...OPEN_ACL, ...READ_ACL, ...OPEN_ACL];

    expect(run(create("/a", { acl })).body).toMatchObject({ acl: [...OPEN_ACL, ...READ_ACL] });
  });

  test("at the last cversion the sequence stops", () => {
    const root = database.tree.nodes.get("");
    if (root === undefined) throw new Error("no root");
    root.record = { ...root.record, cversion: 2147483647 };

    expect(run(create("/n-", { flags: 2 })).body).toMatchObject({ path: "/n-2147483647" });
    expect(run(create("/n-", { flags: 2 })).err).toBe(-110);
  });
});

describe("delete", () => {
  test.each([
    ["the session comes first", "a", -1, -118, -118],
    ["a path without a slash", "a", -1, 0, -8],
    ["the root", "/", -1, 0, -8],
    ["/zookeeper/config", "/zookeeper/config", -1, 0, -8],
    ["a missing parent", "/nope/x", -1, 0, -101],
    ["a missing znode", "/nope", -1, 0, -101],
    ["a slash at the end is not refused, only not found", "/p/", -1, 0, -101],
    ["the version comes before children", "/p", 7, 0, -103],
    ["−2 is no wildcard", "/p", -2, 0, -103],
    ["children", "/p", 0, 0, -111],
  ])("%s", (_, path, version, sessionErr, err) => {
    run(create("/p"));
    run(create("/p/c"));

    expect(run({ kind: "delete", path, version }, { sessionErr }).err).toBe(err);
  });

  test("a child whose delete is pending is no obstacle", () => {
    run(create("/p"));
    run(create("/p/c"));
    decider.applyAll();

    expect(run({ kind: "delete", path: "/p/c", version: -1 }).err).toBe(0);
    expect(run({ kind: "delete", path: "/p", version: -1 }).err).toBe(0);
    expect(run({ kind: "delete", path: "/p", version: -1 }).err).toBe(-101);
    expect(run(create("/p/d")).err).toBe(-101);
  });
});

describe("setData", () => {
  test.each([
    ["the session comes first", "/..", -1, -112, -112],
    ["the syntax comes before existence", "/nope/..", -1, 0, -8],
    ["a missing znode", "/nope", 5, 0, -101],
    ["a version that is not the present one", "/p", 5, 0, -103],
  ])("%s", (_, path, version, sessionErr, err) => {
    run(create("/p"));

    expect(run({ kind: "setData", path, data: null, version }, { sessionErr }).err).toBe(err);
  });

  test("versions count up through what is pending", () => {
    run(create("/p"));
    const body = (version: number): unknown =>
      run({ kind: "setData", path: "/p", data: null, version }).body;

    expect([body(0), body(-1), body(2)]).toMatchObject([
      { version: 1 },
      { version: 2 },
      { version: 3 },
    ]);
    expect(run({ kind: "setData", path: "/p", data: null, version: 0 }).err).toBe(-103);
  });

  test("the root can be written", () => {
    expect(run({ kind: "setData", path: "/", data: null, version: 0 }).err).toBe(0);
  });
});

describe("sessions", () => {
  test("closing lists ephemerals of the tree and of what is pending, less those deleted", () => {
    run(create("/one", { flags: 1 }));
    run(create("/two", { flags: 1 }));
    decider.applyAll();
    run({ kind: "delete", path: "/one", version: -1 });
    run(create("/three", { flags: 1 }));
    run(create("/other", { flags: 1 }), { session: 2 });

    expect(run({ kind: "closeSession" }).body).toEqual({
      kind: "closeSession",
      paths: ["/three", "/two"],
    });
  });

  test("what a pending close will delete is gone, but still counts as a child", () => {
    run(create("/p"));
    run(create("/p/e", { flags: 1 }));
    run({ kind: "closeSession" });

    expect(run({ kind: "setData", path: "/p/e", data: null, version: -1 }).err).toBe(-101);
    expect(run({ kind: "delete", path: "/p", version: -1 }).err).toBe(-111);
    decider.applyAll();
    expect(run({ kind: "delete", path: "/p", version: -1 }).err).toBe(0);
  });

  test("creating one leaves the tree's digest as it is", () => {
    expect(run({ kind: "createSession", timeoutMs: 4000 })).toEqual({
      body: { kind: "createSession", timeoutMs: 4000 },
      digest: treeDigest(database.tree),
      err: 0,
    });
  });
});

describe("what is pending", () => {
  test("is dropped up to what was applied, and kept beyond", () => {
    run(create("/a"));
    run(create("/b"));

    settle(pending, toZxid(1n));

    expect(lookUp(database, pending, "/a")).toBeNull();
    expect(lookUp(database, pending, "/b")?.zxid).toBe(2n);
    settle(pending, toZxid(2n));
    expect(pending).toMatchObject({ queue: [], head: 0, newest: new Map() });
  });

  test("stays bounded when the queue never runs empty", () => {
    const last = 2000;
    for (let i = 1; i <= last; i++) {
      run({ kind: "setData", path: "/", data: null, version: -1 });
      settle(pending, toZxid(BigInt(i - 10)));
    }

    expect(pending.queue.length - pending.head).toBe(10);
    expect(pending.queue.length).toBeLessThan(300);
  });
});

function run(
  op: Operation,
  { session = 1, sessionErr = 0 }: { session?: number; sessionErr?: number } = {},
): Prepared {
  const sessionId = BigInt(session) as SessionId;
  return decider.run(op, { sessionId, sessionErr, ephemeralErr: sessionErr });
}

function create(path: string, { flags = 0, acl = OPEN_ACL } = {}): Operation {
  return { kind: "create", type: 1, path, data: null, acl, flags, ttlMs: -1 };
}
