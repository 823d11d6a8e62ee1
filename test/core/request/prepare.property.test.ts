import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createPending } from "../../../core/request/pending.ts";
import { decodeTxnEntry, entryOf } from "../../../core/storage/txn-record.ts";
import { applyToDatabase, createDatabase } from "../../../core/tree/database.ts";
import { nodeDigest } from "../../../core/tree/digest.ts";
import { treeDigest, type Tree } from "../../../core/tree/tree.ts";
import type { Txn, TxnBody } from "../../../core/txn.ts";
import { applyAndSettle, histories, propose } from "../../support/histories.ts";

test("the digest that a leader predicts is the one that every server comes to", () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const leader = createDatabase();
      const follower = createDatabase();
      const pending = createPending();
      const inFlight: Txn[] = [];
      const applyOldest = (): void => {
        const txn = inFlight.shift();
        if (txn === undefined) return;
        applyAndSettle(leader, pending, txn);
        applyToDatabase(follower, decodeTxnEntry(entryOf(txn.record)), 500);
        if (txn.digest !== null) expect(treeDigest(leader.tree)).toBe(txn.digest);
        expect(treeDigest(follower.tree)).toBe(treeDigest(leader.tree));
        expect(digestFromScratch(leader.tree)).toBe(treeDigest(leader.tree));
      };

      steps.forEach((step, i) => {
        for (let n = 0; n < step.applyBefore; n++) applyOldest();
        inFlight.push(propose(leader, pending, step, i + 1));
      });
      while (inFlight.length > 0) applyOldest();

      expect(pending).toMatchObject({ queue: [], head: 0 });
      expect(pending.newest.size).toBe(0);
      expect(follower.tree).toEqual(leader.tree);
      expect(follower.sessions).toEqual(leader.sessions);
    }),
  );
});

test("a write that was accepted applies without an error, however many are before it", () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const database = createDatabase();
      const pending = createPending();
      const txns = steps.map((step, i) => propose(database, pending, step, i + 1));

      for (const txn of txns) {
        expect(applyToDatabase(database, txn, 500).err).toBe(errorOf(txn.body));
      }
    }),
  );
});

/** Of a transaction, or the first of a multi. */
function errorOf(body: TxnBody): number {
  if (body.kind === "error") return body.err;
  if (body.kind !== "multi") return 0;
  return body.txns.map((part) => errorOf(part.body)).find((err) => err !== 0) ?? 0;
}

function digestFromScratch(tree: Tree): bigint {
  let sum = 0n;
  for (const { record } of tree.nodes.values()) sum += BigInt(nodeDigest(record));
  return BigInt.asIntN(64, sum);
}
