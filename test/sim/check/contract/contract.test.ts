import { expect, test } from "vitest";
import type { SessionId } from "../../../../core/session/session-id.ts";
import { makeZxid } from "../../../../core/zxid.ts";
import {
  answer,
  attach,
  broken,
  call,
  commit,
  commitAs,
  creating,
  event,
  getting,
  honest,
  newest,
  read,
  sessionOf,
  setting,
  worldOf,
  write,
  type World,
} from "../../../support/contract-world.ts";

const NO_NODE = -101;
const BAD_VERSION = -103;

test("writes and reads in order keep the contract", () => {
  const world = worldOf(2);
  write(world, 0, creating("/a"));
  write(world, 1, setting("/a"));
  read(world, 0, getting("/a"));
  read(world, 0, getting("/b"));
  read(world, 1, { kind: "getChildren", type: 12, path: "/", watch: false });

  expect(broken(world)).toEqual([]);
});

test("a write that is committed before what a client had seen when it was called breaks C1", () => {
  const world = worldOf(2);
  write(world, 0, creating("/a"));
  const late = makeZxid(2, 1);
  answer(world, call(world, 0, getting("/b")), late, null, NO_NODE);
  write(world, 1, setting("/a"));

  expect(broken(world)).toContain("C1");
});

test("a write that is answered and not committed breaks C1", () => {
  const world = worldOf(1);
  const zxid = newest(world);
  answer(world, call(world, 0, creating("/a")), zxid, { kind: "path", path: "/a" });

  expect(broken(world)).toEqual(["C1"]);
});

test("a write that is answered with another outcome than it had breaks C1", () => {
  const world = worldOf(1);
  const ticket = call(world, 0, creating("/a"));
  const zxid = commit(world, ticket);
  answer(world, ticket, zxid, null, -110);

  expect(broken(world)).toEqual(["C1"]);
});

test("a path that was not made breaks C1", () => {
  const world = worldOf(1);
  const ticket = call(world, 0, creating("/a"));
  answer(world, ticket, commit(world, ticket), { kind: "path", path: "/b" });

  expect(broken(world)).toEqual(["C1"]);
});

test("a write that is carried out twice breaks C2, also where its client never heard of it", () => {
  const world = worldOf(1);
  write(world, 0, creating("/a"));
  const ticket = call(world, 0, setting("/a"));
  commit(world, ticket);
  commit(world, ticket);

  expect(broken(world)).toEqual(["C2"]);
});

test("two writes of one session in the other order break C2", () => {
  const world = worldOf(1);
  write(world, 0, creating("/a"));
  const [first, second] = [call(world, 0, setting("/a")), call(world, 0, setting("/a"))];
  commit(world, second);
  commit(world, first);

  expect(broken(world)).toEqual(["C2"]);
});

test("an answer ahead of an earlier one breaks C2", () => {
  const world = worldOf(1);
  call(world, 0, getting("/a"));
  answer(world, call(world, 0, getting("/b")), newest(world), null, NO_NODE);

  expect(broken(world)).toEqual(["C2"]);
});

test("a session that sees an older state at its next server breaks C3", () => {
  const world = worldOf(2);
  const before = write(world, 0, creating("/a"));
  write(world, 1, setting("/a"));
  read(world, 0, getting("/a"));
  attach(world, 0, 2);
  answer(world, call(world, 0, getting("/b")), before, null, NO_NODE);

  expect(broken(world)).toEqual(["C3"]);
});

test("another session may see an older state", () => {
  const world = worldOf(2);
  const op = getting("/a");
  const before = write(world, 0, creating("/a"));
  const then = honest(world, op);
  write(world, 0, setting("/a"));
  answer(world, call(world, 1, op), before, then);

  expect(broken(world)).toEqual([]);
});

test.for([
  ["data that was not there", (world: World) => wrongData(world)],
  ["a version that it did not have", (world: World) => wrongVersion(world)],
  ["no znode where there is one", (world: World) => read0(world, "/a", null, NO_NODE)],
  ["a znode where there is none", (world: World) => invented(world)],
  ["children that are not there", (world: World) => wrongChildren(world, ["a", "b", "zookeeper"])],
  ["less than all children", (world: World) => wrongChildren(world, ["zookeeper"])],
  ["one child twice", (world: World) => wrongChildren(world, ["zookeeper", "zookeeper"])],
  ["what nobody committed", (world: World) => beyond(world)],
] as const)("a read that shows %s breaks C4", ([, lie]) => {
  const world = worldOf(1);
  write(world, 0, creating("/a"));
  lie(world);

  expect(broken(world)).toEqual(["C4"]);
});

test("a sync that brings less than others had been shown breaks C5", () => {
  const world = worldOf(2);
  const before = write(world, 0, creating("/a"));
  write(world, 0, setting("/a"));
  answer(world, call(world, 1, { kind: "sync", path: "/a" }), before, { kind: "path", path: "/a" });

  expect(broken(world)).toEqual(["C5"]);
});

test("a sync at a deposed leader's follower owes nothing of later epochs", () => {
  const world = worldOf(2);
  const before = write(world, 0, creating("/a"));
  world.epoch = 2;
  write(world, 0, setting("/a"));
  const ticket = call(world, 1, { kind: "sync", path: "/a" }, { epoch: 1 });
  answer(world, ticket, before, { kind: "path", path: "/a" });

  expect(broken(world)).toEqual([]);
});

test("an answer that shows a change before the event of its watch breaks C6", () => {
  const world = worldOf(2);
  write(world, 0, creating("/a"));
  read(world, 1, getting("/a", true));
  write(world, 0, setting("/a"));
  read(world, 1, getting("/b"));

  expect(broken(world)).toEqual(["C6"]);
});

test("the event first, then the answer: that is the contract", () => {
  const world = worldOf(2);
  write(world, 0, creating("/a"));
  read(world, 1, getting("/a", true));
  write(world, 0, setting("/a"));
  event(world, 1, 3, "/a");
  read(world, 1, getting("/a"));

  expect(broken(world)).toEqual([]);
});

test("an event of what has not happened breaks C6", () => {
  const world = worldOf(1);
  write(world, 0, creating("/a"));
  read(world, 0, getting("/a", true));
  event(world, 0, 3, "/a");

  expect(broken(world)).toEqual(["C6"]);
});

test("a watch on children and one on a znode to come are owed their events, too", () => {
  const world = worldOf(3);
  read(world, 1, { kind: "getChildren", type: 12, path: "/", watch: true });
  read(world, 2, { kind: "exists", path: "/a", watch: true });
  write(world, 0, creating("/a"));
  event(world, 1, 4, "/");
  read(world, 1, getting("/a"));
  expect(broken(world)).toEqual([]);

  read(world, 2, getting("/a"));
  expect(broken(world)).toEqual(["C6"]);
});

test("an ephemeral that outlives its session breaks C7", () => {
  const world = worldOf(2);
  write(world, 0, creating("/mine", 1));
  const then = honest(world, getting("/mine"));
  commitAs(world, sessionOf(0), 0, { kind: "closeSession", paths: ["/mine"] });
  answer(world, call(world, 1, getting("/mine")), newest(world), then);

  expect(broken(world)).toEqual(["C7"]);
});

test("an ephemeral that goes before its session breaks C7", () => {
  const world = worldOf(2);
  write(world, 0, creating("/mine", 1));
  answer(world, call(world, 1, getting("/mine")), newest(world), null, NO_NODE);

  expect(broken(world)).toEqual(["C7"]);
});

test("a write of a session that has ended breaks C7", () => {
  const world = worldOf(1);
  const ticket = call(world, 0, creating("/a"));
  commitAs(world, sessionOf(0), 0, { kind: "closeSession", paths: null });
  commit(world, ticket);

  expect(broken(world)).toEqual(["C7"]);
});

test("a write of an earlier connection that comes after one of the next breaks C8", () => {
  const world = worldOf(1);
  write(world, 0, creating("/a"));
  const old = call(world, 0, setting("/a"));
  attach(world, 0, 2);
  commit(world, call(world, 0, setting("/a")));
  commit(world, old);

  expect(broken(world)).toEqual(["C8"]);
});

test("a session that is taken after its client has seen its end breaks C8", () => {
  const world = worldOf(1);
  commitAs(world, sessionOf(0), 0, { kind: "closeSession", paths: null });
  read(world, 0, getting("/a"));
  attach(world, 0, 2);

  expect(broken(world)).toEqual(["C8"]);
});

test.for([
  ["an error without a reason", setting("/a"), { kind: "error", err: BAD_VERSION }],
  ["success in spite of a wrong version", setting("/a", 7), undefined],
  ["a create over what is there", creating("/a"), undefined],
  ["something else than was asked for", setting("/a"), { kind: "delete", path: "/a" }],
  [
    "the same elsewhere",
    { kind: "delete", path: "/a", version: -1 },
    { kind: "delete", path: "/b" },
  ],
] as const)("%s breaks C9, though nobody was told", ([, op, body]) => {
  const world = worldOf(1);
  write(world, 0, creating("/a"));
  write(world, 0, creating("/b"));
  commit(world, call(world, 0, op), body);

  expect(broken(world)).toEqual(["C9"]);
});

test("a transaction that its client never asked for breaks C9", () => {
  const world = worldOf(1);
  commitAs(world, sessionOf(0), 9, { kind: "delete", path: "/a" });

  expect(broken(world)).toEqual(["C9"]);
});

test("of sessions that are nobody's, and of the leader's own doing, nothing is judged", () => {
  const world = worldOf(1);
  commitAs(world, 77n as SessionId, 9, { kind: "delete", path: "/a" });

  expect(broken(world)).toEqual([]);
});

function read0(world: World, path: string, result: ReturnType<typeof honest>, err = 0): void {
  answer(world, call(world, 0, getting(path)), newest(world), result, err);
}

function wrongData(world: World): void {
  const result = honest(world, getting("/a"));
  if (result?.kind === "data") read0(world, "/a", { ...result, data: Uint8Array.of(1, 2, 4) });
}

function wrongVersion(world: World): void {
  const result = honest(world, getting("/a"));
  if (result?.kind !== "data") return;
  read0(world, "/a", { ...result, stat: { ...result.stat, version: 1 } });
}

function invented(world: World): void {
  read0(world, "/b", honest(world, getting("/a")));
}

function wrongChildren(world: World, children: readonly string[]): void {
  const op = { kind: "getChildren", type: 12, path: "/", watch: false } as const;
  const result = honest(world, op);
  if (result?.kind !== "children") return;
  answer(world, call(world, 0, op), newest(world), { ...result, children });
}

function beyond(world: World): void {
  const ticket = call(world, 0, getting("/b"));
  answer(world, ticket, makeZxid(1, 1000), null, NO_NODE);
}
