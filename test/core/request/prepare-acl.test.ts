import { describe, expect, test } from "vitest";
import type { Operation, SentAcl } from "../../../core/request/operation.ts";
import type { ServerOptions } from "../../../core/options.ts";
import type { Identity } from "../../../core/tree/acl.ts";
import { OPEN_ACL, READ_ACL } from "../../../core/tree/acl.ts";
import { createDecider } from "../../support/decider.ts";

// Spec client-protocol 4.2, 8.2.

const IP: Identity = { scheme: "ip", id: "10.0.0.1" };
const ALICE: Identity = { scheme: "digest", id: "alice:hash" };
const SUPER: Identity = { scheme: "super", id: "" };

describe("the list of a create", () => {
  test.each<[string, readonly SentAcl[] | null, number]>([
    ["none", null, -114],
    ["an empty one", [], -114],
    ["world and anyone", entry("world", "anyone"), 0],
    ["world and somebody", entry("world", "nobody"), -114],
    ["world and no id stumbles", entry("world", null), -5],
    ["digest and no id stumbles", entry("digest", null), -5],
    ["ip and no id stumbles", entry("ip", null), -5],
    ["no scheme", entry(null, "x"), -114],
    ["no scheme behind the same permissions stumbles", both(["digest", "u:h"], [null, "x"]), -5],
    ["no scheme in front of the same", both([null, "x"], ["digest", "u:h"]), -114],
    ["no id behind the same scheme stumbles", both(["foo", "x"], ["foo", null]), -5],
    ["no id behind another scheme", both(["ip", "1.2.3.4"], ["foo", null]), -114],
    [
      "no scheme behind other permissions",
      [...entry("world", "anyone", 1), ...entry(null, "x", 2)],
      -114,
    ],
    ["an unknown scheme", entry("foo", "bar"), -114],
    ["an unknown scheme and no id", entry("foo", null), -114],
    ["super", entry("super", ""), -114],
    ["digest of two parts", entry("digest", "u:hash"), 0],
    ["digest of one", entry("digest", "u"), -114],
    ["digest of one and nothing", entry("digest", "u:"), -114],
    ["digest of nothing and one", entry("digest", ":u"), 0],
    ["digest of three", entry("digest", "a:b:c"), -114],
    ["an address", entry("ip", "127.0.0.1"), 0],
    ["a range", entry("ip", "127.0.0.0/8"), 0],
    ["a range of too many bits", entry("ip", "127.0.0.1/33"), -114],
    ["an IPv6 address", entry("ip", "::1"), -114],
    ["sasl where there is none", entry("sasl", "u"), -114],
    ["x509 where there is none", entry("x509", "CN=u"), -114],
    ["auth of somebody who has proved nothing", entry("auth", ""), -114],
  ])("%s: %j is answered %i", (_, acl, err) => {
    expect(createDecider().run(create("/a", acl), { identities: [IP, SUPER] }).err).toBe(err);
  });

  test("is stored as it is, odd permissions included, without its repeats", () => {
    const odd = { perms: 255, scheme: "world", id: "anyone" };
    const none = { ...odd, perms: 0 };

    expect(createDecider().run(create("/a", [odd, odd, none, odd])).body).toMatchObject({
      acl: [odd, none],
    });
  });

  test("has what the client has proved in place of auth, whatever its id", () => {
    const bob = { scheme: "sasl", id: "bob" };
    const acl = [...entry("auth", "ignored", 5), ...READ_ACL];

    const { body } = createDecider().run(create("/a", acl), {
      identities: [IP, ALICE, SUPER, bob],
    });

    const stored = (body as { acl: readonly SentAcl[] }).acl;
    expect(stored).toHaveLength(3);
    expect(stored).toEqual(
      expect.arrayContaining([{ perms: 5, ...ALICE }, { perms: 5, ...bob }, ...READ_ACL]),
    );
  });

  test("may name Kerberos users where SASL is set up", () => {
    const decider = createDecider({ saslUsers: new Map([["bob", "secret"]]) });
    const errOf = (id: string): number => decider.run(create("/s-", entry("sasl", id), 2)).err;

    expect(["bob", "bob@REALM", "bob/host@REALM"].map(errOf)).toEqual([0, 0, 0]);
    expect(["bob@", "bob@A@B", "a/b/c@R"].map(errOf)).toEqual([0, -114, -114]);
  });
});

describe("permission", () => {
  const nobodys = entry("digest", "carol:hash");

  test.each<[string, Operation]>([
    ["CREATE of the parent, before the last component is judged", create("/p/..")],
    ["DELETE of the parent, before the znode is looked for", remove("/p/nope")],
    ["WRITE, before the version", { kind: "setData", path: "/p", data: null, version: 9 }],
    ["ADMIN, before the version", { kind: "setAcl", path: "/p", acl: OPEN_ACL, version: 9 }],
  ])("%s", (_, op) => {
    const { run } = createDecider();
    run(create("/p", nobodys));

    expect(run(op).err).toBe(-102);
    expect(run(op, { identities: [SUPER] }).err).not.toBe(-102);
  });

  test("of the znode itself is not asked for its delete", () => {
    const { run } = createDecider();
    run(create("/p", nobodys));

    expect(run(remove("/p")).err).toBe(0);
  });

  test("is everybody's when ACLs are skipped", () => {
    const { run } = createDecider({ skipAcl: true });
    run(create("/p", nobodys));

    expect(run(create("/p/c")).err).toBe(0);
  });
});

describe("setAcl", () => {
  test.each<[string, Operation, number]>([
    ["a path that is none comes first", setAcl("/p/", []), -8],
    ["a list that is none comes before a missing znode", setAcl("/nope", []), -114],
    ["a missing znode", setAcl("/nope"), -101],
    ["an aversion that is not the present one", setAcl("/p", OPEN_ACL, 3), -103],
    ["the present one", setAcl("/p", OPEN_ACL, 0), 0],
  ])("%s", (_, op, err) => {
    const { run } = createDecider();
    run(create("/p"));

    expect(run(op).err).toBe(err);
  });

  test("counts aversion, and rules only once it is applied", () => {
    const decider = createDecider();
    decider.run(create("/p"));
    decider.applyAll();

    expect(decider.run(setAcl("/p", READ_ACL)).body).toMatchObject({ version: 1 });
    expect(decider.run(create("/p/early")).err).toBe(0);
    expect(decider.run(setAcl("/p", OPEN_ACL, 1)).body).toMatchObject({ version: 2 });
    decider.run(setAcl("/p", READ_ACL));
    decider.applyAll();
    expect(decider.run(create("/p/late")).err).toBe(-102);
  });
});

test("what is pending is judged by a list that no applied znode uses any more", () => {
  const decider = createDecider();
  decider.run(create("/p", entry("ip", "10.0.0.0/8")));
  decider.applyAll();

  decider.run(setAcl("/p", READ_ACL));
  decider.run({ kind: "setData", path: "/p", data: null, version: 0 });
  expect(decider.run(create("/p/c")).err).toBe(0);
  decider.applyAll();
});

test.each<[string, Partial<ServerOptions>, object]>([
  ["without digests", { digests: false }, { digest: null }],
  ["without their paths", { closeSessionPaths: false }, { body: { paths: null } }],
])("sessions can be closed %s", (_, options, prepared) => {
  const decider = createDecider(options);
  decider.run(create("/mine", OPEN_ACL, 1));

  expect(decider.run({ kind: "closeSession" })).toMatchObject(prepared);
  decider.applyAll();
  expect(decider.database.tree.nodes.has("/mine")).toBe(false);
});

function entry(scheme: string | null, id: string | null, perms = 31): readonly SentAcl[] {
  return [{ perms, scheme, id }];
}

type Who = readonly [string | null, string | null];

function both(first: Who, second: Who): readonly SentAcl[] {
  return [...entry(...first), ...entry(...second)];
}

function create(path: string, acl: readonly SentAcl[] | null = OPEN_ACL, flags = 0): Operation {
  return { kind: "create", type: 1, path, data: null, acl, flags, ttlMs: -1 };
}

function remove(path: string): Operation {
  return { kind: "delete", path, version: -1 };
}

function setAcl(path: string, acl: readonly SentAcl[] = OPEN_ACL, version = -1): Operation {
  return { kind: "setAcl", path, acl, version };
}
