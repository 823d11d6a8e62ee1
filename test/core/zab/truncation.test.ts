import { expect, test } from "vitest";
import { itemsOf } from "../../../core/ring.ts";
import type { FileContent } from "../../../core/event.ts";
import { LOG_HEADER } from "../../../core/storage/log-file.ts";
import { concatBytes } from "../../../core/bytes.ts";
import { z } from "../../support/effect-text.ts";
import {
  answerDisk,
  forget,
  history,
  hold,
  release,
  restart,
  saidBy,
  sentBy,
  stepsOf,
  tell,
  type Machine,
} from "../../support/machine.ts";
import { elected, following, joining, leaderOf, told } from "../../support/roles.ts";
import { run, txnsOf } from "../../support/txn-run.ts";

// Spec election-and-zab 8.4, 5.4, known-bugs 1154, 1549; FileTxnLog.java (truncate). Server 1 has 1.1 … 1.8.

const FILES = history([z(1, 8)]);

test("TRUNC reads what there is, cuts behind the record, makes that durable, and goes back to it", () => {
  const machine = joining(FILES);
  hold(machine, "disk");

  told(machine, { kind: "TRUNC", zxid: z(1, 5) });
  expect(stepsOf(machine)).toEqual(["list"]);
  answerDisk(machine);
  expect(stepsOf(machine)).toEqual(["read snapshot.0 log.100000001"]);
  answerDisk(machine);
  expect(stepsOf(machine)).toEqual(["truncate log.100000001", "sync log.100000001"]);
  expect(machine.server.database?.lastZxid).toBe(z(1, 8));
  answerDisk(machine);

  expect(saidBy(machine)).toEqual(["truncated 1.5"]);
  expect(machine.server.database?.lastZxid).toBe(z(1, 5));
  expect(restart(machine).server.database?.lastZxid).toBe(z(1, 5));
});

test("the tree and the memory of what is committed go back with the log", () => {
  const machine = joining(FILES);

  told(machine, { kind: "TRUNC", zxid: z(1, 5) });

  const { tree, committedLog } = machine.server.database!;
  expect(itemsOf(committedLog).at(-1)?.zxid).toBe(z(1, 5));
  expect(tree.nodes.get("/history")?.record.mzxid).toBe(z(1, 5));
});

test("files that begin behind the cut are removed", () => {
  const machine = joining(inTwoLogs());

  told(machine, { kind: "TRUNC", zxid: z(1, 3) });

  expect(saidBy(machine, "remove", "truncate")).toEqual([
    "remove log.100000006",
    "truncate log.100000001",
  ]);
});

test("a cut at the end of one file empties the next, which keeps its name and header", () => {
  const machine = joining(inTwoLogs());

  told(machine, { kind: "TRUNC", zxid: z(1, 5) });

  expect(saidBy(machine, "remove", "truncate")).toEqual(["truncate log.100000006"]);
  expect(machine.disk.get("log.100000006")).toEqual(LOG_HEADER);
  expect(restart(machine).server.database?.lastZxid).toBe(z(1, 5));
});

// ZOOKEEPER-1549.
test("a snapshot of what is cut goes as well, before the log is cut", () => {
  // Server 3 was elected with 1.8, wrote the snapshot that new leaders write, and died.
  const candidate = elected(FILES);
  expect(candidate.disk.has("snapshot.100000008")).toBe(true);

  const machine = joining([...candidate.disk].map(([name, bytes]) => ({ name, bytes })));
  told(machine, { kind: "TRUNC", zxid: z(1, 5) });

  expect(saidBy(machine, "remove", "truncate")).toEqual([
    "remove snapshot.100000008",
    "truncate log.100000001",
  ]);
  expect(machine.server.database?.tree.nodes.get("/history")?.record.mzxid).toBe(z(1, 5));
});

test("behind TRUNC what is committed goes to the tree, and NEWLEADER saves it in a snapshot", () => {
  const machine = joining(FILES);
  told(machine, { kind: "TRUNC", zxid: z(1, 5) });
  const next = txnsOf([z(1, 5), z(2, 1)], z(2, 1))[0]!;
  told(machine, { kind: "PROPOSAL", txn: next });
  told(machine, { kind: "COMMIT", zxid: next.zxid });
  expect(saidBy(machine, "append", "delivered")).toEqual(["delivered 2.1"]);

  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });

  expect(machine.disk.has("snapshot.200000001")).toBe(true);
  expect(sentBy(machine)).toEqual(["to leader: ACK 2.0"]);
  expect(restart(machine).server.database?.lastZxid).toBe(z(2, 1));
});

test("the next append opens a new file: nothing lands behind the cut (ZOOKEEPER-1489)", () => {
  const machine = joining(FILES);
  told(machine, { kind: "TRUNC", zxid: z(1, 5) });
  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
  told(machine, { kind: "UPTODATE" });
  forget(machine);

  told(machine, { kind: "PROPOSAL", txn: txnsOf([z(1, 5), z(2, 1)], z(2, 1))[0]! });

  expect(saidBy(machine, "append")).toEqual(["append log.200000001 2.1"]);
});

test("a file that was open when it was cut is not appended to any more", () => {
  const machine = following();
  for (const txn of run(2, 1, 2)) told(machine, { kind: "PROPOSAL", txn });
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  findsLeader(machine, 3);
  told(machine, { kind: "TRUNC", zxid: z(1, 5) });
  told(machine, { kind: "NEWLEADER", zxid: z(3, 0), config: "" });
  told(machine, { kind: "UPTODATE" });
  forget(machine);

  told(machine, { kind: "PROPOSAL", txn: run(3, 1, 1)[0]! });

  expect(saidBy(machine, "write", "append")).toEqual([
    "write log.300000001",
    "append log.300000001 3.1",
  ]);
  expect(restart(machine).server.database?.lastZxid).toBe(z(3, 1));
});

// ZOOKEEPER-3642, for TRUNC: what is only in the tree must not outlive the role.
test("a role that ends before NEWLEADER goes back to what is on disk", () => {
  const machine = joining(FILES);
  told(machine, { kind: "TRUNC", zxid: z(1, 5) });
  const next = txnsOf([z(1, 5), z(2, 1)], z(2, 1))[0]!;
  told(machine, { kind: "PROPOSAL", txn: next });
  told(machine, { kind: "COMMIT", zxid: next.zxid });
  expect(machine.server.database?.lastZxid).toBe(z(2, 1));
  forget(machine);

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

  expect(saidBy(machine, "recovered")).toEqual(["recovered 1.5, 5 replayed"]);
  expect(machine.server.election.proposal.zxid).toBe(z(1, 5));
});

test("a cut that turns out to be impossible when the leader is gone does not end the role twice", () => {
  const machine = joining(history([z(1, 2), z(3, 4)]), {}, 1, 4);
  hold(machine, "disk");
  told(machine, { kind: "TRUNC", zxid: z(2, 7) });
  answerDisk(machine);
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });

  release(machine);

  expect(saidBy(machine, "became")).toEqual(["LOOKING Disconnected from leader"]);
});

test("where the zxid is not in the log, nothing is cut and the leader is asked for its tree", () => {
  const machine = joining(history([z(1, 2), z(3, 4)]), {}, 1, 4);

  told(machine, { kind: "TRUNC", zxid: z(2, 7) });

  expect(saidBy(machine, "truncate", "remove", "became")).toEqual([
    "LOOKING cannot truncate the log to where the leader wants it",
  ]);
  // No leader has the start of the epoch after its own: whoever it is, it can only send its tree.
  findsLeader(machine, 4);
  expect(sentBy(machine)).toContain("to leader: ACKEPOCH 5.0 epoch -1");
});

test("it asks for a tree once; if that does not come about, it tells where it is again", () => {
  const machine = joining(history([z(1, 2), z(3, 4)]), {}, 1, 4);
  told(machine, { kind: "TRUNC", zxid: z(2, 7) });
  findsLeader(machine, 4);
  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  forget(machine);

  findsLeader(machine, 4);

  expect(sentBy(machine)).toContain("to leader: ACKEPOCH 3.4 epoch -1");
});

test("where the only snapshot is newer than the cut, nothing is touched either", () => {
  const [zero, ...others] = elected(FILES).disk;
  expect(zero?.[0]).toBe("snapshot.0");
  const machine = joining(others.map(([name, bytes]) => ({ name, bytes })));

  told(machine, { kind: "TRUNC", zxid: z(1, 5) });

  expect(machine.server.state).toBe("LOOKING");
  expect(saidBy(machine, "truncate", "remove")).toEqual([]);
  expect(machine.disk.has("snapshot.100000008")).toBe(true);
});

test("the start of its own epoch is where a server with transactions of that epoch may go back to", () => {
  const machine = joining(history([z(1, 2), z(2, 3)]), {}, 1, 3);

  told(machine, { kind: "TRUNC", zxid: z(2, 0) });

  expect(saidBy(machine, "truncated")).toEqual(["truncated 2.0"]);
  expect(machine.server.database?.lastZxid).toBe(z(2, 0));
  expect(machine.server.database?.tree.nodes.get("/history")?.record.mzxid).toBe(z(1, 2));
});

test("the start of another epoch is not: there may be transactions before it that it never had", () => {
  const machine = joining(history([z(1, 2), z(3, 3)]), {}, 1, 4);

  told(machine, { kind: "TRUNC", zxid: z(2, 0) });

  expect(machine.server.state).toBe("LOOKING");
  expect(saidBy(machine, "truncate")).toEqual([]);
});

test("packets behind TRUNC wait until the cut is durable", () => {
  const machine = joining(FILES);
  hold(machine, "disk");
  told(machine, { kind: "TRUNC", zxid: z(1, 5) });
  told(machine, { kind: "NEWLEADER", zxid: z(2, 0), config: "" });
  expect(stepsOf(machine)).toEqual(["list"]);

  release(machine);

  expect(sentBy(machine)).toEqual(["to leader: ACK 2.0"]);
});

test("a cut that has begun is finished even when the leader is gone, and then the server looks", () => {
  const machine = joining(FILES);
  hold(machine, "disk");
  told(machine, { kind: "TRUNC", zxid: z(1, 5) });
  answerDisk(machine);
  answerDisk(machine);
  expect(saidBy(machine, "truncate")).toHaveLength(1);

  tell(machine, { kind: "disconnected", conn: leaderOf(machine) });
  expect(machine.server.state).toBe("FOLLOWING");
  release(machine);

  expect(machine.server.state).toBe("LOOKING");
  expect(machine.server.election.proposal.zxid).toBe(z(1, 5));
});

/** Server 1 finds its leader once more, of a later epoch. */
function findsLeader(machine: Machine, epoch: number): void {
  for (const [from, state] of [
    [3, "LEADING"],
    [2, "FOLLOWING"],
  ] as const) {
    const message = { ...machine.server.vote, kind: "notification", state, config: "" };
    tell(machine, {
      kind: "received",
      conn: machine.peers.get(from)!,
      message: { ...message, kind: "notification" },
    });
  }
  tell(machine, { kind: "connected", conn: leaderOf(machine) });
  told(machine, { kind: "LEADERINFO", zxid: z(epoch, 0) });
}

/** 1.1 … 1.5 in one log, 1.6 … 1.8 in the next. */
function inTwoLogs(): FileContent[] {
  const txns = txnsOf([z(1, 8)], z(1, 1));
  const files = FILES.filter(({ name }) => !name.startsWith("log."));
  const first = concatBytes([LOG_HEADER, ...txns.slice(0, 5).map(({ record }) => record)]);
  const second = concatBytes([LOG_HEADER, ...txns.slice(5).map(({ record }) => record)]);
  return [
    ...files,
    { name: "log.100000001", bytes: first },
    { name: "log.100000006", bytes: second },
  ];
}
