import * as fc from "fast-check";
import type {
  CheckOp,
  CreateOp,
  DeleteOp,
  GetChildrenOp,
  GetDataOp,
  MultiOp,
  Operation,
  SetDataOp,
} from "../../../core/request/operation.ts";
import { toZxid } from "../../../core/zxid.ts";
import { anyAcl, anyData, anyPath, anyVersion } from "./draw-fields.ts";

const TTL_MAX_MS = 2 ** 40 - 1;

const anyWatch = fc.boolean();

const plainCreate: fc.Arbitrary<CreateOp> = fc.record({
  kind: fc.constant("create" as const),
  type: fc.constantFrom<1 | 15>(1, 15),
  path: anyPath,
  data: anyData,
  acl: anyAcl,
  flags: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(0, 0, 1, 2, 3) },
    { weight: 1, arbitrary: fc.constantFrom(4, 5, 6, 7, -1, 9) },
  ),
  ttlMs: fc.constant(-1),
});

const containerCreate: fc.Arbitrary<CreateOp> = fc.record({
  kind: fc.constant("create" as const),
  type: fc.constant(19 as const),
  path: anyPath,
  data: anyData,
  acl: anyAcl,
  flags: fc.constantFrom(4, 4, 4, 4, 0, 1, 2, 3, 5, 7),
  ttlMs: fc.constant(-1),
});

const ttlCreate: fc.Arbitrary<CreateOp> = fc.record({
  kind: fc.constant("create" as const),
  type: fc.constant(21 as const),
  path: anyPath,
  data: anyData,
  acl: anyAcl,
  flags: fc.constantFrom(5, 5, 6, 6, 0, 1, 4, 7),
  ttlMs: fc.constantFrom(1_000_000_000, TTL_MAX_MS, TTL_MAX_MS + 1, 0, -1, -TTL_MAX_MS),
});

const anyCreate = fc.oneof(
  { weight: 8, arbitrary: plainCreate },
  { weight: 2, arbitrary: containerCreate },
  { weight: 2, arbitrary: ttlCreate },
);

const anyDelete: fc.Arbitrary<DeleteOp> = fc.record({
  kind: fc.constant("delete" as const),
  path: anyPath,
  version: anyVersion,
});

const anySetData: fc.Arbitrary<SetDataOp> = fc.record({
  kind: fc.constant("setData" as const),
  path: anyPath,
  data: anyData,
  version: anyVersion,
});

const anyCheck: fc.Arbitrary<CheckOp> = fc.record({
  kind: fc.constant("check" as const),
  path: anyPath,
  version: anyVersion,
});

const anyMultiOp: fc.Arbitrary<MultiOp> = fc.oneof(
  { weight: 4, arbitrary: anyCreate },
  { weight: 2, arbitrary: anyDelete },
  { weight: 2, arbitrary: anySetData },
  { weight: 2, arbitrary: anyCheck },
);

const anyGetData: fc.Arbitrary<GetDataOp> = fc.record({
  kind: fc.constant("getData" as const),
  path: anyPath,
  watch: anyWatch,
});

const getNames: fc.Arbitrary<GetChildrenOp> = fc.record({
  kind: fc.constant("getChildren" as const),
  type: fc.constant(8 as const),
  path: anyPath,
  watch: anyWatch,
});

const anyGetChildren: fc.Arbitrary<GetChildrenOp> = fc.record({
  kind: fc.constant("getChildren" as const),
  type: fc.constantFrom<8 | 12>(8, 12),
  path: anyPath,
  watch: anyWatch,
});

const anyPart = fc.oneof(
  { weight: 8, arbitrary: fc.oneof(anyGetData, getNames) },
  { weight: 1, arbitrary: anyMultiOp },
);

const paths = fc.array(anyPath, { maxLength: 3 });

const anyAuth: fc.Arbitrary<Operation> = fc
  .oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom<readonly [string | null, string | null]>(
        ["digest", "u:p"],
        ["digest", "user:pass"],
        ["digest", "super:secret"],
        ["ip", ""],
      ),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom<readonly [string | null, string | null]>(
        ["digest", "nocolon"],
        ["digest", ""],
        ["digest", ":"],
        ["digest", "super:wrong"],
        ["digest", null],
        ["ip", null],
        ["world", "anyone"],
        ["super", "secret"],
        ["nobody", "x"],
        ["", ""],
        [null, "x"],
      ),
    },
  )
  .map(([scheme, auth]) => ({
    kind: "auth",
    scheme,
    auth: auth === null ? null : new TextEncoder().encode(auth),
  }));

const anyRead: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant("exists" as const), path: anyPath, watch: anyWatch }),
  anyGetData,
  anyGetChildren,
  fc.record({ kind: fc.constant("getAcl" as const), path: anyPath }),
  fc.record({ kind: fc.constant("getAllChildrenNumber" as const), path: anyPath }),
  fc.record({
    kind: fc.constant("getEphemerals" as const),
    prefix: fc.constantFrom(null, "", " ", "/", "/d", "/d/a", "/d/s-", "d"),
  }),
  fc.record({
    kind: fc.constant("multiRead" as const),
    ops: fc.array(anyPart, { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant("sync" as const), path: fc.option(anyPath, { freq: 9 }) }),
);

const anyWatchOp: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant("addWatch" as const),
    path: anyPath,
    mode: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, -1),
  }),
  fc.record({
    kind: fc.constantFrom<"removeWatches" | "checkWatches">("removeWatches", "checkWatches"),
    path: anyPath,
    type: fc.constantFrom(1, 2, 3, 3, 3, 0, 4, 5, -1),
  }),
  fc
    .record({
      type: fc.constantFrom<101 | 105>(101, 105),
      relativeZxid: fc.constantFrom(-1, 0, 1, 2, 3, 5, 8, 1000),
      lists: fc.tuple(paths, paths, paths, paths, paths),
    })
    .map(({ type, relativeZxid, lists: [data, exist, child, persistent, recursive] }) => ({
      kind: "setWatches" as const,
      type,
      relativeZxid: toZxid(BigInt(relativeZxid)),
      data,
      exist,
      child,
      persistent: type === 105 ? persistent : [],
      recursive: type === 105 ? recursive : [],
    })),
);

const anyOther: fc.Arbitrary<Operation> = fc.oneof(
  anyAuth,
  anyAuth,
  fc.constant<Operation>({ kind: "whoAmI" }),
  fc.constant<Operation>({ kind: "ping" }),
  fc.constant<Operation>({ kind: "closeSession" }),
  fc.constantFrom<Operation>(
    { kind: "sasl", token: null },
    { kind: "sasl", token: new Uint8Array(0) },
    { kind: "sasl", token: new Uint8Array([1, 2]) },
  ),
  fc.constantFrom<Operation>(
    { kind: "reconfig", joining: null, leaving: "1", members: null, fromVersion: -1n },
    { kind: "reconfig", joining: "x", leaving: null, members: null, fromVersion: 7n },
  ),
);

/** All that a client can ask for, good and bad. */
export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 14, arbitrary: anyCreate },
  { weight: 5, arbitrary: anyDelete },
  { weight: 5, arbitrary: anySetData },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("setAcl" as const),
      path: anyPath,
      acl: anyAcl,
      version: anyVersion,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("multi" as const),
      ops: fc.array(anyMultiOp, { maxLength: 5 }),
    }),
  },
  { weight: 12, arbitrary: anyRead },
  { weight: 7, arbitrary: anyWatchOp },
  { weight: 5, arbitrary: anyOther },
);
