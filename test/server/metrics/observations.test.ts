import { expect, test } from "vitest";
import type { Zxid } from "../../../core/zxid.ts";
import { noteLoaded, noteLogSync, noteSnapshot } from "../../../server/metrics/disk-stats.ts";
import {
  endFiring,
  noteAck,
  noteFired,
  noteObservation,
  noteQuorumPacket,
} from "../../../server/metrics/observations.ts";
import { createServerStats } from "../../../server/metrics/stats.ts";
import { boot, configOf } from "../../support/machine.ts";
import { creates, makeTxn } from "../../support/txns.ts";

const SERVER = boot(configOf(1)).server;

test("watch events of one kind and place are one firing", () => {
  const stats = createServerStats(0);
  for (let i = 0; i < 3; i++) noteFired(stats, 3, "/a");
  noteFired(stats, 4, "/");
  endFiring(stats);

  expect(stats.summaries.node_changed_watch_count).toMatchObject({ count: 1, sum: 3 });
  expect(stats.summaries.node_children_watch_count).toMatchObject({ count: 1, sum: 1 });
});

test("two transactions fire twice, even at the same place", () => {
  const stats = createServerStats(0);
  for (let zxid = 1; zxid <= 2; zxid++) {
    noteFired(stats, 3, "/a");
    const txn = makeTxn(zxid, { kind: "setData", path: "/a", data: null, version: zxid });
    noteObservation(stats, SERVER, { kind: "delivered", txn, digest: 0n }, 2000);
  }

  expect(stats.summaries.node_changed_watch_count.count).toBe(2);
  expect(stats.advanced.propagation_latency).toMatchObject({ count: 2, min: 998, max: 999 });
});

test("the digest of the tree is remembered at every 128th zxid", () => {
  const stats = createServerStats(0);
  for (let zxid = 1; zxid <= 300; zxid++) {
    const txn = makeTxn(zxid, creates(`/n${zxid}`, zxid));
    noteObservation(stats, SERVER, { kind: "delivered", txn, digest: BigInt(zxid * 7) }, 2000);
  }

  expect(stats.digests).toEqual([
    { zxid: 128n, digest: 896n },
    { zxid: 256n, digest: 1792n },
  ]);
});

test("an election lasts from LOOKING to the next role, and nobody is served until then", () => {
  const stats = createServerStats(0);
  const at = (nowMs: number): typeof SERVER => ({ ...SERVER, nowMs });
  noteObservation(stats, at(100), { kind: "became", state: "LOOKING", reason: "" }, 0);
  noteObservation(stats, at(340), { kind: "became", state: "FOLLOWING", reason: "" }, 0);
  noteObservation(stats, at(400), { kind: "serving", epoch: 1 }, 0);

  expect(stats.counters.looking_count).toBe(1);
  expect(stats.summaries.election_time).toMatchObject({ count: 1, sum: 240 });
  expect(stats.summaries.unavailable_time).toMatchObject({ count: 1, sum: 300 });
  expect(stats.servingSinceMs).toBe(400);
});

test("packets between servers are counted by what they are", () => {
  const stats = createServerStats(0);
  const txn = makeTxn(1, creates("/a", 1));
  noteQuorumPacket(stats, { kind: "PROPOSAL", txn }, txn.timeMs + 4);
  noteQuorumPacket(stats, { kind: "COMMIT", zxid: 1n as Zxid }, 0);
  noteQuorumPacket(stats, { kind: "INFORM", txn }, 0);

  expect(stats.counters).toMatchObject({
    learner_proposal_received_count: 1,
    learner_commit_received_count: 2,
  });
  expect(stats.advanced.proposal_latency).toMatchObject({ count: 1, sum: 4 });
});

test("acks are timed by who sent them, and the disk by what it did", () => {
  const stats = createServerStats(0);
  noteAck(stats, 2, 3.9);
  noteLogSync(stats, 5, 1200, 1000);
  noteSnapshot(stats, 40.2);
  noteLoaded(stats, 10, 20, 3);

  expect(stats.ackLatency.get(2)).toMatchObject({ count: 1, sum: 3 });
  expect(stats.slowSyncCount).toBe(1);
  expect(stats.summaries.fsynctime).toMatchObject({ count: 1, sum: 1200 });
  expect(stats.counters.sync_processor_request_queued).toBe(5);
  expect(stats.summaries.snapshottime.sum).toBe(40);
  expect(stats.summaries.dbinittime.sum).toBe(30);
  expect(stats.summaries.startup_txns_loaded.sum).toBe(3);
});
