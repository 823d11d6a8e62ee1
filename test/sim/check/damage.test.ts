import { expect, test } from "vitest";
import { diskDamaged, isPartOf, mayBeDamaged } from "../../../sim/check/damage.ts";
import { makeZxid, ZERO_ZXID } from "../../../core/zxid.ts";
import {
  brokenIn,
  crash,
  digestOf,
  ensembleOf,
  flush,
  handle,
  lead,
  log,
  look,
  peer,
  propose,
  write,
  type Ensemble,
} from "../../support/check-ensemble.ts";

function inBroadcast(): Ensemble {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  write(ensemble, 3);
  return ensemble;
}

/** Whose disks could be damaged now. */
function expendable({ checks, servers }: Ensemble): number[] {
  return servers.filter(({ sid }) => mayBeDamaged(checks, sid)).map(({ sid }) => sid);
}

test("where all have everything, any one disk may go", () => {
  expect(expendable(inBroadcast())).toEqual([1, 2, 3]);
});

test("what two of three have, neither of them may lose", () => {
  const ensemble = inBroadcast();
  crash(ensemble, 1);
  write(ensemble, 3);
  expect(expendable(ensemble)).toEqual([1]);
});

test("what a follower may have acked counts before it is committed, what a leader proposed alone does not", () => {
  const ensemble = inBroadcast();
  propose(ensemble, 3);
  log(ensemble, 3, [peer(ensemble, 3).proposed[1]!]);
  flush(ensemble, 3);
  expect(expendable(ensemble)).toEqual([1, 2, 3]);

  handle(ensemble, 1);
  expect(expendable(ensemble)).toEqual([2, 3]);
});

test("an epoch that only a bare quorum has promised must not be forgotten by one of them", () => {
  const ensemble = inBroadcast();
  crash(ensemble, 1);
  look(ensemble, 2);
  look(ensemble, 3);
  lead(ensemble, 3, [2]);
  expect(expendable(ensemble)).toEqual([1]);
});

test("a spared disk is excused nothing: the checks count it as empty", () => {
  const ensemble = inBroadcast();
  crash(ensemble, 1);
  diskDamaged(ensemble.checks, 1, "nothing", false);
  expect(ensemble.checks.damaged).toBe(0);
  expect(expendable(ensemble)).toEqual([1]);
  expect(brokenIn(ensemble)).toEqual([]);
});

test("a history with a hole is no part of one, whatever its tree is like", () => {
  const ensemble = inBroadcast();
  write(ensemble, 3);
  write(ensemble, 3);
  const { log: txns } = peer(ensemble, 1);
  const read = { from: ZERO_ZXID, txnCount: 3, zxid: makeZxid(1, 3), digest: digestOf(txns) };

  const part = (change: Partial<typeof read>): boolean =>
    isPartOf(ensemble.checks, 1, { ...read, ...change });
  expect(part({})).toBe(true);
  expect(part({ txnCount: 2 })).toBe(false);
  expect(part({ from: makeZxid(1, 1), txnCount: 2 })).toBe(true);
  expect(part({ digest: 1n })).toBe(false);
  expect(part({ zxid: ZERO_ZXID, txnCount: 0 })).toBe(true);
});
