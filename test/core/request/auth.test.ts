import { describe, expect, test } from "vitest";
import type { ServerConfig } from "../../../core/config.ts";
import type { ConnId } from "../../../core/message.ts";
import { DEFAULT_OPTIONS, type ServerOptions } from "../../../core/options.ts";
import { digestId } from "../../../core/request/auth.ts";
import type { Identity } from "../../../core/tree/acl.ts";
import { forget, hold, receive, saidBy, tell, type Machine } from "../../support/machine.ts";
import { asks, connects, create, elected } from "../../support/roles.ts";

// Spec client-protocol 8.3 to 8.6; captures auth-failure, acl-auth, sasl-required.

const IP = { scheme: "ip", id: "client" };

function alone(options: Partial<ServerOptions> = {}): Machine {
  const limits: Partial<ServerConfig> = { options: { ...DEFAULT_OPTIONS, ...options } };
  return elected(undefined, { voters: 1, ...limits }, 1);
}

/** A client with a session, and nothing said about it yet. */
function client(machine: Machine): ConnId {
  const conn = connects(machine, "client");
  forget(machine);
  return conn;
}

function identitiesOf(machine: Machine, conn: ConnId): readonly Identity[] {
  return machine.server.clients.byConn.get(conn)!.identities;
}

function auth(machine: Machine, conn: ConnId, scheme: string | null, text: string | null): void {
  const bytes = text === null ? null : new TextEncoder().encode(text);
  asks(machine, conn, -4, { kind: "auth", scheme, auth: bytes });
}

/** The replies a machine has sent, with the zxid of each. */
function replies(machine: Machine): unknown[] {
  return machine.out
    .splice(0)
    .flatMap((effect): unknown[] =>
      effect.kind === "send" && effect.message.kind === "reply"
        ? [[effect.message.xid, effect.message.zxid, effect.message.err]]
        : effect.kind === "close"
          ? ["close"]
          : [],
    );
}

test.each([
  ["u:p", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="],
  ["user:pass", "user:smGaoVKd/cQkjm7b88GyorAUz20="],
  ["super:secret", "super:lK75jTNcA+U9vtVEw5vB51mj/w4="],
])("the digest of %s is %s", (credentials, id) => {
  expect(digestId(new TextEncoder().encode(credentials))).toBe(id);
});

describe("an auth packet", () => {
  test("adds a digest each time, and is answered with its own xid and zxid 0", () => {
    const machine = alone();
    const conn = client(machine);

    auth(machine, conn, "digest", "u:p");
    auth(machine, conn, "digest", "u:p");
    auth(machine, conn, "digest", "nocolon");

    expect(replies(machine)).toEqual([
      [-4, 0n, 0],
      [-4, 0n, 0],
      [-4, 0n, 0],
    ]);
    expect(identitiesOf(machine, conn).map(({ id }) => id.split(":")[0])).toEqual([
      "client",
      "u",
      "nocolon",
    ]);
  });

  test("of ip is welcome and adds nothing new", () => {
    const machine = alone();
    const conn = client(machine);

    auth(machine, conn, "ip", "");

    expect(replies(machine)).toEqual([[-4, 0n, 0]]);
    expect(identitiesOf(machine, conn)).toEqual([IP]);
  });

  test("that matches the super digest adds super as well", () => {
    const machine = alone({ superDigest: "super:lK75jTNcA+U9vtVEw5vB51mj/w4=" });
    const conn = client(machine);

    auth(machine, conn, "digest", "super:secret");

    expect(identitiesOf(machine, conn)).toContainEqual({ scheme: "super", id: "" });
  });

  test.each([
    ["nosuch", "x"],
    ["world", ""],
    ["super", ""],
    ["sasl", ""],
    ["x509", ""],
    ["digest", null],
    [null, "x"],
  ])("of scheme %s with %j fails with -115, and the connection ends", (scheme, text) => {
    const machine = alone();
    const conn = client(machine);

    auth(machine, conn, scheme, text);

    expect(replies(machine)).toEqual([[-4, 0n, -115], "close"]);
    expect(machine.server.database?.sessions.size).toBe(1);
  });

  test("is answered ahead of what waits, and does not change who asked that", () => {
    const machine = alone();
    const conn = client(machine);
    hold(machine, "prep");
    asks(machine, conn, 1, create("/a"));

    auth(machine, conn, "digest", "u:p");

    expect(replies(machine)).toEqual([[-4, 0n, 0]]);
    expect(machine.server.leader?.prep[0]?.identities).toEqual([IP]);
  });

  test("that does not decode ends the connection without an answer", () => {
    const machine = alone();
    const conn = client(machine);

    asks(machine, conn, -4, { kind: "malformed", type: 100, body: new Uint8Array(0) });

    expect(saidBy(machine, "send", "close")).toEqual(["close client"]);
  });
});

describe("a client certificate", () => {
  const dn = "CN=kim,O=zoo";

  test("gives its name from the start, and auth of x509 is welcome then", () => {
    const machine = alone();
    const identities = [{ scheme: "x509", id: dn }];
    tell(machine, { kind: "accepted", port: "client", conn: -50, from: "client", identities });

    expect(identitiesOf(machine, -50)).toEqual([IP, ...identities]);
  });

  test("of the super user makes it super", () => {
    const machine = alone({ x509SuperUser: dn });
    const identities = [{ scheme: "x509", id: dn }];
    tell(machine, { kind: "accepted", port: "client", conn: -50, from: "client", identities });

    expect(identitiesOf(machine, -50)).toContainEqual({ scheme: "super", id: dn });
  });
});

describe("where a scheme is required", () => {
  test.each([
    [-2, { kind: "ping" }],
    [1, { kind: "closeSession" }],
    [1, { kind: "unknown", type: 99 }],
    [1, { kind: "exists", path: "/", watch: false }],
  ] as const)("xid %i is refused with -124 and zxid 0, and the connection ends", (xid, op) => {
    const machine = alone({ requiredSchemes: ["sasl"] });
    const conn = client(machine);

    asks(machine, conn, xid, op);

    expect(replies(machine)).toEqual([[xid, 0n, -124], "close"]);
  });

  test("auth is not asked for it; one of the schemes is enough", () => {
    const machine = alone({ requiredSchemes: ["sasl", "digest"] });
    const conn = client(machine);

    auth(machine, conn, "digest", "u:p");
    asks(machine, conn, -2, { kind: "ping" });

    expect(replies(machine)).toEqual([
      [-4, 0n, 0],
      [-2, machine.server.database!.lastZxid, 0],
    ]);
  });
});

test("an unknown type is answered with -6 and zxid -1 when it is read, and the connection ends", () => {
  const machine = alone();
  const conn = client(machine);
  hold(machine, "prep");
  asks(machine, conn, 1, create("/a"));

  receive(machine, conn, { kind: "request", xid: 2, op: { kind: "unknown", type: 10 } });

  expect(replies(machine)).toEqual([[2, -1n, -6], "close"]);
});
