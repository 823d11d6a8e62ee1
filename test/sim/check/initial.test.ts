import { expect, test } from "vitest";
import { layInitialDisks } from "../../../sim/check/initial.ts";
import {
  brokenIn,
  crash,
  ensembleOf,
  lead,
  peer,
  start,
  txnAt,
  write,
  type Ensemble,
} from "../../support/check-ensemble.ts";

/** Servers start with a past: so many transactions of epoch 1 each. */
function withPast(lengths: readonly number[]): Ensemble {
  const ensemble = ensembleOf(lengths.length);
  const past = [1, 2, 3, 4].map((counter) => txnAt(1, counter));
  for (const { sid } of ensemble.servers) crash(ensemble, sid);
  const epochs = { acceptedEpoch: 1, currentEpoch: 1 };
  const disks = lengths.map((length, at) => ({
    sid: at + 1,
    txns: past.slice(0, length),
    ...epochs,
  }));
  layInitialDisks(ensemble.checks, disks);
  for (const { sid, txns } of disks) {
    Object.assign(peer(ensemble, sid), { log: [...txns], durable: txns.length });
    Object.assign(peer(ensemble, sid).face, epochs);
    start(ensemble, sid);
  }
  return ensemble;
}

test("a past that all servers share is as good as seen", () => {
  const ensemble = withPast([3, 3, 3]);
  lead(ensemble, 3, [1, 2]);
  write(ensemble, 3);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("a past that only some have is committed with the leader that has it", () => {
  const ensemble = withPast([2, 3, 4]);
  lead(ensemble, 3, [1, 2]);
  write(ensemble, 3);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("a past that all servers share must not be lost", () => {
  const ensemble = withPast([3, 3, 3]);
  crash(ensemble, 3);
  Object.assign(peer(ensemble, 3), { log: [] });
  start(ensemble, 3);
  expect(brokenIn(ensemble)).toEqual(["S16"]);
});
