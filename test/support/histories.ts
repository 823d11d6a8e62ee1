import { DEFAULT_OPTIONS, type ServerOptions } from "../../core/options.ts";
import { operationType } from "../../core/request/operation-type.ts";
import * as fc from "fast-check";
import type { Operation, SentAcl } from "../../core/request/operation.ts";
import { prepare } from "../../core/request/prepare.ts";
import { settle, type Pending } from "../../core/request/pending.ts";
import type { SessionId } from "../../core/session/session-id.ts";
import { encodeTxn } from "../../core/storage/txn-record.ts";
import { OPEN_ACL, READ_ACL } from "../../core/tree/acl.ts";
import { applyToDatabase, type Database } from "../../core/tree/database.ts";
import { OpCode, type Txn } from "../../core/txn.ts";
import { makeZxid } from "../../core/zxid.ts";
import { WRITE_REQUEST } from "./write-request.ts";

/** A write of a session, and whether the oldest pending transaction is applied before it. */
export type Step = {
  readonly session: number;
  readonly op: Operation;
  readonly applyBefore: number;
};

// Few names and few levels: collisions, children of ephemerals and refilled names are where the bugs live.
const name = fc.constantFrom("a", "b", "ü");
const depth = fc.constantFrom(1, 1, 1, 2, 2, 3);
const path = depth
  .chain((levels) => fc.array(name, { minLength: levels, maxLength: levels }))
  .map((names) => names.map((part) => `/${part}`).join(""));
const data = fc.option(fc.uint8Array({ maxLength: 12 }));
const version = fc.constantFrom(-1, -1, -1, -1, -1, -1, 0, 1);
/** Nobody may do much below the last one, so that permissions refuse something, too. */
const acl = fc.constantFrom<readonly SentAcl[]>(
  ...Array.from({ length: 5 }, () => OPEN_ACL),
  [...OPEN_ACL, ...READ_ACL],
  [{ perms: 31, scheme: "ip", id: "10.0.0.0/8" }],
  [{ perms: 31, scheme: "auth", id: "" }],
  [],
  READ_ACL,
);

const create = fc.record({
  kind: fc.constant("create" as const),
  type: fc.constantFrom(1 as const, 1 as const, 15 as const, 19 as const, 21 as const),
  path: fc.oneof(
    { weight: 10, arbitrary: path },
    { weight: 1, arbitrary: path.map((prefix) => `${prefix}/`) },
    { weight: 1, arbitrary: fc.constant("/") },
  ),
  data,
  acl,
  flags: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7),
  ttlMs: fc.constantFrom(-1, -1, 1, 1000),
});
/** One whose parts agree, for without them most of the others would be refused. */
const soundCreate = create.map((op) => {
  if (op.type === 21) return { ...op, flags: op.flags % 2 === 0 ? 6 : 5, ttlMs: 1000 };
  return { ...op, flags: op.type === 19 ? 4 : op.flags % 4, ttlMs: -1 };
});
const remove = fc.record({ kind: fc.constant("delete" as const), path, version });
const setData = fc.record({
  kind: fc.constant("setData" as const),
  path: fc.oneof(path, fc.constant("/")),
  data,
  version,
});
const check = fc.record({ kind: fc.constant("check" as const), path, version });
const part = fc.oneof(
  { weight: 5, arbitrary: soundCreate },
  { weight: 1, arbitrary: create },
  { weight: 3, arbitrary: remove },
  { weight: 2, arbitrary: setData },
  { weight: 1, arbitrary: check },
);

const anyWrite: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 10, arbitrary: soundCreate },
  { weight: 2, arbitrary: create },
  { weight: 8, arbitrary: remove },
  { weight: 4, arbitrary: setData },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("setAcl" as const), path, acl, version }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("multi" as const),
      ops: fc.array(part, { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("deleteContainer" as const), path }) },
  { weight: 1, arbitrary: fc.constant({ kind: "createSession" as const, timeoutMs: 4000 }) },
  { weight: 1, arbitrary: fc.constant({ kind: "closeSession" as const }) },
);

/** Writes of three sessions, pipelined: up to a few are decided before any of them is applied. */
export const histories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ session: fc.integer({ min: 1, max: 3 }), op: anyWrite, applyBefore: fc.nat(2) }),
  { maxLength: 60, size: "max" },
);

const OPTIONS: ServerOptions = { ...DEFAULT_OPTIONS, extendedTypes: true };

/** Decides one write and makes it a transaction, the `counter`th of epoch 1. */
export function propose(database: Database, pending: Pending, step: Step, counter: number): Txn {
  const zxid = makeZxid(1, counter);
  const timeMs = 1_700_000_000_000 + counter;
  const sessionId = BigInt(step.session) as SessionId;
  const request = { ...WRITE_REQUEST, sessionId, zxid, timeMs, options: OPTIONS };
  const { body, digest, err } = prepare(database, pending, request, step.op);
  const type = err === 0 ? operationType(step.op) : OpCode.error;
  return encodeTxn({ clientId: sessionId, cxid: counter, zxid, timeMs, type }, body, digest);
}

/** Applies as the one who decides does: the tree first, then its changes are no longer pending. */
export function applyAndSettle(database: Database, pending: Pending, txn: Txn): void {
  applyToDatabase(database, txn, 500);
  settle(pending, txn.zxid);
}
