import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, type ServerOptions } from "../../../core/options.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { boot, configOf, forget, pass, saidBy, type Machine } from "../../support/machine.ts";
import { asks, ballot, connects, create, hear } from "../../support/roles.ts";

// Spec client-protocol 10.6; captures readonly-mode, readonly-mode-local-session.

/** A voter that has looked for a leader in vain, for 2 s. */
function lonely(options: Partial<ServerOptions> = {}): Machine {
  const machine = boot(
    configOf(1, { options: { ...DEFAULT_OPTIONS, readOnlyMode: true, ...options } }),
  );
  pass(machine, 2000);
  forget(machine);
  return machine;
}

function answers(machine: Machine): unknown[] {
  return machine.out.splice(0).flatMap((effect): unknown[] => {
    if (effect.kind === "close") return ["close"];
    if (effect.kind !== "send") return [];
    const { message } = effect;
    if (message.kind === "connectResponse") return [{ readOnly: message.readOnly }];
    return message.kind === "reply" ? [[message.xid, message.err]] : [];
  });
}

describe("a server that finds no leader", () => {
  test("serves reads after two seconds, and nobody before", () => {
    const machine = boot(configOf(1, { options: { ...DEFAULT_OPTIONS, readOnlyMode: true } }));
    pass(machine, 1999);
    expect(machine.server.serving).toBe(false);

    pass(machine, 1);

    expect(machine.server).toMatchObject({ serving: true, readOnly: true, state: "LOOKING" });
  });

  test("serves nobody where that is not switched on", () => {
    const machine = lonely({ readOnlyMode: false });

    expect(machine.server.serving).toBe(false);
  });

  test.each([false, null])("hangs up on a client whose read-only is %s", (readOnly) => {
    const machine = lonely();

    connects(machine, "client", { readOnly });

    expect(saidBy(machine, "send", "close")).toEqual(["close client"]);
  });

  test("answers a new session with the header of a reply, and stays connected", () => {
    const machine = lonely();

    connects(machine, "client", { readOnly: true });

    expect(answers(machine)).toEqual([[0, -119]]);
  });

  test("hangs up on a session that everybody knows", () => {
    const machine = lonely({ localSessions: true });
    machine.server.database!.sessions.set(7n as SessionId, 4000);

    connects(machine, "client", { session: 7n, readOnly: true });

    expect(saidBy(machine, "send", "close")).toEqual(["close client"]);
  });

  test("gives local sessions, answers reads, and refuses the rest with -119", () => {
    const machine = lonely({ localSessions: true });
    const conn = connects(machine, "client", { readOnly: true });
    expect(answers(machine)).toEqual([{ readOnly: true }]);

    asks(machine, conn, 1, { kind: "exists", path: "/", watch: true });
    asks(machine, conn, 2, create("/x"));
    asks(machine, conn, 3, create("/x", 1));
    asks(machine, conn, 4, { kind: "sync", path: "/" });
    asks(machine, conn, 5, { kind: "multi", ops: [] });
    asks(machine, conn, 6, { kind: "unknown", type: 13 });
    asks(machine, conn, -2, { kind: "ping" });
    asks(machine, conn, 7, { kind: "closeSession" });

    expect(answers(machine)).toEqual([
      [1, 0],
      [2, -119],
      [3, -119],
      [4, -119],
      [5, -119],
      [6, -119],
      [-2, 0],
      [7, 0],
      "close",
    ]);
  });

  test("sends its clients away when it has found one", () => {
    const machine = lonely({ localSessions: true });
    connects(machine, "client", { readOnly: true });
    forget(machine);

    hear(machine, 3, ballot(3, { round: 9 }));
    hear(machine, 2, ballot(3, { round: 9 }));
    pass(machine, 200);

    expect(machine.server.state).toBe("FOLLOWING");
    expect(machine.server).toMatchObject({ serving: false, readOnly: false });
    expect(saidBy(machine, "close")).toContain("close client");
  });
});
