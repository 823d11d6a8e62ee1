import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import type { Message } from "../../../core/message.ts";
import type { Operation } from "../../../core/request/operation.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { encodeTxn } from "../../../core/storage/txn-record.ts";
import { OPEN_ACL, READ_ACL } from "../../../core/tree/acl.ts";
import { boot, configOf, forget, type Machine } from "../../support/machine.ts";
import { asks, connects, following, proposesAndCommits } from "../../support/roles.ts";
import { creates } from "../../support/txns.ts";
import { z } from "../../support/effect-text.ts";

// Spec client-protocol 8.7.

const options = { ...DEFAULT_OPTIONS, eagerAclCheck: true };

const FORBIDDEN: readonly (readonly [string, Operation])[] = [
  ["a create below", create("/ro/a")],
  ["a delete below", { kind: "delete", path: "/ro/a", version: -1 }],
  ["its data", { kind: "setData", path: "/ro", data: null, version: -1 }],
  ["its ACL", { kind: "setAcl", path: "/ro", acl: OPEN_ACL, version: -1 }],
];

describe("a follower", () => {
  test.each(FORBIDDEN)("refuses %s by itself, without a zxid", (_, op) => {
    const { machine, conn } = served();

    asks(machine, conn, 5, op);

    const [reply, ...rest] = messagesOf(machine);
    expect(reply).toMatchObject({ kind: "reply", xid: 5, zxid: 0n, err: -102 });
    expect(rest).toEqual([]);
  });

  test.each<[string, Operation]>([
    ["what may be allowed by then", create("/nope/a")],
    ["what its list allows", { kind: "setData", path: "/", data: null, version: -1 }],
    ["what is not asked about", { kind: "multi", ops: [] }],
    ["a container, which was forgotten", { ...create("/ro/c"), type: 19, flags: 4 }],
  ])("forwards %s", (_, op) => {
    const { machine, conn } = served();

    asks(machine, conn, 5, op);

    expect(messagesOf(machine)).toMatchObject([{ kind: "REQUEST", cxid: 5 }]);
  });
});

test("a server alone lets its pipeline decide, at the price of a zxid", () => {
  const machine = boot(configOf(1, { voters: 1, standalone: true, options }));
  const conn = connects(machine, "client");
  asks(machine, conn, 1, { ...create("/ro"), acl: READ_ACL });
  forget(machine);

  asks(machine, conn, 2, create("/ro/a"));

  expect(messagesOf(machine)).toMatchObject([{ xid: 2, zxid: z(0, 3), err: -102 }]);
});

/** A follower with a client, and a znode that everybody may only read. */
function served(): { machine: Machine; conn: number } {
  const machine = following({ options });
  const conn = connects(machine, "client");
  const { sessionId } = machine.server.clients.byConn.get(conn)!;
  const session = { clientId: sessionId, cxid: 0, zxid: z(2, 1), timeMs: 1, type: -10 };
  proposesAndCommits(machine, encodeTxn(session, { kind: "createSession", timeoutMs: 4000 }, null));
  const header = { clientId: 9n as SessionId, cxid: 1, zxid: z(2, 2), timeMs: 1, type: 1 };
  proposesAndCommits(machine, encodeTxn(header, creates("/ro", 1, { acl: READ_ACL }), null));
  forget(machine);
  return { machine, conn };
}

function messagesOf(machine: Machine): Message[] {
  return machine.out.flatMap((effect) => (effect.kind === "send" ? [effect.message] : []));
}

function create(path: string): Extract<Operation, { kind: "create" }> {
  return { kind: "create", type: 1, path, data: null, acl: OPEN_ACL, flags: 0, ttlMs: -1 };
}
