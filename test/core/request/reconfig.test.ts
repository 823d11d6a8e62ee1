import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, type ServerOptions } from "../../../core/options.ts";
import type { ConnId } from "../../../core/message.ts";
import type { ReconfigOp } from "../../../core/request/operation.ts";
import type { Identity } from "../../../core/tree/acl.ts";
import { z } from "../../support/effect-text.ts";
import { forget, receive, saidBy, type Machine } from "../../support/machine.ts";
import { joins, leading, opensSession, requests } from "../../support/roles.ts";

// Spec client-protocol 4.2 (order of checks) and 12.4.

const SUPER = [{ scheme: "super", id: "" }] as const;
const FOUR = "server.4=s4:2888:3888:participant;s4:2181";

/** Leader 3 of three with session 7 open, followed by 1 and 2, which may be reconfigured. */
function ensemble(options: Partial<ServerOptions> = {}): { machine: Machine; one: ConnId } {
  const { machine, one } = leading({
    options: { ...DEFAULT_OPTIONS, reconfigEnabled: true, ...options },
  });
  joins(machine, 2);
  opensSession(machine, one);
  return { machine, one };
}

function reconfig(changes: Partial<ReconfigOp>): ReconfigOp {
  return {
    kind: "reconfig",
    joining: null,
    leaving: null,
    members: null,
    fromVersion: -1n,
    ...changes,
  };
}

/** What the leader proposes for it: an error, or the text of a configuration. */
function outcome(
  { machine, one }: { machine: Machine; one: ConnId },
  changes: Partial<ReconfigOp>,
  { session = 7n, identities = SUPER }: { session?: bigint; identities?: readonly Identity[] } = {},
): number | string {
  forget(machine);
  const op = reconfig(changes);
  receive(machine, one, {
    kind: "REQUEST",
    sessionId: session as never,
    cxid: 9,
    op,
    identities,
  });
  for (const effect of machine.out) {
    if (effect.kind !== "proposed") continue;
    const { body } = effect.txn;
    if (body.kind === "error") return body.err;
    if (body.kind === "setData" && body.data !== null) return new TextDecoder().decode(body.data);
  }
  throw new Error("nothing was proposed");
}

describe("a reconfiguration is refused", () => {
  test("where it is switched off (-123), before anything else", () => {
    const servers = ensemble({ reconfigEnabled: false });
    expect(outcome(servers, { leaving: "x" }, { session: 99n })).toBe(-123);
  });

  test("for a session that is not there (-112), before what it asks for", () => {
    expect(outcome(ensemble(), { leaving: "x" }, { session: 99n })).toBe(-112);
  });

  test("while another one is under way (-14), before its version", () => {
    const servers = ensemble();
    expect(outcome(servers, { joining: FOUR })).toContain("server.4=");
    expect(outcome(servers, { joining: FOUR, fromVersion: 1n })).toBe(-14);
  });

  test("from another version than the present one (-103), before its strings", () => {
    expect(outcome(ensemble(), { fromVersion: 1n, leaving: "x" })).toBe(-103);
  });

  test.for([
    [{ leaving: "x" }, -5],
    [{ joining: "server.x=s4:1:2;3" }, -5],
    [{ joining: "server.4" }, -8],
    [{ joining: "server.4=s4:1:2" }, -8],
    [{ joining: "server.4=s4:1;3" }, -8],
    [{ joining: "server.4=s1:2888:3889;s4:2181" }, -8],
    [{ members: "server.1=s1:1" }, -8],
    [{ leaving: "1,2" }, -8],
  ] as const)("for strings that make no configuration: %o", ([changes, err]) => {
    expect(outcome(ensemble(), changes)).toBe(err);
  });

  test("when no quorum of the new configuration keeps up with the leader (-13)", () => {
    const joining = "server.4=s4:1:2;3,server.5=s5:1:2;3,server.6=s6:1:2;3";
    expect(outcome(ensemble(), { joining })).toBe(-13);
  });

  test("without the permission to write to the configuration (-102), after all else", () => {
    const world = [{ scheme: "ip", id: "127.0.0.1" }];
    expect(outcome(ensemble(), { joining: FOUR }, { identities: world })).toBe(-102);
    expect(outcome(ensemble(), { leaving: "1,2" }, { identities: world })).toBe(-8);
  });
});

describe("a reconfiguration makes", () => {
  test("its zxid the version, and its text the data of the configuration node", () => {
    const servers = ensemble();
    expect(outcome(servers, { joining: FOUR })).toBe(
      "server.1=s1:2888:3888:participant;s1:2181\nserver.2=s2:2888:3888:participant;s2:2181\n" +
        "server.3=s3:2888:3888:participant;s3:2181\n" +
        "server.4=s4:2888:3888:participant;s4:2181\nversion=200000002",
    );
  });

  test("the leaving go before the joining come", () => {
    const text = outcome(ensemble(), { leaving: "1", joining: "server.4=s1:2888:3888;s1:2181" });
    expect(text).toContain("server.2=s2:2888:3888:participant;s2:2181\n");
    expect(text).toContain("server.4=s1:2888:3888:participant;s1:2181\n");
    expect(text).not.toContain("server.1=");
  });

  test("a server that joins again another one", () => {
    const text = outcome(ensemble(), { joining: "server.1=s1:2888:3888:observer;s1:2181" });
    expect(text).toContain("server.1=s1:2888:3888:observer;s1:2181\n");
  });

  test("a whole new list of members, with commas or newlines between them", () => {
    const members = "server.1=s1:2888:3888;s1:2181,server.3=s3:2888:3888;s3:2181";
    const text = outcome(ensemble(), { members });
    expect(text).toBe(
      "server.1=s1:2888:3888:participant;s1:2181\nserver.3=s3:2888:3888:participant;s3:2181\n" +
        "version=200000002",
    );
  });

  test("one voter enough where an ensemble of one may stand alone", () => {
    const servers = ensemble({ standaloneEnabled: false });
    expect(outcome(servers, { leaving: "1,2" })).toContain("server.3=");
  });
});

test("a reconfiguration is answered with the new configuration once it is in force", () => {
  const servers = ensemble();
  const { machine, one } = servers;
  outcome(servers, { leaving: "2" });
  receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
  requests(machine, one, { kind: "getData", path: "/zookeeper/config", watch: false });

  expect(machine.server.configuration.version).toBe(z(2, 2));
  const config = machine.server.database?.tree.nodes.get("/zookeeper/config")?.record;
  expect(new TextDecoder().decode(config?.data ?? undefined)).toBe(
    machine.server.configuration.text,
  );
  expect(config).toMatchObject({ version: -1, aversion: -1, czxid: 0n, mzxid: z(2, 2) });
  expect(saidBy(machine, "exit")).toEqual([]);
});
