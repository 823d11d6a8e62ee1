import { expect, test } from "vitest";
import { decodeTxnRecord } from "../../core/storage/txn-record.ts";
import type { SessionId } from "../../core/session/session-id.ts";
import { makeZxid } from "../../core/zxid.ts";
import {
  boot,
  configOf,
  filesOf,
  forget,
  pass,
  restart,
  saidBy,
  sentBy,
  type Machine,
} from "../support/machine.ts";
import { asks, connects, create, setData } from "../support/roles.ts";

// Spec storage-and-processing 3.4, 4.5, 12.13.

function alone(): Machine {
  return boot(configOf(1, { voters: 1, standalone: true }));
}

test("it serves without an election, and its first session takes zxid 1", () => {
  const machine = alone();

  const conn = connects(machine, "client");
  asks(machine, conn, 1, create("/a"));

  expect(machine.server.database?.lastZxid).toBe(makeZxid(0, 2));
  expect(saidBy(machine, "listen")).toEqual(["listen client"]);
});

test("it writes no epoch files, only its tree and its log", () => {
  const machine = alone();
  const conn = connects(machine, "client");
  asks(machine, conn, 1, create("/a"));

  expect(filesOf(machine).map(({ name }) => name)).toEqual(["snapshot.0", "log.1"]);
});

test("a start goes on from the last zxid, and writes a snapshot of that name", () => {
  const machine = alone();
  const conn = connects(machine, "client");
  asks(machine, conn, 1, create("/a"));

  const again = restart(machine);
  forget(again);
  asks(again, connects(again, "client"), 1, setData("/a"));

  expect(again.server.database?.lastZxid).toBe(makeZxid(0, 4));
  expect(filesOf(again).map(({ name }) => name)).toEqual([
    "snapshot.0",
    "log.1",
    "snapshot.2",
    "log.3",
  ]);
});

test("sessions outlive a restart with their ephemerals, and expire after a full timeout", () => {
  const machine = alone();
  asks(machine, connects(machine, "client", { timeoutMs: 400 }), 1, create("/mine", 1));

  const again = restart(machine);
  expect(again.server.database?.tree.nodes.has("/mine")).toBe(true);
  pass(again, 800);

  expect(again.server.database?.tree.nodes.has("/mine")).toBe(false);
});

test("an ephemeral without a session goes at the start, without a transaction", () => {
  const machine = alone();
  asks(machine, connects(machine, "client"), 1, create("/mine", 1));
  const [log] = filesOf(machine).filter(({ name }) => name === "log.1");
  const createSession = 16 + lengthOfFirstRecord(log!.bytes);
  // The session is known by its record alone: without the record, the znode is an orphan.
  machine.disk.set("log.1", without(log!.bytes, 16, createSession));

  const again = restart(machine);

  expect(again.server.database?.sessions.size).toBe(0);
  expect(again.server.database?.tree.nodes.has("/mine")).toBe(false);
  expect(again.server.database?.lastZxid).toBe(makeZxid(0, 2));
});

test("zxids count on where an epoch would have come to its end", () => {
  const machine = alone();
  const conn = connects(machine, "client");
  const last = makeZxid(0, 0xffff_fffe);
  machine.server.database!.lastZxid = last;
  machine.server.leader!.lastProposed = last;
  machine.server.leader!.lastCommitted = last;
  forget(machine);

  for (let xid = 1; xid <= 3; xid++) asks(machine, conn, xid, create(`/${xid}`));

  expect(machine.server.database?.lastZxid).toBe(makeZxid(1, 1));
  expect(sentBy(machine)).toHaveLength(3);
});

function lengthOfFirstRecord(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengthBytes = 12 + view.getInt32(24) + 1;
  const { clientId } = decodeTxnRecord(bytes.slice(16, 16 + lengthBytes));
  expect(clientId).not.toBe(0n as SessionId);
  return lengthBytes;
}

function without(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array([...bytes.subarray(0, from), ...bytes.subarray(to)]);
}
