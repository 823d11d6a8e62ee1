import * as fc from "fast-check";
import type { SentAcl } from "../../../core/request/operation.ts";
import { OPEN_ACL } from "../../../core/tree/acl.ts";

// Few values on purpose: what one client makes, another must come across.

const goodPath = fc.constantFrom(
  "/d",
  "/d/a",
  "/d/a",
  "/d/a",
  "/d/b",
  "/d/b",
  "/d/a/x",
  "/d/c",
  "/d/a/x",
  "/d/a/y",
  "/d/b/x",
  "/d/a/x/z",
  "/d/é",
  "/d/a b",
  "/d/s-",
  "/d/a/",
);

/** Where sequential znodes and other servers' own come to be. */
const otherPath = fc.constantFrom(
  "/d/s-0000000000",
  "/d/s-0000000001",
  "/d/a/0000000000",
  "/d/a0000000001",
  "/zookeeper/quota/d",
  "/zookeeper/quota/d/a",
  "/zookeeper/quota/d/zookeeper_limits",
  "/zookeeper/quota/d/zookeeper_stats",
  "/zookeeper/quota/d/a/zookeeper_limits",
  "/zookeeper/quota/d/a/zookeeper_stats",
  "/",
  "",
  "/zookeeper",
  "/zookeeper/quota",
  "/zookeeper/config",
);

const badPath = fc.constantFrom(
  "d",
  "d/a",
  "/nope/x",
  "/d//a",
  "/d/./a",
  "/d/.",
  "/d/..",
  "/d/a/../b",
  "/d/...",
  "/d/.x",
  "//",
  "/d/a//",
  "/d/a\u0000",
  "/d/\u0001",
  "/d/\u007f",
  "/d/\u009f",
  "/d/\u00a0",
  "/d/\ud83d\ude00",
  "/d/\uf8ff",
  "/d/\uf900",
  "/d/\uffef",
  "/d/\ufff0",
);

export const anyPath: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: goodPath },
  { weight: 5, arbitrary: otherPath },
  { weight: 3, arbitrary: badPath },
);

/** Of all forms, hard and soft. */
const LIMITS = [
  "count=1,bytes=5",
  "count=3,bytes=-1",
  "count=-1,bytes=-1=;byteHardLimit=6;countHardLimit=-1",
  "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=2",
  "count=5,bytes=5=;countHardLimit=3;byteHardLimit=10",
  "",
] as const;

export const anyLimits: fc.Arbitrary<Uint8Array> = fc.constantFrom(...LIMITS).map(bytesOf);

export const anyData: fc.Arbitrary<Uint8Array | null> = fc
  .constantFrom(null, "1", "some data", "é\u0000", ...LIMITS)
  .map((text) => (text === null ? null : bytesOf(text)));

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export const anyVersion: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(-1) },
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 2) },
  { weight: 1, arbitrary: fc.constantFrom(-2, 77, -0x80000000) },
);

/** The one that proves `u:p`, and another's. */
const U_ID = "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=";
const USER_ID = "user:smGaoVKd/cQkjm7b88GyorAUz20=";

const goodEntry: fc.Arbitrary<SentAcl> = fc.oneof(
  entries(["world", "anyone"]),
  entries(["auth", ""], ["auth", "whatever"]),
  entries(["digest", U_ID], ["digest", USER_ID]),
  entries(["ip", "127.0.0.1"], ["ip", "10.0.0.0/8"], ["ip", "127.0.0.0/8"], ["ip", "0.0.0.0/0"]),
);

const badEntry: fc.Arbitrary<SentAcl> = entries(
  ["world", "everyone"],
  ["world", null],
  ["world", ""],
  ["digest", null],
  ["digest", "u"],
  ["digest", "a:b:c"],
  ["digest", ":"],
  ["digest", "u:"],
  ["digest", ":p"],
  ["digest", "a:b:"],
  ["digest", ""],
  ["ip", null],
  ["ip", ""],
  ["ip", "localhost"],
  ["ip", "1.2.3"],
  ["ip", "1.2.3.4.5"],
  ["ip", "256.0.0.1"],
  ["ip", "127.0.0.1/33"],
  ["ip", "127.0.0.1/-1"],
  ["ip", "127.0.0.1/"],
  ["ip", "127.0.0.1/8/8"],
  ["ip", "127.0.0.01"],
  ["ip", "::1"],
  ["auth", null],
  ["super", ""],
  ["super", "super"],
  ["sasl", "bob"],
  ["x509", "CN=bob"],
  ["nobody", "x"],
  ["", ""],
  [null, "anyone"],
  [null, null],
);

export const anyAcl: fc.Arbitrary<readonly SentAcl[] | null> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(OPEN_ACL) },
  { weight: 6, arbitrary: fc.array(goodEntry, { minLength: 1, maxLength: 3 }) },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(goodEntry, badEntry), { minLength: 1, maxLength: 3 }),
  },
  { weight: 1, arbitrary: fc.constantFrom(null, []) },
);

function entries(...ids: readonly (readonly [string | null, string | null])[]) {
  return fc
    .record({
      perms: fc.oneof(fc.constantFrom(31, 1, 15, 16, 27), fc.constantFrom(0, 2, 4, 8, 255, -1)),
      of: fc.constantFrom(...ids),
    })
    .map(({ perms, of: [scheme, id] }): SentAcl => ({ perms, scheme, id }));
}
