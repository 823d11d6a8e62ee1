import { describe, expect, test } from "vitest";
import type { ConnId } from "../../../core/message.ts";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { z } from "../../support/effect-text.ts";
import { forget, pass, saidBy, tell, type Machine } from "../../support/machine.ts";
import {
  asks,
  connects,
  create,
  elected,
  following,
  proposesAndCommits,
  requests,
  leading,
  told,
} from "../../support/roles.ts";
import { txnOf } from "../../support/txn-run.ts";

// Spec storage-and-processing 9.7, client-protocol 10.5; capture local-session.

const LOCAL = { ...DEFAULT_OPTIONS, localSessions: true };
const UPGRADING = { ...LOCAL, localSessionsUpgrading: true };

function leaderAlone(options = LOCAL): Machine {
  return elected(undefined, { voters: 1, options }, 1);
}

function sessionOf(machine: Machine, conn: ConnId): SessionId {
  return machine.server.clients.byConn.get(conn)!.sessionId;
}

describe.each([
  ["leader", leaderAlone],
  ["follower", () => following({ options: LOCAL, syncLimit: 50 })],
] as const)("a local session at a %s", (_, start) => {
  test("is there at once, without a transaction", () => {
    const machine = start();
    forget(machine);

    const conn = connects(machine, "client");

    expect(saidBy(machine, "proposed", "send")).toEqual(["to client: session for 4000 ms"]);
    expect(machine.server.database?.sessions.has(sessionOf(machine, conn))).toBe(false);
  });

  test("comes back here, and is closed here", () => {
    const machine = start();
    const session = sessionOf(machine, connects(machine, "client"));
    const again = connects(machine, "again", { session });
    forget(machine);

    asks(machine, again, 1, { kind: "closeSession" });

    expect(saidBy(machine, "proposed", "close")).toEqual(["close again"]);
    connects(machine, "late", { session });
    expect(machine.server.clients.localSessions?.byId.size).toBe(0);
  });

  test("is expired here, and its connection closed", () => {
    const machine = start();
    const conn = connects(machine, "client", { timeoutMs: 600 });
    forget(machine);

    pass(machine, 400);
    asks(machine, conn, -2, { kind: "ping" });
    pass(machine, 500);
    expect(saidBy(machine, "close")).toEqual([]);
    pass(machine, 400);

    expect(saidBy(machine, "proposed", "close")).toEqual(["close client"]);
  });
});

describe("an ephemeral znode of a local session", () => {
  test("is refused by the leader it is at with -120, at the price of a zxid", () => {
    const machine = leaderAlone();
    const conn = connects(machine, "client");
    forget(machine);

    asks(machine, conn, 1, create("/e", 1));
    asks(machine, conn, 2, create("/p"));

    expect(errorsOf(machine)).toEqual([
      [1, z(2, 1), -120],
      [2, z(2, 2), 0],
    ]);
  });

  test("is refused at a follower with -120, whatever the leader calls it", () => {
    const machine = following({ options: LOCAL });
    const conn = connects(machine, "client");
    const session = sessionOf(machine, conn);
    asks(machine, conn, 1, create("/e", 1));
    forget(machine);

    const more = { session, cxid: 1 };
    proposesAndCommits(machine, txnOf(2, 1, { kind: "error", err: -112 }, more));

    expect(errorsOf(machine)).toEqual([[1, z(2, 1), -120]]);
  });

  test("of another server is refused by the leader, whose other writes it believes", () => {
    const { machine, one } = leading({ options: LOCAL });
    forget(machine);

    requests(machine, one, create("/e", 1));
    requests(machine, one, create("/p"), { cxid: 2 });

    const bodies = machine.out.flatMap((effect): unknown[] =>
      effect.kind === "proposed" ? [effect.txn.body] : [],
    );
    expect(bodies).toMatchObject([{ kind: "error", err: -112 }, { kind: "create" }]);
  });

  test("turns it into a global one first, where that is allowed", () => {
    const machine = leaderAlone(UPGRADING);
    const conn = connects(machine, "client");
    const session = sessionOf(machine, conn);
    forget(machine);

    asks(machine, conn, 1, create("/e", 1));

    expect(saidBy(machine, "proposed", "send")).toEqual([
      "proposed 2.1",
      "proposed 2.2",
      "to client: reply 1 at 2.2",
    ]);
    expect(machine.server.database?.sessions.get(session)).toBe(4000);
    expect(machine.server.clients.localSessions?.byId.has(session)).toBe(false);
  });

  test("has a follower ask the leader for the session, then for the znode", () => {
    const machine = following({ options: UPGRADING });
    const conn = connects(machine, "client");
    forget(machine);

    asks(machine, conn, 1, create("/e", 3));

    const asked = machine.out.flatMap((effect): unknown[] =>
      effect.kind === "send" && effect.message.kind === "REQUEST" ? [effect.message.op.kind] : [],
    );
    expect(asked).toEqual(["createSession", "create"]);
  });
});

test("local sessions end with the role of their server", () => {
  const machine = following({ options: LOCAL });
  connects(machine, "client");
  forget(machine);

  tell(machine, { kind: "disconnected", conn: machine.server.learner!.conn });

  expect(machine.server.clients.localSessions).toBeNull();
  expect(saidBy(machine, "close")).toContain("close client");
});

test("a learner reports sessions to the leader when their creation commits", () => {
  const machine = following();
  const body = { kind: "createSession", timeoutMs: 4000 } as const;
  proposesAndCommits(machine, txnOf(2, 1, body, { session: 9n }));
  forget(machine);

  told(machine, { kind: "PING", zxid: z(2, 0), sessions: null });

  expect(saidBy(machine, "send")).toEqual(["to leader: PING 2.0 [9]"]);
});

function errorsOf(machine: Machine): unknown[] {
  return machine.out
    .splice(0)
    .flatMap((effect): unknown[] =>
      effect.kind === "send" && effect.message.kind === "reply"
        ? [[effect.message.xid, effect.message.zxid, effect.message.err]]
        : [],
    );
}
