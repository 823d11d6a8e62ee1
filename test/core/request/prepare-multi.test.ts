import { beforeEach, describe, expect, test } from "vitest";
import type { MultiOp, Operation } from "../../../core/request/operation.ts";
import type { WriteRequest } from "../../../core/request/write-request.ts";
import { OPEN_ACL, READ_ACL } from "../../../core/tree/acl.ts";
import { treeDigest } from "../../../core/tree/tree.ts";
import { createDecider, type Decider } from "../../support/decider.ts";

// Spec client-protocol 7, storage-and-processing 6.4.

let decider: Decider;

beforeEach(() => {
  decider = createDecider({ extendedTypes: true });
  run(create("/m"));
});

test("each operation sees what the ones before it leave", () => {
  expect(
    multi(
      create("/m/a"),
      create("/m/a/b"),
      { kind: "setData", path: "/m/a/b", data: null, version: 0 },
      { kind: "check", path: "/m/a/b", version: 1 },
      { kind: "delete", path: "/m/a/b", version: 1 },
    ),
  ).toMatchObject({
    kind: "multi",
    txns: [
      { type: 1, body: { path: "/m/a", parentCversion: 1 } },
      { type: 1, body: { path: "/m/a/b" } },
      { type: 5, body: { version: 1 } },
      { type: 13, body: { kind: "check", version: 2 } },
      { type: 2, body: { path: "/m/a/b" } },
    ],
  });
  decider.applyAll();
});

test("none at all is a multi, too", () => {
  expect(multi()).toEqual({ kind: "multi", txns: [] });
});

describe("one that fails", () => {
  test("keeps what was prepared before the error, which is inconsistency after it", () => {
    expect(
      multi(
        create("/m/b"),
        { kind: "check", path: "/m", version: 5 },
        create("/m/c"),
        create("/x/y"),
      ),
    ).toMatchObject({
      txns: [
        { type: 1, body: { path: "/m/b" } },
        { type: -1, body: { err: -103 } },
        { type: -1, body: { err: -2 } },
        { type: -1, body: { err: -2 } },
      ],
    });
  });

  test("carries the digest of the tree as it was", () => {
    decider.applyAll();

    const { digest } = run({ kind: "multi", ops: [create("/m/b"), create("/x/y")] });

    expect(digest).toBe(treeDigest(decider.database.tree));
  });

  test("leaves what was pending before as it was, and gives back its sequence numbers", () => {
    run(create("/m/n-", { flags: 2 }));
    run({ kind: "setData", path: "/m", data: null, version: 0 });
    const before = new Map(decider.pending.newest);

    multi(create("/m/n-", { flags: 2 }), create("/m/c"), create("/m/c"));

    expect(decider.pending.newest).toEqual(before);
    expect(run(create("/m/n-", { flags: 2 })).body).toMatchObject({ path: "/m/n-0000000001" });
    expect(run({ kind: "setData", path: "/m", data: null, version: 1 }).err).toBe(0);
    decider.applyAll();
  });

  test("for something unreadable fails as a whole, and leaves nothing pending", () => {
    const nobody = [{ perms: 31, scheme: "world", id: null }];

    expect(multi(create("/m/b"), create("/m/c", { acl: nobody }))).toEqual({
      kind: "error",
      err: -5,
    });
    expect(run(create("/m/b/c")).err).toBe(-101);
  });
});

test.each<[string, MultiOp, number, object]>([
  ["create2 is logged as a create", create("/m/a", { type: 15 }), 1, { kind: "create" }],
  [
    "the flag of a container makes one",
    create("/m/a", { flags: 4 }),
    19,
    { kind: "createContainer" },
  ],
  [
    "createContainer without its flag makes a plain znode",
    create("/m/a", { type: 19 }),
    1,
    { kind: "create", ephemeral: false },
  ],
  [
    "createTtl without its flag does, too",
    create("/m/a", { type: 21, ttlMs: 5 }),
    1,
    { kind: "create", ephemeral: false },
  ],
  [
    "createTtl with its flag makes a TTL znode",
    create("/m/a", { type: 21, flags: 5, ttlMs: 5 }),
    21,
    { kind: "createTtl", ttlMs: 5 },
  ],
  ["flags that there are not", create("/m/a", { flags: 7 }), -1, { err: -8 }],
])("%s", (_, op, type, body) => {
  expect(multi(op)).toMatchObject({ txns: [{ type, body }] });
  decider.applyAll();
});

test.each([1, 15, 19] as const)(
  "a TTL in a create of type %i, which has no room for one, spoils the whole, once it is its turn",
  (type) => {
    const ttl = create("/m/a", { type, flags: 6 });

    expect(multi(create("/m/b"), ttl)).toEqual({ kind: "error", err: -5 });
    expect(multi(create("/nope/b"), ttl)).toMatchObject({
      txns: [{ body: { err: -101 } }, { body: { err: -2 } }],
    });
    expect(multi(create("/m/b"))).toMatchObject({ txns: [{ type: 1 }] });
    decider.applyAll();
  },
);

test("a check needs READ, and a version if it names one", () => {
  run(create("/secret", { acl: [{ perms: 30, scheme: "world", id: "anyone" }] }));
  run(create("/open", { acl: READ_ACL }));
  decider.applyAll();

  expect(multi({ kind: "check", path: "/secret", version: -1 })).toMatchObject({
    txns: [{ body: { err: -102 } }],
  });
  expect(multi({ kind: "check", path: "/open", version: -1 })).toMatchObject({
    txns: [{ type: 13 }],
  });
  expect(multi({ kind: "check", path: "/nope", version: -1 })).toMatchObject({
    txns: [{ body: { err: -101 } }],
  });
});

test("session errors are the errors of its operations", () => {
  const more = { sessionErr: -118, ephemeralErr: -120 };

  expect(run({ kind: "multi", ops: [create("/m/a")] }, more).body).toMatchObject({
    txns: [{ body: { err: -118 } }],
  });
  expect(run({ kind: "multi", ops: [create("/m/a", { flags: 1 })] }, more).body).toMatchObject({
    txns: [{ body: { err: -120 } }],
  });
});

function run(op: Operation, more: Partial<WriteRequest> = {}): ReturnType<Decider["run"]> {
  return decider.run(op, more);
}

function multi(...ops: readonly MultiOp[]): unknown {
  return run({ kind: "multi", ops }).body;
}

function create(path: string, more: Partial<Extract<MultiOp, { kind: "create" }>> = {}) {
  const data = null;
  return {
    kind: "create",
    type: 1,
    path,
    data,
    acl: OPEN_ACL,
    flags: 0,
    ttlMs: -1,
    ...more,
  } as const;
}
