import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import type { ServerConfig } from "../../../core/config.ts";
import type { ConnId } from "../../../core/message.ts";
import { encodeTxn } from "../../../core/storage/txn-record.ts";
import type { Txn } from "../../../core/txn.ts";
import type { Zxid } from "../../../core/zxid.ts";
import { outstandingAt } from "../../../core/zab/leader-state.ts";
import { z } from "../../support/effect-text.ts";
import {
  forget,
  history,
  hold,
  pass,
  receive,
  release,
  saidBy,
  tell,
  type Machine,
} from "../../support/machine.ts";
import {
  ballot,
  connecting,
  following,
  hear,
  joining,
  joins,
  leaderOf,
  leading,
  looking,
  offersItself,
  opensSession,
  requests,
  setData,
  told,
} from "../../support/roles.ts";

// Spec election-and-zab 6.9; captures/quorum reconfig-add-promote and reconfig-remove.

const RECONFIG: Partial<ServerConfig> = {
  options: { ...DEFAULT_OPTIONS, reconfigEnabled: true, skipAcl: true },
};

/** Leader 3 with session 7, followed by 1 and 2. */
function three(): { machine: Machine; one: ConnId; two: ConnId } {
  const { machine, one } = leading(RECONFIG);
  const two = joins(machine, 2);
  receive(machine, two, { kind: "ACK", zxid: z(2, 0) });
  opensSession(machine, one);
  forget(machine);
  return { machine, one, two };
}

function changes(
  machine: Machine,
  conn: ConnId,
  joiners: string | null,
  leavers: string | null,
): void {
  requests(
    machine,
    conn,
    { kind: "reconfig", joining: joiners, leaving: leavers, members: null, fromVersion: -1n },
    { cxid: 2 },
  );
}

function line(sid: number, role = "participant"): string {
  return `server.${sid}=s${sid}:2888:3888:${role};s${sid}:2181`;
}

function textOf(sids: readonly number[], version: Zxid, observers: readonly number[] = []): string {
  const lines = sids.map((sid) => line(sid, observers.includes(sid) ? "observer" : "participant"));
  return [...lines, `version=${version.toString(16)}`].join("\n");
}

function reconfigTxn(zxid: Zxid, text: string): Txn {
  const data = new TextEncoder().encode(text);
  const header = { clientId: 7n as never, cxid: 2, zxid, timeMs: 1000, type: 16 };
  const body = { kind: "setData", path: "/zookeeper/config", data, version: -1 } as const;
  return encodeTxn(header, body, null);
}

describe("the leader", () => {
  test("gives its first configuration a version, with its own NEWLEADER", () => {
    const { machine } = leading(RECONFIG);
    const { configuration } = machine.server;
    expect(configuration.version).toBe(z(2, 0));
    expect(configuration.text).toBe(textOf([1, 2, 3], z(2, 0)));
    const node = machine.server.database?.tree.nodes.get("/zookeeper/config")?.record;
    expect(node).toMatchObject({ version: -1, mzxid: z(2, 0) });
  });

  test("leaves the version at 0 where reconfiguration is switched off", () => {
    const { machine } = leading();
    expect(machine.server.configuration.version).toBe(0n);
  });

  test("needs the quorums of both configurations from the proposal on", () => {
    const { machine, one, two } = three();
    joins(machine, 4);
    joins(machine, 5);
    changes(machine, one, `${line(4)},${line(5)}`, null);
    requests(machine, one, setData("/"), { cxid: 3 });
    forget(machine);

    // 1 and 3 are a quorum of the old configuration, and two of five of the new one.
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    receive(machine, one, { kind: "ACK", zxid: z(2, 3) });
    expect(saidBy(machine, "committed")).toEqual([]);

    receive(machine, two, { kind: "ACK", zxid: z(2, 2) });
    expect(saidBy(machine, "committed")).toEqual(["committed 2.2"]);
    receive(machine, two, { kind: "ACK", zxid: z(2, 3) });
    expect(saidBy(machine, "committed")).toEqual(["committed 2.3"]);
  });

  test("tells followers and observers, and those that leave, that it is in force and who leads", () => {
    const { machine, one, two } = three();
    const four = joins(machine, 4, { observer: true });
    receive(machine, four, { kind: "ACK", zxid: z(2, 0) });
    changes(machine, one, line(4, "observer"), "2");
    forget(machine);
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });

    const said = saidBy(machine, "configured", "send").filter((text) => !text.includes("hello"));
    expect(said).toEqual([
      "configured 2.2",
      "to learner 1: COMMITANDACTIVATE 2.2 3",
      "to learner 2: COMMITANDACTIVATE 2.2 3",
      "to observer 4: INFORMANDACTIVATE 2.2 3",
    ]);
    expect(machine.server.leader?.mayCommit).toBe(true);
    void two;
  });

  test("counts acks of those who left no more", () => {
    const { machine, one, two } = three();
    changes(machine, one, null, "2");
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    requests(machine, one, setData("/"), { cxid: 3 });
    forget(machine);

    receive(machine, two, { kind: "ACK", zxid: z(2, 3) });
    expect(saidBy(machine, "committed")).toEqual([]);
    receive(machine, one, { kind: "ACK", zxid: z(2, 3) });
    expect(saidBy(machine, "committed")).toEqual(["committed 2.3"]);
  });

  test("that leaves the voters names who has most of what follows, and commits nothing more", () => {
    const { machine, one, two } = three();
    hold(machine, "disk");
    changes(machine, one, null, "3");
    requests(machine, one, setData("/"), { cxid: 3 });
    receive(machine, two, { kind: "ACK", zxid: z(2, 2) });
    receive(machine, two, { kind: "ACK", zxid: z(2, 3) });
    forget(machine);
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });

    expect(saidBy(machine, "send").filter((text) => text.includes("ACTIVATE"))).toEqual([
      "to learner 1: COMMITANDACTIVATE 2.2 2",
      "to learner 2: COMMITANDACTIVATE 2.2 2",
    ]);
    receive(machine, one, { kind: "ACK", zxid: z(2, 3) });
    release(machine);
    expect(saidBy(machine, "committed")).toEqual([]);
  });

  test("that is no longer the leader follows the new one without an election", () => {
    const { machine, one, two } = three();
    changes(machine, one, null, "3");
    receive(machine, one, { kind: "ACK", zxid: z(2, 2) });
    receive(machine, two, { kind: "ACK", zxid: z(2, 2) });
    tell(machine, { kind: "disconnected", conn: one });
    tell(machine, { kind: "disconnected", conn: two });
    forget(machine);
    pass(machine, 2 * machine.server.config.tickMs);

    expect(saidBy(machine, "became")).toEqual(["FOLLOWING of 1"]);
    expect(machine.server.learner?.leader).toBe(1);
    expect(machine.server.vote).toMatchObject({ leader: 1, electionEpoch: -1, peerEpoch: -1 });
  });

  test("turns a learner away that knows a newer configuration", () => {
    const { machine } = leading(RECONFIG);
    const conn = offersItself(machine, 2, { configVersion: z(2, 1) });
    expect(machine.server.leader?.handlers.has(conn)).toBe(false);
  });

  test("counts the ack of a proposal that overtakes that of NEWLEADER (ZOOKEEPER-4685)", () => {
    const { machine, one } = leading();
    opensSession(machine, one);
    hold(machine, "disk");
    requests(machine, one, setData("/"), { cxid: 2 });
    const two = offersItself(machine, 2, { zxid: z(1, 5) });
    forget(machine);

    receive(machine, two, { kind: "ACK", zxid: z(2, 2) });
    expect(machine.server.leader?.handlers.get(two)?.stage).toBe("newLeader");
    expect(saidBy(machine, "committed", "send")).toEqual([]);
    receive(machine, two, { kind: "ACK", zxid: z(2, 0) });
    const { leader } = machine.server;
    expect(leader && outstandingAt(leader, z(2, 2))?.acks).toEqual([2]);
  });
});

describe("a learner", () => {
  const first = textOf([1, 2, 3], z(2, 0));

  test("tells the leader which configuration it knows", () => {
    const machine = connecting(undefined, { ...RECONFIG, version: z(1, 0) });
    forget(machine);
    tell(machine, { kind: "connected", conn: leaderOf(machine) });
    expect(machine.out).toContainEqual({
      kind: "send",
      conn: leaderOf(machine),
      message: { kind: "FOLLOWERINFO", zxid: z(1, 0), sid: 1, configVersion: z(1, 0) },
    });
  });

  test("keeps the configuration of NEWLEADER in mind, and lets it rule from UPTODATE on", () => {
    const machine = joining(undefined, RECONFIG);
    told(machine, { kind: "DIFF", zxid: z(1, 5) });
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: first });
    expect(saidBy(machine, "configured")).toEqual(["configured 2.0 next"]);
    expect(machine.server.configuration.version).toBe(0n);
    told(machine, { kind: "UPTODATE" });
    expect(saidBy(machine, "configured")).toEqual(["configured 2.0"]);
    expect(machine.server.serving).toBe(true);
  });

  test("remembers a proposed configuration, and counts with it should it have to elect", () => {
    const machine = upToDate();
    const text = textOf([1, 3, 4], z(2, 1));
    told(machine, { kind: "PROPOSAL", txn: reconfigTxn(z(2, 1), text) });
    expect(machine.server.lastSeen.version).toBe(z(2, 1));
    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

    hear(machine, 2, ballot(1, { zxid: z(2, 1), epoch: 2, round: machine.server.election.round }));
    pass(machine, 300);
    expect(machine.server.state).toBe("LOOKING");

    hear(machine, 3, ballot(1, { zxid: z(2, 1), epoch: 2, round: machine.server.election.round }));
    pass(machine, 300);
    expect(machine.server.state).toBe("LEADING");
  });

  test("goes on following when others come and go", () => {
    const machine = upToDate();
    const text = textOf([1, 2, 3, 4], z(2, 1), [4]);
    told(machine, { kind: "PROPOSAL", txn: reconfigTxn(z(2, 1), text) });
    told(machine, { kind: "COMMITANDACTIVATE", zxid: z(2, 1), leader: 3 });

    expect(machine.server.state).toBe("FOLLOWING");
    expect(machine.server.configuration.text).toBe(text);
    expect(machine.server.election.round).toBe(0);
    expect(machine.server.database?.lastZxid).toBe(z(2, 1));
  });

  test("that is made an observer observes the same leader, without an election", () => {
    const machine = upToDate();
    const text = textOf([1, 2, 3], z(2, 1), [1]);
    told(machine, { kind: "PROPOSAL", txn: reconfigTxn(z(2, 1), text) });
    forget(machine);
    told(machine, { kind: "COMMITANDACTIVATE", zxid: z(2, 1), leader: 3 });

    expect(saidBy(machine, "became")).toEqual(["OBSERVING of 3"]);
    expect(machine.server.learner?.leader).toBe(3);
    expect(machine.server.database?.lastZxid).toBe(z(2, 1));
  });

  test("an observer that is given a vote follows", () => {
    const machine = following({ ...RECONFIG, observers: 1 }, 4);
    const text = textOf([1, 2, 3, 4], z(2, 1));
    told(machine, { kind: "INFORMANDACTIVATE", txn: reconfigTxn(z(2, 1), text), leader: 3 });
    expect(machine.server.state).toBe("FOLLOWING");
    expect(machine.server.database?.lastZxid).toBe(z(2, 1));
  });

  test("that is named leads, without an election", () => {
    const machine = upToDate();
    const text = textOf([1, 2], z(2, 1));
    told(machine, { kind: "PROPOSAL", txn: reconfigTxn(z(2, 1), text) });
    forget(machine);
    told(machine, { kind: "COMMITANDACTIVATE", zxid: z(2, 1), leader: 1 });

    expect(saidBy(machine, "became", "listen")).toEqual(["LEADING elected", "listen quorum"]);
  });

  test("that is no longer listed stays, and is no longer counted", () => {
    const machine = upToDate();
    told(machine, { kind: "PROPOSAL", txn: reconfigTxn(z(2, 1), textOf([2, 3], z(2, 1))) });
    told(machine, { kind: "COMMITANDACTIVATE", zxid: z(2, 1), leader: 3 });
    expect(machine.server.state).toBe("FOLLOWING");
  });

  function upToDate(): Machine {
    const machine = joining(undefined, RECONFIG);
    told(machine, { kind: "DIFF", zxid: z(1, 5) });
    told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: first });
    told(machine, { kind: "UPTODATE" });
    forget(machine);
    return machine;
  }
});

describe("a server that looks", () => {
  test("takes over a newer configuration and looks again, in round 1 of its new election", () => {
    const machine = looking(1, [], RECONFIG);
    pass(machine, 1000);
    const config = textOf([1, 2, 3, 4], z(1, 0));
    hear(machine, 2, { ...ballot(2), config });

    expect(machine.server.configuration.text).toBe(config);
    expect(machine.server.election.round).toBe(1);
    expect(saidBy(machine, "connect").map((text) => text.split(" ").at(-1))).toContain("s4:3888");
  });

  test("leaves its own as it is where reconfiguration is switched off", () => {
    const machine = looking(1);
    hear(machine, 2, { ...ballot(2), config: textOf([1, 2, 3, 4], z(1, 0)) });
    expect(machine.server.configuration.version).toBe(0n);
  });

  test("that is not listed, and no observer, proposes nobody with its own history", () => {
    const machine = looking(1, history([z(1, 5)]), RECONFIG);
    hear(machine, 2, { ...ballot(2), config: textOf([2, 3], z(1, 0)) });
    expect(machine.server.election.proposal).toMatchObject({
      leader: -1,
      zxid: z(1, 5),
      peerEpoch: 1,
    });
  });

  test("starts with a configuration that was proposed, in both of which it needs a quorum", () => {
    const limits = { ...RECONFIG, version: z(1, 0), nextText: textOf([1, 4, 5], z(1, 3)) };
    const machine = looking(1, history([z(1, 5)]), limits);
    expect(machine.server.lastSeen.version).toBe(z(1, 3));
    const vote = ballot(1, { zxid: z(1, 5), epoch: 1, round: machine.server.election.round });
    hear(machine, 2, vote);
    pass(machine, 300);
    expect(machine.server.state).toBe("LOOKING");
    hear(machine, 4, vote);
    pass(machine, 300);
    expect(machine.server.state).toBe("LEADING");
  });
});
