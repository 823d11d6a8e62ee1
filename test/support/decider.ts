import { expect } from "vitest";
import { DEFAULT_OPTIONS, type ServerOptions } from "../../core/options.ts";
import { operationType } from "../../core/request/operation-type.ts";
import type { Operation } from "../../core/request/operation.ts";
import { createPending, settle, type Pending } from "../../core/request/pending.ts";
import { prepare, type Prepared } from "../../core/request/prepare.ts";
import type { WriteRequest } from "../../core/request/write-request.ts";
import { applyToDatabase, createDatabase, type Database } from "../../core/tree/database.ts";
import { treeDigest } from "../../core/tree/tree.ts";
import { OpCode, type Txn } from "../../core/txn.ts";
import { toZxid } from "../../core/zxid.ts";
import { makeTxn } from "./txns.ts";
import { WRITE_REQUEST } from "./write-request.ts";

/** The one who decides about writes, with a tree, and with all that it has decided and not applied. */
export type Decider = {
  readonly database: Database;
  readonly pending: Pending;
  /** Decides one write; the next zxid is its. */
  readonly run: (op: Operation, more?: Partial<WriteRequest>) => Prepared;
  /** Applies everything decided so far, and checks what was predicted. */
  readonly applyAll: () => void;
};

export function createDecider(options: Partial<ServerOptions> = {}): Decider {
  const database = createDatabase();
  const pending = createPending();
  const txns: Txn[] = [];
  let counter = 0;
  return {
    database,
    pending,
    run: (op, more = {}) => {
      counter++;
      const request: WriteRequest = {
        ...WRITE_REQUEST,
        zxid: toZxid(BigInt(counter)),
        timeMs: 1000 + counter,
        options: { ...DEFAULT_OPTIONS, ...options },
        ...more,
      };
      const prepared = prepare(database, pending, request, op);
      const { body, digest, err } = prepared;
      const type = err === 0 ? operationType(op) : OpCode.error;
      txns.push(makeTxn(counter, body, { session: Number(request.sessionId), type, digest }));
      return prepared;
    },
    applyAll: () => {
      for (const txn of txns.splice(0)) {
        applyToDatabase(database, txn, 500);
        settle(pending, txn.zxid);
        if (txn.digest !== null) expect(treeDigest(database.tree)).toBe(txn.digest);
      }
    },
  };
}
