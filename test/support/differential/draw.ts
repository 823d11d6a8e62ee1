import * as fc from "fast-check";
import { decodeRequest, writeClientToServer } from "../../../core/wire/client-codec.ts";
import { JuteError, JuteWriter } from "../../../core/wire/jute.ts";
import type { Operation } from "../../../core/request/operation.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";
import type { Asked, Conversation, PasswordKind, Step } from "./conversation.ts";
import { anyAcl, anyData, anyLimits } from "./draw-fields.ts";
import { anyOperation } from "./draw-operations.ts";
import { isPlayable } from "./playable.ts";

const SESSION_COUNT_MAX = 3;
const STEP_COUNT_MAX = 14;
/** Of a request, in front of its body. */
const HEADER_BYTES = 12;

/** Mostly the next number of the session. The rest has meanings of its own to clients, or is the last of its kind. */
const anyXid = fc.oneof(
  { weight: 20, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, -2, -4, -8, 77, 0x7fffffff, -0x80000000) },
);

/** Nobody reads what is behind the last field. */
const TAIL = Buffer.from("00ff17", "hex");

const askedOp: fc.Arbitrary<Asked> = fc
  .record({ kind: fc.constant("op" as const), xid: anyXid, op: anyOperation })
  .filter(({ op }) => isPlayable(op));

/** A request whose body is cut short, goes on behind its end, or has a number in it that was not meant. */
const spoiltOp: fc.Arbitrary<Asked> = fc
  .record({
    op: anyOperation,
    xid: anyXid,
    at: fc.nat(60),
    how: fc.oneof(
      fc.constant("cut" as const),
      fc.constant("longer" as const),
      fc.constantFrom(-1, -2, -0x80000000, 0, 1, 5, 0x0fffff, 0x1fffff, 0x7fffffff),
    ),
  })
  .map(({ op, xid, at, how }): Asked => {
    const { type, body } = partsOf(op);
    if (how === "cut")
      return { kind: "raw", xid, type, body: body.slice(0, at % (body.length + 1)) };
    if (how === "longer") return { kind: "raw", xid, type, body: Buffer.concat([body, TAIL]) };
    const spoilt = Buffer.from(body);
    if (spoilt.length >= 4) spoilt.writeInt32BE(how, at % (spoilt.length - 3));
    return { kind: "raw", xid, type, body: spoilt };
  })
  .filter(isPlayableRaw);

/** Types without a meaning, and the one that only servers may use; none of them decodes to anything. */
const PATH_BODY = Buffer.from("000000042f642f61", "hex");
const strangeType: fc.Arbitrary<Asked> = fc.record({
  kind: fc.constant("raw" as const),
  xid: anyXid,
  type: fc.constantFrom(10, 23, 24, 99, 108, -2, 0x7fffffff, 20),
  body: fc.constantFrom(new Uint8Array(0), PATH_BODY),
});

/** Length words that no frame can have, and frames without room for a header. */
const strangeFrame: fc.Arbitrary<Asked> = fc
  .constantFrom(
    Buffer.from("ffffffff", "hex"),
    Buffer.from("00100000", "hex"),
    Buffer.from("80000000", "hex"),
    Buffer.from("72756f6b", "hex"),
    Buffer.from("00000000", "hex"),
    Buffer.from("000000030000000b", "hex").subarray(0, 7),
    Buffer.from("0000000700000001000000", "hex"),
  )
  .map((bytes): Asked => ({ kind: "frame", bytes: new Uint8Array(bytes) }));

const anyAsked = fc.oneof(
  { weight: 40, arbitrary: askedOp },
  { weight: 4, arbitrary: spoiltOp },
  { weight: 1, arbitrary: strangeType },
  { weight: 1, arbitrary: strangeFrame },
);

/**
 * What comes between others in one write. Out of order by design, and so not here: auth and sasl and requests of no
 * known type are answered when they are read, ahead of what waits.
 */
const pipelined = fc
  .oneof({ weight: 12, arbitrary: askedOp }, { weight: 1, arbitrary: spoiltOp })
  .filter(
    (asked) =>
      (asked.kind === "op" && !isAnsweredAtOnce(asked.op)) ||
      (asked.kind === "raw" && ![100, 102, -11].includes(asked.type)),
  );

const anySession = fc.nat(SESSION_COUNT_MAX - 1);

const anyPassword = fc.oneof(
  { weight: 5, arbitrary: fc.constant("right" as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<PasswordKind>("wrong", "short", "null", "of an unknown session"),
  },
);

const knocks = fc.constantFrom(
  "ffffffff",
  "00100000",
  "00000000",
  "0000000400000000",
  "000000080000000000000000",
  // A ConnectRequest whose password has one byte too few for its length.
  "0000002b00000000000000000000000000007530000000000000000000000010000000000000000000000000000000",
  // One that has seen a zxid ahead of everybody, and one with a password of an impossible length.
  "0000002d00000000" +
    "0fffffffffffffff" +
    "0000753000000000000000000000001000000000000000000000000000000000" +
    "00",
  "0000001c00000000000000000000000000007530000000000000000080000000",
  // An old client, which knows of no read-only servers, with a session of nobody.
  "0000002c00000000" +
    "0000000000000000" +
    "0000753000000000000012340000001000000000000000000000000000000000",
);

/** A quota, which needs three znodes to be one, and hardly ever comes to be by chance. */
const quotaStep: fc.Arbitrary<Step> = fc
  .record({
    session: anySession,
    limits: anyLimits,
    of: fc.constantFrom("/d", "/d", "/d/a"),
    hasStats: fc.boolean(),
  })
  .map(({ session, limits, of, hasStats }): Step => {
    const place = `/zookeeper/quota${of}`;
    const parents = of === "/d" ? [place] : ["/zookeeper/quota/d", place];
    const stats = hasStats ? [`${place}/zookeeper_stats`] : [];
    const requests = [...parents, `${place}/zookeeper_limits`, ...stats].map((path): Asked => {
      const data = path.endsWith("limits") ? limits : new Uint8Array(0);
      const fields = { type: 1, path, data, acl: OPEN_ACL, flags: 0, ttlMs: -1 } as const;
      return { kind: "op", xid: null, op: { kind: "create", ...fields } };
    });
    return { kind: "pipeline", session, requests };
  });

/** A few znodes at once, so that there is something to be refused, watched and deleted. */
const populateStep: fc.Arbitrary<Step> = fc
  .record({
    session: anySession,
    nodes: fc.tuple(
      ...["/d/a", "/d/b", "/d/a/x"].map((path) =>
        fc.record({
          path: fc.constant(path),
          type: fc.constantFrom<1 | 15>(1, 15),
          data: anyData,
          acl: anyAcl,
          flags: path === "/d/a" ? fc.constantFrom(0, 0, 0, 1) : fc.constantFrom(0, 1),
        }),
      ),
    ),
  })
  .map(({ session, nodes }): Step => {
    const requests = nodes.map((fields): Asked => {
      return { kind: "op", xid: null, op: { kind: "create", ttlMs: -1, ...fields } };
    });
    return { kind: "pipeline", session, requests };
  });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: populateStep },
  { weight: 3, arbitrary: quotaStep },
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      session: anySession,
      request: anyAsked,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("pipeline" as const),
      session: anySession,
      requests: fc.array(pipelined, { minLength: 2, maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), session: anySession }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("attach" as const),
      session: anySession,
      password: anyPassword,
      timeoutMs: fc.constantFrom(60_000, 0, -1, 30_001, 0x7fffffff),
      readOnly: fc.constantFrom(false, true, null),
      seenZxid: fc.oneof(
        { weight: 6, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.constantFrom(-1_000_000, 1_000_000) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("knock" as const),
      bytes: knocks.map((text) => new Uint8Array(Buffer.from(text, "hex"))),
    }),
  },
);

export const anyConversation: fc.Arbitrary<Conversation> = fc.record({
  sessionCount: fc.integer({ min: 1, max: SESSION_COUNT_MAX }),
  steps: fc.array(anyStep, { minLength: 1, maxLength: STEP_COUNT_MAX, size: "max" }),
});

const writer = new JuteWriter();

function partsOf(op: Operation): { readonly type: number; readonly body: Uint8Array } {
  writer.reset();
  writeClientToServer(writer, { kind: "request", xid: 1, op });
  const frame = writer.toBytes();
  return { type: Buffer.from(frame).readInt32BE(8), body: frame.subarray(HEADER_BYTES) };
}

function isPlayableRaw(asked: Asked): boolean {
  if (asked.kind !== "raw") return true;
  const header = Buffer.alloc(8);
  header.writeInt32BE(1, 0);
  header.writeInt32BE(asked.type, 4);
  try {
    return isPlayable(decodeRequest(Buffer.concat([header, asked.body])).op);
  } catch (error) {
    if (error instanceof JuteError) return true;
    throw error;
  }
}

function isAnsweredAtOnce({ kind }: Operation): boolean {
  return kind === "auth" || kind === "sasl" || kind === "closeSession" || kind === "unknown";
}
