import { expect, test } from "vitest";
import {
  brokenIn,
  commitNext,
  connect,
  crash,
  deliver,
  digestOf,
  discover,
  ensembleOf,
  flush,
  handle,
  hears,
  join,
  lead,
  log,
  look,
  peer,
  promise,
  propose,
  says,
  settle,
  start,
  synchronize,
  txnAt,
  upToDate,
  write,
} from "../../support/check-ensemble.ts";

test("elections, writes, a crash, a late joiner and an observer break nothing", () => {
  const ensemble = ensembleOf(3, 1);
  lead(ensemble, 3, [1, 2]);
  write(ensemble, 3);
  join(ensemble, 4, 3);
  write(ensemble, 3);
  crash(ensemble, 3);
  look(ensemble, 4);
  lead(ensemble, 2, [1]);
  write(ensemble, 2);
  start(ensemble, 3);
  join(ensemble, 3, 2, true);
  join(ensemble, 4, 2);
  write(ensemble, 2);

  expect(ensemble.checks.violations).toEqual([]);
});

test("Z1: a server that delivers what no leader proposed breaks integrity", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  const forged = txnAt(1, 1, "forged");
  log(ensemble, 1, [forged]);

  deliver(ensemble, 1, forged);

  expect(brokenIn(ensemble)).toContain("Z1");
});

test("Z1: the same bytes read back from a disk as another object are the same transaction", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  const txn = propose(ensemble, 3, "x");
  log(ensemble, 3, [txn]);
  flush(ensemble, 3);
  handle(ensemble, 1);
  commitNext(ensemble, 3);

  deliver(ensemble, 1, txnAt(1, 1, "x"));

  expect(ensemble.checks.violations).toEqual([]);
});

test("Z2: a server that leaves out a transaction others delivered breaks total order, and not agreement", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  propose(ensemble, 3);
  const second = propose(ensemble, 3);
  log(ensemble, 3, peer(ensemble, 3).proposed);
  flush(ensemble, 3);
  for (const sid of [1, 2, 1, 2]) handle(ensemble, sid);
  commitNext(ensemble, 3);
  commitNext(ensemble, 3);
  settle(ensemble, 2);

  deliver(ensemble, 1, second);

  expect(brokenIn(ensemble)).toContain("Z2");
  expect(brokenIn(ensemble)).not.toContain("Z3");
  expect(brokenIn(ensemble)).not.toContain("Z1");
});

test("Z2: a server that lags behind breaks nothing", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  for (let count = 0; count < 5; count++) {
    log(ensemble, 3, [propose(ensemble, 3)]);
    flush(ensemble, 3);
    settle(ensemble, 2);
    commitNext(ensemble, 3);
  }
  settle(ensemble, 1);

  expect(ensemble.checks.violations).toEqual([]);
});

test("Z3: two servers that each deliver what the other never does break agreement", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  write(ensemble, 3);
  const other = txnAt(1, 2, "other");
  propose(ensemble, 3);
  log(ensemble, 3, peer(ensemble, 3).proposed.slice(1));
  flush(ensemble, 3);
  handle(ensemble, 2);
  commitNext(ensemble, 3);

  deliver(ensemble, 1, other);

  expect(brokenIn(ensemble)).toContain("Z3");
});

test("Z4: a leader that leaves out a zxid breaks local primary order", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  write(ensemble, 3);

  says(ensemble, 3, [{ kind: "proposed", txn: txnAt(1, 3) }]);

  expect(brokenIn(ensemble)).toEqual(["Z4"]);
});

test("Z4: an epoch may start at any counter but none", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  says(ensemble, 3, [{ kind: "proposed", txn: txnAt(1, 0xffff_fff0) }]);
  expect(ensemble.checks.violations).toEqual([]);

  for (const sid of [1, 2, 3]) look(ensemble, sid);
  lead(ensemble, 3, [1, 2]);
  says(ensemble, 3, [{ kind: "proposed", txn: txnAt(2, 0) }]);
  expect(brokenIn(ensemble)).toEqual(["Z4"]);
});

test("Z4: a delivery that skips an earlier proposal of its epoch breaks local primary order", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  propose(ensemble, 3);

  deliver(ensemble, 1, propose(ensemble, 3));

  expect(brokenIn(ensemble)).toContain("Z4");
});

test("Z5: a transaction that is delivered twice while serving breaks global primary order", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  const txn = write(ensemble, 3);

  deliver(ensemble, 1, txn);

  expect(brokenIn(ensemble)).toEqual(["Z5"]);
});

test("Z5: what comes again behind SNAP, before UPTODATE, is no second delivery", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  const txn = write(ensemble, 3);
  connect(ensemble, 1, 3);
  promise(ensemble, 1, 1);
  synchronize(ensemble, 1, true);
  hears(ensemble, 1, { kind: "PROPOSAL", txn });
  hears(ensemble, 1, { kind: "COMMIT", zxid: txn.zxid });
  says(ensemble, 1, [{ kind: "delivered", txn, digest: digestOf([txn]) }]);
  upToDate(ensemble, 1);
  write(ensemble, 3);

  expect(ensemble.checks.violations).toEqual([]);
});

test("Z5: a leader of an older epoch than its history breaks global primary order", () => {
  const ensemble = ensembleOf(1);
  lead(ensemble, 1, []);
  look(ensemble, 1);
  lead(ensemble, 1, []);
  write(ensemble, 1);
  look(ensemble, 1);
  peer(ensemble, 1).face.acceptedEpoch = 0;
  lead(ensemble, 1, []);
  write(ensemble, 1);

  expect(brokenIn(ensemble)).toContain("Z5");
});

test("Z6: a leader that proposes before it is established breaks primary integrity", () => {
  const ensemble = ensembleOf(3);
  discover(ensemble, 3, [1, 2]);

  propose(ensemble, 3);

  expect(brokenIn(ensemble)).toEqual(["Z6"]);
});

test("Z6: a leader without something delivered in an earlier epoch breaks primary integrity", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [2]);
  write(ensemble, 3);
  crash(ensemble, 3);

  lead(ensemble, 1, [2]);

  expect(brokenIn(ensemble)).toContain("Z6");
});

test("Z6: a leader that has it all, from a log no commit ever reached, breaks nothing", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  const txn = propose(ensemble, 3);
  log(ensemble, 3, [txn]);
  flush(ensemble, 3);
  handle(ensemble, 2);
  commitNext(ensemble, 3);
  crash(ensemble, 3);

  lead(ensemble, 2, [1]);
  write(ensemble, 2);

  expect(ensemble.checks.violations).toEqual([]);
});

test("Z6: a deposed leader that delivers what its successor began without breaks primary integrity", () => {
  const ensemble = ensembleOf(3);
  lead(ensemble, 3, [1, 2]);
  log(ensemble, 3, [propose(ensemble, 3)]);
  flush(ensemble, 3);
  handle(ensemble, 1);
  for (const sid of [1, 2]) look(ensemble, sid);
  lead(ensemble, 2, [1]);
  expect(ensemble.checks.violations).toEqual([]);

  deliver(ensemble, 3, peer(ensemble, 3).proposed[0]!);

  expect(brokenIn(ensemble)).toContain("Z6");
});
