import { describe, expect, test } from "vitest";
import { cutLogs } from "../../../core/storage/log-cut.ts";
import { LOG_HEADER, readLog } from "../../../core/storage/log-file.ts";
import { concatBytes } from "../../../core/bytes.ts";
import { z, zxidText } from "../../support/effect-text.ts";
import {
  answerDisk,
  forget,
  hold,
  release,
  restart,
  saidBy,
  tell,
  wake,
  type Machine,
} from "../../support/machine.ts";
import { following, leaderOf, proposesAndCommits, told } from "../../support/roles.ts";
import { run, txnOf, zxidsOf } from "../../support/txn-run.ts";

// Spec storage-and-processing 2.4, 2.5, 5; SyncRequestProcessor.java.

describe("batches", () => {
  test("what comes while a sync is under way is the next batch", () => {
    const machine = following();
    hold(machine, "disk");
    for (const txn of run(2, 1, 3)) told(machine, { kind: "PROPOSAL", txn });
    expect(saidBy(machine, "append")).toEqual(["append log.200000001 2.1"]);

    answerDisk(machine);

    expect(saidBy(machine, "append", "sync")).toEqual([
      "append log.200000001 2.2 2.3",
      "sync log.200000001",
    ]);
  });

  test("there is never more than one sync under way", () => {
    const machine = following();
    hold(machine, "disk");
    for (const txn of run(2, 1, 9)) told(machine, { kind: "PROPOSAL", txn });

    expect(machine.asked).toHaveLength(1);
  });

  test("the log on disk is what was handed over, in order", () => {
    const machine = following();
    for (const txn of run(2, 1, 9)) told(machine, { kind: "PROPOSAL", txn });

    expect(zxidsOf(readLog(machine.disk.get("log.200000001")!, "log").txns)).toEqual(
      run(2, 1, 9).map(({ zxid }) => zxidText(zxid)),
    );
  });

  test("a log grows by whole steps, ahead of need", () => {
    const machine = following({ preAllocBytes: 65_536 });

    told(machine, { kind: "PROPOSAL", txn: txnOf(2, 1) });
    told(machine, { kind: "PROPOSAL", txn: txnOf(2, 2) });

    expect(saidBy(machine, "write", "allocate", "append")).toEqual([
      "write log.200000001",
      "allocate log.200000001",
      "append log.200000001 2.1",
      "append log.200000001 2.2",
    ]);
  });
});

describe("rolling", () => {
  // snapCount 8: a roll after 5 … 8 transactions, drawn anew each time.
  const rolling = { snapCount: 8 };

  test("behind the transaction that exceeds the drawn distance a new file begins, and a snapshot", () => {
    const machine = following(rolling);
    const { rollAfter } = machine.server.log;
    expect(rollAfter).toBeGreaterThanOrEqual(4);
    expect(rollAfter).toBeLessThan(8);
    for (const txn of run(2, 1, rollAfter)) proposesAndCommits(machine, txn);
    expect(saidBy(machine, "write")).toEqual(["write log.200000001"]);

    proposesAndCommits(machine, txnOf(2, rollAfter + 1));
    proposesAndCommits(machine, txnOf(2, rollAfter + 2));

    const written = saidBy(machine, "write").sort();
    expect(written).toHaveLength(2);
    expect(written[0]).toBe(`write log.20000000${(rollAfter + 2).toString(16)}`);
    expect(written[1]).toMatch(/^write snapshot\.2/);
  });

  test("the sync behind a roll makes the old file durable before anything is in the new one", () => {
    const machine = following(rolling);
    hold(machine, "logger", "disk");
    const { rollAfter } = machine.server.log;
    for (const txn of run(2, 1, 20)) told(machine, { kind: "PROPOSAL", txn });
    forget(machine);
    wake(machine, "logger");

    const batch = run(2, 1, rollAfter + 1).map(({ zxid }) => zxidText(zxid));
    expect(saidBy(machine, "append", "sync")).toEqual([
      `append log.200000001 ${batch.join(" ")}`,
      "sync log.200000001",
    ]);
    answerDisk(machine);
    wake(machine, "logger");
    expect(saidBy(machine, "sync")).toEqual([`sync log.20000000${(rollAfter + 2).toString(16)}`]);
  });

  test("replayed transactions do not count towards the next roll", () => {
    const machine = following(rolling);
    const { rollAfter } = machine.server.log;
    for (const txn of run(2, 1, rollAfter - 1)) proposesAndCommits(machine, txn);

    expect(restart(machine).server.log.txnCount).toBe(0);
  });

  test("everything is there after a restart, however often the log was rolled", () => {
    const machine = following(rolling);
    for (const txn of run(2, 1, 40)) proposesAndCommits(machine, txn);

    const again = restart(machine);

    expect(again.server.database?.lastZxid).toBe(z(2, 40));
    expect(machine.disk.size).toBeGreaterThan(8);
  });
});

describe("snapshots in the background (3.3, 5)", () => {
  test("are labelled when they begin, and copied a few znodes at a time while the tree goes on", () => {
    const machine = afterRoll({ snapCount: 2, snapshotStepNodes: 2 });
    const label = zxidOfTask(machine);
    const before = machine.server.database!.lastZxid;
    wake(machine, "snapshot");
    proposesAndCommits(machine, txnOf(2, 9));
    expect(machine.server.database!.lastZxid).toBeGreaterThan(before);
    wake(machine, "snapshot");
    forget(machine);

    release(machine);

    expect(saidBy(machine, "write")).toContain(`write snapshot.${label.toString(16)}`);
  });

  test("are not written before the log is durable as far as the tree: else they hold what it lacks", () => {
    const machine = afterRoll({ snapCount: 2 });
    hold(machine, "disk");
    proposesAndCommits(machine, txnOf(2, 9));
    expect(machine.server.database!.lastZxid).toBe(z(2, 9));
    forget(machine);
    machine.held.delete("snapshot");
    tell(machine, { kind: "woke", thread: "snapshot", of: 0 });
    expect(saidBy(machine, "write")).toEqual([]);

    machine.held.delete("disk");
    answerDisk(machine);

    expect(saidBy(machine, "write").some((line) => line.startsWith("write snapshot"))).toBe(true);
  });

  test("there is one at a time; a roll meanwhile starts none", () => {
    const machine = afterRoll({ snapCount: 2 });
    const label = zxidOfTask(machine);

    for (const counter of [9, 10, 11, 12]) proposesAndCommits(machine, txnOf(2, counter));

    expect(zxidOfTask(machine)).toBe(label);
    expect(machine.woken).toHaveLength(1);
  });

  test("a role that ends takes its snapshot with it", () => {
    const machine = afterRoll({ snapCount: 2 });

    tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

    expect(machine.server.snapshotTask).toBeNull();
  });

  /** A follower that has just rolled its log and has a snapshot under way; 2.1 … 2.8 are proposed and committed. */
  function afterRoll(limits: Parameters<typeof following>[0]): Machine {
    const machine = following(limits);
    hold(machine, "snapshot");
    for (const txn of run(2, 1, 8)) proposesAndCommits(machine, txn);
    return machine;
  }

  function zxidOfTask(machine: Machine): bigint {
    return machine.server.snapshotTask!.writer.walk.zxid;
  }
});

describe("cutting a log (2.5)", () => {
  const one = fileOf("log.100000001", 1, 5);
  const two = fileOf("log.100000006", 6, 8);
  const three = fileOf("log.100000009", 9, 9);

  test.each<[string, ReturnType<typeof z>, string | null, string[], string[]]>([
    [
      "within a file",
      z(1, 3),
      "log.100000001",
      ["log.100000006", "log.100000009"],
      ["1.1", "1.2", "1.3"],
    ],
    [
      "at the end of a file",
      z(1, 5),
      "log.100000006",
      ["log.100000009"],
      ["1.1", "1.2", "1.3", "1.4", "1.5"],
    ],
    ["at its end", z(1, 9), null, [], run(1, 1, 9).map(({ zxid }) => zxidText(zxid))],
    ["beyond its end", z(2, 0), null, [], run(1, 1, 9).map(({ zxid }) => zxidText(zxid))],
    ["before its beginning", z(0, 0), "log.100000001", ["log.100000006", "log.100000009"], []],
  ])("%s leaves nothing above", (_, zxid, truncated, removed, left) => {
    const cut = cutLogs([three, one, two], zxid);

    expect(cut.truncate?.file ?? null).toBe(truncated);
    expect(cut.remove).toEqual(removed);
    expect(cut.left.flatMap(({ name, bytes }) => zxidsOf(readLog(bytes, name).txns))).toEqual(left);
  });

  test("a zxid that is not there is cut below, never above (unlike the real server)", () => {
    const gap = {
      name: "log.100000001",
      bytes: concatBytes([LOG_HEADER, ...[...run(1, 1, 2), ...run(1, 5, 6)].map((t) => t.record)]),
    };

    const cut = cutLogs([gap], z(1, 3));

    expect(zxidsOf(readLog(cut.left[0]!.bytes, "log").txns)).toEqual(["1.1", "1.2"]);
  });

  function fileOf(name: string, from: number, to: number): { name: string; bytes: Uint8Array } {
    return {
      name,
      bytes: concatBytes([LOG_HEADER, ...run(1, from, to).map(({ record }) => record)]),
    };
  }
});
