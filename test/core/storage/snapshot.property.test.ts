import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createPending } from "../../../core/request/pending.ts";
import { addPiece, createIncoming } from "../../../core/storage/snapshot-load.ts";
import {
  beginSnapshot,
  continueSnapshot,
  finishSnapshot,
  readSnapshot,
} from "../../../core/storage/snapshot-file.ts";
import {
  beginWalk,
  isWalkDone,
  nextPiece,
  sessionsOf,
  walkNodes,
} from "../../../core/storage/snapshot-walk.ts";
import {
  applyToDatabase,
  cloneDatabase,
  createDatabase,
  type Database,
} from "../../../core/tree/database.ts";
import { aclOf, statOf, treeDigest } from "../../../core/tree/tree.ts";
import type { Txn } from "../../../core/txn.ts";
import { applyAndSettle, histories, propose, type Step } from "../../support/histories.ts";

const fuzz = fc.record({
  steps: histories,
  /** How many transactions are applied before the label, and between two steps of the copy. */
  before: fc.nat(40),
  between: fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }),
  nodesAtOnce: fc.integer({ min: 1, max: 4 }),
});

test("a snapshot written while the tree changes, and the log after its label, are the tree", () => {
  fc.assert(
    fc.property(fuzz, ({ steps, before, between, nodesAtOnce }) => {
      const txns = transactionsOf(steps);
      const feed = createFeed(txns);
      feed.apply(before);
      const writer = beginSnapshot(feed.database);
      for (let i = 0; !continueSnapshot(writer, feed.database, nodesAtOnce); i++) {
        feed.apply(between[i % between.length] ?? 0);
      }
      const bytes = finishSnapshot(writer, feed.database);

      const { database, digest } = readSnapshot(bytes, writer.walk.zxid);
      // The file says what the tree was when writing ended; replay to there must show it.
      for (const txn of txns) {
        if (txn.zxid <= writer.walk.zxid) continue;
        applyToDatabase(database, txn, 500);
        if (txn.zxid === digest?.zxid) expect(treeDigest(database.tree)).toBe(digest.digest);
      }
      feed.apply(txns.length);

      expectSame(database, feed.database);
    }),
    { numRuns: 300 },
  );
});

test("a tree sent in pieces while it changes, and what is proposed meanwhile, are the tree", () => {
  fc.assert(
    fc.property(fuzz, ({ steps, before, between, nodesAtOnce }) => {
      const txns = transactionsOf(steps);
      const feed = createFeed(txns);
      feed.apply(before);
      const walk = beginWalk(feed.database);
      const learner = createIncoming(walk.zxid);
      for (let i = 0; !isWalkDone(walk); i++) {
        const piece = nextPiece(walk, feed.database, nodesAtOnce);
        expect(piece.last).toBe(isWalkDone(walk));
        addPiece(learner, piece);
        feed.apply(between[i % between.length] ?? 0);
      }
      for (const txn of txns) if (txn.zxid > walk.zxid) applyToDatabase(learner, txn, 500);
      feed.apply(txns.length);

      expectSame(learner, feed.database);
    }),
    { numRuns: 300 },
  );
});

/** A real leader sends the lists that are in use, and then every znode with whatever id it has by then. */
class KnowsAll extends Set<number> {
  override has(): boolean {
    return true;
  }
}

test("a tree sent by a real server names lists that only the replay brings, and is the tree after it", () => {
  fc.assert(
    fc.property(fuzz, ({ steps, before, between, nodesAtOnce }) => {
      const txns = transactionsOf(steps);
      const feed = createFeed(txns);
      feed.apply(before);
      const walk = { ...beginWalk(feed.database), knownAcls: new KnowsAll() };
      const learner = createIncoming(walk.zxid);
      const acls = [...feed.database.tree.acls.lists].map(([id, acl]) => ({ id, acl }));
      const sessions = sessionsOf(feed.database);
      addPiece(learner, { kind: "SNAPPIECE", sessions, acls, nodes: [], last: false });
      for (let i = 0; !isWalkDone(walk); i++) {
        feed.apply(between[i % between.length] ?? 0);
        const nodes = walkNodes(walk, feed.database.tree, nodesAtOnce);
        const last = isWalkDone(walk);
        addPiece(learner, { kind: "SNAPPIECE", sessions: null, acls: null, nodes, last });
      }
      for (const txn of txns) if (txn.zxid > walk.zxid) applyToDatabase(learner, txn, 500);
      feed.apply(txns.length);

      expectSame(learner, feed.database);
    }),
    { numRuns: 300 },
  );
});

test("replaying everything over a snapshot of any prefix ends in the same tree", () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const txns = transactionsOf(steps);
      const final = createDatabase();
      const prefixes = txns.map((txn) => {
        applyToDatabase(final, txn, 500);
        return cloneDatabase(final);
      });
      for (const prefix of prefixes) {
        const label = prefix.lastZxid;
        const writer = beginSnapshot(prefix);
        while (!continueSnapshot(writer, prefix, 100));
        const { database } = readSnapshot(finishSnapshot(writer, prefix), label);
        expectSame(database, prefix);
        for (const txn of txns) if (txn.zxid > label) applyToDatabase(database, txn, 500);
        expectSame(database, final);
      }
    }),
    { numRuns: 30 },
  );
});

test("a clone is not touched by what happens to the original", () => {
  fc.assert(
    fc.property(histories, fc.nat(60), (steps, before) => {
      const txns = transactionsOf(steps);
      const feed = createFeed(txns);
      feed.apply(before);
      const clone = cloneDatabase(feed.database);
      const then = treeDigest(clone.tree);
      const paths = [...clone.tree.nodes.keys()];

      feed.apply(txns.length);

      expect(treeDigest(clone.tree)).toBe(then);
      expect([...clone.tree.nodes.keys()]).toEqual(paths);
      for (const txn of txns.slice(before)) applyToDatabase(clone, txn, 500);
      expectSame(clone, feed.database);
    }),
  );
});

function transactionsOf(steps: readonly Step[]): Txn[] {
  const database = createDatabase();
  const pending = createPending();
  return steps.map((step, i) => {
    const txn = propose(database, pending, step, i + 1);
    applyAndSettle(database, pending, txn);
    return txn;
  });
}

/** A database that is moved on through `txns`. */
function createFeed(txns: readonly Txn[]): { database: Database; apply: (count: number) => void } {
  const database = createDatabase();
  let at = 0;
  const apply = (count: number): void => {
    for (const txn of txns.slice(at, at + count)) applyToDatabase(database, txn, 500);
    at += count;
  };
  return { database, apply };
}

/** The same for every client; ids of ACLs and the order of siblings may differ. */
function expectSame(a: Database, b: Database): void {
  expect(seenBy(a)).toEqual(seenBy(b));
  expect(treeDigest(a.tree)).toBe(treeDigest(b.tree));
  expect(a.lastZxid).toBe(b.lastZxid);
  expect(a.sessions).toEqual(b.sessions);
  expect(new Map([...a.tree.ephemerals].map(([id, { names }]) => [id, [...names].sort()]))).toEqual(
    new Map([...b.tree.ephemerals].map(([id, { names }]) => [id, [...names].sort()])),
  );
}

function seenBy({ tree }: Database): Map<string, unknown> {
  const paths = [...tree.nodes.keys()].sort();
  return new Map(
    paths.map((path) => [
      path,
      {
        record: { ...tree.nodes.get(path)?.record, aclId: 0 },
        children: [...(tree.nodes.get(path)?.children?.names ?? [])].sort(),
        stat: statOf(tree, path),
        acl: aclOf(tree, path),
      },
    ]),
  );
}
