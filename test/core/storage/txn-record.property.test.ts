import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SessionId } from "../../../core/session/session-id.ts";
import { decodeTxnEntry, encodeTxn, entryOf } from "../../../core/storage/txn-record.ts";
import { OpCode, type SubTxn, type TxnBody, type TxnHeader } from "../../../core/txn.ts";
import { toZxid } from "../../../core/zxid.ts";

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const path = fc.string({ maxLength: 20 }).map((name) => `/${name}`);
const data = fc.option(fc.uint8Array({ maxLength: 40 }));
const acl = fc.array(fc.record({ perms: fc.nat(31), scheme: fc.string(), id: fc.string() }), {
  maxLength: 3,
});
const parentCversion = int;
const paths: fc.Arbitrary<readonly string[] | null> = fc.option(fc.array(path, { maxLength: 3 }));

type Typed = { readonly type: number; readonly body: TxnBody };
const typed = (types: readonly number[], body: fc.Arbitrary<TxnBody>): fc.Arbitrary<Typed> =>
  fc.record({ type: fc.constantFrom(...types), body });
const kind = <Kind extends string>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);

const sub: fc.Arbitrary<SubTxn> = fc.oneof(
  typed(
    [OpCode.create, OpCode.create2],
    fc.record({ kind: kind("create"), path, data, acl, ephemeral: fc.boolean(), parentCversion }),
  ),
  typed([OpCode.delete, OpCode.deleteContainer], fc.record({ kind: kind("delete"), path })),
  typed(
    [OpCode.setData, OpCode.reconfig],
    fc.record({ kind: kind("setData"), path, data, version: int }),
  ),
  typed([OpCode.setAcl], fc.record({ kind: kind("setAcl"), path, acl, version: int })),
  typed([OpCode.error], fc.record({ kind: kind("error"), err: int })),
  typed(
    [OpCode.createContainer],
    fc.record({ kind: kind("createContainer"), path, data, acl, parentCversion }),
  ),
  typed(
    [OpCode.createTtl],
    fc.record({
      kind: kind("createTtl"),
      path,
      data,
      acl,
      parentCversion,
      ttlMs: fc.maxSafeInteger(),
    }),
  ),
);
const check = typed([OpCode.check], fc.record({ kind: kind("check"), path, version: int }));
const anyBody: fc.Arbitrary<Typed> = fc.oneof(
  sub,
  typed([OpCode.createSession], fc.record({ kind: kind("createSession"), timeoutMs: int })),
  typed([OpCode.closeSession], fc.record({ kind: kind("closeSession"), paths })),
  typed(
    [OpCode.multi],
    fc.record({ kind: kind("multi"), txns: fc.array(fc.oneof(sub, check), { maxLength: 4 }) }),
  ),
);

test("a transaction survives its record, and the record is kept byte for byte", () => {
  fc.assert(
    fc.property(anyBody, long, int, long, fc.maxSafeInteger(), fc.option(long), (t, ...fields) => {
      const [clientId, cxid, zxid, timeMs, digest] = fields;
      const header: TxnHeader = {
        clientId: clientId as SessionId,
        cxid,
        zxid: toZxid(zxid),
        timeMs,
        type: t.type,
      };

      const txn = encodeTxn(header, t.body, digest);

      expect(decodeTxnEntry(entryOf(txn.record))).toEqual(txn);
      expect(txn).toEqual({ ...header, body: t.body, digest, record: txn.record });
      expect(Object.isFrozen(txn)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("a transaction that was encoded before is not touched by the next one", () => {
  const header = { clientId: 1n as SessionId, cxid: 1, zxid: toZxid(1n), timeMs: 1, type: 2 };
  const first = encodeTxn(header, { kind: "delete", path: "/a" }, null);
  const bytes = first.record.slice();

  encodeTxn(header, { kind: "delete", path: "/b" }, null);

  expect(first.record).toEqual(bytes);
});
