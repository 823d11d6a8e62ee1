import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import { isPermitted } from "../../../core/request/permission.ts";
import { Permission, type Acl, type Identity } from "../../../core/tree/acl.ts";

const IP: Identity = { scheme: "ip", id: "10.1.2.3" };
const ALICE: Identity = { scheme: "digest", id: "alice:hash" };

test("world:anyone needs no identity, and no other id of that scheme matches", () => {
  expect(mayRead([entry("world", "anyone")], [])).toBe(true);
  expect(mayRead([entry("world", "everyone")], [{ scheme: "world", id: "everyone" }])).toBe(false);
});

test("one bit in common with an entry is enough, and none is not", () => {
  const acl = [entry("world", "anyone", Permission.admin)];

  expect(isPermitted(DEFAULT_OPTIONS, acl, Permission.read | Permission.admin, [IP])).toBe(true);
  expect(isPermitted(DEFAULT_OPTIONS, acl, Permission.read, [IP])).toBe(false);
});

test("a digest must be equal, and of the same scheme", () => {
  expect(mayRead([entry("digest", "alice:hash")], [IP, ALICE])).toBe(true);
  expect(mayRead([entry("digest", "alice:other")], [IP, ALICE])).toBe(false);
  expect(mayRead([entry("sasl", "alice:hash")], [IP, ALICE])).toBe(false);
});

test("one entry that matches is enough", () => {
  const acl = [entry("digest", "bob:hash"), entry("ip", "10.1.2.3"), entry("digest", "carol:hash")];

  expect(mayRead(acl, [IP])).toBe(true);
});

test("an empty list, a super identity and skipACL allow everything", () => {
  const nobody = [entry("digest", "bob:hash", 0)];

  expect(mayRead([], [])).toBe(true);
  expect(mayRead(nobody, [IP, ALICE])).toBe(false);
  expect(mayRead(nobody, [IP, { scheme: "super", id: "" }])).toBe(true);
  expect(isPermitted({ ...DEFAULT_OPTIONS, skipAcl: true }, nobody, Permission.read, [IP])).toBe(
    true,
  );
});

test("sasl and x509 names must be equal, but for those that are super", () => {
  const options = { ...DEFAULT_OPTIONS, x509SuperUser: "CN=root" };
  const may = (scheme: string, id: string): boolean =>
    isPermitted(options, [entry(scheme, "CN=alice")], Permission.read, [{ scheme, id }]);

  expect(may("sasl", "CN=alice")).toBe(true);
  expect(may("sasl", "super")).toBe(true);
  expect(may("sasl", "CN=root")).toBe(false);
  expect(may("x509", "CN=alice")).toBe(true);
  expect(may("x509", "CN=root")).toBe(true);
  expect(may("x509", "CN=bob")).toBe(false);
});

describe("an ip entry", () => {
  test.each([
    ["10.1.2.3", true],
    ["10.1.2.4", false],
    ["10.1.2.0/24", true],
    ["10.1.3.0/24", false],
    ["10.1.2.2/31", true],
    ["10.1.2.4/31", false],
    ["138.0.0.0/1", false],
    ["192.168.0.0/0", true],
    ["10.1.2.3/32", true],
    ["10.1.2.3/33", false],
    ["10.1.2.3/", false],
    ["10.1.2.0/-1", false],
    ["10.1.2", false],
    ["10.1.2.3.4", false],
    ["10.1.2.256/0", false],
    ["10.1.2.x", false],
    ["::1", false],
  ])("%s matches 10.1.2.3: %s", (range, matches) => {
    expect(mayRead([entry("ip", range)], [IP])).toBe(matches);
  });

  test("never matches an IPv6 peer", () => {
    const peer = { scheme: "ip", id: "0:0:0:0:0:0:0:1" };

    expect(mayRead([entry("ip", "0:0:0:0:0:0:0:1")], [peer])).toBe(false);
    expect(mayRead([entry("ip", "0.0.0.0/0")], [peer])).toBe(false);
  });
});

function entry(scheme: string, id: string, perms: number = Permission.read): Acl {
  return { perms, scheme, id };
}

function mayRead(acl: readonly Acl[], identities: readonly Identity[]): boolean {
  return isPermitted(DEFAULT_OPTIONS, acl, Permission.read, identities);
}
