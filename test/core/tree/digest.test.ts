import * as fc from "fast-check";
import { expect, test } from "vitest";
import { addToDigest, digestValue } from "../../../core/tree/digest.ts";

test("adding and taking away any digests is exact modulo 2^64", () => {
  const digest = fc.integer({ min: 0, max: 0xffff_ffff });
  // As if there were millions of znodes: sums beyond 2^53 are where numbers stop being exact.
  const start = fc.bigInt({ min: 0n, max: 1n << 66n });
  fc.assert(
    fc.property(start, fc.array(digest), (first, added) => {
      const sum = { low: Number(first & ((1n << 52n) - 1n)), high: Number(first >> 52n) };
      let expected = first;
      for (const value of added) {
        addToDigest(sum, value);
        expected += BigInt(value);
      }
      expect(digestValue(sum)).toBe(BigInt.asIntN(64, expected));

      for (const value of added) addToDigest(sum, -value);
      expect(sum.low).toBe(Number(first & ((1n << 52n) - 1n)));
      expect(digestValue(sum)).toBe(BigInt.asIntN(64, first));
    }),
  );
});
