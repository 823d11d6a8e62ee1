import { expect, test } from "vitest";
import type { CreateOp, Operation } from "../../../core/request/operation.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import { CONTAINER_OWNER, NO_OWNER, ttlOwner } from "../../../core/tree/owner.ts";
import { createDecider } from "../../support/decider.ts";

// Spec client-protocol 3.1, 4.2; storage-and-processing 6.3, 12.2.

const TTL_MAX = 1_099_511_627_775;

test.each<[string, Partial<CreateOp>, number]>([
  ["flags below 0", { flags: -1 }, -8],
  ["flags above 6", { flags: 7 }, -8],
  ["a plain create with the flag of a TTL, for it has none", { flags: 5 }, -8],
  ["a TTL of 0", { type: 21, flags: 5, ttlMs: 0 }, -8],
  ["a TTL below 0", { type: 21, flags: 5, ttlMs: -1 }, -8],
  ["a TTL too long", { type: 21, flags: 6, ttlMs: TTL_MAX + 1 }, -8],
  ["a TTL without its flag", { type: 21, flags: 0, ttlMs: 1000 }, -8],
  ["createTtl without flag and TTL, which nobody could apply", { type: 21, flags: 0 }, -8],
  ["createTtl of a container", { type: 21, flags: 4 }, -8],
  ["an ephemeral container", { type: 19, flags: 1 }, -8],
  ["a container with the flag of a TTL", { type: 19, flags: 5 }, -8],
])("refused: %s", (_, more, err) => {
  expect(createDecider({ extendedTypes: true }).run(create("/a", more)).err).toBe(err);
});

test.each<[string, Partial<CreateOp>, object, bigint]>([
  ["persistent", {}, { kind: "create", ephemeral: false }, NO_OWNER],
  ["ephemeral", { flags: 1 }, { kind: "create", ephemeral: true }, 1n],
  ["a container", { type: 19, flags: 4 }, { kind: "createContainer" }, CONTAINER_OWNER],
  ["a container, flag or not", { type: 19 }, { kind: "createContainer" }, CONTAINER_OWNER],
  [
    "persistent, for its flag alone does not make a container",
    { flags: 4 },
    { ephemeral: false },
    0n,
  ],
  [
    "a TTL znode",
    { type: 21, flags: 5, ttlMs: TTL_MAX },
    { kind: "createTtl", ttlMs: TTL_MAX },
    ttlOwner(TTL_MAX),
  ],
])("made: %s", (_, more, body, owner) => {
  const decider = createDecider({ extendedTypes: true });

  expect(decider.run(create("/a", more)).body).toMatchObject(body);

  // The digest is that of what is logged, which applying compares.
  decider.applyAll();
  expect(decider.database.tree.nodes.get("/a")?.record.ephemeralOwner).toBe(owner);
});

test("sequential ones may be containers and have a TTL", () => {
  const { run } = createDecider({ extendedTypes: true });

  expect(run(create("/c-", { type: 19, flags: 2 })).body).toMatchObject({ path: "/c-0000000000" });
  expect(run(create("/t-", { type: 21, flags: 6, ttlMs: 1 })).body).toMatchObject({
    path: "/t-0000000001",
  });
});

test("without extended types a TTL is unimplemented, before anything is said of its length", () => {
  const { run } = createDecider();

  expect(run(create("/t", { type: 21, flags: 5, ttlMs: 0 }), { sessionErr: -112 }).err).toBe(-6);
});

test("an ephemeral asks more of its session than the others", () => {
  const { run } = createDecider();
  const more = { sessionErr: 0, ephemeralErr: -120 };

  expect(run(create("/e", { flags: 1 }), more).err).toBe(-120);
  expect(run(create("/p"), more).err).toBe(0);
});

test("children of containers and TTL znodes are no different from others", () => {
  const { run } = createDecider({ extendedTypes: true });
  run(create("/c", { type: 19, flags: 4 }));
  run(create("/t", { type: 21, flags: 5, ttlMs: 1 }));

  expect(run(create("/c/k")).err).toBe(0);
  expect(run(create("/t/k")).err).toBe(0);
});

test("limits on everything are refused: nobody could apply them", () => {
  const { run } = createDecider();

  expect(run(create("/zookeeper/quota/zookeeper_limits")).err).toBe(-8);
  expect(run(create("/zookeeper/quota/zookeeper_stats")).err).toBe(0);
});

test.each([
  ["a create", 1, -112, -5],
  ["a multi", 14, -112, -5],
  ["a setData of an expired session", 5, -112, -112],
  ["a setData", 5, 0, -5],
  ["a client's deleteContainer", 20, 0, -8],
])("%s that cannot be read", (_, type, sessionErr, err) => {
  const op = { kind: "malformed", type, body: new Uint8Array(0) } as const;

  expect(createDecider().run(op, { sessionErr }).err).toBe(err);
});

test.each([
  ["what is not there", "/nope", -101],
  ["what has children", "/p", -111],
  ["an ephemeral", "/e", -103],
  ["a znode of the server's own", "/zookeeper", -8],
  ["an empty znode, container or not", "/p/c", 0],
])("the cleaner's delete of %s", (_, path, err) => {
  const { run } = createDecider();
  run(create("/p"));
  run(create("/p/c"));
  run(create("/e", { flags: 1 }));

  expect(run({ kind: "deleteContainer", path }, { sessionErr: -112 }).err).toBe(err);
});

function create(path: string, more: Partial<CreateOp> = {}): Operation {
  return { kind: "create", type: 1, path, data: null, acl: OPEN_ACL, flags: 0, ttlMs: -1, ...more };
}
