import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Operation, Result } from "../../../core/request/operation.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import {
  decodeConnectRequest,
  decodeRequest,
  decodeServerToClient,
  writeClientToServer,
  writeServerToClient,
} from "../../../core/wire/client-codec.ts";
import { JuteError, JuteWriter } from "../../../core/wire/jute.ts";
import type { Zxid } from "../../../core/zxid.ts";
import { fromHex } from "../../support/captures.ts";

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
// No surrogates: they leave as three bytes each and come back as replacements.
const text = fc.string({ unit: fc.constantFrom("/", "a", "ü", "語", "\0"), maxLength: 80 });
const bytes = fc.uint8Array({ maxLength: 1500 });
const data = fc.option(bytes);
const acl = fc.option(
  fc.oneof(
    fc.constant(OPEN_ACL),
    fc.array(fc.record({ perms: int, scheme: fc.option(text), id: fc.option(text) }), {
      maxLength: 3,
    }),
  ),
);
const kind = <Kind extends string>(kind: Kind): fc.Arbitrary<Kind> => fc.constant(kind);

const create = fc.oneof(
  fc.record({
    kind: kind("create"),
    type: fc.constantFrom(1 as const, 15 as const, 19 as const),
    path: text,
    data,
    acl,
    flags: int,
    ttlMs: fc.constant(-1),
  }),
  fc.record({
    kind: kind("create"),
    type: fc.constant(21 as const),
    path: text,
    data,
    acl,
    flags: int,
    ttlMs: fc.maxSafeInteger(),
  }),
);
const setData = fc.record({ kind: kind("setData"), path: text, data, version: int });
const deletion = fc.record({ kind: kind("delete"), path: text, version: int });
const check = fc.record({ kind: kind("check"), path: text, version: int });
const getData = fc.record({ kind: kind("getData"), path: text, watch: fc.boolean() });
const getChildren = fc.record({
  kind: kind("getChildren"),
  type: fc.constant(8 as const),
  path: text,
  watch: fc.boolean(),
});
const writes = fc.array(fc.oneof(create, setData, deletion, check), { maxLength: 4 });
const reads = fc.array(fc.oneof(getData, getChildren), { maxLength: 4 });
const paths = fc.array(text, { maxLength: 3 });

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  create,
  setData,
  deletion,
  getData,
  getChildren,
  fc.record({ kind: kind("setAcl"), path: text, acl, version: int }),
  fc.record({ kind: kind("multi"), ops: writes }),
  fc.record({ kind: kind("multiRead"), ops: fc.oneof(reads, writes) }),
  fc.record({ kind: kind("sync"), path: fc.option(text) }),
  fc.record({ kind: kind("getEphemerals"), prefix: fc.option(text) }),
  fc.record({ kind: kind("addWatch"), path: text, mode: int }),
  fc.record({ kind: fc.constantFrom("checkWatches", "removeWatches"), path: text, type: int }),
  fc.record({ kind: fc.constantFrom("getAcl", "getAllChildrenNumber"), path: text }),
  fc.record({ kind: fc.constantFrom("whoAmI", "ping", "closeSession") }),
  fc.record({ kind: kind("auth"), scheme: fc.option(text), auth: data }),
  fc.record({ kind: kind("sasl"), token: data }),
  fc.record({
    kind: kind("setWatches"),
    type: fc.constant(105 as const),
    relativeZxid: long.map((value) => value as Zxid),
    data: paths,
    exist: paths,
    child: paths,
    persistent: paths,
    recursive: paths,
  }),
  fc.record({
    kind: kind("reconfig"),
    joining: fc.option(text),
    leaving: fc.option(text),
    members: fc.option(text),
    fromVersion: long,
  }),
);

test("every request is read as it was written", () => {
  fc.assert(
    fc.property(anyOperation, int, (op, xid) => {
      expect(decodeRequest(requestPayload(op, xid))).toEqual({ kind: "request", xid, op });
    }),
  );
});

test("a request that is cut is malformed, and keeps what there was of its body", () => {
  const bodied = anyOperation.filter(({ kind }) => !["auth", "sasl"].includes(kind));
  fc.assert(
    fc.property(bodied, fc.nat(), (op, cut) => {
      const payload = requestPayload(op, 1);
      if (payload.length === 8) return;
      const short = payload.slice(0, 8 + (cut % (payload.length - 8)));

      const request = decodeRequest(short);

      expect(request.op).toMatchObject({ kind: "malformed", body: short.slice(8) });
      expect(requestPayload(request.op, 1)).toEqual(short);
    }),
  );
});

test.each(["auth", "sasl"] as const)("an %s that is cut ends the connection", (kind) => {
  const op: Operation =
    kind === "auth"
      ? { kind, scheme: "digest", auth: new Uint8Array(3) }
      : { kind, token: new Uint8Array(3) };
  const payload = requestPayload(op, -4);

  expect(() => decodeRequest(payload.slice(0, -1))).toThrow(JuteError);
});

test("a payload without room for a header is refused", () => {
  for (let length = 0; length < 8; length++) {
    expect(() => decodeRequest(new Uint8Array(length))).toThrow(JuteError);
  }
});

test("bytes after the last field are ignored", () => {
  const payload = requestPayload({ kind: "exists", path: "/a", watch: true }, 5);

  const longer = decodeRequest(new Uint8Array([...payload, 1, 2, 3]));

  expect(longer.op).toEqual({ kind: "exists", path: "/a", watch: true });
});

test.each([13, -10, -1, 0, 10, 23, 99, -2])("type %i of a client is unknown", (type) => {
  const writer = new JuteWriter();
  writer.int(1);
  writer.int(type);
  writer.string("/a");

  expect(decodeRequest(writer.toBytes()).op).toEqual({ kind: "unknown", type });
});

test("a client's deleteContainer is malformed, whatever its body", () => {
  expect(
    decodeRequest(requestPayload({ kind: "deleteContainer", path: "/a" }, 1)).op,
  ).toMatchObject({ kind: "malformed", type: 20 });
});

test("null where a path belongs is malformed, and null in a sync is a path", () => {
  const nullPath = "ffffffff";
  expect(decodeRequest(fromHex(`0000000100000004${nullPath}00`)).op.kind).toBe("malformed");
  const inMulti = `000000010000000e0000000200ffffffff${nullPath}ffffffffffffffff01ffffffff`;
  expect(decodeRequest(fromHex(inMulti)).op.kind).toBe("malformed");
  const nullList = `0000000100000065${"0".repeat(16)}0000000000000000ffffffff`;
  expect(decodeRequest(fromHex(nullList)).op.kind).toBe("malformed");
  expect(decodeRequest(fromHex(`0000000100000009${nullPath}`)).op).toEqual({
    kind: "sync",
    path: null,
  });
});

test("what a request carries does not change with the bytes it came in", () => {
  const payload = requestPayload(
    { kind: "setData", path: "/a", data: new Uint8Array(40), version: 0 },
    1,
  );
  const { op } = decodeRequest(payload);

  payload.fill(0xff);

  expect(op).toMatchObject({ path: "/a", data: new Uint8Array(40) });
});

test("a connect request is read with and without its last byte", () => {
  const request = {
    kind: "connect",
    lastZxidSeen: 7n as Zxid,
    timeoutMs: 10_000,
    sessionId: 0x100n as SessionId,
    password: new Uint8Array(16),
  } as const;
  for (const readOnly of [true, false, null]) {
    const writer = new JuteWriter();
    writeClientToServer(writer, { ...request, readOnly });
    const payload = writer.toBytes().slice(4);

    expect(payload.length).toBe(readOnly === null ? 44 : 45);
    expect(decodeConnectRequest(payload)).toEqual({ ...request, readOnly });
  }
  expect(() => decodeConnectRequest(new Uint8Array(27))).toThrow(JuteError);
});

test("a reply is read as an answer to what was asked under its xid", () => {
  const asked: Operation = { kind: "getChildren", type: 8, path: "/", watch: false };
  const result: Result = { kind: "children", children: ["a", "b"], stat: null };
  const reply = { kind: "reply", xid: 3, zxid: 9n as Zxid, err: 0, result } as const;
  const writer = new JuteWriter();
  writeServerToClient(writer, reply);
  const payload = writer.toBytes().slice(4);

  const opOf = (xid: number): Operation | undefined => (xid === 3 ? asked : undefined);
  expect(decodeServerToClient(payload, { kind: "replies", opOf })).toEqual(reply);
  const nothing = { kind: "replies", opOf: () => undefined } as const;
  expect(() => decodeServerToClient(payload, nothing)).toThrow("a reply to nothing");
});

function requestPayload(op: Operation, xid: number): Uint8Array {
  const writer = new JuteWriter(8);
  writeClientToServer(writer, { kind: "request", xid, op });
  return writer.toBytes().slice(4);
}
